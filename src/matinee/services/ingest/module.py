"""Ingest's declaration."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from matinee.blobs.port import BlobStore
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.ingest import Ingest
from matinee.contracts.transcode import Transcode
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, migrate
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import Ids
from matinee.services.ingest.adapters.decoding import ConfinedMedia
from matinee.services.ingest.adapters.rows import SqlJobs, SqlUploads
from matinee.services.ingest.adapters.spool import DiskSpool
from matinee.services.ingest.http.live import Live
from matinee.services.ingest.http.routes import routes
from matinee.services.ingest.http.tus import TusApp
from matinee.services.ingest.jobs import Inspections, keep_sweeping
from matinee.services.ingest.service.ingest import IngestService
from matinee.services.ingest.service.inspection import Inspector
from matinee.services.ingest.service.processing import Processing
from matinee.services.ingest.service.texts import Texts
from matinee.services.ingest.service.uploads import Uploads
from matinee.services.ingest.settings import IngestSettings

_MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


@dataclass(frozen=True)
class _Parts:
    """What one running room is made of."""

    service: IngestService
    inspections: Inspections
    uploads: Uploads


def _folders(settings: IngestSettings) -> tuple[Path, ...]:
    data = Path(settings.data_folder).absolute()
    return tuple(Path(one).absolute() for one in settings.import_folders) or (data / "import",)


def _assemble(settings: IngestSettings, needs: Needs) -> _Parts:
    """Choose the concrete parts."""
    data = Path(settings.data_folder).absolute()
    scratch = data / "spool" / "scratch"
    # What a killed process left; nobody else works in this folder.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    database, clock, catalogue = needs.get(Database), needs.get(Clock), needs.get(Catalogue)
    blobs, ids, transcode = needs.get(BlobStore), needs.get(Ids), needs.get(Transcode)
    job_rows, upload_rows, spool = SqlJobs(database), SqlUploads(database), DiskSpool(data / "spool" / "uploads")
    memory_bytes = settings.decode_memory_mib << 20
    inspector = Inspector(
        ConfinedMedia(threads=settings.decode_threads, memory_bytes=memory_bytes, scratch=scratch), settings
    )
    processing = Processing(
        jobs=job_rows,
        spool=spool,
        blobs=blobs,
        inspector=inspector,
        catalogue=catalogue,
        transcode=transcode,
        clock=clock,
        folders=_folders(settings),
    )
    wake = asyncio.Event()
    inspections = Inspections(store=job_rows, processing=processing, clock=clock, most=settings.inspections, wake=wake)
    service = IngestService(
        jobs=job_rows,
        uploads=upload_rows,
        spool=spool,
        texts=Texts(blobs, spool, upload_rows, settings),
        inspector=inspector,
        catalogue=catalogue,
        transcode=transcode,
        cursors=Cursors(needs.get(Keyring).seed("cursors")),
        clock=clock,
        ids=ids,
        settings=settings,
        folders=_folders(settings),
        fractions=processing.fractions,
        stop=inspections.stop,
        wake=wake,
    )
    uploads = Uploads(
        store=upload_rows,
        spool=spool,
        catalogue=catalogue,
        clock=clock,
        ids=ids,
        settings=settings,
        on_complete=service.upload_completed,
    )
    return _Parts(service=service, inspections=inspections, uploads=uploads)


@asynccontextmanager
async def open_room(settings: IngestSettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run ingest."""
    database = needs.get(Database)
    await migrate(database, room="ingest", script_location=_MIGRATIONS)
    parts = await asyncio.to_thread(_assemble, settings, needs)
    await parts.uploads.forget_strays()
    live = Live(parts.service, most=settings.live_clients)
    tus = TusApp(parts.uploads, max_size=settings.max_upload_bytes, read_seconds=settings.read_seconds)
    tasks = [
        asyncio.create_task(parts.inspections.run(), name="ingest inspections"),
        asyncio.create_task(keep_sweeping(parts.uploads, settings.sweep_seconds), name="ingest sweep"),
    ]

    async def jobs_run() -> bool:
        return not any(task.done() for task in tasks)

    try:
        yield RunningRoom(
            provides={Ingest: parts.service},
            routes=routes(parts.service, live, tus),
            checks={"database": database.answers, "jobs": jobs_run},
        )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await live.close()


MODULE = Module(
    name="ingest",
    settings_type=IngestSettings,
    open=open_room,
    needs=(Database, BlobStore, Keyring, Clock, Ids, Catalogue, Transcode),
    provides=(Ingest,),
    route_prefixes=("/api/v1/uploads", "/api/v1/studio/jobs", "/api/v1/studio/live", "/api/v1/studio/imports"),
)
