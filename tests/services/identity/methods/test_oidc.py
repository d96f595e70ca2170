"""Signing in with a provider, against a real one on loopback."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from matinee.services.identity.settings import OidcProvider
from matinee.testing.identity import CHEAP, PASSWORD, Room, open_identity
from matinee.testing.members import Browser
from matinee.testing.oidc_provider import CLIENT_ID, CLIENT_SECRET, Person, Provider, back, run_provider


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with run_provider() as provider:
        yield provider


@pytest.fixture
async def room(tmp_path: Path, provider: Provider) -> AsyncIterator[Room]:
    secret = tmp_path / "secret"
    secret.write_text(f"{CLIENT_SECRET}\n")
    acme = OidcProvider(
        name="acme", label="Acme", issuer=provider.issuer, client_id=CLIENT_ID, client_secret_file=str(secret)
    )
    host = urlsplit(provider.issuer).netloc
    settings = msgspec.structs.replace(CHEAP, oidc_providers=(acme,), oidc_allowed_hosts=(host,))
    async with open_identity(tmp_path, settings) as room:
        provider.clock = room.clock
        yield room


async def gone(browser: Browser, query: str = "return_to=/browse") -> str:
    """Send a browser to the provider; return where it went."""
    answer = await browser.get(f"/session/oidc/acme/start?{query}")
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def came_back(browser: Browser, provider: Provider, query: str = "return_to=/browse") -> str:
    """Go there, sign in, come back; return where the browser is sent."""
    answer = await browser.get(back(provider.authorize(await gone(browser, query))))
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def test_somebody_new_gets_an_account_with_the_providers_address(room: Room, provider: Provider) -> None:
    browser = room.browser()
    assert (await browser.get("/session/oidc")).json() == {"items": [{"name": "acme", "label": "Acme"}]}
    assert await came_back(browser, provider) == "/browse"
    view = (await browser.get("/session")).json()
    assert (view["account"]["email"], view["account"]["name"]) == ("ada@example.org", "Ada Lovelace")
    assert view["methods"] == {"password": False, "totp": False, "passkeys": 0, "oidc": ["acme"]}
    assert len(view["profiles"]) == 1
    again = room.browser()
    provider.person.email = "moved@example.org"  # the subject is who they are, not the address
    await came_back(again, provider)
    assert again.account_id == browser.account_id


async def test_the_question_has_pkce_state_and_nonce_and_the_cookie_is_lax(room: Room, provider: Provider) -> None:
    browser = room.browser()
    query = parse_qs(urlsplit(await gone(browser)).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert len(query["state"][0]) >= 32
    assert len(query["nonce"][0]) >= 32
    assert query["redirect_uri"] == ["https://watch.example/api/v1/session/oidc/acme/callback"]
    (cookie,) = browser.set_cookie
    for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/api/v1/session/oidc"):
        assert part.lower() in cookie.lower()
    assert query["nonce"][0] not in base64.urlsafe_b64decode(browser.cookies["matinee_oidc"] + "==").decode("latin-1")


async def test_an_address_with_an_account_is_linked_only_after_its_owner_signed_in(
    room: Room, provider: Provider
) -> None:
    owner = await room.joined()
    browser = room.browser()
    where = await came_back(browser, provider)
    assert where == "/sign-in?problem=provider-link-needed&provider=acme&return_to=%2Fbrowse"
    assert (await browser.get("/session")).json()["role"] == "stranger"
    assert (await browser.post("/session", {"email": "ada@example.org", "password": PASSWORD})).status_code == 200
    assert (await browser.post("/session/oidc/link")).status_code == 204
    assert (await browser.get("/session")).json()["methods"]["oidc"] == ["acme"]
    later = room.browser()
    assert await came_back(later, provider) == "/browse"
    assert later.account_id == owner.account_id


async def test_somebody_else_cannot_take_the_waiting_link(room: Room, provider: Provider) -> None:
    await room.joined()
    browser = room.browser()
    await came_back(browser, provider)
    await room.joined("eve@example.org")
    assert (await browser.post("/session", {"email": "eve@example.org", "password": PASSWORD})).status_code == 200
    answer = await browser.post("/session/oidc/link")
    assert (answer.status_code, answer.json()["code"]) == (401, "provider-state")


@pytest.mark.parametrize("person", [Person(email_verified=False), Person(email_verified="false"), Person(email="")])
async def test_an_address_that_is_not_confirmed_makes_no_account(
    room: Room, provider: Provider, person: Person
) -> None:
    provider.person = person
    browser = room.browser()
    assert await came_back(browser, provider) == "/sign-in?problem=provider-email"
    assert (await browser.get("/session")).json()["role"] == "stranger"


async def test_a_signed_in_member_links_unlinks_and_keeps_one_way_in(room: Room, provider: Provider) -> None:
    browser = await room.joined("else@example.org")
    assert await came_back(browser, provider, "purpose=link&return_to=/account/security") == "/account/security"
    assert (await browser.get("/session")).json()["methods"]["oidc"] == ["acme"]
    assert (await browser.delete("/account/oidc/acme")).status_code == 204
    assert (await browser.delete("/account/oidc/acme")).status_code == 404
    alone = room.browser()
    await came_back(alone, provider)
    answer = await alone.delete("/account/oidc/acme")
    assert (answer.status_code, answer.json()["code"]) == (409, "last-method")


async def test_linking_needs_somebody_signed_in_with_a_young_proof(room: Room, provider: Provider) -> None:
    assert (await room.browser().get("/session/oidc/acme/start?purpose=link")).status_code == 401
    browser = await room.joined("else@example.org")
    room.clock.advance(601)
    await browser.post("/session/refresh")
    answer = await browser.get("/session/oidc/acme/start?purpose=link")
    assert (answer.status_code, answer.json()["code"]) == (403, "confirm-needed")


async def test_a_providers_account_is_linked_to_one_account(room: Room, provider: Provider) -> None:
    await came_back(room.browser(), provider)
    other = await room.joined("else@example.org")
    assert await came_back(other, provider, "purpose=link") == "/sign-in?problem=provider-linked"


async def test_an_account_without_a_password_confirms_by_its_provider(room: Room, provider: Provider) -> None:
    browser = room.browser()
    await came_back(browser, provider)
    room.clock.advance(601)
    await browser.post("/session/refresh")
    assert (await browser.post("/account/totp")).json()["code"] == "confirm-needed"
    url = await gone(browser, "purpose=confirm&return_to=/account/security")
    assert parse_qs(urlsplit(url).query)["max_age"] == ["0"]
    await browser.get(back(provider.authorize(url)))
    assert (await browser.post("/account/totp")).status_code == 200


async def test_an_old_sign_in_at_the_provider_confirms_nothing(room: Room, provider: Provider) -> None:
    browser = room.browser()
    await came_back(browser, provider)
    provider.change = lambda claims: {**claims, "auth_time": claims["auth_time"] - 3600}
    assert await came_back(browser, provider, "purpose=confirm") == "/sign-in?problem=provider-answer"


async def test_the_address_may_be_behind_userinfo(room: Room, provider: Provider) -> None:
    provider.email_in_token = False
    browser = room.browser()
    assert await came_back(browser, provider) == "/browse"
    assert "/userinfo" in provider.requests


async def test_keys_are_asked_for_again_when_they_change_but_not_for_each_token(room: Room, provider: Provider) -> None:
    await came_back(room.browser(), provider)
    provider.use_rsa()
    provider.document_changes = {"id_token_signing_alg_values_supported": ["RS256"]}
    assert await came_back(room.browser(), provider) == "/sign-in?problem=provider-answer"
    assert provider.requests.count("/jwks") == 1
    room.clock.advance(3601)
    assert await came_back(room.browser(), provider) == "/browse"
    assert provider.requests.count("/jwks") == 2


async def test_a_provider_that_is_away_is_said_to_be(room: Room, provider: Provider) -> None:
    provider.document_changes = {"issuer": "https://somebody.else"}
    answer = await room.browser().get("/session/oidc/acme/start")
    assert (answer.status_code, answer.json()["code"]) == (503, "provider-away")
    assert (await room.browser().get("/session/oidc/other/start")).status_code == 404
