"""Licences and keys, tried against the running service."""

import msgspec
import pytest

from matinee.contracts.catalogue import Catalogue
from matinee.contracts.edge import DeliveryToken
from matinee.contracts.playback import LicenceToken, Playback
from matinee.kit.ids import SessionId, TitleId
from matinee.kit.signing import SigningKey, encode_base64url
from matinee.testing.doors import open_front_rooms
from matinee.testing.titles import release

API = "/api/v1"
FAR = 2**33


@pytest.fixture
async def door(tmp_path):
    async with open_front_rooms(tmp_path) as opened:
        yield opened


async def film(door, audience="everyone"):
    body = {"name": "Film", "audience": audience}
    async with door.http.post(f"{door.url}{API}/studio/titles", json=body, headers=door.operator) as answer:
        title_id = TitleId((await answer.json())["title_id"])
    key = await door.rooms["playback"].provides[Playback].content_key(title_id=title_id)
    await door.rooms["catalogue"].provides[Catalogue].publish(release=release(title_id, key_id=key.key_id, frames=0))
    return title_id, key


async def grant(door, title_id, headers=None):
    async with door.http.get(f"{door.url}{API}/stream?movie_id={title_id}", headers=headers) as answer:
        assert answer.status == 200
        return await answer.json()


async def licence(door, token, *key_ids, headers=None, **body):
    request = {"kids": [encode_base64url(bytes.fromhex(key_id)) for key_id in key_ids], "type": "temporary", **body}
    sent = {**(headers or {}), "authorization": f"Bearer {token}"}
    async with door.http.post(f"{door.url}{API}/licences", json=request, headers=sent) as answer:
        return answer.status, msgspec.json.decode(await answer.read())


async def test_attack_12_a_licence_is_for_its_title_alone(door):
    title_id, key = await film(door)
    _, other = await film(door)
    token = (await grant(door, title_id))["licence_token"]
    code, answer = await licence(door, token, key.key_id, other.key_id)
    assert code == 200
    assert [k["kid"] for k in answer["keys"]] == [encode_base64url(bytes.fromhex(key.key_id))]
    assert (await licence(door, token, other.key_id))[1]["code"] == "key-not-found"


async def test_attack_12_tokens_that_are_forged_stale_or_of_another_kind_are_refused(door):
    title_id, key = await film(door)
    granted = await grant(door, title_id)
    fields = {"title_id": title_id, "key_id": key.key_id, "session": SessionId("s")}
    ours = door.keyring.signing_key("licence")
    own = SigningKey(SigningKey.generate())
    delivery = granted["stream_url"].partition("/v1/")[2].partition("/")[0]
    token = granted["licence_token"]
    body, _, signature = token.partition(".")
    bad = (
        own.sign(LicenceToken(**fields, expires_at=FAR)),
        ours.sign(LicenceToken(**fields, expires_at=1)),
        ours.sign(DeliveryToken(title_id=title_id, release_id="r", session=SessionId("s"), expires_at=FAR)),
        delivery,
        f"{body}.",
        body,
        f"{body}.{signature[:-2]}{'BB' if signature.endswith('AA') else 'AA'}",
        token + "A",
        token.replace("_", "/").replace("-", "+") + "=",
        "x" * 5000,
        "",
    )
    for wrong in bad:
        code, problem = await licence(door, wrong, key.key_id)
        assert (code, problem["code"]) == (403, "token"), wrong[:40]
        assert key.key not in str(problem)
    assert (await licence(door, token, key.key_id))[0] == 200


async def test_attack_12_a_signed_in_callers_token_is_worthless_to_others(door):
    title_id, key = await film(door, "operators")
    cookie = await door.cookie()
    same = {"sec-fetch-site": "same-origin"}
    token = (await grant(door, title_id, cookie))["licence_token"]
    assert (await licence(door, token, key.key_id, headers={**cookie, **same}))[0] == 200
    for headers in ({}, {**await door.cookie(), **same}):
        code, problem = await licence(door, token, key.key_id, headers=headers)
        assert (code, problem["code"]) == (403, "token")


async def test_attack_12_delivery_and_licence_of_a_stream_share_a_session(door):
    title_id, _ = await film(door)
    grants = [await grant(door, title_id) for _ in range(2)]
    assert grants[0]["session_id"] != grants[1]["session_id"]
    assert grants[0]["licence_token"] != grants[1]["licence_token"]


async def test_attack_25_keys_and_tokens_stay_out_of_logs_errors_and_caches(door, capfd):
    title_id, key = await film(door)
    granted = await grant(door, title_id)
    token = granted["licence_token"]
    assert (await licence(door, token, key.key_id))[0] == 200
    await licence(door, token, "0" * 32)
    await licence(door, token + "x", key.key_id)
    await licence(door, token, key.key_id, type="persistent-license")
    await licence(door, token, key.key_id, kids="not a list")
    for path in (f"/stream?movie_id={title_id}", f"/licences?token={token}"):
        async with door.http.get(f"{door.url}{API}{path}") as answer:
            assert answer.headers["cache-control"] == "no-store"
    captured = capfd.readouterr()
    logged = captured.out + captured.err
    assert "/api/v1/licences" in logged
    for secret in (key.key, encode_base64url(bytes.fromhex(key.key)), token, token.partition(".")[0]):
        assert secret not in logged
    assert key.key not in str(granted)


async def test_attack_25_a_licence_token_in_the_address_is_not_taken(door):
    title_id, key = await film(door)
    token = (await grant(door, title_id))["licence_token"]
    request = {"kids": [encode_base64url(bytes.fromhex(key.key_id))], "type": "temporary"}
    for name, status in (("token", 403), ("access_token", 400)):
        async with door.http.post(f"{door.url}{API}/licences?{name}={token}", json=request) as answer:
            assert answer.status == status


async def test_attack_12_scripts_play_with_the_token_alone_and_pages_do_not(door):
    title_id, key = await film(door, "operators")
    token = (await grant(door, title_id, door.operator))["licence_token"]
    assert (await licence(door, token, key.key_id))[0] == 200
    bound = (await grant(door, title_id, await door.cookie()))["licence_token"]
    assert (await licence(door, bound, key.key_id))[0] == 403
