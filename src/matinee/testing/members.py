"""A browser and a letter box for tests about members."""

import re
from collections.abc import Sequence
from http.cookies import SimpleCookie
from typing import Any, cast

import jwt
import msgspec
from httpx import Response
from litestar.testing import AsyncTestClient

from matinee.contracts.identity import (
    ACCESS_COOKIE,
    AUDIENCE,
    ISSUER,
    REFRESH_COOKIE,
    REFRESH_HEADER,
    REFRESH_PATH,
    AccessClaims,
    KeySet,
)
from matinee.kit.passport import Passport, Role
from matinee.kit.signing import decode_base64url
from matinee.mail.port import KeptMail, Mail, MailError, MailNotFoundError
from matinee.services.identity.http.oidc import OIDC_COOKIE, OIDC_HEADER, OIDC_PATH
from matinee.services.identity.service.keys import SigningKeys
from matinee.testing.clock import ManualClock
from matinee.testing.titles import Callers

_API = "/api/v1"
_FAR = 2**33
_TOKEN = re.compile(r"#token=([A-Za-z0-9_-]+)")


class KeptMailer:
    """Keeps mails in memory, and can be away."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.away = False

    async def send(self, mail: Mail) -> None:
        """Keep a mail once per key, or fail when away."""
        if self.away:
            raise MailError("Mail is away.")
        if mail.key not in {kept.key for kept in self.mails}:
            self.mails.append(mail)

    async def newest(self, *, limit: int) -> Sequence[KeptMail]:
        """Return mails, newest first."""
        return [await self.read(number) for number in range(len(self.mails), 0, -1)][:limit]

    async def read(self, mail_id: int) -> KeptMail:
        """Return a mail."""
        raise MailNotFoundError(f"Not kept: {mail_id}.")

    def of(self, kind: str) -> list[Mail]:
        """Return the mails of a kind, oldest first."""
        return [mail for mail in self.mails if mail.kind == kind]

    def token(self, kind: str) -> str:
        """Return the token in the newest mail of a kind."""
        match = _TOKEN.search(self.of(kind)[-1].text)
        assert match is not None
        return match.group(1)


def claims_of(token: str, keys: KeySet, *, now: float) -> AccessClaims | None:
    """Return an access token's claims as a front door would read them, None when it does not count."""
    kid = jwt.get_unverified_header(token)["kid"]
    raw = next((decode_base64url(key.x) for key in keys.keys if key.kid == kid), None)
    if raw is None:
        return None
    key = jwt.PyJWK({"kty": "OKP", "crv": "Ed25519", "x": next(k.x for k in keys.keys if k.kid == kid), "alg": "EdDSA"})
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(
        token, key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER, options=cast("Any", options)
    )
    return msgspec.convert(claims, AccessClaims) if claims["exp"] > now else None


class Browser:
    """Keeps cookies as browsers do, and comes through a front door that reads access tokens and signs passports.

    Args:
        client: of the room.
        callers: signs passports.
        clock: says whether tokens have expired.
        keys: published by the room.
        address: from where it comes.
        role: a fixed role without an account, such as `operator`.
    """

    def __init__(
        self,
        client: AsyncTestClient[Any],
        callers: Callers,
        clock: ManualClock,
        keys: SigningKeys,
        *,
        address: str,
        role: str | None = None,
    ) -> None:
        self._client = client
        self._callers = callers
        self._clock = clock
        self._keys = keys
        self._role = role
        self.address = address
        self.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        self.cookies: dict[str, str] = {}
        self.set_cookie: list[str] = []

    async def claims(self) -> AccessClaims | None:
        """Return the claims of the access token at hand, None when there is none that counts."""
        token = self.cookies.get(ACCESS_COOKIE)
        if not token:
            return None
        return claims_of(token, await self._keys.published(), now=self._clock.now().timestamp())

    async def passport(self) -> Passport:
        """Return what the front door makes of the cookies."""
        common: dict[str, Any] = {"client_address": self.address, "expires_at": _FAR}
        if self._role is not None:
            return Passport(role=cast("Role", self._role), session="cli", **common)
        claims = await self.claims()
        if claims is None:
            return Passport(role="stranger", session="", **common)
        return Passport(
            role=claims.rol,
            session=claims.sid,
            account=claims.sub,
            profile=claims.pid,
            maturity=claims.mat,
            kids=claims.kds,
            territory=claims.ter,
            signed_in_at=claims.ath,
            **common,
        )

    @property
    def account_id(self) -> str:
        """The account whose access token is at hand, expired or not."""
        claims = jwt.decode(self.cookies[ACCESS_COOKIE], options={"verify_signature": False})
        return str(claims["sub"])

    @property
    def session_id(self) -> str:
        """The session whose access token is at hand, expired or not."""
        return str(jwt.decode(self.cookies[ACCESS_COOKIE], options={"verify_signature": False})["sid"])

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Send a request and keep the cookies of the answer."""
        sent = {**self._callers.headers(await self.passport()), "user-agent": self.user_agent, **headers}
        if f"{_API}{path}".startswith(REFRESH_PATH) and REFRESH_COOKIE in self.cookies:
            sent[REFRESH_HEADER] = self.cookies[REFRESH_COOKIE]
        if f"{_API}{path}".startswith(OIDC_PATH) and OIDC_COOKIE in self.cookies:
            sent[OIDC_HEADER] = self.cookies[OIDC_COOKIE]
        answer = await self._client.request(method, f"{_API}{path}", json=body, headers=sent, follow_redirects=False)
        self._client.cookies.clear()
        self.set_cookie = answer.headers.get_list("set-cookie")
        for line in self.set_cookie:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    async def get(self, path: str) -> Response:
        """Read."""
        return await self.call("GET", path)

    async def post(self, path: str, body: Any = None) -> Response:
        """Send a JSON body."""
        return await self.call("POST", path, body)

    async def delete(self, path: str, body: Any = None) -> Response:
        """Delete."""
        return await self.call("DELETE", path, body)

    async def patch(self, path: str, body: Any) -> Response:
        """Change."""
        return await self.call("PATCH", path, body)
