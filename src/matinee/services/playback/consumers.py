"""Reactions to events: billing's words are kept as they come, so that they are known when it is away."""

import asyncio

import msgspec
import structlog

from matinee.contracts.billing import ENTITLEMENTS_TOPIC, EntitlementChanged
from matinee.events.port import Event, EventLog
from matinee.kit.errors import MatineeError
from matinee.services.playback.ports import EntitlementNotes

GROUP = "playback-entitlements"
_AT_ONCE = 100
_POLL_SECONDS = 2.0
_PAUSE_SECONDS = 2.0
_log = structlog.get_logger()
_decoder = msgspec.json.Decoder(EntitlementChanged)


async def keep_noting(events: EventLog, notes: EntitlementNotes) -> None:
    """Note every change of an entitlement; runs until cancelled."""
    while True:
        try:
            async with events.consumer(ENTITLEMENTS_TOPIC, group=GROUP) as consumer:
                while True:
                    for event in await consumer.poll(limit=_AT_ONCE, wait_seconds=_POLL_SECONDS):
                        await _note(event, notes)
                        await consumer.commit(event)
        except MatineeError as error:
            _log.warning("entitlements_wait", code=error.code)
            await asyncio.sleep(_PAUSE_SECONDS)


async def _note(event: Event, notes: EntitlementNotes) -> None:
    try:
        change = _decoder.decode(event.value)
    except msgspec.DecodeError:
        _log.error("entitlement_unreadable", offset=event.offset)
        return
    await notes.note(change.entitlement)
