"""The commands of every process, looked at together: once for whoever asks, twice a second while somebody follows."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Literal

import msgspec
import structlog

from matinee.host.operations import Fleet, Member, Report
from matinee.kit.clock import Clock
from matinee.kit.deadline import deadline
from matinee.kit.errors import UnavailableError
from matinee.resilience.command import known_failure
from matinee.resilience.stream import PERIOD_SECONDS

FOLLOWERS = 5
_LOOK_SECONDS = 0.4
_REPEAT_TICKS = 10
_log = structlog.get_logger()


class TooManyFollowersError(UnavailableError):
    """As many as may follow the commands already do."""

    code = "operations-full"
    title = "Too many operations pages are open"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A process at one moment.

    Attributes:
        state: `away` when it did not answer in time; its commands are not known then.
        commands: the objects of the metrics stream.
    """

    name: str
    rooms: tuple[str, ...]
    state: Literal["here", "away"]
    allow_faults: bool
    faults: tuple[Any, ...]
    commands: Sequence[dict[str, Any]]


class Tick(msgspec.Struct, frozen=True):
    """One look, as lines to send: (process, kind, name) → the object without its time, and the whole line."""

    number: int
    lines: dict[tuple[str, str, str], tuple[bytes, bytes]]


class Watch:
    """Looks at all processes.

    Args:
        fleet: whom to ask.
        clock: the time that is shown.
    """

    def __init__(self, fleet: Fleet, clock: Clock) -> None:
        self._fleet = fleet
        self._clock = clock
        self._names: dict[int, str] = {}
        self._away: set[int] = set()
        self._followers = 0
        self._tick = Tick(0, {})
        self._ticked = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def look(self) -> list[Seen]:
        """Ask every process at once; each has less than half a second."""
        return list(
            await asyncio.gather(*(self._one(place, member) for place, member in enumerate(self._fleet.members)))
        )

    async def _one(self, place: int, member: Member) -> Seen:
        try:
            async with deadline(_LOOK_SECONDS):
                report: Report = await member.operations.report()
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it, it is away and the others are not
            name = self._names.get(place, member.name)
            if place not in self._away:
                _log.info("process_away", member=name, why=known_failure(error))
            self._away.add(place)
            return Seen(name=name, rooms=member.rooms, state="away", allow_faults=False, faults=(), commands=())
        self._names[place] = report.process
        self._away.discard(place)
        return Seen(
            name=report.process,
            rooms=report.rooms,
            state="here",
            allow_faults=report.allow_faults,
            faults=report.faults,
            commands=report.commands,
        )

    async def follow(self, *, ticks: int, max_bytes: int) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events: every object at first, then each half second those that changed.

        What does not change is repeated every few seconds. It ends after so many ticks or bytes; clients come again,
        and are asked again who they are.

        Raises:
            TooManyFollowersError: when as many as may follow do.
        """
        if self._followers >= FOLLOWERS:
            raise TooManyFollowersError(f"{FOLLOWERS} operations pages are open; close one.")
        self._followers += 1
        try:
            if self._looking is None:
                self._looking = asyncio.create_task(self._keep_looking(), name="operations look")
            async for piece in self._pieces(ticks, max_bytes):
                yield piece
        finally:
            self._followers -= 1

    async def _pieces(self, ticks: int, max_bytes: int) -> AsyncGenerator[bytes, None]:
        sent: dict[tuple[str, str, str], bytes] = {}
        size = 0
        yield b"retry: 1000\n\n"
        for _ in range(ticks):
            tick = await self._next_tick()
            piece = _news(tick, sent) + b"ping: \n\n"
            size += len(piece)
            if size > max_bytes:
                return
            yield piece

    async def _next_tick(self) -> Tick:
        ticked = self._ticked
        async with asyncio.timeout(10 * PERIOD_SECONDS):
            await ticked.wait()
        return self._tick

    async def _keep_looking(self) -> None:
        try:
            while self._followers:
                began = self._clock.monotonic()
                self._tick = Tick(self._tick.number + 1, self._lines(await self.look()))
                ticked, self._ticked = self._ticked, asyncio.Event()
                ticked.set()
                await asyncio.sleep(max(0.0, PERIOD_SECONDS - (self._clock.monotonic() - began)))
        finally:
            self._looking = None

    def _lines(self, seen: Sequence[Seen]) -> dict[tuple[str, str, str], tuple[bytes, bytes]]:
        now = b'"currentTime":%d}' % round(self._clock.now().timestamp() * 1000)
        lines: dict[tuple[str, str, str], tuple[bytes, bytes]] = {}
        for process in seen:
            head = {"type": "process", "name": process.name, "room_names": process.rooms, "state": process.state}
            objects = [head, *({**command, "process": process.name} for command in process.commands)]
            for one in objects:
                one.pop("currentTime", None)
                body = msgspec.json.encode(one)
                lines[process.name, str(one["type"]), str(one["name"])] = (body, b"data: %b,%b\n\n" % (body[:-1], now))
        return lines

    async def close(self) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])


def _news(tick: Tick, sent: dict[tuple[str, str, str], bytes]) -> bytes:
    """Return the lines of what is not as this reader last saw it, and in turn of a tenth of all others."""
    pieces = []
    for place, (key, (body, line)) in enumerate(tick.lines.items()):
        if sent.get(key) != body or place % _REPEAT_TICKS == tick.number % _REPEAT_TICKS:
            sent[key] = body
            pieces.append(line)
    for gone in sent.keys() - tick.lines.keys():
        del sent[gone]
    return b"".join(pieces)
