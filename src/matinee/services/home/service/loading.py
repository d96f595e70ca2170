"""Rows by key: kept near, kept in the shared cache, or fetched, by one of all who want the same one at the same time.

A row is taken from the first place that has it: unpacked in this process, in the row cache, from its loader. On a miss
the cache is asked again under the key's lock, so that of all processes one fetches; within a process everybody joins
one flight. Until its soft end a row is simply shown; from then on it is shown while somebody fetches it anew; at its
hard end it is gone. Failures are never kept. An empty row is kept for a short while.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeVar

import msgspec
import structlog

from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError, UnavailableError
from matinee.kit.ids import Ids
from matinee.kit.tracing import join_trace, traceparent
from matinee.resilience.command import Command, Commands, known_failure
from matinee.services.home.ports import Entry, Row, RowCache
from matinee.services.home.service.turnstile import Turnstile
from matinee.services.home.settings import HomeSettings

T = TypeVar("T")
Source = Literal["fresh", "cached", "stale", "generic"]
Loader = Callable[[], Awaitable[Row]]
_FIRST_PAUSE_SECONDS = 0.01
STALE_SECONDS = 2.0
"""How long something that is not as it should be is shown before the next look at it."""
OLD_SECONDS = 5.0
"""The same for a row that is only old. After a quiet time many are, and come anew one after the other."""
_ITEM_BYTES = 120
_CACHE_AT_ONCE = 512
_Place = tuple[str, int, int]
_FETCHES_AT_ONCE = 4_096
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that somebody wants.

    Attributes:
        key: names it; two viewers with the same key see the same row.
        kind: of a small set; its command is `home.<kind>`.
        version: of what it is made from: a copy of another version is shown only when nothing else can be had. 0 where
            there are no versions, or the version could not be learnt.
        revision: of the catalogue, to which the same applies.
        instead: what stands in when it cannot be had and there is no copy; None for nothing.
    """

    key: str
    kind: str
    load: Loader
    version: int = 0
    revision: int = 0
    instead: "Wanted | None" = None

    @property
    def place(self) -> "_Place":
        """What two who can share one flight have in common."""
        return self.key, self.version, self.revision

    def is_made_of(self, entry: Entry) -> bool:
        """Return whether an entry was made from what this is wanted of."""
        return entry.version == self.version and entry.revision == self.revision


@dataclass(frozen=True, slots=True)
class Loaded:
    """A row and where it came from. `good_until`: Unix seconds until which asking again gives the same row."""

    row: Row
    source: Source
    good_until: float


class RowAwayError(UnavailableError):
    """The row cannot be had, and nothing can stand in for it."""

    code = "row-away"
    title = "A row is away"


@dataclass(frozen=True, slots=True)
class _Near:
    entry: Entry
    row: Row
    size: int


