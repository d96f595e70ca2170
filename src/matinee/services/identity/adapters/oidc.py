"""Talks to an OpenID Connect provider through the one function that fetches."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode

import msgspec

from matinee.engines.fetch import (
    Fetched,
    FetchFailedError,
    FetchLimits,
    FetchRefusedError,
    FetchRequest,
    check_url,
    fetch,
)
from matinee.kit.clock import Clock
from matinee.services.identity.ports.method_errors import ProviderAnswerError, ProviderAwayError
from matinee.services.identity.ports.providers import ProviderDocument, ProviderTokens
from matinee.services.identity.settings import OidcProvider

T = TypeVar("T")
Fetch = Callable[..., Awaitable[Fetched]]
_DOCUMENT_SECONDS = 3600.0
_KEYS_SECONDS = 600.0
# An unknown key id is looked up at most so often, else forged tokens would make us ask as often as they come.
_LOOK_AGAIN_SECONDS = 30.0
_MAX_KEYS = 50
_OK = 200
_REFUSED = frozenset({400, 401, 403})


class _KeySet(msgspec.Struct, frozen=True):
    keys: tuple[dict[str, Any], ...]


class HttpProvider:
    """One provider over HTTPS.

    Args:
        provider: as it was set up.
        secret: the client's secret, empty for a public client.
        limits: which hosts may be asked, and how much they may answer.
        clock: for how long things are kept.
    """

    def __init__(
        self, provider: OidcProvider, *, secret: str, limits: FetchLimits, clock: Clock, asks: Fetch = fetch
    ) -> None:
        self._provider = provider
        self._secret = secret
        self._limits = limits
        self._clock = clock
        self._fetch = asks
        self._lock = asyncio.Lock()
        self._document: ProviderDocument | None = None
        self._document_at = 0.0
        self._keys: tuple[dict[str, Any], ...] = ()
        self._keys_at: float | None = None

    async def document(self) -> ProviderDocument:
        """Return what the provider says of itself."""
        async with self._lock:
            if self._document is None or self._clock.monotonic() - self._document_at > _DOCUMENT_SECONDS:
                self._document = await self._discovered()
                self._document_at = self._clock.monotonic()
            return self._document

    async def keys(self, *, wanted: str) -> tuple[Mapping[str, Any], ...]:
        """Return its signing keys."""
        document = await self.document()
        async with self._lock:
            now = self._clock.monotonic()
            age = None if self._keys_at is None else now - self._keys_at
            missing = not any(key.get("kid") == wanted for key in self._keys)
            if age is None or age > _KEYS_SECONDS or (missing and age > _LOOK_AGAIN_SECONDS):
                answer = await self._ask(FetchRequest(url=document.jwks_uri, headers={"accept": "application/json"}))
                self._keys = self._read(answer, _KeySet).keys[:_MAX_KEYS]
                self._keys_at = now
            return self._keys

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> ProviderTokens:
        """Return the tokens for a code."""
        document = await self.document()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self._provider.client_id,
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if self._secret and "client_secret_basic" in document.token_endpoint_auth_methods_supported:
            headers["authorization"] = self._basic()
        elif self._secret:
            form["client_secret"] = self._secret
        body = urlencode(form).encode()
        answer = await self._ask(
            FetchRequest(url=document.token_endpoint, method="POST", headers=headers, body=body), refusals=_REFUSED
        )
        return self._read(answer, ProviderTokens)

    async def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """Return the claims of whom an access token belongs to."""
        document = await self.document()
        if not document.userinfo_endpoint or not access_token:
            return {}
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json"}
        answer = await self._ask(FetchRequest(url=document.userinfo_endpoint, headers=headers), refusals=_REFUSED)
        return self._read(answer, dict[str, Any])

    def _basic(self) -> str:
        # RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
        pair = f"{quote_plus(self._provider.client_id)}:{quote_plus(self._secret)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    async def _discovered(self) -> ProviderDocument:
        issuer = self._provider.issuer
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        document = self._read(await self._ask(FetchRequest(url=url)), ProviderDocument)
        if document.issuer != issuer:
            raise ProviderAwayError("The provider calls itself by another name than the settings do.")
        try:
            check_url(document.authorization_endpoint, allowed_hosts=self._limits.allowed_hosts)
        except FetchRefusedError as error:
            raise ProviderAwayError("The provider names a sign-in page that is not safe.") from error
        return document

    async def _ask(self, request: FetchRequest, *, refusals: frozenset[int] = frozenset()) -> Fetched:
        try:
            answer = await self._fetch(request, limits=self._limits)
        except (FetchRefusedError, FetchFailedError) as error:
            raise ProviderAwayError("The provider cannot be reached; try again, or sign in another way.") from error
        if answer.status in refusals:
            raise ProviderAnswerError("The provider refused; start signing in again.")
        if answer.status != _OK:
            raise ProviderAwayError("The provider does not answer as it should; try again later.")
        return answer

    def _read(self, answer: Fetched, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProviderAwayError("The provider's answer cannot be read; try again later.") from error
