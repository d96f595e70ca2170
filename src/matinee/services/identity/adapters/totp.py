"""Authenticator apps and recovery codes in a relational database."""

from collections.abc import Sequence

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.kit.ids import AccountId
from matinee.services.identity.adapters.method_tables import RecoveryCodeRow, TotpRow
from matinee.services.identity.adapters.rows import from_row, to_row
from matinee.services.identity.ports.method_records import TotpRecord


class SqlTotp:
    """The `TotpRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, account_id: AccountId) -> TotpRecord | None:
        """Return an account's app, or None."""
        row = await self._session.get(TotpRow, account_id, with_for_update=True, populate_existing=True)
        return None if row is None else from_row(row, TotpRecord)

    async def put(self, record: TotpRecord) -> None:
        """Add or replace an account's app."""
        await self._session.merge(TotpRow(**to_row(record)))
        await self._session.flush()

    async def remove(self, account_id: AccountId) -> None:
        """Remove an account's app and recovery codes."""
        await self._session.execute(delete(TotpRow).where(TotpRow.account_id == account_id))
        await self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))

    async def set_codes(self, account_id: AccountId, digests: Sequence[bytes]) -> None:
        """Replace an account's recovery codes."""
        await self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))
        self._session.add_all(RecoveryCodeRow(account_id=account_id, digest=digest.hex()) for digest in digests)
        await self._session.flush()

    async def take_code(self, account_id: AccountId, digest: bytes) -> bool:
        """Remove a recovery code; False when there is none."""
        result = await self._session.execute(
            delete(RecoveryCodeRow).where(
                RecoveryCodeRow.account_id == account_id, RecoveryCodeRow.digest == digest.hex()
            )
        )
        return isinstance(result, CursorResult) and result.rowcount == 1

    async def codes_left(self, account_id: AccountId) -> int:
        """Return how many recovery codes an account has left."""
        counted = select(func.count()).select_from(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id)
        return await self._session.scalar(counted) or 0
