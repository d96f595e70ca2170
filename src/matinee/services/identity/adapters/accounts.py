"""Accounts in a relational database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import and_, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.contracts.identity import Account
from matinee.kit.ids import AccountId
from matinee.services.identity.adapters.tables import AccountRow, PasswordRow
from matinee.services.identity.adapters.times import microseconds, moment
from matinee.services.identity.ports.addresses import email_key, folded
from matinee.services.identity.ports.errors import EmailTakenError
from matinee.services.identity.ports.records import AccountFilter, AccountPageKey

_ESCAPE = "\\"


def like_pattern(query: str) -> str:
    """Return a LIKE pattern that finds `query` literally, whatever wildcards it holds."""
    escaped = folded(query).replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_")
    return f"%{escaped}%"


def _values(account: Account) -> dict[str, object]:
    return {
        "account_id": account.account_id,
        "email": account.email,
        "email_key": email_key(account.email),
        "name": account.name,
        "name_folded": folded(account.name)[:400],
        "role": account.role,
        "state": account.state,
        "language": account.language,
        "territory": account.territory,
        "time_zone": account.time_zone,
        "created_at_us": microseconds(account.created_at),
    }


def _account(row: AccountRow) -> Account:
    fields = {name: getattr(row, name) for name in Account.__struct_fields__ if name != "created_at"}
    return msgspec.convert({**fields, "created_at": moment(row.created_at_us)}, Account)


class SqlAccounts:
    """Accounts inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, account_id: AccountId) -> Account | None:
        """Return an account, or None."""
        row = await self._session.get(AccountRow, account_id)
        return None if row is None else _account(row)

    async def for_change(self, account_id: AccountId) -> Account | None:
        """Return an account that nobody else changes until the transaction ends, or None."""
        row = await self._session.get(AccountRow, account_id, with_for_update=True)
        return None if row is None else _account(row)

    async def by_email(self, email: str) -> Account | None:
        """Return the account with this e-mail, or None."""
        row = await self._session.scalar(select(AccountRow).where(AccountRow.email_key == email_key(email)))
        return None if row is None else _account(row)

    async def insert(self, account: Account) -> None:
        """Add an account."""
        self._session.add(AccountRow(**_values(account)))
        await self._flush()

    async def save(self, account: Account) -> None:
        """Write back an account."""
        await self._session.merge(AccountRow(**_values(account)))
        await self._flush()

    async def _flush(self) -> None:
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise EmailTakenError("Another account has this e-mail address.") from error

    async def remove(self, account_id: AccountId) -> None:
        """Remove an account; what belongs to it goes by foreign key."""
        await self._session.execute(delete(AccountRow).where(AccountRow.account_id == account_id))

    async def page(self, *, limit: int, after: AccountPageKey | None, wanted: AccountFilter) -> Sequence[Account]:
        """Return up to `limit` accounts, newest first."""
        query = select(AccountRow)
        if wanted.query:
            pattern = like_pattern(wanted.query)
            found = (
                AccountRow.email_key.like(pattern, escape=_ESCAPE),
                AccountRow.name_folded.like(pattern, escape=_ESCAPE),
            )
            query = query.where(or_(*found))
        if wanted.role is not None:
            query = query.where(AccountRow.role == wanted.role)
        if after is not None:
            at = microseconds(after.created_at)
            same = and_(AccountRow.created_at_us == at, AccountRow.account_id < after.account_id)
            query = query.where(or_(AccountRow.created_at_us < at, same))
        ordered = query.order_by(AccountRow.created_at_us.desc(), AccountRow.account_id.desc()).limit(limit)
        return tuple(_account(row) for row in await self._session.scalars(ordered))

    async def admins(self) -> Sequence[AccountId]:
        """Return the active admins, locked."""
        found = await self._session.scalars(
            select(AccountRow.account_id)
            .where(AccountRow.role == "admin", AccountRow.state == "active")
            .with_for_update()
        )
        return tuple(AccountId(account_id) for account_id in found)

    async def password(self, account_id: AccountId) -> str | None:
        """Return the password's hash, or None."""
        row = await self._session.get(PasswordRow, account_id)
        return None if row is None else row.password_hash

    async def set_password(self, account_id: AccountId, password_hash: str, *, at: datetime) -> None:
        """Set or replace the password's hash."""
        row = PasswordRow(account_id=account_id, password_hash=password_hash, changed_at_us=microseconds(at))
        await self._session.merge(row)
        await self._session.flush()
