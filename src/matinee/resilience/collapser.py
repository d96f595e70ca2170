"""Many single requests, one call: what arrives between two ticks of a clock goes out together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

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


class Collapser(Generic[K, V]):
    """Gathers arguments and asks for all of them at once.

    A tick comes every `delay_seconds` from the first argument on, whenever later ones come (so one waits half of it on
    average), and stops when a tick finds nothing. Equal arguments share one place. An argument that everybody has
    given up on is not asked for. For one event loop.

    Args:
        ask: is given distinct arguments and returns their answers; those it leaves out raise `UnansweredError`, an
            exception as an answer is raised.
        max_batch: as many go out at once at most, without waiting for the tick.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V | Exception]]],
        *,
        delay_seconds: float = 0.010,
        max_batch: int = 2**31 - 1,
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
            self._timer = loop.call_at(loop.time() + self._delay, self._tick, loop.time() + self._delay)

    def _tick(self, due: float) -> None:
        if not self._batch.places:
            self._timer = None
            return
        self._send()
        loop = asyncio.get_running_loop()
        following = max(due + self._delay, loop.time())
        self._timer = loop.call_at(following, self._tick, following)

    def _send(self) -> None:
        batch, self._batch = self._batch, _Batch()
        self.batches += 1
        task = asyncio.get_running_loop().create_task(self._answer(batch), name="collapsed call")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, batch: _Batch[K, V]) -> None:
        try:
            answers = await self._ask(tuple(batch.places))
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
