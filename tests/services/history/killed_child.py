"""A process that records and packs until it is killed; says what was answered, line by line."""

import asyncio
import sys

import uvloop

from matinee.contracts.history import Progress
from matinee.kit.clock import SystemClock
from matinee.kit.ids import ProfileId, RandomIds, TitleId
from matinee.services.history.adapters.embedded import open_store
from matinee.services.history.jobs import PackingQueue, keep_packing, keep_tidy
from matinee.services.history.service.history import HistoryService
from matinee.services.history.service.rules import milliseconds
from matinee.services.history.settings import HistorySettings

PROFILES, TITLES = 4, 120


async def main(folder: str, first: int) -> None:
    settings = HistorySettings(data_folder=folder, live_records=8, chunk_bytes=1024, grace_seconds=5)
    clock, queue = SystemClock(), PackingQueue()
    async with open_store(settings) as store:
        service = HistoryService(
            store=store,
            cards=None,
            clock=clock,
            ids=RandomIds(),
            settings=settings,
            due=queue.add,  # type: ignore[arg-type]
        )
        jobs = [
            asyncio.create_task(keep_packing(queue, service.packer)),
            asyncio.create_task(keep_tidy(store, clock, every_seconds=0.1)),
        ]
        await asyncio.gather(*(play(service, queue, clock, profile, first) for profile in range(PROFILES)), *jobs)


async def play(service: HistoryService, queue: PackingQueue, clock: SystemClock, profile: int, first: int) -> None:
    profile_id = ProfileId(f"profile-{profile}")
    for step in range(first, 10**9):
        title = TitleId(f"title-{step * 7 % TITLES}")
        entry = Progress(
            profile_id=profile_id,
            title_id=title,
            position_seconds=float(step),
            event_ms=milliseconds(clock),
            duration_seconds=0.0,
        )
        await service.record(entries=(entry,))
        queue.add(profile_id)
        sys.stdout.write(f"{profile_id} {title} {step}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
