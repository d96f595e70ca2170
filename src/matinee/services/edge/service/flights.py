"""Many ask, one works: concurrent calls for one key share one task."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Flights(Generic[K, V]):
    """Runs at most one piece of work for each key. A caller that goes away does not stop the work for the others."""

    def __init__(self) -> None:
        self._running: dict[K, asyncio.Task[V]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, key: K) -> bool:
        return key in self._running

    async def run(self, key: K, work: Callable[[], Awaitable[V]]) -> tuple[V, bool]:
        """Return the result of `work`, and whether this call joined one that was under way.

        Raises:
            Exception: whatever the work raised, to every caller.
        """
        task = self._running.get(key)
        joined = task is not None
        if task is None:
            task = asyncio.ensure_future(_call(work))
            self._running[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task), joined

    def _ended(self, key: K, task: asyncio.Task[V]) -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # looked at, so that work that nobody waits for any more fails in silence

    async def close(self) -> None:
        """Stop all work and wait until it has stopped."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _call(work: Callable[[], Awaitable[V]]) -> V:
    return await work()
