"""Streams on leases in a relational database."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from matinee.contracts.playback import ActiveStream, EndReason
from matinee.engines.relational import Database
from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId, SessionId
from matinee.services.playback.adapters.tables import AccountRow, StreamRow
from matinee.services.playback.ports import Place, Renewal, Standing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = ("started_at", "seen_at")


def microseconds(moment: datetime) -> int:
    """Return Unix microseconds, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _stream(row: StreamRow) -> ActiveStream:
    fields = {name: getattr(row, name) for name in ActiveStream.__struct_fields__ if name not in _TIMES}
    times = {name: _EPOCH + timedelta(microseconds=getattr(row, f"{name}_us")) for name in _TIMES}
    return msgspec.convert({**fields, **times}, ActiveStream)


class SqlPlaces:
    """Implements `Places`.

    Args:
        database: open and migrated.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, place: Place, *, limit: int, now: datetime) -> tuple[ActiveStream, ...]:
        """Take a place, or return who is in the way."""
        stream = place.stream
        async with self._database.write() as session:
            await _queue(session, stream.account_id)
            others = [one for one in await _live(session, stream.account_id, now) if one.sign_in != stream.sign_in]
            if len(others) >= limit:
                return tuple(_stream(row) for row in others)
            await session.execute(
                update(StreamRow)
                .where(StreamRow.account_id == stream.account_id, StreamRow.sign_in == stream.sign_in)
                .where(StreamRow.ended.is_(None))
                .values(ended="replaced")
            )
            session.add(_row(place))
        return ()

    async def renew(
        self,
        session_id: SessionId,
        account_id: AccountId,
        *,
        position_seconds: float,
        expires_at: datetime,
        limit: int,
        now: datetime,
    ) -> EndReason | None:
        """Move a lease on, or return why not."""
        async with self._database.write() as session:
            await _queue(session, account_id)
            row = await session.get(StreamRow, session_id)
            if row is None or row.account_id != account_id:
                return None
            if row.ended is not None:
                reason: EndReason = msgspec.convert(row.ended, EndReason)
                return reason
            if row.expires_at_us <= microseconds(now):
                others = [one for one in await _live(session, account_id, now) if one.session_id != session_id]
                if len(others) >= limit:
                    row.ended = "expired"
                    return "expired"
            row.position_seconds = position_seconds
            row.seen_at_us, row.expires_at_us = microseconds(now), microseconds(expires_at)
        return None

    async def renew_living(
        self, renewals: Sequence[Renewal], *, lease: timedelta, clock: Clock
    ) -> Mapping[Renewal, Standing]:
        """Move living leases on, all in one transaction."""
        async with self._database.write() as session:
            await _queue_all(session, {one.account_id for one in renewals})
            now = clock.now()
            now_us = microseconds(now)
            rows = {row.session_id: row for row in await session.execute(_STANDINGS, {"sessions": _sessions(renewals)})}
            found = {one: _standing(one, rows.get(one.session_id), now_us) for one in renewals}
            if kept := [one for one, standing in found.items() if standing == "kept"]:
                await _move(await session.connection(), kept, now_us, microseconds(now + lease))
        return found

    async def end(self, session_id: SessionId, *, account_id: AccountId | None, reason: EndReason) -> None:
        """End a stream."""
        wanted = update(StreamRow).where(StreamRow.session_id == session_id, StreamRow.ended.is_(None))
        if account_id is not None:
            wanted = wanted.where(StreamRow.account_id == account_id)
        async with self._database.write() as session:
            await session.execute(wanted.values(ended=reason))

    async def active(self, *, account_id: AccountId | None, limit: int, now: datetime) -> tuple[ActiveStream, ...]:
        """Return what plays now."""
        wanted = select(StreamRow).where(StreamRow.ended.is_(None), StreamRow.expires_at_us > microseconds(now))
        if account_id is not None:
            wanted = wanted.where(StreamRow.account_id == account_id)
        newest = wanted.order_by(StreamRow.started_at_us.desc(), StreamRow.session_id.desc()).limit(limit)
        async with self._database.read() as session:
            return tuple(_stream(row) for row in await session.scalars(newest))

    async def sweep(self, *, before: datetime) -> int:
        """Forget what ended long ago."""
        old = StreamRow.expires_at_us < microseconds(before)
        async with self._database.write() as session:
            count = await session.scalar(select(func.count()).select_from(StreamRow).where(old))
            await session.execute(delete(StreamRow).where(old))
        return count or 0


_STANDINGS = select(StreamRow.session_id, StreamRow.account_id, StreamRow.ended, StreamRow.expires_at_us).where(
    StreamRow.session_id.in_(bindparam("sessions", expanding=True))
)
_MOVE = (
    update(StreamRow.__table__)  # type: ignore[arg-type]  # the table of a mapped class is a Table
    .where(StreamRow.__table__.c.session_id == bindparam("session"))
    .values({name: bindparam(name) for name in ("position_seconds", "seen_at_us", "expires_at_us")})
)
_FIELDS = ("session", "position_seconds", "seen_at_us", "expires_at_us")
_ACCOUNTS = (
    select(AccountRow.account_id)
    .where(AccountRow.account_id.in_(bindparam("accounts", expanding=True)))
    .order_by(AccountRow.account_id)
    .with_for_update()
)


@lru_cache(maxsize=4)
def _moving(dialect: str) -> Any:
    """Return the statement as an engine takes it; how a parameter is written differs."""
    return _MOVE.compile(dialect=make_url(f"{dialect}://").get_dialect()())


async def _move(connection: AsyncConnection, kept: Sequence[Renewal], seen_us: int, expires_us: int) -> None:
    """Move leases on. Rows go to the driver as they are: what SQLAlchemy makes of each one costs more than the move."""
    dialect = connection.dialect
    statement = _moving(f"{dialect.name}+{dialect.driver}")
    places = [_FIELDS.index(name) for name in statement.positiontup]
    rows = [(one.session_id, one.position_seconds, seen_us, expires_us) for one in kept]
    await connection.exec_driver_sql(statement.string, [tuple(row[place] for place in places) for row in rows])


def _sessions(renewals: Sequence[Renewal]) -> list[SessionId]:
    return list({one.session_id for one in renewals})


def _standing(one: Renewal, row: Any, now_us: int) -> Standing:
    if row is None or row.account_id != one.account_id:
        return "uncounted"
    if row.ended is not None:
        reason: EndReason = msgspec.convert(row.ended, EndReason)
        return reason
    return "kept" if row.expires_at_us > now_us else "lapsed"


async def _queue_all(session: AsyncSession, accounts: Collection[AccountId]) -> None:
    """Wait behind the starts of several accounts, in an order that all keep to, so that nobody waits in a circle."""
    await session.execute(_ACCOUNTS, {"accounts": list(accounts)})


async def _queue(session: AsyncSession, account_id: AccountId) -> None:
    """Wait behind every other start of the account; the row exists, because its entitlement was noted before."""
    await session.get(AccountRow, account_id, with_for_update=True)


async def _live(session: AsyncSession, account_id: AccountId, now: datetime) -> Sequence[StreamRow]:
    found = await session.scalars(
        select(StreamRow)
        .where(StreamRow.account_id == account_id, StreamRow.expires_at_us > microseconds(now))
        .where(StreamRow.ended.is_(None))
    )
    return list(found)


def _row(place: Place) -> StreamRow:
    stream = place.stream
    kept = {name: getattr(stream, name) for name in stream.__struct_fields__ if name not in _TIMES}
    times = {f"{name}_us": microseconds(getattr(stream, name)) for name in _TIMES}
    return StreamRow(**kept, **times, expires_at_us=microseconds(place.expires_at), ended=None)
