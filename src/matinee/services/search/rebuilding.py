"""Builds a fresh index beside the serving one, one at a time."""

import asyncio
from contextlib import suppress

import structlog

from matinee.resilience.command import known_failure
from matinee.services.search.ports import Index, Titles

_log = structlog.get_logger()


class Rebuilding:
    """Rebuilds when asked; who asks meanwhile joins the rebuild that runs.

    Args:
        titles: all there is.
    """

    def __init__(self, index: Index, titles: Titles) -> None:
        self._index = index
        self._titles = titles
        self._task: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> bool:
        """Whether an index is being built."""
        return self._task is not None and not self._task.done()

    async def start(self, *, wait_seconds: float) -> None:
        """Begin, or join, and wait for the end, but not for long; it goes on behind.

        Raises:
            MatineeError: when it failed within that time.
        """
        task = self._begun()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_seconds):
                await asyncio.shield(task)

    async def run(self) -> None:
        """Begin, or join, and wait for the end.

        Raises:
            MatineeError: when it failed; the serving index is as it was.
        """
        await asyncio.shield(self._begun())

    def _begun(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._build(), name="search rebuild")
            # A failure that nobody waits for any more was logged; it must not be reported as forgotten.
            self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._task

    async def _build(self) -> None:
        draft = await self._index.draft()
        try:
            async for page in self._titles.pages():
                await draft.add(page)
            await draft.serve()
        except BaseException as error:
            _log.warning("search_rebuild_failed", why=known_failure(error))
            await draft.discard()
            raise
        _log.info("search_rebuilt")

    async def stop(self) -> None:
        """End a rebuild that runs; nothing of it stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
