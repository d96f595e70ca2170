"""Attacks on signing in with a provider."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from matinee.kit.signing import encode_base64url
from matinee.services.identity.settings import OidcProvider
from matinee.testing.identity import CHEAP, Room, open_identity
from matinee.testing.members import Browser
from matinee.testing.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, back, run_provider


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with run_provider() as provider:
        yield provider


@pytest.fixture
async def room(tmp_path: Path, provider: Provider) -> AsyncIterator[Room]:
    secret = tmp_path / "secret"
    secret.write_text(CLIENT_SECRET)
    providers = tuple(
        OidcProvider(name=name, label=name, issuer=provider.issuer, client_id=CLIENT_ID, client_secret_file=str(secret))
        for name in ("acme", "twin")
    )
    hosts = (urlsplit(provider.issuer).netloc,)
    settings = msgspec.structs.replace(CHEAP, oidc_providers=providers, oidc_allowed_hosts=hosts)
    async with open_identity(tmp_path, settings) as room:
        provider.clock = room.clock
        yield room


def _shared_secret_token(claims: dict[str, Any], key: bytes) -> str:
    """A token whose shared secret is the provider's public key, made by hand because the library refuses to."""
    parts = [encode_base64url(msgspec.json.encode(part)) for part in ({"alg": "HS256", "kid": "k1"}, claims)]
    return ".".join([*parts, encode_base64url(hmac.digest(key, ".".join(parts).encode(), hashlib.sha256))])


async def gone(browser: Browser) -> str:
    answer = await browser.get("/session/oidc/acme/start?return_to=/browse")
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def refused(browser: Browser, path: str, problem: str) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/sign-in?problem={problem}")
    assert not {"matinee_access", "matinee_refresh"} & set(browser.cookies)


@pytest.mark.parametrize("state", [None, "", "guessed", "x" * 4000])
async def test_attack_22_a_callback_with_no_state_or_another(room: Room, provider: Provider, state: str | None) -> None:
    browser = room.browser()
    returned = provider.authorize(await gone(browser))
    query = {name: value for name, value in {**returned, "state": state}.items() if value is not None}
    await refused(browser, back(query), "provider-state")


async def test_attack_22_a_callback_that_another_browser_asked_for(room: Room, provider: Provider) -> None:
    """Whoever follows an attacker's link must not end up in the attacker's account."""
    attacker, victim = room.browser(), room.browser()
    returned = provider.authorize(await gone(attacker))
    await refused(victim, back(returned), "provider-state")
    await gone(victim)
    await refused(victim, back(returned), "provider-state")


async def test_attack_22_a_callback_at_another_providers_address(room: Room, provider: Provider) -> None:
    browser = room.browser()
    await refused(browser, back(provider.authorize(await gone(browser)), "twin"), "provider-state")


async def test_attack_22_a_callback_used_twice_or_late(room: Room, provider: Provider) -> None:
    browser = room.browser()
    returned = provider.authorize(await gone(browser))
    cookie = browser.cookies["matinee_oidc"]
    assert (await browser.get(back(returned))).headers["location"] == "/browse"
    again = room.browser()
    again.cookies["matinee_oidc"] = cookie
    await refused(again, back(returned), "provider-state")
    late = room.browser()
    returned = provider.authorize(await gone(late))
    room.clock.advance(601)
    await refused(late, back(returned), "provider-state")


async def test_attack_22_a_cookie_that_was_changed_or_sealed_for_something_else(room: Room, provider: Provider) -> None:
    browser = room.browser()
    returned = provider.authorize(await gone(browser))
    cookie = browser.cookies["matinee_oidc"]
    for forged in (cookie[:-2] + ("AA" if cookie[-2:] != "AA" else "BB"), "e30", "x" * 5000, cookie + "="):
        browser.cookies["matinee_oidc"] = forged
        await refused(browser, back(returned), "provider-state")


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "somebody else"},
        {"aud": [CLIENT_ID, "somebody else"]},
        {"azp": "somebody else"},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"exp": 1},
        {"exp": "never"},
        {"iat": 1},
        {"iat": 4_000_000_000},
        {"sub": ""},
        {"sub": None},
        {"sub": "x" * 256},
    ],
    ids=str,
)
async def test_attack_22_an_id_token_that_is_wrong_in_one_claim(
    room: Room, provider: Provider, change: dict[str, Any]
) -> None:
    def changed(claims: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**claims, **change}.items() if value is not None}

    provider.change = changed
    browser = room.browser()
    await refused(browser, back(provider.authorize(await gone(browser))), "provider-answer")


