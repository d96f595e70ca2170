"""Which revision of the catalogue pages are made of."""

import asyncio
from contextvars import Context

from matinee.contracts.library import Library
from matinee.kit.clock import Clock
from matinee.resilience.command import Commands

_AT_ONCE = 4


class Revisions:
    """Asks the library now and then, before anybody has to wait for it; all who wait nevertheless wait for one answer.

    Args:
        seconds: how long an answer, or that there was none, is believed.
        timeout_seconds: after which the last answer is believed a while longer.
    """

    def __init__(
        self, library: Library, commands: Commands, clock: Clock, *, seconds: float, timeout_seconds: float
    ) -> None:
        self._library = library
        self._clock = clock
        self._seconds = seconds
        self._command = commands.get("home.revision", timeout_seconds=timeout_seconds, max_concurrent=_AT_ONCE)
        self._last = 0
        self._until = float("-inf")
        self._asking: asyncio.Task[int] | None = None

    def known(self) -> int | None:
        """Return the revision if it was asked for lately; before that is too long ago it is asked for again."""
        left = self._until - self._clock.monotonic()
        if left <= 0:
            return None
        if left <= self._seconds / 2:
            self._answer()
        return self._last

    async def current(self) -> int:
        """Return the revision, of the last time that it could be had; 0 before the first."""
        known = self.known()
        return await asyncio.shield(self._answer()) if known is None else known

    def _answer(self) -> "asyncio.Task[int]":
        if self._asking is None:
            # Who asks first may give up; the answer is for everybody.
            self._asking = asyncio.get_running_loop().create_task(self._ask(), name="revision", context=Context())
            self._asking.add_done_callback(self._asked)
        return self._asking

    async def close(self) -> None:
        """End the asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask(self) -> int:
        async def last_known(_: Exception) -> int:
            return self._last

        self._last = await self._command.run(self._library.revision, fallback=last_known)
        self._until = self._clock.monotonic() + self._seconds
        return self._last

    def _asked(self, _: "asyncio.Task[int]") -> None:
        self._asking = None
