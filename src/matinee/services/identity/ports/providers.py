"""Providers that vouch for people (OpenID Connect)."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec


class ProviderDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0 §3), as far as it is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class ProviderTokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider gives for a code. Neither token leaves the room."""

    id_token: str
    access_token: str = ""


class ProviderClient(Protocol):
    """Talks to one provider.

    Every method raises `ProviderAwayError` when it does not answer as it should, `ProviderAnswerError` when it refuses.
    """

    async def document(self) -> ProviderDocument:
        """Return what it says of itself, kept for a while; its issuer is the one that was set up."""
        ...

    async def keys(self, *, wanted: str) -> tuple[Mapping[str, Any], ...]:
        """Return its signing keys as JWK, kept for a while and asked for anew when none is called `wanted`."""
        ...

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> ProviderTokens:
        """Return the tokens for a code (RFC 6749 §4.1.3), proving by the verifier that it was asked for here."""
        ...

    async def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """Return the claims of whom an access token belongs to; empty when the provider has no such endpoint."""
        ...
