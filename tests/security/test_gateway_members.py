"""Who may speak as a member, tried against the door on its socket."""

import asyncio
import base64
import json
import re
import time
from datetime import UTC, datetime

import jwt
import msgspec
import pytest
from tests.services.gateway.conftest import echo, seen

from matinee.kit.passport import PASSPORT_HEADER, Passport
from matinee.kit.signing import SigningKey, Verifier
from matinee.services.gateway.settings import GatewaySettings
from matinee.testing.access_tokens import TestMembers
from matinee.testing.doors import open_door

ECHO = "/api/v1/echo"
PLACES = (
    ECHO,
    "/api/v1/session",
    "/api/v1/account",
    "/api/v1/accounts",
    "/api/v1/billing",
    "/api/v1/admin",
    "/api/v1/setup",
    "/api/v1/profiles",
    "/api/v1/studio",
    "/api/v1/licences",
)


@pytest.fixture
async def door(tmp_path):
    async with open_door(tmp_path, dict.fromkeys(PLACES, echo)) as opened:
        yield opened


async def caller(door, headers, path=ECHO):
    request = await seen(door, path, headers=headers)
    names = [name for name, _ in request["headers"]]
    assert names.count(PASSPORT_HEADER) == 1
    assert "cookie" not in names
    verifier = Verifier(door.keyring.public("gateway"), Passport)
    return verifier.verify(request["by_name"][PASSPORT_HEADER], now=datetime.now(UTC))


async def status(door, method, path, **options):
    async with door.http.request(method, door.url + path, **options) as answer:
        body = await answer.read()
        problem = "problem+json" in answer.headers.get("content-type", "")
        return answer.status, msgspec.json.decode(body).get("code") if problem else None


async def test_a_member_travels_inward_with_what_the_token_says(door):
    for headers in (door.members.cookie(mat=12, kds=False), door.members.bearer(mat=12)):
        passport = await caller(door, headers)
        assert passport.role == "member"
        assert (passport.account, passport.profile) == ("account-member", "profile-member")
        assert (passport.session, passport.maturity, passport.territory) == ("session-member", 12, "FI")
        assert abs(passport.signed_in_at - time.time()) < 60
        assert not passport.expired
    for role in ("support", "editor", "admin"):
        assert (await caller(door, door.members.cookie(role))).role == role


async def test_attack_09_nobody_becomes_another_account_by_naming_it(door):
    told = {"x-matinee-account": "account-admin", "x-account-id": "account-admin"}
    passport = await caller(door, {**door.members.cookie(), **told}, f"{ECHO}?account_id=account-admin")
    assert passport.account == "account-member"
    request = await seen(door, headers={**door.members.cookie(), **told})
    assert "x-matinee-account" not in request["by_name"]