class Loading:
    """Gets rows.

    Args:
        random: decides how much longer or shorter a row lives.
    """

    def __init__(
        self,
        cache: RowCache,
        commands: Commands,
        turnstile: Turnstile,
        settings: HomeSettings,
        *,
        clock: Clock,
        ids: Ids,
        random: Random,
    ) -> None:
        self._cache = cache
        self._commands = commands
        self._turnstile = turnstile
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._random = random
        self._near: OrderedDict[str, _Near] = OrderedDict()
        self._near_bytes = 0
        self._flights: dict[_Place, asyncio.Task[Loaded]] = {}
        self._cache_command = commands.get(
            "home.cache",
            timeout_seconds=settings.cache_seconds,
            max_concurrent=_CACHE_AT_ONCE,
            fallback_max_concurrent=_CACHE_AT_ONCE,
        )

    def ready(self, wanted: Wanted) -> Loaded | None:
        """Return the row if it is at hand and may be shown; one that has grown old is fetched anew meanwhile."""
        near = self._near.get(wanted.key)
        if near is None:
            return None
        now = self._clock.now().timestamp()
        if not wanted.is_made_of(near.entry) or near.entry.hard_until <= now:
            return None
        self._near.move_to_end(wanted.key)
        if now < near.entry.soft_until:
            return Loaded(near.row, "cached", near.entry.soft_until)
        self._refresh(wanted)
        return Loaded(near.row, "stale", now + OLD_SECONDS)

    def fetch(self, wanted: Wanted) -> "asyncio.Task[Loaded]":
        """Return the flight that gets the row, the same one for everybody; do not cancel it, stop waiting for it.

        It ends with a row, a copy of it, or what stands in; else with `RowAwayError`.
        """
        flight = self._flights.get(wanted.place)
        if flight is None:
            flight = self._depart(wanted.place, self._answered(wanted))
        return flight

    def copy(self, wanted: Wanted) -> Loaded | None:
        """Return a copy from before, however old its version, or None; nothing is fetched."""
        now = self._clock.now().timestamp()
        near = self._near.get(wanted.key)
        if near is None or near.entry.hard_until <= now:
            return None
        return Loaded(near.row, "stale", now + STALE_SECONDS)

    async def close(self) -> None:
        """End what is under way."""
        flights = tuple(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _answered(self, wanted: Wanted) -> Loaded:
        return await self._command(wanted.kind).run(
            lambda: self._get(wanted), fallback=lambda error: self._instead(wanted, error)
        )

    def _command(self, kind: str) -> Command:
        return self._commands.get(
            f"home.{kind}",
            timeout_seconds=self._settings.row_seconds,
            max_concurrent=_FETCHES_AT_ONCE,
            fallback_max_concurrent=_FETCHES_AT_ONCE,
        )

    def _depart(self, place: _Place, work: Coroutine[Any, Any, Loaded]) -> "asyncio.Task[Loaded]":
        # Who comes first may stop waiting, so its deadline and its request are not those of the flight.
        context = Context()
        context.run(join_trace, traceparent())
        flight = asyncio.get_running_loop().create_task(work, name=f"row {place[0]}", context=context)
        self._flights[place] = flight
        flight.add_done_callback(lambda done: self._landed(place, done))
        return flight

    def _landed(self, place: _Place, flight: "asyncio.Task[Loaded]") -> None:
        del self._flights[place]
        if not flight.cancelled() and (error := flight.exception()) is not None:
            # A defect is told in full, a failure that was foreseen by its name.
            if isinstance(error, MatineeError):
                _log.info("row_away", row=place[0], failure=known_failure(error))
            else:
                _log.error("row_broken", row=place[0], exc_info=error)

    def _refresh(self, wanted: Wanted) -> None:
        """Fetch a row behind everybody's back; it is the first thing to be dropped when there is too much to do.

        Once it is under way it is a flight like any other, because whoever misses the row meanwhile joins it.
        """
        if wanted.place not in self._flights and self._turnstile.has_room(wanted.kind):
            self._depart(wanted.place, self._answered(wanted))

    async def _instead(self, wanted: Wanted, error: Exception) -> Loaded:
        """Return a copy from before, else what stands in.

        Raises:
            RowAwayError: when there is neither.
        """
        now = self._clock.now().timestamp()
        copy = self.copy(wanted)
        if copy is not None:
            return copy
        kept = await self._kept(wanted.key)
        if kept is not None:
            return Loaded(self._unpack(wanted.key, kept), "stale", now + STALE_SECONDS)
        if wanted.instead is not None:
            stands_in = self.ready(wanted.instead)
            if stands_in is None:
                stands_in = await asyncio.shield(self.fetch(wanted.instead))
            return Loaded(stands_in.row, "generic", now + STALE_SECONDS)
        raise RowAwayError(f"The row {wanted.kind} cannot be had now.") from error

    async def _get(self, wanted: Wanted) -> Loaded:
        """Look into the cache, and load under the key's lock; look again once it is ours."""
        kept = await self._good(wanted)
        if kept is not None:
            return kept
        owner = self._ids.new()
        if not await self._locked(wanted.key, owner):
            # Somebody else loads it, in this process or another: what it puts there is what we want.
            kept = await self._awaited_from_others(wanted)
            if kept is not None:
                return kept
            return await self._load(wanted)
        try:
            return await self._good(wanted) or await self._load(wanted)
        finally:
            await self._through_cache(lambda: self._cache.unlock(wanted.key, owner), None)

    async def _good(self, wanted: Wanted) -> Loaded | None:
        """Return what the cache has, if it is of the right version and not past its soft end."""
        entry = await self._kept(wanted.key)
        now = self._clock.now().timestamp()
        if entry is None or not wanted.is_made_of(entry) or entry.soft_until <= now:
            return None
        return Loaded(self._unpack(wanted.key, entry), "cached", entry.soft_until)

    async def _awaited_from_others(self, wanted: Wanted) -> Loaded | None:
        left, pause = self._settings.lock_wait_seconds, _FIRST_PAUSE_SECONDS
        while left > 0:
            await asyncio.sleep(min(pause, left))
            left -= pause
            pause *= 2
            kept = await self._good(wanted)
            if kept is not None:
                return kept
        entry = await self._kept(wanted.key)
        if entry is not None and wanted.is_made_of(entry):
            good_until = self._clock.now().timestamp() + STALE_SECONDS
            return Loaded(self._unpack(wanted.key, entry), "stale", good_until)
        return None

    async def _load(self, wanted: Wanted) -> Loaded:
        async with self._turnstile.through(wanted.kind):
            row = await wanted.load()
        now = self._clock.now().timestamp()
        entry = self._entry(row, wanted, now)
        self._keep_near(wanted.key, entry, row)
        await self._through_cache(lambda: self._cache.put(wanted.key, entry), None)
        return Loaded(row, "fresh", entry.soft_until)

    def _entry(self, row: Row, wanted: Wanted, now: float) -> Entry:
        settings = self._settings
        spread = 1 + settings.jitter * (2 * self._random.random() - 1)
        # What has a version is known to be empty until the version changes.
        empty = not row.items and not wanted.version
        life = settings.own_soft_seconds if wanted.version else settings.soft_seconds
        soft = (settings.empty_seconds if empty else life) * spread
        hard = max(soft, settings.hard_seconds * spread)
        return Entry(msgspec.msgpack.encode(row), wanted.version, now + soft, now + hard, wanted.revision)

    def _unpack(self, key: str, entry: Entry) -> Row:
        near = self._near.get(key)
        # Pages share the titles of a row, as long as its bytes have not changed.
        row = near.row if near is not None and near.entry.value == entry.value else _decoder.decode(entry.value)
        self._keep_near(key, entry, row)
        return row

    def _keep_near(self, key: str, entry: Entry, row: Row) -> None:
        before = self._near.pop(key, None)
        self._near_bytes -= before.size if before is not None else 0
        size = len(entry.value) * 2 + _ITEM_BYTES * (len(row.items) + 1)
        self._near[key] = _Near(entry, row, size)
        self._near_bytes += size
        while self._near_bytes > self._settings.near_bytes and self._near:
            self._near_bytes -= self._near.popitem(last=False)[1].size

    async def _kept(self, key: str) -> Entry | None:
        return await self._through_cache(lambda: self._cache.get(key), None)

    async def _locked(self, key: str, owner: str) -> bool:
        """Take the lock; while the cache is away everybody may load, and the turnstile holds them back."""
        seconds = self._settings.lease_seconds
        return await self._through_cache(lambda: self._cache.lock(key, owner, seconds=seconds), True)  # noqa: FBT003

    async def _through_cache(self, call: Callable[[], Awaitable[T]], otherwise: T) -> T:
        async def without(_: Exception) -> T:
            return otherwise

        return await self._cache_command.run(call, fallback=without)


_decoder = msgspec.msgpack.Decoder(Row)
