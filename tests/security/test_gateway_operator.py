"""Who may speak as the operator, tried against the door on its socket."""

import re
from datetime import UTC, datetime

import msgspec
import pytest
from tests.services.gateway.conftest import echo, seen

from matinee.kit.passport import PASSPORT_HEADER, Passport
from matinee.kit.signing import SigningKey, Verifier
from matinee.services.gateway.settings import GatewaySettings
from matinee.services.gateway.sign_in import OperatorSession
from matinee.testing.doors import open_door, open_front_rooms

ECHO = "/api/v1/echo"
SESSION = "/api/v1/operator/session"


@pytest.fixture
async def door(tmp_path):
    async with open_door(tmp_path, {ECHO: echo}) as opened:
        yield opened


def caller(door, request):
    verifier = Verifier(door.keyring.public("gateway"), Passport)
    names = [name for name, _ in request["headers"]]
    assert names.count(PASSPORT_HEADER) == 1
    return verifier.verify(request["by_name"][PASSPORT_HEADER], now=datetime.now(UTC))


async def status(door, method, path, **options):
    async with door.http.request(method, door.url + path, **options) as answer:
        return answer.status, await answer.read()


async def test_attack_17_forwarding_headers_make_nobody_local_or_somebody_else(door):
    forged = {
        "x-forwarded-for": "10.0.0.1, 127.0.0.1",
        "x-real-ip": "127.0.0.1",
        "forwarded": "for=127.0.0.1",
        "true-client-ip": "127.0.0.1",
        "cf-connecting-ip": "127.0.0.1",
        "x-client-ip": "10.9.9.9",
        "x-forwarded-proto": "https",
        "x-original-url": SESSION,
        "x_forwarded_for": "10.0.0.1",
        "proxy": "http://evil.example",
    }
    request = await seen(door, headers=forged)
    assert caller(door, request).client_address == "127.0.0.1"
    assert caller(door, request).role == "stranger"
    assert request["scheme"] == "http"
    assert not set(forged) & set(request["by_name"])


