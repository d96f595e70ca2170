"""Signing in with a provider (OpenID Connect, code flow with PKCE), linking its accounts, confirming by it."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import msgspec

from matinee.kit.signing import encode_base64url
from matinee.services.identity.ports.method_errors import (
    ProviderAnswerError,
    ProviderNotFoundError,
    ProviderStateError,
)
from matinee.services.identity.ports.providers import ProviderClient, ProviderDocument
from matinee.services.identity.ports.records import Device
from matinee.services.identity.ports.store import Store
from matinee.services.identity.service import id_tokens, return_paths
from matinee.services.identity.service.callers import Caller
from matinee.services.identity.service.id_tokens import Expected, Vouched
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.provider_accounts import ProviderAccounts
from matinee.services.identity.service.provider_messages import Attempt, Carrier, PendingLink, Purpose
from matinee.services.identity.service.sessions import Issued
from matinee.services.identity.settings import IdentitySettings, OidcProvider

_SCOPE = "openid email profile"
_SKEW_SECONDS = 60
_OTHER = "Start signing in again; this answer belongs to no question that this browser asked a short while ago."


class Started(msgspec.Struct, frozen=True):
    """Where the browser goes, and what it carries meanwhile."""

    url: str
    carried: str


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider sends the browser back with."""

    state: str = ""
    code: str = ""
    iss: str = ""
    error: str = ""


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: fresh tokens, or a link that its owner must confirm by signing in another way."""

    return_to: str
    issued: Issued | None = None
    carried: str = ""


class Providers:
    """The providers that were set up.

    Args:
        settings: who they are, and the public URL that they send browsers back to.
        clients: by name.
        store: for what was used.
        accounts: whom they vouch for.
        carrier: seals what browsers carry.
        limits: on tries.
        notes: the time.
    """

    def __init__(
        self,
        *,
        settings: IdentitySettings,
        clients: Mapping[str, ProviderClient],
        store: Store,
        accounts: ProviderAccounts,
        carrier: Carrier,
        limits: Limits,
        notes: Notes,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._store = store
        self._accounts = accounts
        self._carrier = carrier
        self._limits = limits
        self._notes = notes

    def all(self) -> Sequence[OidcProvider]:
        """Return the providers in the order of the settings."""
        return self._settings.oidc_providers

    async def start(self, name: str, *, purpose: Purpose, return_to: str, caller: Caller | None) -> Started:
        """Return where the browser goes to sign in.

        Raises:
            ProviderNotFoundError: when there is no such provider.
            ReturnPathError: when the way back leads elsewhere.
            ConfirmNeededError: when an account is to be linked and the last proof of identity is too old.
            ProviderAwayError: when the provider does not answer.
        """
        provider, path = self._provider(name), return_paths.checked(return_to)
        if caller is not None and purpose == "link":
            await self._accounts.require_proof(caller)
        document = await self._clients[name].document()
        now = self._notes.now()
        attempt = Attempt(
            provider=name,
            purpose=purpose,
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            return_to=path,
            started_at=int(now.timestamp()),
            expires_at=int((now + timedelta(seconds=self._settings.challenge_seconds)).timestamp()),
        )
        if caller is not None:
            attempt = msgspec.structs.replace(attempt, account_id=caller.account_id, session_id=caller.session_id)
        return Started(self._question(provider, document, attempt), self._carrier.close(attempt))

    async def finish(self, name: str, returned: Returned, carried: str, device: Device) -> Finished:
        """Take a provider's answer.

        Raises:
            ProviderNotFoundError: when there is no such provider.
            ProviderStateError: when this browser asked nothing that this answers.
            ProviderAnswerError: when the answer is not one to trust.
            ProviderAwayError: when the provider does not answer.
            ProviderEmailError, ProviderLinkedError, SessionEndedError, AccountClosedError: by what it is for.
        """
        self._provider(name)
        now = self._notes.now()
        attempt = self._carrier.open(carried, Attempt, now=now)
        if attempt.provider != name or not hmac.compare_digest(attempt.state.encode(), returned.state.encode()):
            raise ProviderStateError(_OTHER)
        await self._limits.check("provider", attempt.state, device.address)
        await self._spend(attempt, now)
        vouched = await self._vouched(attempt, returned, now)
        result = await self._accounts.take(attempt, vouched, device)
        await self._limits.forgive("provider", attempt.state, device.address)
        if isinstance(result, PendingLink):
            return Finished(return_to=attempt.return_to, carried=self._carrier.close(result))
        return Finished(return_to=attempt.return_to, issued=result)

    async def link_pending(self, caller: Caller, carried: str) -> None:
        """Link what a provider vouched for, now that the owner of its address has signed in another way.

        Raises:
            ProviderStateError: when nothing waits in this browser, or it waits for another account.
            ConfirmNeededError: when the last proof of identity is too old.
            ProviderLinkedError: when the provider's account is linked already.
        """
        pending = self._carrier.open(carried, PendingLink, now=self._notes.now())
        self._provider(pending.provider)
        if pending.account_id != caller.account_id:
            raise ProviderStateError("The address belongs to another account than the one that is signed in.")
        await self._accounts.link(caller, pending.provider, Vouched(subject=pending.subject, email=pending.email))

    def _provider(self, name: str) -> OidcProvider:
        for provider in self._settings.oidc_providers:
            if provider.name == name:
                return provider
        raise ProviderNotFoundError("There is no such provider.")

    def _redirect_uri(self, name: str) -> str:
        return f"{self._settings.public_url.rstrip('/')}/api/v1/session/oidc/{name}/callback"

    def _question(self, provider: OidcProvider, document: ProviderDocument, attempt: Attempt) -> str:
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": self._redirect_uri(provider.name),
            "scope": _SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": encode_base64url(hashlib.sha256(attempt.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        if attempt.purpose == "confirm":
            query |= {"prompt": "login", "max_age": "0"}
        joint = "&" if urlsplit(document.authorization_endpoint).query else "?"
        return f"{document.authorization_endpoint}{joint}{urlencode(query)}"

    async def _spend(self, attempt: Attempt, now: datetime) -> None:
        key = hashlib.sha256(f"oidc:{attempt.state}".encode()).hexdigest()
        until = now + timedelta(seconds=self._settings.challenge_seconds)
        async with self._store.writing() as tx:
            if not await tx.spent.spend(key, until=until):
                raise ProviderStateError("This answer was used before; start signing in again.")

    async def _vouched(self, attempt: Attempt, returned: Returned, now: datetime) -> Vouched:
        client, provider = self._clients[attempt.provider], self._provider(attempt.provider)
        document = await client.document()
        _check_return(returned, document)
        tokens = await client.exchange(
            code=returned.code, verifier=attempt.verifier, redirect_uri=self._redirect_uri(attempt.provider)
        )
        keys = await client.keys(wanted=id_tokens.key_id(tokens.id_token))
        expected = Expected(client_id=provider.client_id, nonce=attempt.nonce, now=now)
        claims = id_tokens.verified(tokens, document, keys, expected)
        if attempt.purpose == "confirm":
            _check_fresh(claims, attempt)
        vouched = id_tokens.vouched(claims)
        if vouched.email or attempt.purpose != "sign-in":
            return vouched
        more = await client.userinfo(tokens.access_token)
        # OpenID Connect Core §5.3.2: without the same subject, the answer may be about anybody.
        return id_tokens.vouched(more) if more.get("sub") == vouched.subject else vouched


def _check_return(returned: Returned, document: ProviderDocument) -> None:
    if returned.error or not returned.code:
        raise ProviderAnswerError("The provider did not sign you in; try again, or sign in another way.")
    # RFC 9207: an answer that another provider's page was tricked into sending names that provider.
    missing = document.authorization_response_iss_parameter_supported and not returned.iss
    if missing or (returned.iss and returned.iss != document.issuer):
        raise ProviderAnswerError("The answer comes from another provider than the one that was asked.")


def _check_fresh(claims: Mapping[str, object], attempt: Attempt) -> None:
    at = claims.get("auth_time")
    if isinstance(at, bool) or not isinstance(at, int | float) or at < attempt.started_at - _SKEW_SECONDS:
        raise ProviderAnswerError("The provider did not ask who you are again; confirm another way.")
