"""Links to accounts at providers in a relational database."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.relational import ConstraintError
from matinee.kit.ids import AccountId
from matinee.services.identity.adapters.method_tables import LinkRow
from matinee.services.identity.adapters.rows import from_row, to_row
from matinee.services.identity.ports.method_records import LinkRecord


class SqlLinks:
    """The `LinkRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, provider: str, subject: str) -> LinkRecord | None:
        """Return the link of a provider's account, or None."""
        row = await self._session.get(LinkRow, (provider, subject), populate_existing=True)
        return None if row is None else from_row(row, LinkRecord)

    async def of(self, account_id: AccountId) -> Sequence[LinkRecord]:
        """Return an account's links, oldest first."""
        rows = await self._session.scalars(
            select(LinkRow).where(LinkRow.account_id == account_id).order_by(LinkRow.created_at_us, LinkRow.provider)
        )
        return tuple(from_row(row, LinkRecord) for row in rows)

    async def insert(self, link: LinkRecord) -> None:
        """Add a link."""
        self._session.add(LinkRow(**to_row(link)))
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise ConstraintError("The provider's account is linked already.") from error

    async def remove(self, account_id: AccountId, provider: str) -> None:
        """Remove an account's links to a provider."""
        await self._session.execute(
            delete(LinkRow).where(LinkRow.account_id == account_id, LinkRow.provider == provider)
        )
