"""Events that the service is to be told: written with what they tell of, sent until they are taken."""

import random
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.relational import Database
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.sandbox.cards import Postage
from matinee.sandbox.messages import Charge, Event, EventKind, Refund
from matinee.sandbox.settings import SandboxSettings
from matinee.sandbox.tables import DeliveryRow

MICROSECONDS = 1_000_000
_LONGEST_RETRY_SECONDS = 60.0
_OVERTAKEN_SECONDS = 2.0  # how long the earlier of two events waits on a card that turns them round


def microseconds(moment: datetime) -> int:
    """Return a moment as the tables keep it."""
    return int(moment.timestamp() * MICROSECONDS)


class Parcel(msgspec.Struct, frozen=True):
    """One sending that is due."""

    delivery: str
    body: bytes
    tries: int
    created_at_us: int


class Outbox:
    """The deliveries table.

    Args:
        chance: decides the waits where the settings want no order; not for secrets.
    """

    def __init__(
        self, database: Database, *, settings: SandboxSettings, clock: Clock, ids: Ids, chance: random.Random
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._chance = chance

    def put(self, session: AsyncSession, kind: EventKind, thing: Charge | Refund, postage: Postage) -> None:
        """Add an event to a transaction, as often and as late as the card and the settings want."""
        now = self._clock.now()
        event = Event(
            event=f"ev_{self._ids.new()}",
            kind=kind,
            created_at=now,
            charge=thing if isinstance(thing, Charge) else None,
            refund=thing if isinstance(thing, Refund) else None,
        )
        body = msgspec.json.encode(event)
        for _ in range(max(postage.copies, self._settings.webhook_copies)):
            due = microseconds(now) + int(self._wait_seconds(kind, postage) * MICROSECONDS)
            session.add(
                DeliveryRow(
                    delivery=f"dl_{self._ids.new()}",
                    body=body,
                    due_at_us=due,
                    tries=0,
                    created_at_us=microseconds(now),
                )
            )

    def _wait_seconds(self, kind: EventKind, postage: Postage) -> float:
        overtaken = _OVERTAKEN_SECONDS if postage.reversed and not kind.startswith("refund.") else 0.0
        chance = self._chance.uniform(0.0, self._settings.webhook_shuffle_seconds)
        return self._settings.webhook_delay_seconds + postage.delay_seconds + overtaken + chance

    async def due(self, limit: int) -> Sequence[Parcel]:
        """Return what should be sent now, the longest due first."""
        now_us = microseconds(self._clock.now())
        wanted = select(DeliveryRow).where(DeliveryRow.due_at_us <= now_us).order_by(DeliveryRow.due_at_us).limit(limit)
        async with self._database.read() as session:
            rows = (await session.scalars(wanted)).all()
        return [Parcel(row.delivery, row.body, row.tries, row.created_at_us) for row in rows]

    async def taken(self, parcels: Sequence[Parcel]) -> None:
        """Forget what was answered with 2xx."""
        if not parcels:
            return
        names = [parcel.delivery for parcel in parcels]
        async with self._database.write() as session:
            await session.execute(delete(DeliveryRow).where(DeliveryRow.delivery.in_(names)))

    async def refused(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Plan the next try of each, or give it up; return those given up."""
        if not parcels:
            return ()
        now_us = microseconds(self._clock.now())
        too_old = now_us - self._settings.webhook_give_up_seconds * MICROSECONDS
        given_up = [parcel for parcel in parcels if parcel.created_at_us < too_old]
        async with self._database.write() as session:
            for parcel in parcels:
                wait = min(self._settings.webhook_first_retry_seconds * 2.0**parcel.tries, _LONGEST_RETRY_SECONDS)
                change = {"tries": parcel.tries + 1, "due_at_us": now_us + int(wait * MICROSECONDS)}
                await session.execute(update(DeliveryRow).where(DeliveryRow.delivery == parcel.delivery).values(change))
            names = [parcel.delivery for parcel in given_up]
            await session.execute(delete(DeliveryRow).where(DeliveryRow.delivery.in_(names)))
        return given_up
