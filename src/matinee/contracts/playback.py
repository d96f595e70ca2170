"""May this play here now, and if so, from where and with which keys."""

from datetime import datetime
from typing import Protocol

import msgspec

from matinee.kit.errors import ConflictError, ForbiddenError, NotFoundError
from matinee.kit.ids import ReleaseId, SessionId, TitleId
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
        complete: False while better renditions are still being made.
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


class PlaybackForbiddenError(ForbiddenError):
    """This caller may not play this title."""

    code = "playback-forbidden"
    title = "You cannot play this"


class KeyNotFoundError(NotFoundError):
    """The licence asks for a key that its token does not cover."""

    code = "key-not-found"
    title = "No key for that"


class Playback(Protocol):
    """Grants, licences and keys."""

    async def open_stream(self, *, title_id: TitleId, passport: Passport) -> StreamGrant:
        """Check everything in order and answer where to play from.

        Raises:
            TitleNotFoundError: when there is none, or this caller may not know of it.
            NotPlayableError: when it has no release.
            PlaybackForbiddenError: when the caller may see but not play it.
        """
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
