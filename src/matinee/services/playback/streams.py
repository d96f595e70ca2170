"""Who plays now: each stream that a plan counts holds a place on a lease, which progress renews."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from matinee.contracts.catalogue import SignInNeededError, Title
from matinee.contracts.playback import (
    ActiveStream,
    EndReason,
    StreamEndedError,
    StreamProgress,
    TooManyStreamsError,
)
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import AccountId, SessionId
from matinee.kit.passport import SUPPORT, Passport
from matinee.services.playback.ports import Entitlements, Place, Places, Renewal, Standing
from matinee.services.playback.settings import PlaybackSettings
from matinee.services.playback.tokens import belongs_to

MAX_LISTED = 1_000
_AGENT_CHARACTERS = 200
_TAKEN_UP_AT_ONCE = 64
_FINE = (None, "kept", "uncounted")
_log = structlog.get_logger()
_ENDED: dict[Standing, str] = {
    "expired": "Somebody else took this place while the player was silent; press play to try again.",
    "stopped": "This stream was ended; press play to start again.",
    "replaced": "Another film was started in this browser.",
    "stopped-by-member": "Somebody in your household ended this stream.",
    "stopped-by-staff": "The service ended this stream; ask support for the reason.",
    "signed-out": "This device was signed out.",
}


class Streams:
    """The places of accounts.

    Args:
        places: where they are kept.
        entitlements: how many an account has.
    """

    def __init__(self, places: Places, entitlements: Entitlements, clock: Clock, settings: PlaybackSettings) -> None:
        self._places = places
        self._entitlements = entitlements
        self._clock = clock
        self._settings = settings

    async def start(self, title: Title, passport: Passport, session: SessionId, *, limit: int, user_agent: str) -> None:
        """Take a place.

        Raises:
            TooManyStreamsError: when there is none.
        """
        now = self._clock.now()
        stream = ActiveStream(
            session_id=session,
            account_id=passport.account,
            profile_id=passport.profile,
            sign_in=passport.session,
            title_id=title.title_id,
            title_name=title.name,
            user_agent=printable(user_agent),
            position_seconds=0.0,
            started_at=now,
            seen_at=now,
        )
        taken = await self._places.take(Place(stream=stream, expires_at=now + self._lease()), limit=limit, now=now)
        if taken:
            raise TooManyStreamsError(
                f"Your plan plays {limit} at once, and that many are playing; stop one or choose a larger plan.",
                streams=limit,
                playing=len(taken),
            )

    def check_owner(self, progress: StreamProgress, passport: Passport) -> None:
        """Refuse reports of a member's stream without its member.

        Raises:
            SignInNeededError: when the member was signed out elsewhere, or its access has run out and can be renewed.
        """
        if not belongs_to(SessionId(progress.session_id), passport):
            raise SignInNeededError("This device is signed out; sign in to go on watching.")

    async def renew(self, renewals: Sequence[Renewal]) -> dict[Renewal, MatineeError]:
        """Keep the places of many streams, and return what is wrong with those that are lost or not renewed."""
        standings = await self._places.renew_living(renewals, lease=self._lease(), clock=self._clock)
        lapsed = [one for one, standing in standings.items() if standing == "lapsed"]
        turns = asyncio.Semaphore(_TAKEN_UP_AT_ONCE)
        outcomes = await asyncio.gather(*(self._outcome(one, turns) for one in lapsed))
        found = {**standings, **dict(zip(lapsed, outcomes, strict=True))}
        return {one: _error(what) for one, what in found.items() if what not in _FINE}

    async def _outcome(self, renewal: Renewal, turns: asyncio.Semaphore) -> EndReason | MatineeError | None:
        """Take a lease up again; what fails for one account is no trouble of the others."""
        try:
            async with turns:
                return await self._taken_up(renewal)
        except MatineeError as error:
            return error

    async def _taken_up(self, renewal: Renewal) -> EndReason | None:
        """Take a lease up again that ran out, if its place is free; else return why it is not."""
        now = self._clock.now()
        return await self._places.renew(
            renewal.session_id,
            renewal.account_id,
            position_seconds=renewal.position_seconds,
            expires_at=now + self._lease(),
            limit=await self._limit(renewal.account_id),
            now=now,
        )

    async def _limit(self, account_id: AccountId) -> int:
        """Return how many places there are for a lease that is taken up again; a paid film is never cut off by us."""
        try:
            limits = (await self._entitlements.of(account_id)).limits
        except MatineeError as error:
            _log.warning("places_unknown", code=error.code)
            return 1
        return 1 if limits is None else limits.streams

    async def end(self, session_id: SessionId, passport: Passport) -> None:
        """Give a place back."""
        if passport.role in SUPPORT:
            await self._places.end(session_id, account_id=None, reason="stopped-by-staff")
        elif passport.account:
            mine = await self.active(passport.account, MAX_LISTED)
            own = any(one.session_id == session_id and one.sign_in == passport.session for one in mine)
            reason: EndReason = "stopped" if own else "stopped-by-member"
            await self._places.end(session_id, account_id=passport.account, reason=reason)

    async def active(self, account_id: AccountId | None, limit: int) -> tuple[ActiveStream, ...]:
        """Return what plays now, newest first."""
        bound = max(1, min(limit, MAX_LISTED))
        return await self._places.active(account_id=account_id, limit=bound, now=self._clock.now())

    async def sweep(self) -> int:
        """Forget what ended long ago; return how many."""
        return await self._places.sweep(
            before=self._clock.now() - timedelta(seconds=self._settings.keep_streams_seconds)
        )

    def _lease(self) -> timedelta:
        return timedelta(seconds=self._settings.lease_seconds)


def _error(what: Standing | MatineeError) -> MatineeError:
    """Return what the player of a stream that was not renewed is told."""
    return what if isinstance(what, MatineeError) else StreamEndedError(_ENDED[what], reason=what)


def printable(user_agent: str) -> str:
    """Return a header of the outside world as it may be kept: short, and nothing but printable ASCII."""
    return "".join(c for c in user_agent if c.isascii() and c.isprintable())[:_AGENT_CHARACTERS]
