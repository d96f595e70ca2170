"""Many single requests, one call: what arrives between two ticks of a clock goes out together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from matinee.resilience.command import Command, Commands
from matinee.resilience.events import Event
from matinee.resilience.rolling import RollingCounts, RollingPercentiles
from matinee.resilience.settings import WindowSettings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class UnansweredError(LookupError):
    """The call for a batch gave no answer for this one."""


@dataclass
class _Place(Generic[V]):
    answer: "asyncio.Future[V]"
    waiting: int = 0


@dataclass
class _Batch(Generic[K, V]):
    places: dict[K, _Place[V]] = field(default_factory=dict)


class CollapserMetrics:
    """What the metrics stream shows of a collapser: batches, requests in them, and how large they were."""

    BATCHES, REQUESTS, SHARED = range(3)

    def __init__(self, windows: WindowSettings) -> None:
        self.counts = RollingCounts(3, seconds=windows.rolling_seconds, buckets=windows.rolling_buckets)
        self.sizes = RollingPercentiles(
            seconds=windows.percentile_seconds, buckets=windows.percentile_buckets, samples=windows.percentile_samples
        )


class Collapser(Generic[K, V]):
    """Gathers arguments and asks for all of them at once.

    The call for a batch belongs to no single caller, so it runs in a context of its own: the deadline and the trace of
    whoever happened to come first are not those of the others.

    A tick comes every `delay_seconds` from the first argument on, whenever later ones come (so one waits half of it on
    average), and stops when a tick finds nothing. Equal arguments share one place. An argument that everybody has
    given up on is not asked for. For one event loop.

    Args:
        ask: is given distinct arguments and returns their answers; those it leaves out raise `UnansweredError`, an
            exception as an answer is raised.
        max_batch: as many go out at once at most, without waiting for the tick.
        commands: where it is shown, under `name`; the call is then made through the command of that name, which counts
            how many requests were collapsed into it.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V | Exception]]],
        *,
        delay_seconds: float = 0.010,
        max_batch: int = 2**31 - 1,
        name: str = "",
        commands: Commands | None = None,
    ) -> None:
        if max_batch < 1 or delay_seconds <= 0:
            raise ValueError("A batch holds at least one, and ticks are some time apart.")
        self._ask = ask
        self._delay = delay_seconds
        self._max = max_batch
        self._batch: _Batch[K, V] = _Batch()
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False
        self.batches = 0
        self.requests = 0
        self.name = name
        self.delay_seconds = delay_seconds
        self.max_batch = max_batch
        self._commands = commands
        self._command: Command | None = None
        self.metrics: CollapserMetrics | None = None
        if commands is not None:
            self._command = commands.get(name)
            self.metrics = CollapserMetrics(commands.windows)
            commands.collapsers[name] = self

    async def submit(self, argument: K) -> V:
        """Return the answer for one argument.

        Raises:
            UnansweredError: when the batch came back without it.
            RuntimeError: after `close`.
        """
        if self._closed:
            raise RuntimeError("The collapser is closed.")
        batch = self._batch
        place = batch.places.get(argument)
        if place is None:
            place = _Place(asyncio.get_running_loop().create_future())
            batch.places[argument] = place
            self._start_ticking()
        else:
            self._count(CollapserMetrics.SHARED)
        self.requests += 1
        place.waiting += 1
        if len(batch.places) >= self._max:
            self._send()
        try:
            return await asyncio.shield(place.answer)
        except asyncio.CancelledError:
            if place.waiting == 1 and batch is self._batch:
                batch.places.pop(argument, None)
            raise
        finally:
            place.waiting -= 1

    def _start_ticking(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            due = loop.time() + self._delay
            self._timer = loop.call_at(due, self._tick, due, context=Context())

    def _tick(self, due: float) -> None:
        if not self._batch.places:
            self._timer = None
            return
        self._send()
        loop = asyncio.get_running_loop()
        following = max(due + self._delay, loop.time())
        self._timer = loop.call_at(following, self._tick, following, context=Context())

    def _send(self) -> None:
        batch, self._batch = self._batch, _Batch()
        self.batches += 1
        self._count(CollapserMetrics.BATCHES)
        self._count(CollapserMetrics.REQUESTS, len(batch.places))
        task = asyncio.get_running_loop().create_task(self._answer(batch), name="collapsed call", context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, batch: _Batch[K, V]) -> None:
        try:
            answers = await self._call(tuple(batch.places))
        except asyncio.CancelledError:
            for place in batch.places.values():
                place.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # everybody who waits for the batch gets it
            for place in batch.places.values():
                _fail(place.answer, error)
            return
        for argument, place in batch.places.items():
            _settle(place.answer, argument, answers)

    async def _call(self, arguments: Sequence[K]) -> Mapping[K, V | Exception]:
        if self._command is None or self._commands is None:
            return await self._ask(arguments)
        self._command.metrics.counts.add(Event.COLLAPSED, self._commands.monotonic(), len(arguments))
        return await self._command.run(lambda: self._ask(arguments))

    def _count(self, kind: int, count: int = 1) -> None:
        if self.metrics is None or self._commands is None:
            return
        now = self._commands.monotonic()
        self.metrics.counts.add(kind, now, count)
        if kind == CollapserMetrics.REQUESTS:
            self.metrics.sizes.add(count, now)

    async def close(self) -> None:
        """Stop: what waits fails with a RuntimeError, calls under way are cancelled."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for place in self._batch.places.values():
            _fail(place.answer, RuntimeError("The collapser was closed."))
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


def _fail(answer: "asyncio.Future[Any]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
        answer.exception()  # seen, even when nobody waits any more


def _settle(answer: "asyncio.Future[V]", argument: Any, answers: Mapping[Any, V | Exception]) -> None:
    if answer.done():
        return
    if argument not in answers:
        _fail(answer, UnansweredError(f"No answer for {argument!r} in its batch."))
        return
    given = answers[argument]
    if isinstance(given, Exception):
        _fail(answer, given)
    else:
        answer.set_result(given)
