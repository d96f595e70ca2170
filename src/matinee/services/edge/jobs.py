"""Timed work: notes the order of use on the disk, and reports what was sent."""

import asyncio
from collections import Counter

import structlog

from matinee.services.edge.ports import CacheDiskError
from matinee.services.edge.service.deliveries import Deliveries
from matinee.services.edge.service.edge import Edge

_log = structlog.get_logger()


async def keep_reporting(edge: Edge, deliveries: Deliveries, *, every_seconds: float) -> None:
    """Work until cancelled."""
    while True:
        await asyncio.sleep(every_seconds)
        report(deliveries)
        try:
            await edge.note_use()
        except CacheDiskError as error:
            _log.warning("edge_note_failed", code=error.code)


def report(deliveries: Deliveries) -> None:
    """Log one line for each session that was sent something since the last report."""
    requests: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for delivery in deliveries.drain():
        requests[delivery.session] += 1
        sizes[delivery.session] += delivery.size_bytes
        hits[delivery.session] += delivery.cache == "hit"
    for session, count in requests.items():
        _log.info("edge_delivered", session=session, requests=count, hits=hits[session], size_bytes=sizes[session])
