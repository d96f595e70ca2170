"""Pairings of devices in a relational database."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from matinee.engines.relational import ConstraintError
from matinee.kit.ids import AccountId
from matinee.services.identity.adapters.method_tables import PairingRow
from matinee.services.identity.adapters.rows import from_row, to_row
from matinee.services.identity.adapters.times import microseconds
from matinee.services.identity.ports.method_records import Pairing


class SqlPairings:
    """The `PairingRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def insert(self, pairing: Pairing, *, device_hash: str) -> None:
        """Add a pairing."""
        self._session.add(PairingRow(**to_row(pairing), device_hash=device_hash))
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise ConstraintError("The code is in use.") from error

    async def _one(self, which: ColumnElement[bool]) -> Pairing | None:
        row = await self._session.scalar(select(PairingRow).where(which).with_for_update())
        return None if row is None else from_row(row, Pairing)

    async def by_device(self, device_hash: str) -> Pairing | None:
        """Return the pairing of a device code's digest, or None."""
        return await self._one(PairingRow.device_hash == device_hash)

    async def by_user_code(self, user_code: str) -> Pairing | None:
        """Return the pairing of a user code, or None."""
        return await self._one(PairingRow.user_code == user_code)

    async def save(self, pairing: Pairing) -> None:
        """Write back a pairing."""
        await self._session.execute(
            update(PairingRow).where(PairingRow.pairing_id == pairing.pairing_id).values(**to_row(pairing))
        )

    async def deny_approved(self, account_id: AccountId) -> None:
        """Refuse every device that an account has let in and that has not come yet."""
        mine = (PairingRow.account_id == account_id, PairingRow.state == "approved")
        await self._session.execute(update(PairingRow).where(*mine).values(state="denied"))

    async def count(self, *, address_group: str | None = None) -> int:
        """Return how many pairings are kept."""
        counted = select(func.count()).select_from(PairingRow)
        if address_group is not None:
            counted = counted.where(PairingRow.address_group == address_group)
        return await self._session.scalar(counted) or 0

    async def sweep(self, *, before: datetime) -> None:
        """Remove pairings that expired before a moment."""
        await self._session.execute(delete(PairingRow).where(PairingRow.expires_at_us < microseconds(before)))
