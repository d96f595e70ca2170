"""How many rows are fetched at once, whatever asks for them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from matinee.kit.errors import DeadlineError, UnavailableError
from matinee.resilience.errors import RejectedError, is_callers_fault
from matinee.resilience.limiter import AdaptiveLimiter

_Waiting = deque["asyncio.Future[float]"]


@dataclass
class _Kind:
    """One kind of row: how many of it are being fetched, and who waits."""

    inside: int = 0
    waiting: _Waiting = field(default_factory=deque)


class Turnstile:
    """Stands before everything that a row is fetched from. For one event loop.

    A limiter says how many may go through; the others wait in line, up to a bound, and are served kind by kind in
    turn. One kind has at most half of the places, so that a slow provider does not hold up all others.

    Args:
        waiting: so many may wait together; more are refused at once.
    """

    def __init__(self, limiter: AdaptiveLimiter, *, waiting: int) -> None:
        self._limiter = limiter
        self._waiting_most = waiting
        self._kinds: dict[str, _Kind] = {}
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return self._waiting

    def has_room(self, kind: str) -> bool:
        """Return whether one of this kind would get through now without waiting, which background work asks first."""
        place = self._kinds.get(kind)
        if self._waiting or self._limiter.inside >= self._limiter.limit:
            return False
        return place is None or not self._full(place)

    @asynccontextmanager
    async def through(self, kind: str) -> AsyncIterator[None]:
        """Run the block as one of those who may fetch.

        Args:
            kind: of a small set.

        Raises:
            RejectedError: when there is no place, and none to wait in.
        """
        place = self._kinds.setdefault(kind, _Kind())
        entered = self._enter(place)
        if entered is None:
            if self._waiting >= self._waiting_most:
                raise RejectedError("Too many rows are being fetched; try again in a moment.")
            entered = await self._wait(place)
        try:
            yield
        except (UnavailableError, DeadlineError, TimeoutError, asyncio.CancelledError):
            self._left(place)
            self._limiter.dropped(entered)
            raise
        except BaseException as error:
            self._left(place)
            if is_callers_fault(error):
                self._limiter.succeeded(entered)
            else:
                self._limiter.ignored()
            raise
        else:
            self._left(place)
            self._limiter.succeeded(entered)
        finally:
            self._admit()

    def _enter(self, place: _Kind) -> float | None:
        if self._full(place):
            return None
        entered = self._limiter.enter()
        if entered is not None:
            place.inside += 1
        return entered

    def _full(self, place: _Kind) -> bool:
        return place.inside * 2 >= max(2, self._limiter.limit)

    def _left(self, place: _Kind) -> None:
        place.inside -= 1

    async def _wait(self, place: _Kind) -> float:
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        place.waiting.append(turn)
        self._waiting += 1
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # Let in and given up in the same moment: the place goes to the next one.
                self._left(place)
                self._limiter.ignored()
                self._admit()
            elif turn in place.waiting:
                place.waiting.remove(turn)
                self._waiting -= 1
            raise

    def _admit(self) -> None:
        """Let in who waits, one of each kind in turn, as long as there are places."""
        admitted = self._waiting > 0
        while admitted:
            admitted = False
            for place in self._kinds.values():
                turn = self._next(place)
                entered = self._enter(place) if turn is not None else None
                if turn is not None and entered is not None:
                    place.waiting.popleft()
                    self._waiting -= 1
                    turn.set_result(entered)
                    admitted = True

    def _next(self, place: _Kind) -> "asyncio.Future[float] | None":
        """Return who waits longest and has not given up."""
        while place.waiting:
            if not place.waiting[0].cancelled():
                return place.waiting[0]
            place.waiting.popleft()
            self._waiting -= 1
        return None
