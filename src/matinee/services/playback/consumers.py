"""Reactions to events: billing's words are kept as they come, so that they are known when it is away."""

import msgspec

from matinee.contracts.billing import ENTITLEMENTS_TOPIC, EntitlementChanged
from matinee.events.hearing import keep_hearing
from matinee.events.port import EventLog
from matinee.services.playback.ports import EntitlementNotes

GROUP = "playback-entitlements"
_decoder = msgspec.json.Decoder(EntitlementChanged)


async def keep_noting(events: EventLog, notes: EntitlementNotes) -> None:
    """Note every change of an entitlement; runs until cancelled."""
    await keep_hearing(
        events, ENTITLEMENTS_TOPIC, group=GROUP, decoder=_decoder, apply=lambda change: notes.note(change.entitlement)
    )
