"""Search's declaration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from matinee.contracts.history import History
from matinee.contracts.library import Library
from matinee.contracts.searching import Search
from matinee.engines.keyring import Keyring
from matinee.events.port import EventLog
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.cursors import Cursors
from matinee.resilience.command import Commands
from matinee.services.search.adapters.elsewhere import HistoryPopularity, LibraryTitles
from matinee.services.search.adapters.tantivy_index.index import open_index
from matinee.services.search.consumers import Following
from matinee.services.search.http import routes
from matinee.services.search.jobs import build_first, keep_popular
from matinee.services.search.lag import Lag
from matinee.services.search.rebuilding import Rebuilding
from matinee.services.search.service import SearchService
from matinee.services.search.settings import SearchSettings


@asynccontextmanager
async def open_room(settings: SearchSettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run search."""
    library, clock = needs.get(Library), needs.get(Clock)
    lag = Lag(clock)
    async with open_index(Path(settings.data_folder).absolute() / "search", settings) as index:
        rebuilding = Rebuilding(index, LibraryTitles(library))
        service = SearchService(
            index=index,
            library=library,
            rebuilding=rebuilding,
            cursors=Cursors(needs.get(Keyring).seed("cursors")),
            commands=needs.get(Commands),
            clock=clock,
            settings=settings,
            lag=lag.seconds,
        )
        following = Following(
            needs.get(EventLog), index, lag, batch=settings.batch_changes, retry_seconds=settings.retry_seconds
        )
        first = build_first(index, rebuilding, retry_seconds=settings.retry_seconds)
        popular = keep_popular(index, HistoryPopularity(needs.get(History)), every_seconds=settings.popular_seconds)
        first_task = asyncio.create_task(first, name="search first index")
        tasks = [
            asyncio.create_task(following.run(), name="search changes"),
            asyncio.create_task(popular, name="search popularity"),
        ]

        async def jobs_run() -> bool:
            return not any(task.done() for task in tasks)

        try:
            yield RunningRoom(provides={Search: service}, routes=routes(service), checks={"jobs": jobs_run})
        finally:
            for task in (first_task, *tasks):
                task.cancel()
            await asyncio.gather(first_task, *tasks, return_exceptions=True)
            await rebuilding.stop()


MODULE = Module(
    name="search",
    settings_type=SearchSettings,
    open=open_room,
    needs=(Library, History, EventLog, Keyring, Clock, Commands),
    provides=(Search,),
    route_prefixes=("/api/v1/search", "/api/v1/admin/search"),
)
