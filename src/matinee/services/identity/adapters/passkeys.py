"""Passkeys, and answers that were used, in a relational database."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.relational import ConstraintError
from matinee.kit.ids import AccountId
from matinee.services.identity.adapters.method_tables import PasskeyRow, SpentRow
from matinee.services.identity.adapters.rows import from_row, to_row
from matinee.services.identity.adapters.times import microseconds
from matinee.services.identity.ports.method_records import PasskeyRecord


def _hash(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def _values(passkey: PasskeyRecord) -> dict[str, Any]:
    return {**to_row(passkey), "credential_hash": _hash(passkey.credential_id)}


class SqlPasskeys:
    """The `PasskeyRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_credential(self, credential_id: bytes) -> PasskeyRecord | None:
        """Return the passkey with a credential id, or None."""
        row = await self._session.scalar(
            select(PasskeyRow).where(PasskeyRow.credential_hash == _hash(credential_id)).with_for_update()
        )
        return None if row is None else from_row(row, PasskeyRecord)

    async def of(self, account_id: AccountId) -> Sequence[PasskeyRecord]:
        """Return an account's passkeys, oldest first."""
        rows = await self._session.scalars(
            select(PasskeyRow)
            .where(PasskeyRow.account_id == account_id)
            .order_by(PasskeyRow.created_at_us, PasskeyRow.passkey_id)
        )
        return tuple(from_row(row, PasskeyRecord) for row in rows)

    async def insert(self, passkey: PasskeyRecord) -> None:
        """Add a passkey."""
        self._session.add(PasskeyRow(**_values(passkey)))
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise ConstraintError("This passkey is registered already.") from error

    async def save(self, passkey: PasskeyRecord) -> None:
        """Write back a passkey."""
        await self._session.merge(PasskeyRow(**_values(passkey)))
        await self._session.flush()

    async def remove(self, passkey_id: str) -> None:
        """Remove a passkey."""
        await self._session.execute(delete(PasskeyRow).where(PasskeyRow.passkey_id == passkey_id))


class SqlSpent:
    """The `SpentRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def spend(self, key: str, *, until: datetime) -> bool:
        """Note that something was used; of two at once, the primary key refuses one."""
        if await self._session.get(SpentRow, key) is not None:
            return False
        self._session.add(SpentRow(spent_key=key, until_us=microseconds(until)))
        await self._session.flush()
        return True

    async def sweep(self, *, now: datetime) -> None:
        """Forget what has expired."""
        await self._session.execute(delete(SpentRow).where(SpentRow.until_us <= microseconds(now)))
