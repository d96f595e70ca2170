"""The catalogue's declaration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from matinee.blobs.port import BlobStore
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.library import Library
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, migrate
from matinee.events.port import EventLog
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import Ids
from matinee.services.catalogue.adapters.library import SqlCards
from matinee.services.catalogue.adapters.pictures import ConfinedPictures
from matinee.services.catalogue.adapters.titles import SqlTitles
from matinee.services.catalogue.artwork import Artwork
from matinee.services.catalogue.drafts import Drafts
from matinee.services.catalogue.http.routes import routes
from matinee.services.catalogue.imports.opened import open_imports
from matinee.services.catalogue.jobs import keep_removing, keep_sending
from matinee.services.catalogue.library import LibraryService
from matinee.services.catalogue.service import CatalogueService
from matinee.services.catalogue.settings import CatalogueSettings

_MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


@asynccontextmanager
async def open_room(settings: CatalogueSettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run the catalogue."""
    database = needs.get(Database)
    blobs = needs.get(BlobStore)
    clock: Clock = needs.get(Clock)
    await migrate(database, room="catalogue", script_location=_MIGRATIONS)
    store = SqlTitles(database)
    await store.derive()
    library = LibraryService(store=SqlCards(database), clock=clock, settings=settings)
    pictures = ConfinedPictures(
        workers=settings.picture_workers, seconds=settings.picture_seconds, memory_mib=settings.picture_memory_mib
    )
    wake = asyncio.Event()
    service = CatalogueService(
        store=store,
        artwork=Artwork(blobs, pictures),
        cursors=Cursors(needs.get(Keyring).seed("cursors")),
        clock=clock,
        ids=needs.get(Ids),
        settings=settings,
        outbox_wake=wake,
    )
    service.writes.on_commit(library.refresh)
    drafts = Drafts(store=store, writes=service.writes, clock=clock)
    sending = keep_sending(store, needs.get(EventLog), wake, poll_seconds=settings.outbox_poll_seconds)
    removing = keep_removing(store, blobs, clock, every_seconds=settings.sweep_seconds)
    tasks = [
        asyncio.create_task(sending, name="catalogue outbox"),
        asyncio.create_task(removing, name="catalogue sweep"),
    ]

    async def jobs_run() -> bool:
        return not any(task.done() for task in tasks)

    importing = open_imports(
        database=database,
        blobs=blobs,
        writer=service.writes,
        pictures=service,
        clock=clock,
        ids=needs.get(Ids),
        settings=settings,
    )
    try:
        async with importing as imports:
            yield RunningRoom(
                provides={Catalogue: service, Library: library},
                routes=(*routes(service, library, drafts), *imports.routes),
                checks={"database": database.answers, "jobs": jobs_run, "imports": imports.running},
            )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


MODULE = Module(
    name="catalogue",
    settings_type=CatalogueSettings,
    open=open_room,
    needs=(Database, BlobStore, EventLog, Keyring, Clock, Ids),
    provides=(Catalogue, Library),
    route_prefixes=(
        "/api/v1/browse",
        "/api/v1/titles",
        "/api/v1/genres",
        "/api/v1/people",
        "/api/v1/studio/titles",
        "/api/v1/studio/genres",
        "/api/v1/studio/ratings",
        "/api/v1/studio/catalogue",
    ),
)
