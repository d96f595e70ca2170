"""What accounts have paid for: billing's word, a copy of it for a few seconds, and its last word when it is away."""

import asyncio
from collections import OrderedDict

import msgspec
import structlog

from matinee.contracts.billing import Billing, Entitlement
from matinee.contracts.playback import EntitlementUnknownError
from matinee.engines.relational import Database
from matinee.kit.clock import Clock
from matinee.kit.errors import DeadlineError, InternalError, UnavailableError
from matinee.kit.ids import AccountId
from matinee.services.playback.adapters.places import microseconds
from matinee.services.playback.adapters.tables import AccountRow

_FRESH_SECONDS = 10.0
_REMEMBERED = 10_000
_log = structlog.get_logger()


class KnownEntitlements:
    """Implements `Entitlements`.

    Who was entitled when billing was last heard stays so while it is away or broken: a member must not pay for our
    outage.

    Args:
        database: where last words are kept, open and migrated.
        seconds: to wait for billing.
    """

    def __init__(self, billing: Billing, database: Database, clock: Clock, *, seconds: float) -> None:
        self._billing = billing
        self._database = database
        self._clock = clock
        self._seconds = seconds
        self._fresh: OrderedDict[AccountId, tuple[float, Entitlement]] = OrderedDict()

    async def of(self, account_id: AccountId) -> Entitlement:
        """Return what is known."""
        known = self._fresh.get(account_id)
        if known is not None and known[0] > self._clock.monotonic() and known[1].entitled:
            return known[1]
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._billing.entitlement(account_id=account_id)
        except (UnavailableError, DeadlineError, InternalError, TimeoutError) as error:
            return await self._last_word(account_id, error)
        await self.note(found)
        return found

    async def note(self, entitlement: Entitlement) -> None:
        """Keep billing's word, unless a later one is kept already."""
        account_id = entitlement.account_id
        known = self._fresh.pop(account_id, None)
        if known is None or known[1].decided_at <= entitlement.decided_at:
            if known is None or _differs(known[1], entitlement):
                await self._store(entitlement)
            known = (self._clock.monotonic() + _FRESH_SECONDS, entitlement)
        self._fresh[account_id] = known
        if len(self._fresh) > _REMEMBERED:
            self._fresh.popitem(last=False)

    async def _store(self, entitlement: Entitlement) -> None:
        decided = microseconds(entitlement.decided_at)
        text = msgspec.json.encode(entitlement).decode()
        async with self._database.write() as session:
            row = await session.get(AccountRow, entitlement.account_id, with_for_update=True)
            if row is None:
                session.add(AccountRow(account_id=entitlement.account_id, entitlement=text, decided_at_us=decided))
            elif row.decided_at_us <= decided:
                row.entitlement, row.decided_at_us = text, decided

    async def _last_word(self, account_id: AccountId, cause: Exception) -> Entitlement:
        async with self._database.read() as session:
            row = await session.get(AccountRow, account_id)
        if row is None:
            raise EntitlementUnknownError("We cannot see your plan right now; try again in a moment.") from cause
        _log.warning("billing_away", cause=type(cause).__name__)
        return msgspec.json.decode(row.entitlement, type=Entitlement)


def _differs(one: Entitlement, other: Entitlement) -> bool:
    return msgspec.structs.replace(one, decided_at=other.decided_at) != other
