"""Progress as it happens: one look at the jobs twice a second at most, shared by all open studio pages."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import structlog

from matinee.kit.errors import MatineeError, TooManyError
from matinee.services.ingest.http.views import JobView, LiveJobs, view
from matinee.services.ingest.service.ingest import IngestService

_LOOK_SECONDS = 0.5
_HEARTBEAT_SECONDS = 15.0
_ITEMS = 50
_log = structlog.get_logger()


class TooManyPagesError(TooManyError):
    """Too many studio pages are open."""

    code = "too-many-pages"
    title = "Too many open pages"


class Live:
    """Sends the newest jobs to every subscriber: at once, and after each change. Looks only while somebody listens.

    Args:
        most: how many may listen.
    """

    def __init__(self, ingest: IngestService, *, most: int) -> None:
        self._ingest = ingest
        self._most = most
        self._listeners: set[asyncio.Event] = set()
        self._latest = b""
        self._looking: asyncio.Task[None] | None = None
        self._settled: dict[str, JobView] = {}

    async def _items(self) -> tuple[JobView, ...]:
        page = await self._ingest.jobs(limit=_ITEMS)
        views = []
        for job in page.items:
            kept = self._settled.get(job.job_id)
            same = kept is not None and (kept.state, kept.changed_at) == (job.state, job.changed_at)
            views.append(kept if kept is not None and same else await view(self._ingest, job))
        # A published order does not change any more; asking for it again and again would be for nothing.
        self._settled = {one.job_id: one for one in views if one.order is not None and one.order.state == "published"}
        return tuple(views)

    async def _look(self) -> None:
        try:
            while self._listeners:
                await self._look_once()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self._looking = None
            self._latest = b""

    async def _look_once(self) -> None:
        try:
            latest = msgspec.json.encode(LiveJobs(items=await self._items()))
        except MatineeError as error:
            _log.warning("live_look_failed", code=error.code)
            return
        if latest != self._latest:
            self._latest = latest
            for listener in self._listeners:
                listener.set()

    def admit(self) -> None:
        """Return when one more may listen.

        Raises:
            TooManyPagesError: when too many do.
        """
        if len(self._listeners) >= self._most:
            raise TooManyPagesError("Too many studio pages are open; close one.")

    async def events(self) -> AsyncIterator[bytes]:
        """Yield server-sent events until the reader goes."""
        changed = asyncio.Event()
        if self._latest:
            changed.set()
        self._listeners.add(changed)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="ingest live")
        try:
            yield b"retry: 2000\n\n"
            while True:
                try:
                    async with asyncio.timeout(_HEARTBEAT_SECONDS):
                        await changed.wait()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                changed.clear()
                yield b"event: jobs\ndata: " + self._latest + b"\n\n"
        finally:
            self._listeners.discard(changed)

    async def close(self) -> None:
        """Stop looking."""
        looking = self._looking
        if looking is not None:
            looking.cancel()
            await asyncio.wait([looking])
