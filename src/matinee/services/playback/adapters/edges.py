"""A fixed list of edges, ordered by rendezvous hashing, with the unhealthy ones last."""

import asyncio
import hashlib
from collections.abc import Sequence

import aiohttp

from matinee.kit.clock import Clock
from matinee.kit.ids import TitleId
from matinee.services.playback.ports import EdgeAddress

_OK = 200


class StaticEdges:
    """Implements `EdgeDirectory`.

    Args:
        edges: every edge.
        clock: tells how long ago a check failed.
        distrust_seconds: how long an edge stays last after a failed check.
    """

    def __init__(self, edges: Sequence[EdgeAddress], *, clock: Clock, distrust_seconds: float) -> None:
        self._edges = tuple(edges)
        self._clock = clock
        self._distrust_seconds = distrust_seconds
        self._failed_at: dict[str, float] = {}

    @property
    def edges(self) -> tuple[EdgeAddress, ...]:
        """Every edge, in the given order."""
        return self._edges

    def ranked(self, title_id: TitleId) -> tuple[EdgeAddress, ...]:
        """Return every edge, trusted ones first, in each part by highest random weight (Thaler, Ravishankar 1998)."""

        def order(edge: EdgeAddress) -> tuple[bool, bytes]:
            weight = hashlib.sha256(f"{title_id}\0{edge.pathway}".encode()).digest()
            return not self._distrusted(edge), weight

        return tuple(sorted(self._edges, key=order, reverse=True))

    def note(self, edge: EdgeAddress, *, healthy: bool) -> None:
        """Remember how a check ended."""
        if healthy:
            self._failed_at.pop(edge.url, None)
        else:
            self._failed_at[edge.url] = self._clock.monotonic()

    def _distrusted(self, edge: EdgeAddress) -> bool:
        failed_at = self._failed_at.get(edge.url)
        return failed_at is not None and self._clock.monotonic() - failed_at < self._distrust_seconds


def named_edges(urls: Sequence[str], pathways: Sequence[str]) -> tuple[EdgeAddress, ...]:
    """Return addresses with their names; edges without a given name are called edge-1, edge-2 and so on."""
    names = [*pathways, *(f"edge-{number}" for number in range(len(pathways) + 1, len(urls) + 1))]
    return tuple(EdgeAddress(pathway=name, url=url) for name, url in zip(names, urls, strict=False))


async def check_edges(edges: StaticEdges, http: aiohttp.ClientSession, *, timeout_seconds: float) -> None:
    """Ask every edge for its readiness once, all at the same time, and note the answers."""

    async def check(edge: EdgeAddress) -> None:
        try:
            async with asyncio.timeout(timeout_seconds), http.get(f"{edge.url}/health/ready") as answer:
                edges.note(edge, healthy=answer.status == _OK)
        except (aiohttp.ClientError, OSError, TimeoutError):
            edges.note(edge, healthy=False)

    await asyncio.gather(*(check(edge) for edge in edges.edges))


async def keep_checking(
    edges: StaticEdges, http: aiohttp.ClientSession, *, every_seconds: float, timeout_seconds: float
) -> None:
    """Check the edges from time to time; runs until cancelled."""
    while True:
        await check_edges(edges, http, timeout_seconds=timeout_seconds)
        await asyncio.sleep(every_seconds)
