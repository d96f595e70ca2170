"""What search does on its own: builds its first index, and asks what is popular."""

import asyncio

import structlog

from matinee.kit.errors import MatineeError
from matinee.services.search.ports import Index, Popularity
from matinee.services.search.rebuilding import Rebuilding

_log = structlog.get_logger()


async def build_first(index: Index, rebuilding: Rebuilding, *, retry_seconds: float) -> None:
    """Build an index when there is none that serves; tries again until there is one."""
    while (await index.facts()).generation == 0:
        try:
            await rebuilding.run()
        except MatineeError as error:
            _log.warning("search_first_index_waits", code=error.code)
            await asyncio.sleep(retry_seconds)


async def keep_popular(index: Index, popularity: Popularity, *, every_seconds: float) -> None:
    """Let what is popular come first among equals, again and again; runs until cancelled."""
    while True:
        try:
            await index.popular(await popularity.plays())
        except MatineeError as error:
            _log.warning("search_popularity_waits", code=error.code)
        await asyncio.sleep(every_seconds)
