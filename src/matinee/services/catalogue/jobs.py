"""What the catalogue does on its own: sends its events, removes files that nobody needs."""

import asyncio

import structlog

from matinee.blobs.port import BlobStore
from matinee.contracts.edge import release_prefix
from matinee.events.port import EventLog, NewEvent
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import ReleaseId
from matinee.services.catalogue.artwork import artwork_key
from matinee.services.catalogue.ports import OFFERED_WIDTHS, Doomed, OutboxEntry, TitleRows, TitleStore

_BATCH = 500
_log = structlog.get_logger()


async def send_events(store: TitleStore, events: EventLog) -> int:
    """Send what the outbox holds, oldest first, and forget it; return how many went.

    An entry is forgotten after it was appended, so a crash in between sends it again and none is lost. One sender runs
    at a time, so events of a title keep the order of their commits.
    """
    sent = 0
    while True:
        async with store.reading() as rows:
            batch = await rows.events(limit=_BATCH)
        if not batch:
            return sent
        for topic in dict.fromkeys(entry.topic for entry in batch):
            await events.append(topic, [_event(entry) for entry in batch if entry.topic == topic])
        async with store.writing() as rows:
            await rows.remove_events(batch)
        sent += len(batch)


def _event(entry: OutboxEntry) -> NewEvent:
    return NewEvent(key=entry.key, value=entry.value, headers={"outbox-sequence": str(entry.sequence)})


async def keep_sending(store: TitleStore, events: EventLog, wake: asyncio.Event, *, poll_seconds: float) -> None:
    """Send events whenever `wake` is set, and every `poll_seconds` in case something was left; runs until cancelled."""
    while True:
        wake.clear()
        try:
            await send_events(store, events)
        except MatineeError as error:
            _log.warning("outbox_waits", code=error.code)
        try:
            async with asyncio.timeout(poll_seconds):
                await wake.wait()
        except TimeoutError:
            continue


async def remove_files(store: TitleStore, blobs: BlobStore, clock: Clock) -> int:
    """Remove files whose time has come, unless they are in use again; return how many notes were worked off."""
    async with store.reading() as rows:
        due = await rows.due(now=clock.now(), limit=_BATCH)
    for doomed in due:
        async with store.reading() as rows:
            used = await _in_use(rows, doomed)
        if not used:
            await _remove(blobs, doomed)
        async with store.writing() as rows:
            await rows.reprieve(doomed)
    return len(due)


async def _in_use(rows: TitleRows, doomed: Doomed) -> bool:
    title = await rows.get(doomed.title_id)
    if title is None:
        return False
    if doomed.kind == "release":
        return title.release is not None and title.release.release_id == doomed.name
    if doomed.kind == "title" or doomed.name in title.artwork.values():
        return True
    return any(sent.digest == doomed.name for sent in await rows.asides.pictures(doomed.title_id))


async def _remove(blobs: BlobStore, doomed: Doomed) -> None:
    if doomed.kind == "title":
        await blobs.delete_prefix(f"releases/{doomed.title_id}")
        await blobs.delete_prefix(f"artwork/{doomed.title_id}")
    elif doomed.kind == "release":
        await blobs.delete_prefix(release_prefix(doomed.title_id, ReleaseId(doomed.name)))
    else:
        for width in OFFERED_WIDTHS:
            await blobs.delete(artwork_key(doomed.title_id, doomed.name, width))


async def keep_removing(store: TitleStore, blobs: BlobStore, clock: Clock, *, every_seconds: float) -> None:
    """Remove files from time to time; runs until cancelled."""
    while True:
        try:
            await remove_files(store, blobs, clock)
        except MatineeError as error:
            _log.warning("sweep_waits", code=error.code)
        await asyncio.sleep(every_seconds)
