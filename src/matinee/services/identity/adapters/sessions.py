"""Sessions and their published ends in a relational database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.kit.ids import AccountId, SessionId
from matinee.services.identity.adapters.tables import CounterRow, EndedRow, SessionRow
from matinee.services.identity.adapters.times import microseconds, moment
from matinee.services.identity.ports.records import Session

_COUNTER = "ended"
_TIMES = ("created_at", "last_used_at", "rotated_at", "proof_at", "expires_at", "ends_at", "ended_at")
_PLAIN = tuple(name for name in Session.__struct_fields__ if name not in _TIMES)


def _row(session: Session) -> SessionRow:
    values: dict[str, object] = {name: getattr(session, name) for name in _PLAIN}
    for name in _TIMES:
        at: datetime | None = getattr(session, name)
        values[f"{name}_us"] = None if at is None else microseconds(at)
    return SessionRow(**values)


def _session(row: SessionRow) -> Session:
    values: dict[str, object] = {name: getattr(row, name) for name in _PLAIN}
    for name in _TIMES:
        at: int | None = getattr(row, f"{name}_us")
        values[name] = None if at is None else moment(at)
    return msgspec.convert(values, Session)


class SqlSessions:
    """Sessions inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, session_id: SessionId) -> Session | None:
        """Return a session, or None."""
        row = await self._session.get(SessionRow, session_id)
        return None if row is None else _session(row)

    async def for_change(self, session_id: SessionId) -> Session | None:
        """Return a session that nobody else changes until the transaction ends, or None."""
        row = await self._session.get(SessionRow, session_id, with_for_update=True)
        return None if row is None else _session(row)

    async def insert(self, session: Session) -> None:
        """Add a session."""
        self._session.add(_row(session))
        await self._session.flush()

    async def save(self, session: Session) -> None:
        """Write back a session."""
        await self._session.merge(_row(session))
        await self._session.flush()

    async def live_of(self, account_id: AccountId, *, now: datetime) -> Sequence[Session]:
        """Return an account's living sessions, last used first."""
        rows = await self._session.scalars(
            select(SessionRow)
            .where(SessionRow.account_id == account_id, SessionRow.ended_at_us.is_(None))
            .where(SessionRow.expires_at_us > microseconds(now))
            .order_by(SessionRow.last_used_at_us.desc(), SessionRow.session_id.desc())
        )
        return tuple(_session(row) for row in rows)

    async def note_ended(self, session_id: SessionId, *, until: datetime) -> None:
        """Publish an end at the next position.

        The counter's row stays locked until the commit, so that positions appear in order and a reader who has seen
        one never misses a smaller one.
        """
        counter = await self._session.get_one(CounterRow, _COUNTER, with_for_update=True)
        counter.value += 1
        self._session.add(EndedRow(position=counter.value, session_id=session_id, until_us=microseconds(until)))
        await self._session.flush()

    async def ended_after(self, position: int, *, limit: int) -> Sequence[tuple[int, SessionId]]:
        """Return published ends after a position, ascending."""
        rows = await self._session.scalars(
            select(EndedRow).where(EndedRow.position > position).order_by(EndedRow.position).limit(limit)
        )
        return tuple((row.position, SessionId(row.session_id)) for row in rows)

    async def last_position(self) -> int:
        """Return the position of the last published end, 0 for none ever."""
        counter = await self._session.get(CounterRow, _COUNTER)
        return 0 if counter is None else counter.value

    async def sweep(self, *, before: datetime, ended_before: datetime) -> None:
        """Forget old ends and old sessions."""
        await self._session.execute(delete(EndedRow).where(EndedRow.until_us < microseconds(before)))
        bound = microseconds(ended_before)
        over = or_(SessionRow.expires_at_us < bound, func.coalesce(SessionRow.ended_at_us, bound) < bound)
        await self._session.execute(delete(SessionRow).where(over))