async def test_attack_17_only_the_last_untrusted_hop_of_a_trusted_proxy_counts(tmp_path):
    settings = GatewaySettings(trusted_proxies=("127.0.0.0/8", "10.0.0.0/8", "::1/128"))
    async with open_door(tmp_path, {ECHO: echo}, settings) as door:
        for chain, address in (
            ("203.0.113.9", "203.0.113.9"),
            ("1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
            ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
            ("[2001:db8::7]:1234", "2001:db8::7"),
            ("203.0.113.9:5555, 10.1.1.1", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("evil, 10.0.0.7", "10.0.0.7"),
            ("<script>", "127.0.0.1"),
        ):
            request = await seen(door, headers={"x-forwarded-for": chain, "x-forwarded-proto": "https"})
            assert caller(door, request).client_address == address, chain
            assert request["scheme"] == "https"
            assert "x-forwarded-for" not in request["by_name"]


async def test_attack_17_another_address_does_not_escape_the_limit_on_keys(door):
    for number in range(5):
        headers = {"x-forwarded-for": f"198.51.100.{number}", "x-real-ip": f"198.51.100.{number}"}
        code, _ = await status(door, "POST", SESSION, json={"key": "wrong"}, headers=headers)
        assert code == 401
    for headers in ({"x-forwarded-for": "198.51.100.99"}, {}):
        code, body = await status(door, "POST", SESSION, json={"key": door.keyring.operator_key()}, headers=headers)
        assert (code, msgspec.json.decode(body)["code"]) == (429, "sign-in-wait")
    code, _ = await status(door, "GET", ECHO, headers=door.operator)
    assert code == 429


async def test_attack_17_forged_passports_are_taken_off(door):
    stolen = (await seen(door, headers=door.operator))["by_name"][PASSPORT_HEADER]
    own = SigningKey(SigningKey.generate())
    forged = own.sign(Passport(role="operator", session="x", client_address="x", expires_at=2**33))
    for name in (PASSPORT_HEADER, PASSPORT_HEADER.upper(), "x_matinee_passport", "X-Matinee-Caller"):
        for value in (stolen, forged, ""):
            request = await seen(door, headers={name: value})
            assert caller(door, request).role == "stranger"
    request = await seen(door, headers={"connection": f"close, {PASSPORT_HEADER}, cookie"})
    assert caller(door, request).role == "stranger"


async def test_attack_17_rooms_refuse_what_the_door_did_not_sign(tmp_path):
    async with open_front_rooms(tmp_path) as door:
        headers = {PASSPORT_HEADER: "x.y"}
        code, _ = await status(door, "GET", "/api/v1/studio/titles", headers=headers)
        assert code == 401
        assert (await status(door, "GET", "/api/v1/studio/titles", headers=door.operator))[0] == 200


async def test_attack_20_forged_and_stale_cookies_are_strangers(door):
    good = await door.cookie()
    assert msgspec.json.decode((await status(door, "GET", SESSION, headers=good))[1]) == {"role": "operator"}
    forger = SigningKey(SigningKey.generate())
    forged = forger.sign(OperatorSession(session="x", expires_at=2**33))
    real = door.keyring.signing_key("sessions")
    stale = real.sign(OperatorSession(session="x", expires_at=int(datetime.now(UTC).timestamp()) - 1))
    of_another_kind = real.sign(Passport(role="operator", session="x", client_address="x", expires_at=2**33))
    for value in (forged, stale, of_another_kind, "", good["cookie"].partition("=")[2][:-4], "a.b"):
        _, body = await status(door, "GET", SESSION, headers={"cookie": f"matinee_operator={value}"})
        assert msgspec.json.decode(body) == {"role": "stranger"}


async def test_attack_20_signing_out_ends_a_copied_cookie(door):
    cookie = await door.cookie()
    code, _ = await status(door, "DELETE", SESSION, headers={**cookie, "origin": door.url})
    assert code == 204
    assert msgspec.json.decode((await status(door, "GET", SESSION, headers=cookie))[1]) == {"role": "stranger"}


async def test_attack_20_there_is_no_side_door_for_keys(door):
    key = door.keyring.operator_key()
    others = (b'{"key": ""}', b'{"key": null}', b'{"key": 1}', b'{"key": "x", "role": "y"}', b'{"key": "\xff"}')
    for body in (b"", b"{}", b"[]", b"null", b"[" * 100_000, *others):
        code, _ = await status(door, "POST", SESSION, data=body)
        assert code in {400, 401, 429}, body
    for name in ("key", "access_token", "operator_key"):
        code, body = await status(door, "GET", f"{SESSION}?{name}={key}")
        assert (code, msgspec.json.decode(body)["code"]) == (400, "token-in-query")
        assert key.encode() not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_attack_23_other_sites_cannot_use_the_operators_cookie(door, method):
    cookie = await door.cookie()
    port = door.url.rpartition(":")[2]
    elsewhere = (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"http://127.0.0.1:{int(port) - 1}"},
        {"origin": f"https://127.0.0.1:{port}"},
        {"origin": f"{door.url}.evil.example"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
        {"origin": door.url, "sec-fetch-site": "cross-site"},
        {},
    )
    for headers in elsewhere:
        code, body = await status(door, method, ECHO, headers={**cookie, **headers}, data=b"x")
        assert (code, msgspec.json.decode(body)["code"]) == (403, "cross-site"), headers
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": door.url}):
        code, _ = await status(door, method, ECHO, headers={**cookie, **headers}, data=b"x")
        assert code == 200, headers


async def test_attack_23_scripts_with_the_key_need_no_origin_and_reading_is_free(door):
    assert (await status(door, "POST", ECHO, headers=door.operator, data=b"x"))[0] == 200
    cookie = await door.cookie()
    assert (await status(door, "GET", ECHO, headers={**cookie, "sec-fetch-site": "cross-site"}))[0] == 200


async def test_attack_23_nobody_is_signed_in_or_out_by_another_site(door):
    body = {"key": door.keyring.operator_key()}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await status(door, "POST", SESSION, json=body, headers=headers))[0] == 403
        cookie = await door.cookie()
        assert (await status(door, "DELETE", SESSION, headers={**cookie, **headers}))[0] == 403


async def test_attack_23_no_answer_opens_itself_to_other_origins(door):
    cookie = await door.cookie()
    for method in ("GET", "OPTIONS"):
        headers = {**cookie, "origin": "https://evil.example", "access-control-request-method": "DELETE"}
        async with door.http.request(method, door.url + ECHO, headers=headers) as answer:
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_attack_25_the_cookie_is_out_of_reach_of_scripts(tmp_path):
    settings = GatewaySettings(trusted_proxies=("127.0.0.1/32",))
    async with open_door(tmp_path, {}, settings) as door:
        body = {"key": door.keyring.operator_key()}
        for proto in ("http", "https"):
            headers = {"x-forwarded-proto": proto}
            async with door.http.post(door.url + SESSION, json=body, headers=headers) as answer:
                assert answer.status == 204
                name, _, rest = answer.headers["set-cookie"].partition("=")
                value, *attributes = rest.split("; ")
                assert answer.headers["cache-control"] == "no-store"
            assert name == "matinee_operator"
            assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} <= set(attributes)
            assert ("Secure" in attributes) == (proto == "https")
            assert door.keyring.operator_key() not in value


async def test_attack_25_keys_tokens_and_queries_stay_out_of_logs(door, capfd):
    key = door.keyring.operator_key()
    cookie = await door.cookie()
    await status(door, "GET", f"{ECHO}?access_token={key}&secret=query-secret", headers=door.operator)
    await status(door, "GET", ECHO, headers=cookie)
    await status(door, "POST", SESSION, json={"key": "wrong-key-attempt"})
    await status(door, "GET", ECHO, headers={"authorization": "Bearer wrong-bearer-attempt"})
    await door.raw(b"GET /\x1b[31m%00 HTTP/1.1\r\nHost: x\r\n\r\n")
    captured = capfd.readouterr()
    logged = captured.out + captured.err
    assert logged.count("request ") >= 5
    secrets = (key, key.replace("-", ""), cookie["cookie"], "query-secret", "wrong-key-attempt", "wrong-bearer-attempt")
    for secret in secrets:
        assert secret not in logged
    assert not re.search(r"[A-Za-z0-9_-]{24,}\.[A-Za-z0-9_-]{80,}", logged)