async def test_attack_10_a_token_cannot_raise_its_own_rights(door):
    good = door.members.token()
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))

    def packed(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    raised = packed({**claims, "rol": "admin"})
    published = (await door.members.keys()).keys[0]
    public = base64.urlsafe_b64decode(published.x + "=")
    other = TestMembers()
    forged = (
        f"{head}.{raised}.{signature}",
        f"{packed({'alg': 'none', 'kid': published.kid})}.{raised}.",
        f"{packed({'alg': 'None', 'kid': published.kid})}.{raised}.{signature}",
        jwt.encode({**claims, "rol": "admin"}, public, algorithm="HS256", headers={"kid": published.kid}),
        jwt.encode(
            {**claims, "rol": "admin"}, published.x + "x" * 32, algorithm="HS256", headers={"kid": published.kid}
        ),
        other.token("admin"),
        door.members.sign({**claims, "rol": "operator"}),
        door.members.sign({**claims, "rol": ["admin"]}),
        door.members.sign({**claims, "iss": "elsewhere"}),
        door.members.sign({**claims, "aud": "matinee-other"}),
        door.members.sign({**claims, "aud": ["matinee-api", "x"], "rol": "admin", "sub": 1}),
        door.members.sign({**claims, "exp": claims["iat"] + 10**9}),
        door.members.sign({**claims, "exp": claims["iat"] - 1, "iat": claims["iat"] - 200}),
        door.members.sign({**claims, "sub": ""}),
        door.members.sign({key: value for key, value in claims.items() if key != "exp"}),
        door.members.sign({key: value for key, value in claims.items() if key != "sid"}),
        jwt.encode(claims, door.members._private[published.kid], algorithm="EdDSA"),
        jwt.encode(claims, door.members._private[published.kid], algorithm="EdDSA", headers={"kid": "../../etc"}),
        good + "A",
        good[:-3],
        f"{good}.{good}",
        "..",
        "a.b.c",
        "é.é.é",
        f"{head}.{'A' * 5000}.{signature}",
    )
    for token in forged:
        passport = await caller(door, {"cookie": f"matinee_access={token}".encode().decode("latin-1")})
        assert (passport.role, passport.account, passport.expired) == ("stranger", "", True), token[:80]
    for token in forged[:6]:
        passport = await caller(door, {"authorization": f"Bearer {token}"})
        assert (passport.role, passport.account, passport.expired) == ("stranger", "", True), token[:80]
    assert (await caller(door, {"cookie": f"matinee_access={good}"})).role == "member"


async def test_attack_10_passports_and_our_headers_from_outside_are_taken_off(door):
    stolen = (await seen(door, headers=door.members.cookie("admin")))["by_name"][PASSPORT_HEADER]
    own = SigningKey(SigningKey.generate())
    forged = own.sign(
        Passport(role="admin", session="x", client_address="x", expires_at=2**33, account="account-admin")
    )
    for value in (stolen, forged):
        headers = {
            PASSPORT_HEADER: value,
            "X-Matinee-Refresh": "stolen",
            "x-matinee-oidc": "stolen",
            "x-matinee-role": "admin",
            "x_matinee_passport": value,
        }
        for who, role in (({}, "stranger"), (door.members.cookie(), "member")):
            passport = await caller(door, {**headers, **who}, "/api/v1/session")
            assert passport.role == role
            request = await seen(door, "/api/v1/session/oidc/x", headers={**headers, **who})
            assert not {"x-matinee-refresh", "x-matinee-oidc", "x-matinee-role"} & set(request["by_name"])


async def test_attack_10_a_token_that_carries_old_limits_of_its_profile_counts_no_more(door):
    """A profile that was made a child's must not go on as an adult's until its access token expires."""
    headers = door.members.cookie(pid="profile-1", mat=18, ver=3)
    assert (await caller(door, headers)).maturity == 18
    door.members.end("profile-1:3")
    began = time.monotonic()
    while (await caller(door, headers)).role == "member":
        assert time.monotonic() - began < 2.0
        await asyncio.sleep(0.05)
    assert (await caller(door, headers)).expired
    assert (await caller(door, door.members.cookie(pid="profile-1", mat=7, ver=4))).maturity == 7
    assert (await caller(door, door.members.cookie(pid="profile-2", mat=18, ver=3))).role == "member"


async def test_attack_10_a_childs_limits_outlast_its_access_token(door):
    """A child's page that slept for an hour must not be shown what strangers see, until its session is renewed."""
    now = int(time.time())
    stale = {"iat": now - 700, "exp": now - 400}
    child = await caller(door, door.members.cookie(kds=True, mat=7, **stale))
    assert (child.role, child.account, child.expired, child.kids, child.maturity) == ("stranger", "", True, True, 7)
    gate = await caller(door, door.members.cookie(pid="", mat=0, **stale))
    assert (gate.role, gate.expired, gate.kids, gate.maturity) == ("stranger", True, False, 18)
    forged = await caller(door, {"cookie": "matinee_access=a.b.c"})
    assert (forged.kids, forged.maturity) == (False, 18)


async def test_an_ended_session_is_a_strangers_within_two_seconds(door):
    headers = door.members.cookie()
    assert (await caller(door, headers)).role == "member"
    door.members.end("session-member")
    began = time.monotonic()
    while (await caller(door, headers)).role == "member":
        assert time.monotonic() - began < 2.0
        await asyncio.sleep(0.05)
    assert (await caller(door, headers)).expired
    assert (await caller(door, door.members.cookie("admin"))).role == "admin"


async def test_tokens_count_while_the_identity_room_is_away(door):
    assert (await caller(door, door.members.cookie())).role == "member"
    door.members.away = True
    assert (await caller(door, door.members.cookie(sid="another"))).role == "member"


async def test_the_refresh_cookie_goes_to_the_session_routes_alone(door):
    cookie = {"cookie": f"theme=dark; matinee_refresh=abc.1.def; matinee_oidc=state; {door.members.cookie()['cookie']}"}
    inside = {}
    for path in (ECHO, "/api/v1/session", "/api/v1/session/refresh", "/api/v1/session/oidc/x/callback"):
        inside[path] = (await seen(door, path, headers=cookie))["by_name"]
        assert "cookie" not in inside[path]
    assert "x-matinee-refresh" not in inside[ECHO]
    assert inside["/api/v1/session"]["x-matinee-refresh"] == "abc.1.def"
    assert inside["/api/v1/session/refresh"]["x-matinee-refresh"] == "abc.1.def"
    assert "x-matinee-oidc" not in inside["/api/v1/session/refresh"]
    assert inside["/api/v1/session/oidc/x/callback"]["x-matinee-oidc"] == "state"
    code, _ = await status(door, "GET", "/api/v1/sessions", headers=cookie)
    assert code == 404


async def test_operator_and_member_in_one_browser(door):
    both = {"cookie": f"{(await door.cookie())['cookie']}; {door.members.cookie()['cookie']}"}
    assert (await caller(door, both)).role == "member"
    assert (await caller(door, both, "/api/v1/studio/titles")).role == "operator"
    staff = {"cookie": f"{(await door.cookie())['cookie']}; {door.members.cookie('editor')['cookie']}"}
    assert (await caller(door, staff, "/api/v1/studio/titles")).role == "editor"
    stale = {"cookie": f"{(await door.cookie())['cookie']}; matinee_access=a.b.c"}
    assert (await caller(door, stale, "/api/v1/account")).expired
    assert (await caller(door, stale, "/api/v1/studio/titles")).role == "operator"


async def test_at_licences_the_bearer_belongs_to_the_room(door):
    headers = {"authorization": "Bearer body.signature", **door.members.cookie()}
    request = await seen(door, "/api/v1/licences", headers=headers)
    assert request["by_name"]["authorization"] == "Bearer body.signature"
    assert (await caller(door, headers, "/api/v1/licences")).role == "member"


ADULTS = (
    "/api/v1/account",
    "/api/v1/account/email",
    "/api/v1/billing/invoices",
    "/api/v1/setup",
    "/api/v1/admin/accounts",
    "/api/v1/studio/titles",
)


@pytest.mark.parametrize("path", ADULTS)
async def test_attack_10_a_kids_profile_stays_in_its_room(door, path):
    for role in ("member", "admin"):
        kids = door.members.bearer(role, kds=True, mat=7)
        for method in ("GET", "POST", "DELETE"):
            assert await status(door, method, path, headers=kids) == (403, "profile-restricted")
        assert (await status(door, "GET", path, headers=door.members.bearer(role)))[0] == 200


async def test_a_kids_profile_sees_profiles_and_changes_none(door):
    kids = door.members.bearer(kds=True, mat=7)
    assert (await status(door, "GET", "/api/v1/profiles", headers=kids))[0] == 200
    for method in ("POST", "PATCH", "DELETE"):
        assert await status(door, method, "/api/v1/profiles/x", headers=kids) == (403, "profile-restricted")
    assert (await status(door, "POST", "/api/v1/session/profile", headers=kids))[0] == 200
    assert (await status(door, "GET", "/api/v1/accounts", headers=kids))[0] == 200
    passport = await caller(door, kids)
    assert (passport.kids, passport.maturity) == (True, 7)


@pytest.mark.parametrize("cookie", ["matinee_access", "matinee_refresh", "matinee_oidc", "matinee_operator"])
async def test_attack_23_other_sites_cannot_use_a_members_cookies(door, cookie):
    value = door.members.token() if cookie == "matinee_access" else "abc"
    for elsewhere in ({"origin": "https://evil.example"}, {"sec-fetch-site": "same-site"}, {"origin": "null"}, {}):
        for path in (ECHO, "/api/v1/session/refresh"):
            headers = {"cookie": f"{cookie}={value}", **elsewhere}
            assert await status(door, "POST", path, headers=headers) == (403, "cross-site")
    headers = {"cookie": f"{cookie}={value}", "origin": door.url, "sec-fetch-site": "same-origin"}
    assert (await status(door, "POST", ECHO, headers=headers))[0] == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/session", "/api/v1/session/pairing", "/api/v1/accounts", "/api/v1/accounts/verification",
             "/api/v1/setup"])  # fmt: skip
