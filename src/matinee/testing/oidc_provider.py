"""An OpenID Connect provider for tests: a real server on loopback that can be told to misbehave."""

import asyncio
import base64
import hashlib
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from matinee.kit.clock import Clock, SystemClock

CLIENT_ID = "matinee client"
CLIENT_SECRET = "s3cret: with / odd + characters"  # noqa: S105  # of a client that exists in tests only

Claims = dict[str, Any]


@dataclass
class Person:
    """Somebody who has an account at the provider."""

    subject: str = "person-1"
    email: str = "ada@example.org"
    email_verified: bool | str = True
    name: str = "Ada Lovelace"


@dataclass
class _Grant:
    person: Person
    query: dict[str, str]


@dataclass
class Provider:
    """The provider.

    Attributes:
        issuer: its own address.
        clock: tells the time that it writes into tokens.
        change: applied to the claims before they are signed.
        document_changes: members of the discovery document that are other than they should be.
        key: what it signs with; `kid` names it.
        algorithm: how.
        email_in_token: whether the e-mail is in the ID token, or only behind userinfo.
        requests: paths that were asked for.
    """

    issuer: str
    person: Person = field(default_factory=Person)
    change: Callable[[Claims], Claims] = field(default=lambda claims: claims)
    document_changes: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    kid: str = "k1"
    algorithm: str = "ES256"
    published: dict[str, Any] | None = None
    email_in_token: bool = True
    requests: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=SystemClock)
    _codes: dict[str, _Grant] = field(default_factory=dict)
    _tokens: dict[str, Person] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the discovery document."""
        base = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": [self.algorithm],
        }
        return {**base, **self.document_changes}

    def use_rsa(self) -> None:
        """Sign with RSA from now on."""
        self.key, self.algorithm, self.kid = rsa.generate_private_key(65537, 2048), "RS256", "k-rsa"

    def authorize(self, url: str) -> dict[str, str]:
        """Sign the person in at the page that `url` leads to, and return the query that the browser comes back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Grant(self.person, query)
        return {"code": code, "state": query["state"], "iss": self.issuer}

    def id_token(self, grant: _Grant, access_token: str) -> str:
        """Return the signed token for a grant."""
        now = int(self.clock.now().timestamp())
        digest = hashlib.sha256(access_token.encode()).digest()[:16]
        claims: Claims = {
            "iss": self.issuer,
            "sub": grant.person.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": grant.query["nonce"],
            "at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        if self.email_in_token:
            claims |= self._about(grant.person)
        return jwt.encode(self.change(claims), self.key, algorithm=self.algorithm, headers={"kid": self.kid})

    def _about(self, person: Person) -> Claims:
        return {"email": person.email, "email_verified": person.email_verified, "name": person.name}

    def jwk(self) -> dict[str, Any]:
        """Return the public key."""
        kinds: dict[str, Any] = {"ES256": jwt.algorithms.ECAlgorithm, "RS256": jwt.algorithms.RSAAlgorithm}
        made: dict[str, Any] = kinds[self.algorithm].to_jwk(self.key.public_key(), as_dict=True)
        return {**made, "kid": self.kid, "use": "sig"}

    async def serve_document(self, _: web.Request) -> web.Response:
        """Answer discovery."""
        return web.json_response(self.document())

    async def serve_keys(self, _: web.Request) -> web.Response:
        """Answer with the keys."""
        return web.json_response(self.published or {"keys": [self.jwk()]})

    async def serve_token(self, request: web.Request) -> web.Response:
        """Exchange a code once, for whoever holds the secret and the verifier."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        grant = self._codes.pop(form.get("code", ""), None)
        if not self._client_known(request) or grant is None or not _proved(grant, form):
            return web.json_response({"error": "invalid_grant"}, status=400)
        access_token = secrets.token_urlsafe(16)
        self._tokens[access_token] = grant.person
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "id_token": self.id_token(grant, access_token),
        }
        return web.json_response(answer)

    async def serve_userinfo(self, request: web.Request) -> web.Response:
        """Answer with claims."""
        person = self._tokens[request.headers["authorization"].removeprefix("Bearer ")]
        return web.json_response({"sub": person.subject, **self._about(person)})

    def _client_known(self, request: web.Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        name, _, secret = base64.b64decode(value).decode().partition(":")
        return scheme == "Basic" and (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)


def _proved(grant: _Grant, form: dict[str, str]) -> bool:
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked = grant.query
    same = asked["redirect_uri"] == form.get("redirect_uri") and asked["code_challenge_method"] == "S256"
    return same and challenge == asked["code_challenge"]


@asynccontextmanager
async def run_provider() -> AsyncIterator[Provider]:
    """Serve a provider on a free port of loopback."""
    provider = Provider("")

    @web.middleware
    async def noted(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        provider.requests.append(request.path)
        answer: web.StreamResponse = await handler(request)
        return answer

    application = web.Application(middlewares=[noted])
    application.router.add_get("/.well-known/openid-configuration", provider.serve_document)
    application.router.add_get("/jwks", provider.serve_keys)
    application.router.add_post("/token", provider.serve_token)
    application.router.add_get("/userinfo", provider.serve_userinfo)
    # A loop of its own, because clients of applications under test block theirs until they are answered.
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="provider", daemon=True)
    thread.start()
    runner = web.AppRunner(application, shutdown_timeout=0.1)

    async def begin() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    try:
        port = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(begin(), loop))
        provider.issuer = f"http://127.0.0.1:{port}"
        yield provider
    finally:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(runner.cleanup(), loop))
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)
        loop.close()


def back(returned: dict[str, str], provider: str = "acme") -> str:
    """Return the path, below the API, that a browser comes back to."""
    return f"/session/oidc/{provider}/callback?{urlencode(returned)}"
