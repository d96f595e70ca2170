"""What playback's rules need from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from matinee.contracts.billing import Entitlement
from matinee.contracts.catalogue import Title
from matinee.contracts.playback import ActiveStream, ContentKey, EndReason
from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId, SessionId, TitleId
from matinee.kit.passport import EDITORS, Passport


class EdgeAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One edge: its name in content steering, and its origin without a trailing slash."""

    pathway: str
    url: str


class EdgeDirectory(Protocol):
    """Which edges there are. Never refuses because of their health: an unhealthy edge is better than none."""

    def ranked(self, title_id: TitleId) -> Sequence[EdgeAddress]:
        """Return every edge, best first for this title; the same order each time while their health stays."""
        ...


class ContentKeys(Protocol):
    """Keys of titles. A proxy to a commercial key server can stand here."""

    async def obtain(self, title_id: TitleId) -> ContentKey:
        """Return the title's key, making it on first use: one key whoever asks first, durable when answered."""
        ...

    async def find(self, title_id: TitleId) -> ContentKey | None:
        """Return the title's key, or None when none was made."""
        ...


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody pressed play.

    Attributes:
        series: the title's series, for an episode.
        codecs: what the device says it decodes; empty when it does not say.
        entitlement: found on the way, for what is not free.
    """

    title: Title
    series: Title | None
    passport: Passport
    codecs: tuple[str, ...] = ()
    entitlement: Entitlement | None = None

    @property
    def titles(self) -> tuple[Title, ...]:
        """The title, and its series."""
        return (self.title,) if self.series is None else (self.title, self.series)

    @property
    def staff(self) -> bool:
        """Whether it is a look at the work, by somebody who may edit it, and not through a kids profile."""
        return self.passport.role in EDITORS and not self.passport.kids

    @property
    def free(self) -> bool:
        """Whether it costs nobody anything."""
        return all(title.audience == "everyone" for title in self.titles)


class PlayCheck(Protocol):
    """One question that must be answered with yes before anything plays."""

    @property
    def name(self) -> str:
        """Its place: one of `service.CHECK_ORDER`."""
        ...

    async def check(self, attempt: Attempt) -> Attempt:
        """Return the attempt, with what was learnt, when the answer is yes.

        Raises:
            MatineeError: with a code of its own when it is no.
        """
        ...


class Entitlements(Protocol):
    """What accounts have paid for."""

    async def of(self, account_id: AccountId) -> Entitlement:
        """Return what billing says, or what it said last when it is away.

        Raises:
            EntitlementUnknownError: when it is away and never said anything.
        """
        ...


class EntitlementNotes(Protocol):
    """Where billing's words are kept."""

    async def note(self, entitlement: Entitlement) -> None:
        """Keep a word, unless a later one is kept already; durable when answered."""
        ...


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A stream that wants or holds one of its account's places."""

    stream: ActiveStream
    expires_at: datetime


class Renewal(msgspec.Struct, frozen=True):
    """A stream of an account says that it still plays, and where."""

    session_id: SessionId
    account_id: AccountId
    position_seconds: float


Standing = EndReason | Literal["kept", "uncounted", "lapsed"]
"""What became of a renewal: kept, of no stream that is counted, after its lease ran out, or why the stream ended."""


class Places(Protocol):
    """Streams that count, each on a lease. All changes are durable when answered and safe in races."""

    async def take(self, place: Place, *, limit: int, now: datetime) -> tuple[ActiveStream, ...]:
        """Take a place unless `limit` others of the account are taken; return those that are in the way, else nothing.

        A sign-in session has one place: what it played before is ended as `replaced`.
        """
        ...

    async def renew(
        self,
        session_id: SessionId,
        account_id: AccountId,
        *,
        position_seconds: float,
        expires_at: datetime,
        limit: int,
        now: datetime,
    ) -> EndReason | None:
        """Move a lease on; return why that cannot be, or None. A lease that ran out is taken up again when it is free.

        Streams that nobody counts (unknown ones) are nothing to renew: None.
        """
        ...

    async def renew_living(
        self, renewals: Sequence[Renewal], *, lease: timedelta, clock: Clock
    ) -> Mapping[Renewal, Standing]:
        """Move the leases on that have not run out, all at once, and return what became of each renewal.

        Those that ran out are left as they are: whether their place is free is for `renew` to find out. Time is read
        when nobody else changes places any more, so a start that came before counts.
        """
        ...

    async def end(self, session_id: SessionId, *, account_id: AccountId | None, reason: EndReason) -> None:
        """End a stream, of that account only when one is given; idempotent."""
        ...

    async def active(self, *, account_id: AccountId | None, limit: int, now: datetime) -> tuple[ActiveStream, ...]:
        """Return streams whose lease runs, newest first."""
        ...

    async def sweep(self, *, before: datetime) -> int:
        """Forget streams whose lease ended before a moment; return how many."""
        ...