async def test_attack_23_no_other_site_signs_somebody_in(door, path):
    for elsewhere in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert await status(door, "POST", path, headers=elsewhere) == (403, "cross-site")
    assert (await status(door, "POST", path))[0] == 200


async def test_attack_22_the_callback_of_a_provider_is_read_with_its_cookie_alone(door):
    headers = {"cookie": "matinee_oidc=state; matinee_refresh=a.1.b", "sec-fetch-site": "cross-site"}
    request = await seen(door, "/api/v1/session/oidc/x/callback?code=c&state=s", headers=headers)
    assert request["by_name"]["x-matinee-oidc"] == "state"
    assert await status(door, "POST", "/api/v1/session/oidc/x/callback", headers=headers) == (403, "cross-site")


async def test_attack_25_secrets_in_queries_are_refused_and_not_logged(door, capfd):
    token = door.members.token()
    for query in (f"access_token={token}", f"a=b&ACCESS_TOKEN={token}", f"refresh_token={token}", f"%61pi_key={token}"):
        assert await status(door, "GET", f"{ECHO}?{query}") == (400, "token-in-query")
    await status(door, "GET", f"{ECHO}?anything={token}", headers=door.members.cookie())
    await status(door, "GET", ECHO, headers={"cookie": "matinee_access=broken.token.value; matinee_refresh=secret-one"})
    written = "".join(capfd.readouterr())
    assert "path=/api/v1/echo" in re.sub(r"\x1b\[[0-9;]*m", "", written)
    for secret in (token, token.rpartition(".")[2], "broken.token", "secret-one"):
        assert secret not in written


