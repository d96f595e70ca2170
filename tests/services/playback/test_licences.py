import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from matinee.contracts.playback import ClearKeyRequest, KeyNotFoundError
from matinee.engines.relational import open_database
from matinee.kit.ids import TitleId
from matinee.kit.signing import TokenError, decode_base64url, encode_base64url
from matinee.services.playback.adapters.keys import SealedKeyError, SqlContentKeys
from matinee.services.playback.service import LicenceRequestError
from matinee.testing.titles import OPERATOR, STRANGER


def kid(key_id):
    return encode_base64url(bytes.fromhex(key_id))


async def granted(room, passport=STRANGER):
    title = await room.film()
    return title, (await room.service.open_stream(title_id=title.title_id, passport=passport)).licence_token


async def test_a_licence_holds_the_one_key_that_was_granted(room):
    title, token = await granted(room)
    other = await room.service.content_key(title_id=TitleId("other"))
    request = ClearKeyRequest(kids=[kid(other.key_id), kid(title.release.key_id)])
    answer = await room.service.licence(token=token, request=request, passport=STRANGER)
    key = await room.service.content_key(title_id=title.title_id)
    assert [(k.kty, decode_base64url(k.kid).hex(), decode_base64url(k.k).hex()) for k in answer.keys] == [
        ("oct", key.key_id, key.key)
    ]
    assert answer.type == "temporary"


async def test_licences_over_http_are_never_stored(http, room):
    title, token = await granted(room)
    body = {"kids": [kid(title.release.key_id)], "type": "temporary"}
    headers = {**room.callers.stranger, "authorization": f"Bearer {token}"}
    answer = await http.post("/api/v1/licences", headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"keys", "type"}
    assert set(answer.json()["keys"][0]) == {"k", "kid", "kty"}
    assert answer.headers["cache-control"] == "no-store"
    without = await http.post("/api/v1/licences", headers=room.callers.stranger, json=body)
    assert (without.status_code, without.json()["code"]) == (403, "token")


async def test_streams_over_http(http, room):
    title = await room.film()
    answer = await http.get(f"/api/v1/stream?movie_id={title.title_id}", headers=room.callers.stranger)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["licence_url"] == "/api/v1/licences"
    none = await http.get("/api/v1/stream?movie_id=none", headers=room.callers.stranger)
    assert (none.status_code, none.json()["code"]) == (404, "title-not-found")
    room.shelf.put("arriving")
    soon = await http.get("/api/v1/stream?movie_id=arriving", headers=room.callers.stranger)
    assert (soon.status_code, soon.json()["code"]) == (409, "not-playable")
    for query in ("", "?movie_id=", "?movie_id=" + "x" * 65):
        assert (await http.get(f"/api/v1/stream{query}", headers=room.callers.stranger)).status_code == 400


async def test_tokens_end_with_their_time(room):
    title, token = await granted(room)
    request = ClearKeyRequest(kids=[kid(title.release.key_id)])
    room.clock.advance(room.settings.grant_seconds - 1)
    assert await room.service.licence(token=token, request=request, passport=STRANGER)
    room.clock.advance(1)
    with pytest.raises(TokenError):
        await room.service.licence(token=token, request=request, passport=STRANGER)


async def test_keys_that_the_token_does_not_cover_are_not_given(room):
    _, token = await granted(room)
    other = await room.service.content_key(title_id=TitleId("other"))
    with pytest.raises(KeyNotFoundError):
        await room.service.licence(token=token, request=ClearKeyRequest(kids=[kid(other.key_id)]), passport=STRANGER)


@pytest.mark.parametrize(
    "request_",
    [
        ClearKeyRequest(kids=[]),
        ClearKeyRequest(kids=["A" * 22] * 17),
        ClearKeyRequest(kids=["A" * 23]),
        ClearKeyRequest(kids=["+/" * 11]),
        ClearKeyRequest(kids=["A" * 22], type="persistent-license"),
    ],
)
async def test_requests_that_are_not_clear_key_are_refused(room, request_):
    _, token = await granted(room)
    with pytest.raises(LicenceRequestError):
        await room.service.licence(token=token, request=request_, passport=STRANGER)


async def test_a_key_is_made_once_by_many(room, tmp_path: Path):
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/playback.db") as second:
        others = SqlContentKeys(second, seal=b"k" * 32, clock=room.clock)
        wanted = [keys.obtain(TitleId("film")) for keys in (room.keys, others) for _ in range(10)]
        made = await asyncio.gather(*wanted)
    assert len({(key.key_id, key.key) for key in made}) == 1
    assert len(made[0].key) == len(made[0].key_id) == 32


async def test_keys_are_sealed_in_the_file_and_bound_to_their_title(room, tmp_path: Path):
    key = await room.keys.obtain(TitleId("film"))
    await room.keys.obtain(TitleId("other"))
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("playback.db*"))
    assert bytes.fromhex(key.key) not in stored
    assert key.key.encode() not in stored
    async with room.database.write() as session:
        await session.execute(
            text(
                "UPDATE playback_content_keys SET sealed_key = "
                "(SELECT sealed_key FROM playback_content_keys WHERE title_id = 'film') WHERE title_id = 'other'"
            )
        )
    with pytest.raises(SealedKeyError) as refusal:
        await room.keys.obtain(TitleId("other"))
    assert key.key not in str(refusal.value)
    assert await room.keys.obtain(TitleId("film")) == key


async def test_another_installation_cannot_open_the_keys(room):
    await room.keys.obtain(TitleId("film"))
    foreign = SqlContentKeys(room.database, seal=b"x" * 32, clock=room.clock)
    with pytest.raises(SealedKeyError):
        await foreign.find(TitleId("film"))


_MAKER = """
import asyncio, sys
from pathlib import Path
from matinee.engines.relational import migrate, open_database
from matinee.kit.clock import SystemClock
from matinee.services.playback.adapters.keys import SqlContentKeys

async def main():
    async with open_database(sys.argv[1]) as database:
        keys = SqlContentKeys(database, seal=b"k" * 32, clock=SystemClock())
        for number in range(100_000):
            key = await keys.obtain(f"title-{number}")
            print(f"title-{number} {key.key_id} {key.key}", flush=True)

asyncio.run(main())
"""


def answers_before_a_kill(url):
    child = subprocess.Popen([sys.executable, "-c", _MAKER, url], stdout=subprocess.PIPE, text=True)
    answered = [child.stdout.readline().split() for _ in range(25)]
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate(timeout=10)
    answered += [line.split() for line in rest.splitlines() if line.count(" ") == 2]
    return answered


async def test_keys_that_were_answered_survive_a_kill(room, tmp_path: Path):
    answered = await asyncio.to_thread(answers_before_a_kill, f"sqlite+aiosqlite:///{tmp_path}/playback.db")
    assert len(answered) >= 25
    for title_id, key_id, key in answered:
        kept = await room.keys.find(TitleId(title_id))
        assert (kept.key_id, kept.key) == (key_id, key)


async def test_keys_do_not_show_in_text(room):
    key = await room.keys.obtain(TitleId("film"))
    title = await room.film()
    _, token = await granted(room, OPERATOR)
    request = ClearKeyRequest(kids=[kid(title.release.key_id)])
    licence = await room.service.licence(token=token, request=request, passport=OPERATOR)
    for shown in (repr(key), str(key), repr(licence), f"{licence}"):
        assert key.key not in shown
        assert kid(key.key) not in shown
    assert key.key.encode() in msgspec.json.encode(key)
