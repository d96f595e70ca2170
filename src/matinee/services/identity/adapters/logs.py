"""Audit, security logs, the outbox and signing keys in a relational database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.kit.ids import AccountId
from matinee.services.identity.adapters.tables import (
    ActivityRow,
    AuditRow,
    CounterRow,
    OutboxRow,
    SigningKeyRow,
)
from matinee.services.identity.adapters.times import microseconds, moment
from matinee.services.identity.ports.records import Activity, AuditEntry, OutboxEntry, StoredKey

_KEYS_LOCK = "keys"


def _facts(text: str) -> dict[str, str]:
    return msgspec.json.decode(text, type=dict[str, str])


class SqlLogs:
    """Audit and security logs inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def audit(self, entry: AuditEntry) -> None:
        """Add what staff did."""
        row = AuditRow(
            entry_id=entry.entry_id,
            at_us=microseconds(entry.at),
            actor=entry.actor,
            role=entry.role,
            action=entry.action,
            subject=entry.subject,
            facts=msgspec.json.encode(entry.facts).decode(),
            address=entry.address[:64],
        )
        self._session.add(row)
        await self._session.flush()

    async def audit_page(self, *, limit: int, before: str | None, subject: str | None) -> Sequence[AuditEntry]:
        """Return audit entries, newest first; identifiers sort by time."""
        query = select(AuditRow).order_by(AuditRow.entry_id.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditRow.entry_id < before)
        if subject is not None:
            query = query.where(AuditRow.subject == subject)
        return tuple(
            AuditEntry(
                entry_id=row.entry_id,
                at=moment(row.at_us),
                actor=row.actor,
                role=row.role,
                action=row.action,
                subject=row.subject,
                facts=_facts(row.facts),
                address=row.address,
            )
            for row in await self._session.scalars(query)
        )

    async def note(self, activity: Activity) -> None:
        """Add a line to an account's security log."""
        row = ActivityRow(
            entry_id=activity.entry_id,
            account_id=activity.account_id,
            at_us=microseconds(activity.at),
            kind=activity.kind,
            facts=msgspec.json.encode(activity.facts).decode(),
        )
        self._session.add(row)
        await self._session.flush()

    async def activity(self, account_id: AccountId, *, limit: int) -> Sequence[Activity]:
        """Return an account's newest lines."""
        rows = await self._session.scalars(
            select(ActivityRow)
            .where(ActivityRow.account_id == account_id)
            .order_by(ActivityRow.entry_id.desc())
            .limit(limit)
        )
        return tuple(
            Activity(
                entry_id=row.entry_id,
                account_id=AccountId(row.account_id),
                at=moment(row.at_us),
                kind=row.kind,
                facts=_facts(row.facts),
            )
            for row in rows
        )


class SqlOutbox:
    """Events to send, inside one transaction. `added` tells whether it left some."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.added = False

    async def add(self, *, topic: str, key: str, value: bytes) -> None:
        """Put an event into the outbox."""
        self.added = True
        self._session.add(OutboxRow(topic=topic, event_key=key, value=value))
        await self._session.flush()

    async def oldest(self, *, limit: int) -> Sequence[OutboxEntry]:
        """Return the oldest unsent events."""
        rows = await self._session.scalars(select(OutboxRow).order_by(OutboxRow.sequence).limit(limit))
        return tuple(
            OutboxEntry(sequence=row.sequence, topic=row.topic, key=row.event_key, value=row.value) for row in rows
        )

    async def remove(self, *, up_to: int) -> None:
        """Forget sent events."""
        await self._session.execute(delete(OutboxRow).where(OutboxRow.sequence <= up_to))


class SqlKeys:
    """Signing keys inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[StoredKey]:
        """Return all, by when they begin to sign."""
        rows = await self._session.scalars(
            select(SigningKeyRow).order_by(SigningKeyRow.signs_from_us, SigningKeyRow.kid)
        )
        return tuple(
            StoredKey(
                kid=row.kid,
                public=row.public,
                sealed=row.sealed,
                created_at=moment(row.created_at_us),
                signs_from=moment(row.signs_from_us),
                retires_at=moment(row.retires_at_us),
                expires_at=moment(row.expires_at_us),
            )
            for row in rows
        )

    async def insert(self, key: StoredKey) -> None:
        """Add a key."""
        row = SigningKeyRow(
            kid=key.kid,
            public=key.public,
            sealed=key.sealed,
            created_at_us=microseconds(key.created_at),
            signs_from_us=microseconds(key.signs_from),
            retires_at_us=microseconds(key.retires_at),
            expires_at_us=microseconds(key.expires_at),
        )
        self._session.add(row)
        await self._session.flush()

    async def extend(self, kid: str, *, expires_at: datetime) -> None:
        """Publish a key until another moment."""
        values = {"expires_at_us": microseconds(expires_at)}
        await self._session.execute(update(SigningKeyRow).where(SigningKeyRow.kid == kid).values(values))

    async def sweep(self, *, now: datetime) -> None:
        """Remove keys whose tokens have all expired."""
        await self._session.execute(delete(SigningKeyRow).where(SigningKeyRow.expires_at_us <= microseconds(now)))

    async def alone(self) -> None:
        """Return when nobody else adds keys: all lock a row that the migration made."""
        await self._session.get_one(CounterRow, _KEYS_LOCK, with_for_update=True)