async def test_attack_25_cookies_that_rooms_set_are_out_of_reach_of_scripts(tmp_path):
    async def room(scope, receive, send):
        cookies = [
            (b"set-cookie", b"matinee_access=x; SameSite=Strict; Path=/"),
            (b"Set-Cookie", b"b=y; httponly; Secure"),
        ]
        await send({"type": "http.response.start", "status": 204, "headers": cookies})
        await send({"type": "http.response.body", "body": b""})

    settings = GatewaySettings(trusted_proxies=("127.0.0.1/32",))
    async with open_door(tmp_path, {"/api/v1/room": room}, settings) as door:
        async with door.http.get(f"{door.url}/api/v1/room", headers={"x-forwarded-proto": "https"}) as answer:
            first, second = answer.headers.getall("set-cookie")
            assert first == "matinee_access=x; SameSite=Strict; Path=/; HttpOnly; Secure"
            assert second == "b=y; httponly; Secure"
        async with door.http.get(f"{door.url}/api/v1/room") as answer:
            assert "Secure" not in answer.headers.getall("set-cookie")[0]


async def test_keys_are_published(door):
    await caller(door, door.members.cookie())
    async with door.http.get(f"{door.url}/.well-known/jwks.json") as answer:
        assert answer.status == 200
        document = await answer.json(content_type=None)
        assert answer.headers["cache-control"] == "public, max-age=30"
    (key,) = document["keys"]
    assert set(key) == {"kid", "x", "kty", "crv", "use", "alg"}
    read = jwt.PyJWKSet.from_dict(document).keys[0]
    assert jwt.decode(door.members.token(), read, algorithms=["EdDSA"], audience="matinee-api")["rol"] == "member"
    assert await status(door, "POST", "/.well-known/jwks.json") == (405, "method")


async def test_attack_30_a_crowd_of_forged_tokens_asks_for_keys_rarely(door):
    await caller(door, door.members.cookie())
    asked = door.members.asked
    other = TestMembers()
    other.new_key("elsewhere")
    for number in range(50):
        assert (await caller(door, other.bearer(sid=f"s{number}"))).role == "stranger"
    assert door.members.asked - asked <= 2
