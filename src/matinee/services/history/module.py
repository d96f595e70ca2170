"""History's declaration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from matinee.contracts.history import History
from matinee.contracts.library import Library
from matinee.engines.keyring import Keyring
from matinee.events.port import EventLog
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import Ids
from matinee.resilience.command import Commands
from matinee.services.history.adapters.embedded import open_store
from matinee.services.history.consumers import keep_erasing
from matinee.services.history.http import routes
from matinee.services.history.jobs import PackingQueue, keep_packing, keep_tidy
from matinee.services.history.service.history import HistoryService
from matinee.services.history.service.library import Cards
from matinee.services.history.service.pages import Pages
from matinee.services.history.service.shelves import Shelves
from matinee.services.history.settings import HistorySettings


@asynccontextmanager
async def open_room(settings: HistorySettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run history."""
    clock: Clock = needs.get(Clock)
    async with open_store(settings, needs.get(Commands)) as store:
        queue = PackingQueue()
        cards = Cards(needs.get(Library), clock, seconds=settings.library_seconds)
        service = HistoryService(
            store=store, cards=cards, clock=clock, ids=needs.get(Ids), settings=settings, due=queue.add
        )
        shelves = Shelves(store, service, cards, clock, settings)
        pages = Pages(service, store, cards, Cursors(needs.get(Keyring).seed("cursors")))
        jobs = {
            "packing": keep_packing(queue, service.packer),
            "tidying": keep_tidy(store, clock, every_seconds=settings.tidy_seconds),
            "news": keep_erasing(needs.get(EventLog), service),
        }
        tasks = [asyncio.create_task(job, name=f"history {name}") for name, job in jobs.items()]

        async def jobs_run() -> bool:
            return not any(task.done() for task in tasks)

        try:
            yield RunningRoom(
                provides={History: service},
                routes=routes(service, shelves, pages),
                checks={"database": store.answers, "jobs": jobs_run},
            )
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


MODULE = Module(
    name="history",
    settings_type=HistorySettings,
    open=open_room,
    needs=(Library, EventLog, Keyring, Clock, Ids, Commands),
    provides=(History,),
    route_prefixes=(
        "/api/v1/continue-watching",
        "/api/v1/my-list",
        "/api/v1/thumbs",
        "/api/v1/history",
        "/api/v1/mine",
    ),
)