@pytest.mark.parametrize("kind", ["none", "shared-secret", "own-key", "embedded-key", "no-token"])
async def test_attack_22_an_id_token_signed_by_nobody_or_the_wrong_party(
    room: Room, provider: Provider, kind: str
) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    public = provider.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    embedded = jwt.algorithms.ECAlgorithm.to_jwk(stranger.public_key(), as_dict=True)
    forge = {
        "none": lambda claims: jwt.encode(claims, "", algorithm="none", headers={"kid": "k1"}),
        "shared-secret": lambda claims: _shared_secret_token(claims, public),
        "own-key": lambda claims: jwt.encode(claims, stranger, algorithm="ES256", headers={"kid": "k1"}),
        "embedded-key": lambda claims: jwt.encode(
            claims, stranger, algorithm="ES256", headers={"jwk": embedded, "kid": "k2"}
        ),
        "no-token": lambda _: "not.a.token",
    }[kind]
    honest = provider.id_token
    provider.id_token = lambda grant, access: forge(  # type: ignore[method-assign]
        jwt.decode(honest(grant, access), options={"verify_signature": False})
    )
    browser = room.browser()
    await refused(browser, back(provider.authorize(await gone(browser))), "provider-answer")


async def test_attack_22_an_answer_mixed_up_between_providers(room: Room, provider: Provider) -> None:
    browser = room.browser()
    returned = {**provider.authorize(await gone(browser)), "iss": "https://evil.example"}
    await refused(browser, back(returned), "provider-answer")
    provider.document_changes = {"authorization_response_iss_parameter_supported": True}
    room.clock.advance(3601)
    returned = provider.authorize(await gone(browser))
    del returned["iss"]
    await refused(browser, back(returned), "provider-answer")


async def test_attack_22_a_code_that_was_stolen_needs_the_verifier(room: Room, provider: Provider) -> None:
    victim, attacker = room.browser(), room.browser()
    stolen = provider.authorize(await gone(victim))
    own = provider.authorize(await gone(attacker))
    await refused(attacker, back({**own, "code": stolen["code"]}), "provider-answer")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "evil.example",
        "",
        "/%5cevil.example",
        "/%2f%2fevil.example",
        "/%2Fevil.example",
        "/a//evil.example",
        "/./evil",
        "/../evil",
        "/.//evil.example",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        " /evil",
        "/\u2028evil",
        "/a#b",
        "/" + "a" * 600,
    ],
)
async def test_attack_22_a_way_back_that_leads_elsewhere(room: Room, target: str) -> None:
    browser = room.browser()
    answer = await browser.get(f"/session/oidc/acme/start?return_to={quote(target, safe='')}")
    assert answer.status_code == 400
    assert "matinee_oidc" not in browser.cookies


async def test_attack_08_a_document_that_sends_us_to_our_own_machine(room: Room, provider: Provider) -> None:
    async with run_provider() as victim:
        inside = {"token_endpoint": f"{victim.issuer}/token", "jwks_uri": f"{victim.issuer}/jwks"}
        for name in ("token_endpoint", "jwks_uri"):
            provider.document_changes = {name: inside[name]}
            room.clock.advance(3601)
            browser = room.browser()
            await refused(browser, back(provider.authorize(await gone(browser))), "provider-away")
        assert victim.requests == []


@pytest.mark.parametrize("page", ["javascript:alert(1)", "http://evil.example/", "https://user@evil.example/"])
async def test_attack_22_a_document_with_an_unsafe_sign_in_page(room: Room, provider: Provider, page: str) -> None:
    provider.document_changes = {"authorization_endpoint": page}
    answer = await room.browser().get("/session/oidc/acme/start")
    assert (answer.status_code, answer.json()["code"]) == (503, "provider-away")


async def test_attack_25_no_token_is_in_an_address(room: Room, provider: Provider) -> None:
    browser = room.browser()
    url = await gone(browser)
    assert "secret" not in url
    assert browser.cookies["matinee_oidc"] not in url
    answer = await browser.get(back(provider.authorize(url)))
    assert answer.headers["location"] == "/browse"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == b""
    assert all("httponly" in line.lower() for line in browser.set_cookie)
