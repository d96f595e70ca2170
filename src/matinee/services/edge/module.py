"""The edge's declaration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from matinee.blobs.port import BlobStore
from matinee.engines.keyring import PublicKeys
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.services.edge.adapters.disk import FolderDisk
from matinee.services.edge.http.app import EdgeApp
from matinee.services.edge.http.metrics import EdgeCollector, Metrics
from matinee.services.edge.http.replies import Renderer
from matinee.services.edge.jobs import keep_reporting
from matinee.services.edge.service.access import Access
from matinee.services.edge.service.counters import Counters
from matinee.services.edge.service.deliveries import Deliveries
from matinee.services.edge.service.edge import Edge
from matinee.services.edge.service.fills import Filler
from matinee.services.edge.service.objects import Bounds, ObjectCache
from matinee.services.edge.service.releases import Releases
from matinee.services.edge.settings import EdgeSettings

DELIVERY_KEY = "delivery"


def bounds_of(settings: EdgeSettings) -> Bounds:
    """Return the cache's bounds."""
    return Bounds(
        budget_bytes=settings.budget_bytes,
        pinned_bytes=settings.budget_bytes * settings.pinned_share_percent // 100,
        memory_bytes=settings.memory_bytes,
        sending_seconds=settings.sending_seconds,
    )


@asynccontextmanager
async def open_room(settings: EdgeSettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run an edge appliance."""
    blobs, clock = needs.get(BlobStore), needs.get(Clock)
    public_key = needs.get(PublicKeys).public(DELIVERY_KEY)
    disk = FolderDisk(Path(settings.data_folder) / "cache")
    cache = ObjectCache(bounds_of(settings))
    counters, deliveries = Counters(), Deliveries(settings.deliveries_kept)
    filler = Filler(blobs=blobs, disk=disk, cache=cache, clock=clock, settings=settings, counters=counters)
    releases = Releases(
        blobs=blobs, disk=disk, cache=cache, filler=filler, clock=clock, settings=settings, counters=counters
    )
    edge = Edge(
        releases=releases, filler=filler, cache=cache, disk=disk, clock=clock, settings=settings, counters=counters
    )
    await edge.open()
    job = asyncio.create_task(
        keep_reporting(edge, deliveries, every_seconds=settings.report_seconds), name="edge reports"
    )

    async def job_runs() -> bool:
        return not job.done()

    checks = {"jobs": job_runs}
    collector = EdgeCollector(counters=counters, cache=cache, filler=filler, deliveries=deliveries)
    app = EdgeApp(
        edge=edge,
        access=Access(public_key, remembered=settings.remembered_tokens),
        renderer=Renderer(settings.name),
        clock=clock,
        counters=counters,
        deliveries=deliveries,
        metrics=Metrics(collector),
        checks=checks,
    )
    try:
        yield RunningRoom(asgi=app, checks=checks)
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        await edge.close()
        disk.close()


MODULE = Module(name="edge", settings_type=EdgeSettings, open=open_room, needs=(BlobStore, PublicKeys, Clock))
