"""The rules of playback."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from matinee.contracts.billing import PlanLimits
from matinee.contracts.catalogue import Catalogue, Release, Title
from matinee.contracts.playback import (
    ActiveStream,
    ClearKeyLicence,
    ClearKeyRequest,
    ContentKey,
    JsonWebKey,
    KeyNotFoundError,
    NotPlayableError,
    StreamGrant,
    StreamProgress,
    StreamUrls,
    TextLink,
)
from matinee.kit.clock import Clock
from matinee.kit.errors import InvalidError, UnavailableError
from matinee.kit.ids import AccountId, Ids, SessionId, TitleId
from matinee.kit.passport import Passport
from matinee.kit.signing import decode_base64url, encode_base64url
from matinee.services.playback.beside import Beside
from matinee.services.playback.facts import Facts
from matinee.services.playback.ports import Attempt, ContentKeys, EdgeDirectory, PlayCheck
from matinee.services.playback.reports import Reports
from matinee.services.playback.settings import PlaybackSettings
from matinee.services.playback.streams import Streams
from matinee.services.playback.tokens import Tokens, manifests_of, new_session

# A refusal names the first thing that is wrong, so the order is part of what callers see.
CHECK_ORDER = ("visible", "sign-in", "playable", "entitlement", "maturity", "territory", "device")
LICENCE_PATH = "/api/v1/licences"
MAX_KIDS = 16
_KID_BYTES = 16
_KID_CHARACTERS = 22


class NoEdgeError(UnavailableError):
    """No edge is configured."""

    code = "no-edge"
    title = "There is nowhere to play from"


class LicenceRequestError(InvalidError):
    """The body is not a Clear Key request that can be answered."""

    code = "licence-request"
    title = "The licence request is not valid"


def ordered_checks(checks: Sequence[PlayCheck]) -> tuple[PlayCheck, ...]:
    """Return checks in `CHECK_ORDER`; ValueError for one that has no place there."""
    return tuple(sorted(checks, key=lambda check: CHECK_ORDER.index(check.name)))


class PlaybackService:
    """Implements `contracts.playback.Playback`.

    Args:
        checks: the questions before play, in any order.
        streams: who plays now.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        keys: ContentKeys,
        edges: EdgeDirectory,
        tokens: Tokens,
        checks: Sequence[PlayCheck],
        streams: Streams,
        reports: Reports,
        beside: Beside,
        facts: Facts,
        clock: Clock,
        ids: Ids,
        settings: PlaybackSettings,
    ) -> None:
        self._catalogue = catalogue
        self._keys = keys
        self._edges = edges
        self._tokens = tokens
        self._checks = ordered_checks(checks)
        self._streams = streams
        self._reports = reports
        self._beside = beside
        self._facts = facts
        self._clock = clock
        self._ids = ids
        self._settings = settings

    async def open_stream(
        self, *, title_id: TitleId, passport: Passport, user_agent: str = "", codecs: tuple[str, ...] = ()
    ) -> StreamGrant:
        """Check everything in order, take a place and answer where to play from."""
        title = await self._catalogue.title(title_id=title_id)
        series = None if title.series_id is None else await self._catalogue.title(title_id=title.series_id)
        attempt = Attempt(title=title, series=series, passport=passport, codecs=codecs)
        for check in self._checks:
            attempt = await check.check(attempt)
        if title.release is None:
            raise NotPlayableError("The title has nothing to play yet; try again when it has arrived.")
        session = new_session(self._ids, passport)
        limits = None if attempt.entitlement is None else attempt.entitlement.limits
        if limits is not None:
            await self._streams.start(title, passport, session, limit=limits.streams, user_agent=user_agent)
        self._facts.note(title)
        grant = self._grant(title, title.release, session, limits)
        resume, following = await self._beside.of(title, passport)
        return msgspec.structs.replace(grant, resume_position_seconds=resume, next_episode=following)

    def _grant(self, title: Title, release: Release, session: SessionId, limits: PlanLimits | None) -> StreamGrant:
        expires_at = int(self._clock.now().timestamp()) + self._settings.grant_seconds
        max_height = None if limits is None else limits.max_height
        token = self._tokens.delivery(release, session, expires_at, max_height)
        bases = [(edge.pathway, f"{edge.url}/v1/{token}") for edge in self._edges.ranked(title.title_id)]
        if not bases:
            raise NoEdgeError("No edge is configured; set playback.edge_urls.")
        hls, dash = manifests_of(release, max_height)
        urls = tuple(
            StreamUrls(pathway=name, hls_url=f"{base}/{hls}", dash_url=f"{base}/{dash}") for name, base in bases
        )
        best = bases[0][1]
        text = tuple(
            TextLink(url=f"{best}/{t.path}", language=t.language, label=t.label, forced=t.forced) for t in release.text
        )
        return StreamGrant(
            session_id=session,
            title_id=title.title_id,
            release_id=release.release_id,
            name=title.name,
            complete=release.complete,
            duration_seconds=release.duration_seconds,
            stream_url=urls[0].hls_url,
            urls=urls,
            licence_url=f"{self._settings.public_url}{LICENCE_PATH}",
            licence_token=self._tokens.licence(release, session, expires_at),
            trickplay_url=None if release.trickplay_path is None else f"{best}/{release.trickplay_path}",
            text=text,
            expires_at=datetime.fromtimestamp(expires_at, UTC),
            max_height=max_height,
            heartbeat_seconds=None if limits is None else self._settings.heartbeat_seconds,
            markers=title.markers,
        )

    async def progress(self, *, progress: StreamProgress, passport: Passport) -> None:
        """Keep a stream's place for another lease, and where it is in the viewer's history."""
        await self._reports.tell(progress, passport)

    async def end_stream(self, *, session_id: SessionId, passport: Passport) -> None:
        """Give a stream's place back."""
        await self._streams.end(session_id, passport)

    async def streams(self, *, account_id: AccountId | None = None, limit: int = 100) -> tuple[ActiveStream, ...]:
        """Return what plays now."""
        return await self._streams.active(account_id, limit)

    async def licence(self, *, token: str, request: ClearKeyRequest, passport: Passport) -> ClearKeyLicence:
        """Answer a Clear Key request with the one key that its token covers."""
        permission = self._tokens.read_licence(token, passport, self._clock.now())
        if permission.key_id not in _wanted(request):
            raise KeyNotFoundError("The request asks for none of the keys that this stream may have.")
        key = await self._keys.find(permission.title_id)
        if key is None or key.key_id != permission.key_id:
            raise KeyNotFoundError("The key of this stream is not kept any more; press play again.")
        web_key = JsonWebKey(kid=_base64url(key.key_id), k=_base64url(key.key))
        return ClearKeyLicence(keys=(web_key,))

    async def content_key(self, *, title_id: TitleId) -> ContentKey:
        """Return the title's key, making it on first use."""
        return await self._keys.obtain(title_id)


def _base64url(hexadecimal: str) -> str:
    return encode_base64url(bytes.fromhex(hexadecimal))


def _wanted(request: ClearKeyRequest) -> frozenset[str]:
    """Return the wanted key ids in hexadecimal.

    Raises:
        LicenceRequestError: when the request is not for one play, or a key id is not one.
    """
    if request.type != "temporary":
        raise LicenceRequestError("Only licences of the type temporary are given.")
    if not 0 < len(request.kids) <= MAX_KIDS or any(len(kid) > _KID_CHARACTERS for kid in request.kids):
        raise LicenceRequestError(f"Ask for 1 to {MAX_KIDS} key ids of 22 base64url characters each.")
    try:
        decoded = [decode_base64url(kid) for kid in request.kids]
    except ValueError as error:
        raise LicenceRequestError("A key id is not base64url without padding.") from error
    return frozenset(kid.hex() for kid in decoded if len(kid) == _KID_BYTES)
