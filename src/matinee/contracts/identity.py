"""Accounts, profiles and sessions, as far as other rooms need them."""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.kit.errors import NotFoundError
from matinee.kit.ids import AccountId, ProfileId, SessionId

AccountRole = Literal["member", "support", "editor", "admin"]
AccountState = Literal["unverified", "active", "closed"]
Territory = Annotated[str, Meta(pattern="^[A-Z]{2}$")]

ACCOUNTS_TOPIC = "identity.accounts"
"""Events keyed by account: `AccountEvent`."""

# Names of cookies and claims that the gateway reads and identity writes.
ACCESS_COOKIE = "matinee_access"
REFRESH_COOKIE = "matinee_refresh"
REFRESH_PATH = "/api/v1/session"
REFRESH_HEADER = "x-matinee-refresh"
"""The gateway moves the refresh cookie into this header, below `REFRESH_PATH` only; one from outside is dropped."""
ISSUER = "matinee"
AUDIENCE = "matinee-api"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as other rooms may see it.

    Attributes:
        language: BCP 47, for mail; territory: ISO 3166-1 alpha-2, where the member lives (tax, availability).
        time_zone: IANA name, for billing dates.
    """

    account_id: AccountId
    email: str
    name: str
    role: AccountRole
    state: AccountState
    language: str
    territory: Territory
    time_zone: str
    created_at: datetime


SkipHabit = Literal["ask", "always", "never"]
"""What a player does where a part of a film begins that may be skipped: offers to, does, or leaves it alone."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the household. `maturity` is the highest age rating, in years, that it may see."""

    profile_id: ProfileId
    account_id: AccountId
    name: str
    language: str
    maturity: int
    kids: bool
    autoplay_next: bool
    autoplay_previews: bool
    skip_intro: SkipHabit = "ask"
    skip_recap: SkipHabit = "ask"
    skip_credits: SkipHabit = "ask"


class PublicJwk(msgspec.Struct, frozen=True, kw_only=True):
    """An Ed25519 public key as RFC 8037 writes it."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"
    use: str = "sig"
    alg: str = "EdDSA"


class KeySet(msgspec.Struct, frozen=True):
    """RFC 7517: what access tokens are verified with; the current key, the next, and those still in use."""

    keys: tuple[PublicJwk, ...]


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an access token (JWT, EdDSA, `kid` in its header), which lives at most 15 minutes.

    Attributes:
        sub: the account; sid: the session; pid: the chosen profile or empty.
        mat: the profile's maturity; kds: whether it is a kids profile; ter: the account's territory.
        ath: Unix seconds of the last proof of identity.
        ver: the version of the profile's limits that `mat` and `kds` were taken from.
    """

    iss: str
    aud: str
    sub: AccountId
    sid: SessionId
    iat: int
    exp: int
    rol: AccountRole
    pid: ProfileId = ProfileId("")
    mat: int = 0
    kds: bool = False
    ter: str = ""
    ath: int = 0
    ver: int = 0

    @property
    def profile_version(self) -> SessionId:
        """How `EndedSessions` names the tokens of this version of the profile: `<profile>:<version>`."""
        return SessionId(f"{self.pid}:{self.ver}")


class EndedSessions(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, and whole token versions of them, that count no more although their access tokens have not expired.

    Attributes:
        sessions: ended since `after`; each stays listed until its last access token has expired. An entry may be an
            `AccessClaims.profile_version` instead: the profile's limits changed, so access tokens that carry that
            version count no more although their sessions live on; a refresh gives new ones.
        position: give it back as `after` to see only what came later.
    """

    sessions: tuple[SessionId, ...]
    position: int


class AccountChanged(msgspec.Struct, frozen=True, kw_only=True, tag="account-changed"):
    """Event on `ACCOUNTS_TOPIC`: an account was verified, or its e-mail, name, territory, language or state changed."""

    account: Account


class AccountErased(msgspec.Struct, frozen=True, kw_only=True, tag="account-erased"):
    """Event on `ACCOUNTS_TOPIC`: everything that belongs to the account must go, but for what law has kept.

    Attributes:
        profiles: whose traces are meant too; those that were erased before are not named again.
    """

    account_id: AccountId
    profiles: tuple[ProfileId, ...] = ()


class ProfileErased(msgspec.Struct, frozen=True, kw_only=True, tag="profile-erased"):
    """Event on `ACCOUNTS_TOPIC`: everything that belongs to one profile must go; its account stays."""

    account_id: AccountId
    profile_id: ProfileId


AccountEvent = AccountChanged | AccountErased | ProfileErased
"""All that is told on `ACCOUNTS_TOPIC`, as JSON."""


class AccountNotFoundError(NotFoundError):
    """There is no such account, or this caller may not know of it."""

    code = "account-not-found"
    title = "No such account"


class ProfileNotFoundError(NotFoundError):
    """There is no such profile in this account."""

    code = "profile-not-found"
    title = "No such profile"


class Identity(Protocol):
    """Who people are."""

    async def keys(self) -> KeySet:
        """Return the public keys that access tokens are verified with."""
        ...

    async def ended_sessions(self, *, after: int = 0) -> EndedSessions:
        """Return sessions that ended after a position, oldest first; at most 10,000, call again for more."""
        ...

    async def account(self, *, account_id: AccountId) -> Account:
        """Return an account.

        Raises:
            AccountNotFoundError: when there is none.
        """
        ...

    async def profile(self, *, account_id: AccountId, profile_id: ProfileId) -> Profile:
        """Return a profile of an account.

        Raises:
            ProfileNotFoundError: when the account has no such profile.
        """
        ...

    async def session_lives(self, *, session_id: SessionId) -> bool:
        """Return whether a session has neither ended nor expired."""
        ...
