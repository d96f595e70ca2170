"""May this play here now, and if so, from where and with which keys."""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.contracts.library import Card
from matinee.contracts.metadata import Marker
from matinee.kit.errors import ConflictError, ForbiddenError, GoneError, NotFoundError, UnavailableError
from matinee.kit.ids import AccountId, ProfileId, ReleaseId, SessionId, TitleId
from matinee.kit.media import Language
from matinee.kit.passport import Passport


class StreamUrls(msgspec.Struct, frozen=True, kw_only=True):
    """The same release on one edge. `pathway` names the edge, as content steering will."""

    pathway: str
    hls_url: str
    dash_url: str


class TextLink(msgspec.Struct, frozen=True, kw_only=True):
    """A whole WebVTT file, for players that load subtitles beside the manifest."""

    url: str
    language: Language
    label: str
    forced: bool


class StreamGrant(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a press of play.

    Attributes:
        stream_url: the HLS playlist on the first edge; `urls` lists every edge, best first.
        licence_url: where the player posts its ClearKey request, with `licence_token` in `Authorization: Bearer`.
        trickplay_url: a WebVTT index of thumbnail sprites; None for an early release.
        expires_at: when URLs and licence token stop working; ask again before.
        max_height: lines of the best picture that the caller's plan covers; None without a bound. Higher renditions in
            the manifests are refused by the edges.
        heartbeat_seconds: how often to say that it still plays; None when nobody counts it.
        complete: False while better renditions are still being made.
        resume_position_seconds: where to start; 0 for what was not begun, was completed, or is not known right now.
        markers: parts that a viewer may want to skip.
        next_episode: what comes after; None when nothing does or it is not known right now.
    """

    session_id: SessionId
    title_id: TitleId
    release_id: ReleaseId
    name: str
    complete: bool
    duration_seconds: float
    stream_url: str
    urls: tuple[StreamUrls, ...]
    licence_url: str
    licence_token: str
    trickplay_url: str | None
    text: tuple[TextLink, ...]
    expires_at: datetime
    max_height: int | None = None
    heartbeat_seconds: float | None = None
    resume_position_seconds: float = 0.0
    markers: tuple[Marker, ...] = ()
    next_episode: Card | None = None


PlayState = Literal["playing", "paused", "buffering", "ended"]
EndReason = Literal["expired", "stopped", "replaced", "stopped-by-member", "stopped-by-staff", "signed-out"]


class StreamProgress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A player says that it still plays, and where.

    Attributes:
        position_seconds: from the start of the film.
        event_ms: Unix milliseconds, by the player's clock, of being there; 0 for "when it arrives". Reports kept while
            offline carry when they were true. Moments ahead of the service's clock count as now.
    """

    session_id: Annotated[str, Meta(min_length=1, max_length=64)]
    movie_id: Annotated[str, Meta(min_length=1, max_length=64)]
    position_seconds: Annotated[float, Meta(ge=0, le=1_000_000)]
    state: PlayState = "playing"
    event_ms: Annotated[int, Meta(ge=0, le=1 << 53)] = 0


class ActiveStream(msgspec.Struct, frozen=True, kw_only=True):
    """One film playing now, for those who may know: its account and staff.

    Attributes:
        user_agent: of the player, shortened, printable; who shows it must escape it.
        sign_in: the sign-in session that started it.
    """

    session_id: SessionId
    account_id: AccountId
    profile_id: ProfileId
    sign_in: str
    title_id: TitleId
    title_name: str
    user_agent: str
    position_seconds: float
    started_at: datetime
    seen_at: datetime


class LicenceToken(msgspec.Struct, frozen=True, tag="licence", kw_only=True):
    """Permission to fetch the key of one release for one session until a moment."""

    title_id: TitleId
    key_id: str
    session: SessionId
    expires_at: int


class ContentKey(msgspec.Struct, frozen=True, kw_only=True):
    """A title's key. Internal: given to packaging and, inside a licence, to a player. Never logged.

    Attributes:
        key_id: 32 hex digits; `key` 32 hex digits.
    """

    key_id: str
    key: str

    def __repr__(self) -> str:
        return f"ContentKey(key_id={self.key_id!r}, key=<hidden>)"


class ClearKeyRequest(msgspec.Struct, frozen=True):
    """W3C EME §9.1.3: what a Clear Key player posts. `kids` are base64url, unpadded."""

    kids: list[str]
    type: str = "temporary"


class JsonWebKey(msgspec.Struct, frozen=True, kw_only=True):
    """One symmetric key in JWK form; `k` and `kid` are base64url, unpadded."""

    k: str
    kid: str
    kty: str = "oct"

    def __repr__(self) -> str:
        return f"JsonWebKey(kid={self.kid!r}, k=<hidden>)"


class ClearKeyLicence(msgspec.Struct, frozen=True, kw_only=True):
    """W3C EME §9.1.4: the answer to a Clear Key request."""

    keys: tuple[JsonWebKey, ...]
    type: str = "temporary"


class NotPlayableError(ConflictError):
    """The title has nothing to play yet, or is a series."""

    code = "not-playable"
    title = "Nothing to play yet"


class ProfileNeededError(ForbiddenError):
    """The caller is signed in and has not chosen who is watching."""

    code = "profile-needed"
    title = "Who is watching?"


class MaturityError(ForbiddenError):
    """The title is rated above what the profile may see."""

    code = "maturity"
    title = "This profile may not watch this"


class TerritoryError(ForbiddenError):
    """The title may not be shown where the member lives, or not now."""

    code = "not-available-here"
    title = "Not available here"


class DeviceError(ForbiddenError):
    """The device can decode none of the title's renditions."""

    code = "device-not-able"
    title = "This device cannot play this"


class TooManyStreamsError(ConflictError):
    """The plan's streams are all in use; `streams` says how many there are."""

    code = "too-many-streams"
    title = "Too many people are watching"


class StreamEndedError(GoneError):
    """The stream was ended, or its place was taken; `reason` says which."""

    code = "stream-ended"
    title = "Playback has ended"


class EntitlementUnknownError(UnavailableError):
    """Billing is away and nothing is known of this account's plan."""

    code = "entitlement-unknown"
    title = "We cannot see your plan right now"


class KeyNotFoundError(NotFoundError):
    """The licence asks for a key that its token does not cover."""

    code = "key-not-found"
    title = "No key for that"


class Playback(Protocol):
    """Grants, licences and keys."""

    async def open_stream(
        self, *, title_id: TitleId, passport: Passport, user_agent: str = "", codecs: tuple[str, ...] = ()
    ) -> StreamGrant:
        """Check everything in order and answer where to play from.

        Raises:
            TitleNotFoundError: when there is none, or this caller may not know of it.
            NotPlayableError: when it has no release.
            SignInNeededError, ProfileNeededError, NotEntitledError, MaturityError, TerritoryError, DeviceError,
            TooManyStreamsError: the first of these that applies, in this order.
            EntitlementUnknownError: when billing is away and never said anything about this account.
        """
        ...

    async def progress(self, *, progress: StreamProgress, passport: Passport) -> None:
        """Keep a stream's place for another lease.

        Raises:
            StreamEndedError: when it was ended, or its lease ran out and the place was taken.
        """
        ...

    async def end_stream(self, *, session_id: SessionId, passport: Passport) -> None:
        """Give a stream's place back: the caller's own account's, anyone's for staff; idempotent."""
        ...

    async def streams(self, *, account_id: AccountId | None = None, limit: int = 100) -> tuple[ActiveStream, ...]:
        """Return what plays now, of one account or of all, newest first; limit is clamped to 1–1,000."""
        ...

    async def licence(self, *, token: str, request: ClearKeyRequest, passport: Passport) -> ClearKeyLicence:
        """Answer a Clear Key request.

        Raises:
            TokenError: when the token is bad, expired, or of another session.
            KeyNotFoundError: when it covers none of the wanted keys.
        """
        ...

    async def content_key(self, *, title_id: TitleId) -> ContentKey:
        """Return the title's key, making it on first use; durable when answered. For packaging only."""
        ...
