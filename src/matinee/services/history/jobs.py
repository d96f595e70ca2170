"""What history does on its own: packs what is old, removes what nobody needs."""

import asyncio

import structlog

from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import ProfileId
from matinee.services.history.ports import HistoryStore
from matinee.services.history.service.history import KEPT_DAYS
from matinee.services.history.service.packing import Packer
from matinee.services.history.service.rules import DAY_MS, milliseconds

_WAITING = 10_000
_BATCH = 100
_PACK_SECONDS = 60.0
_log = structlog.get_logger()


class PackingQueue:
    """Profiles whose old records should be packed, each once. What does not fit comes again with its next report."""

    def __init__(self) -> None:
        self._waiting: dict[ProfileId, None] = {}
        self._some = asyncio.Event()

    def add(self, profile_id: ProfileId) -> None:
        """Note a profile; returns at once."""
        if len(self._waiting) < _WAITING:
            self._waiting[profile_id] = None
            self._some.set()

    async def next(self) -> ProfileId:
        """Wait for a profile, and take it out."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        profile_id = next(iter(self._waiting))
        del self._waiting[profile_id]
        return profile_id


async def keep_packing(queue: PackingQueue, packer: Packer) -> None:
    """Pack profiles as they come; runs until cancelled."""
    while True:
        profile_id = await queue.next()
        try:
            async with asyncio.timeout(_PACK_SECONDS):
                await packer.pack(profile_id)
        except (MatineeError, TimeoutError) as error:
            _log.warning("packing_waits", why=type(error).__name__)


async def tidy(store: HistoryStore, clock: Clock) -> None:
    """Remove pieces that were replaced, profiles that are erased for the last time, and plays of long ago."""
    now = milliseconds(clock)
    while versions := await store.due_versions(now_ms=now, limit=_BATCH):
        for old in versions:
            await store.remove_version(old.profile_id, old.version)
    while profiles := await store.due_erasures(now_ms=now, limit=_BATCH):
        for profile_id in profiles:
            await store.erase_last(profile_id)
    await store.forget_plays(before_day=now // DAY_MS - KEPT_DAYS)


async def keep_tidy(store: HistoryStore, clock: Clock, *, every_seconds: float) -> None:
    """Tidy up again and again; runs until cancelled."""
    while True:
        try:
            await tidy(store, clock)
        except MatineeError as error:
            _log.warning("tidying_waits", code=error.code)
        await asyncio.sleep(every_seconds)
