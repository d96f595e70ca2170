"""Rows that are asked for at once, and what has come of them by the end of a page's time."""

import asyncio
from collections.abc import Iterable

from matinee.kit.clock import Clock
from matinee.services.home.service.loading import Loaded, Loading, Wanted


class Board:
    """One page's rows on their way.

    Args:
        seconds: how long the page may take from now.
    """

    def __init__(self, loading: Loading, clock: Clock, *, seconds: float) -> None:
        self._loading = loading
        self._clock = clock
        self._ends_at = clock.monotonic() + seconds
        self._wanted: dict[str, Wanted] = {}
        self._here: dict[str, Loaded] = {}
        self._flights: dict[str, asyncio.Task[Loaded]] = {}

    def ask(self, row_id: str, wanted: Wanted) -> None:
        """Want a row; it is there at once or set out for."""
        self._wanted[row_id] = wanted
        ready = self._loading.ready(wanted)
        if ready is not None:
            self._here[row_id] = ready
        else:
            self._flights[row_id] = self._loading.fetch(wanted)

    async def wait(self, row_ids: Iterable[str] | None = None) -> None:
        """Wait until these rows, or all, are there or have failed, but not over the end of the page's time."""
        names = self._flights.keys() if row_ids is None else row_ids
        flights = [self._flights[name] for name in names if name in self._flights]
        left = self._ends_at - self._clock.monotonic()
        if flights and left > 0:
            await asyncio.wait(flights, timeout=left)

    def row(self, row_id: str) -> Loaded | None:
        """Return a row that has come, a copy from before of one that is late, or None for what failed."""
        flight = self._flights.get(row_id)
        if flight is None:
            return self._here.get(row_id)
        if not flight.done():
            return self._loading.copy(self._wanted[row_id])
        return None if flight.cancelled() or flight.exception() is not None else flight.result()
