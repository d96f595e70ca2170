"""Profiles in a relational database."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.kit.ids import AccountId, ProfileId
from matinee.services.identity.adapters.method_tables import ProfileRow
from matinee.services.identity.adapters.rows import from_row, to_row
from matinee.services.identity.adapters.tables import AccountRow
from matinee.services.identity.ports.method_records import ProfileRecord


class SqlProfiles:
    """The `ProfileRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, profile_id: ProfileId) -> ProfileRecord | None:
        """Return a profile, or None."""
        row = await self._session.get(ProfileRow, profile_id, populate_existing=True)
        return None if row is None else from_row(row, ProfileRecord)

    async def of(self, account_id: AccountId) -> Sequence[ProfileRecord]:
        """Return an account's profiles, oldest first."""
        rows = await self._session.scalars(
            select(ProfileRow)
            .where(ProfileRow.account_id == account_id)
            .order_by(ProfileRow.created_at_us, ProfileRow.profile_id)
        )
        return tuple(from_row(row, ProfileRecord) for row in rows)

    async def for_change(self, account_id: AccountId) -> Sequence[ProfileRecord]:
        """Return an account's profiles, locked with their account so that none is added."""
        await self._session.execute(
            select(AccountRow.account_id).where(AccountRow.account_id == account_id).with_for_update()
        )
        return await self.of(account_id)

    async def insert(self, profile: ProfileRecord) -> None:
        """Add a profile."""
        self._session.add(ProfileRow(**to_row(profile)))
        await self._session.flush()

    async def save(self, profile: ProfileRecord) -> None:
        """Write back a changed profile."""
        await self._session.merge(ProfileRow(**to_row(profile)))
        await self._session.flush()

    async def remove(self, profile_id: ProfileId) -> None:
        """Remove a profile."""
        await self._session.execute(delete(ProfileRow).where(ProfileRow.profile_id == profile_id))
