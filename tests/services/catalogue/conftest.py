import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient

from matinee.blobs.local import LocalBlobs
from matinee.engines.relational import migrate, open_database
from matinee.host.http import PassportReader, compose
from matinee.kit.cursors import Cursors
from matinee.kit.ids import RandomIds
from matinee.services.catalogue import module
from matinee.services.catalogue.adapters.library import SqlCards
from matinee.services.catalogue.adapters.pictures import ConfinedPictures
from matinee.services.catalogue.adapters.titles import SqlTitles
from matinee.services.catalogue.artwork import Artwork
from matinee.services.catalogue.drafts import Drafts
from matinee.services.catalogue.http.routes import routes
from matinee.services.catalogue.library import LibraryService
from matinee.services.catalogue.service import CatalogueService
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.testing.clock import ManualClock
from matinee.testing.titles import Callers, RecordedEvents


@dataclass
class Room:
    service: CatalogueService
    store: SqlTitles
    blobs: LocalBlobs
    clock: ManualClock
    events: RecordedEvents
    wake: asyncio.Event
    library: LibraryService
    drafts: Drafts
    callers: Callers = field(default_factory=Callers)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/catalogue.db") as database:
        await migrate(database, room="catalogue", script_location=Path(module.__file__).parent / "adapters/migrations")
        clock, blobs, wake, store = ManualClock(), LocalBlobs(tmp_path / "blobs"), asyncio.Event(), SqlTitles(database)
        service = CatalogueService(
            store=store,
            artwork=Artwork(blobs, ConfinedPictures(workers=2, seconds=30, memory_mib=1024)),
            cursors=Cursors(b"s" * 32),
            clock=clock,
            ids=RandomIds(),
            settings=CatalogueSettings(),
            outbox_wake=wake,
        )
        library = LibraryService(store=SqlCards(database), clock=clock, settings=CatalogueSettings())
        service.writes.on_commit(library.refresh)
        drafts = Drafts(store=store, writes=service.writes, clock=clock)
        yield Room(service, store, blobs, clock, RecordedEvents(), wake, library, drafts)


@pytest.fixture
async def http(room: Room) -> AsyncIterator[AsyncTestClient]:
    app = compose(routes(room.service, room.library, room.drafts), PassportReader(room.callers.key.public))
    async with AsyncTestClient(app) as client:
        yield client
