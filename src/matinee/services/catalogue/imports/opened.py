"""Puts the parts of imports together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from litestar.types import ControllerRouterHandler

from matinee.blobs.port import BlobStore
from matinee.engines.relational import Database, migrate
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.services.catalogue.imports.adapters.rows import SqlImports
from matinee.services.catalogue.imports.csv_source import CsvSource
from matinee.services.catalogue.imports.http import routes
from matinee.services.catalogue.imports.nfo import NfoSource
from matinee.services.catalogue.imports.pictures import PictureTaker
from matinee.services.catalogue.imports.ports import PictureWriter, TitleWriter
from matinee.services.catalogue.imports.service import ImportService
from matinee.services.catalogue.imports.tmdb import Tmdb
from matinee.services.catalogue.imports.tmdb_source import TmdbSource
from matinee.services.catalogue.imports.worker import Worker
from matinee.services.catalogue.settings import CatalogueSettings

_MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


@dataclass(frozen=True)
class Imports:
    """Running imports: their rules, their routes, and whether their worker lives."""

    service: ImportService
    routes: Sequence[ControllerRouterHandler]
    running: Callable[[], Awaitable[bool]]


@asynccontextmanager
async def open_imports(
    *,
    database: Database,
    blobs: BlobStore,
    writer: TitleWriter,
    pictures: PictureWriter,
    clock: Clock,
    ids: Ids,
    settings: CatalogueSettings,
) -> AsyncIterator[Imports]:
    """Run imports while the block runs.

    Args:
        database: the catalogue's, so that titles and what is remembered of them are one transaction.
        writer: the catalogue's own rules of making and changing titles; `pictures` those of choosing artwork.
    """
    await migrate(database, room="catalogue_imports", script_location=_MIGRATIONS)
    store, wake, tmdb = SqlImports(database), asyncio.Event(), Tmdb(settings, clock)
    service = ImportService(store=store, blobs=blobs, clock=clock, ids=ids, settings=settings, wake=wake)
    worker = Worker(
        store=store,
        blobs=blobs,
        writer=writer,
        pictures=PictureTaker(store, pictures),
        sources={"csv": CsvSource(), "nfo": NfoSource(), "tmdb": TmdbSource(tmdb)},
        clock=clock,
        owner=ids.new(),
        lease_seconds=settings.import_lease_seconds,
        wake=wake,
    )
    task = asyncio.create_task(worker.run(), name="catalogue imports")

    async def running() -> bool:
        return not task.done()

    try:
        yield Imports(service, routes(service, tmdb), running)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
