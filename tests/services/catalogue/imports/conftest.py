import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from matinee.contracts.catalogue import TitleChange
from matinee.engines.relational import migrate
from matinee.kit.ids import RandomIds
from matinee.services.catalogue.imports import opened
from matinee.services.catalogue.imports.adapters.rows import SqlImports
from matinee.services.catalogue.imports.csv_source import CsvSource
from matinee.services.catalogue.imports.nfo import NfoSource
from matinee.services.catalogue.imports.pictures import PictureTaker
from matinee.services.catalogue.imports.ports import ImportJob, ImportOptions
from matinee.services.catalogue.imports.service import ImportService, NewImport
from matinee.services.catalogue.imports.worker import Worker
from matinee.services.catalogue.settings import CatalogueSettings


@dataclass
class Bench:
    """Imports over a real catalogue, worked off by hand."""

    room: Any
    store: SqlImports
    service: ImportService
    ids: RandomIds = field(default_factory=RandomIds)
    sources: dict = field(default_factory=lambda: {"csv": CsvSource(), "nfo": NfoSource()})

    def worker(self, owner="one") -> Worker:
        return Worker(
            store=self.store,
            blobs=self.room.blobs,
            writer=self.room.service.writes,
            pictures=PictureTaker(self.store, self.room.service),
            sources=self.sources,
            clock=self.room.clock,
            owner=owner,
            lease_seconds=15.0,
            wake=asyncio.Event(),
        )

    async def begin(self, data: bytes, *, dry_run=False, form="csv", **options) -> ImportJob:
        chosen = ImportOptions(**{"source": form, **options})
        new = NewImport(format=form, name=f"list.{form}", data=data, options=chosen, dry_run=dry_run)
        return await self.service.begin(new)

    async def run(self, data: bytes, **options) -> ImportJob:
        job = await self.begin(data, **options)
        assert await self.worker().work_one()
        return await self.service.job(job.import_id)

    async def titles(self) -> dict:
        found = {}
        cursor = None
        while True:
            page = await self.room.service.titles(limit=100, cursor=cursor)
            found |= {title.name: title for title in page.items}
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def edit(self, name: str, **fields) -> None:
        title = (await self.titles())[name]
        await self.room.service.change_title(title_id=title.title_id, change=TitleChange(**fields))


@pytest.fixture
async def bench(room) -> Bench:
    database = room.store._database
    folder = Path(opened.__file__).parent / "adapters" / "migrations"
    await migrate(database, room="catalogue_imports", script_location=folder)
    store = SqlImports(database)
    service = ImportService(
        store=store,
        blobs=room.blobs,
        clock=room.clock,
        ids=RandomIds(),
        settings=CatalogueSettings(import_queue=3, imports_kept=5),
        wake=asyncio.Event(),
    )
    return Bench(room, store, service)
