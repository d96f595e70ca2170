"""What identity does on its own: sends events and mails, rotates keys, forgets what has expired."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from matinee.events.port import EventLog, NewEvent
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.services.identity.ports.records import OutboxEntry
from matinee.services.identity.ports.store import Store
from matinee.services.identity.service.keys import SigningKeys
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.mailroom import Mailroom

_BATCH = 100
_KEEP_ENDED_DAYS = 30
_KEEP_PAIRINGS_HOURS = 1
_log = structlog.get_logger()


async def send_events(store: Store, events: EventLog) -> int:
    """Send what the outbox holds, oldest first, and forget it; return how many went.

    An entry is forgotten after it was appended, so a crash in between sends it again and none is lost. One sender runs
    at a time, so events of an account keep the order of their commits.
    """
    sent = 0
    while True:
        async with store.reading() as tx:
            batch = await tx.outbox.oldest(limit=_BATCH)
        if not batch:
            return sent
        for topic in dict.fromkeys(entry.topic for entry in batch):
            await events.append(topic, [_event(entry) for entry in batch if entry.topic == topic])
        async with store.writing() as tx:
            await tx.outbox.remove(up_to=batch[-1].sequence)
        sent += len(batch)


def _event(entry: OutboxEntry) -> NewEvent:
    return NewEvent(key=entry.key, value=entry.value, headers={"outbox-sequence": str(entry.sequence)})


async def keep_sending(
    store: Store, events: EventLog, mailroom: Mailroom, wake: asyncio.Event, *, poll_seconds: float
) -> None:
    """Send events and mails whenever `wake` is set, and every `poll_seconds`; runs until cancelled."""
    while True:
        wake.clear()
        await _tried("events", lambda: send_events(store, events))
        await _tried("mails", mailroom.work_off)
        try:
            async with asyncio.timeout(poll_seconds):
                await wake.wait()
        except TimeoutError:
            continue


async def sweep(store: Store, limits: Limits, clock: Clock) -> None:
    """Forget what has expired."""
    async with store.writing() as tx:
        now = clock.now()
        await tx.tokens.sweep(now=now)
        await tx.sessions.sweep(before=now, ended_before=now - timedelta(days=_KEEP_ENDED_DAYS))
        await tx.spent.sweep(now=now)
        await tx.pairings.sweep(before=now - timedelta(hours=_KEEP_PAIRINGS_HOURS))
        await limits.sweep(tx)


async def keep_tidy(store: Store, keys: SigningKeys, limits: Limits, clock: Clock, *, every_seconds: float) -> None:
    """Rotate keys and sweep from time to time; runs until cancelled."""
    while True:
        await _tried("keys", keys.keep_up)
        await _tried("sweep", lambda: sweep(store, limits, clock))
        await asyncio.sleep(every_seconds)


async def _tried(what: str, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except MatineeError as error:
        _log.warning("identity_job_waits", job=what, code=error.code)
