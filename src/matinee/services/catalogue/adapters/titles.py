"""Titles in a relational database."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Select, String, and_, cast, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.contracts.catalogue import EpisodeTakenError, Title
from matinee.contracts.metadata import Credit
from matinee.engines.relational import Database
from matinee.kit.ids import TitleId
from matinee.services.catalogue.adapters import projection
from matinee.services.catalogue.adapters.asides import SqlAsides, forget_asides
from matinee.services.catalogue.adapters.codec import like_pattern, microseconds, moment, title_of, title_values
from matinee.services.catalogue.adapters.library import SqlCardRows
from matinee.services.catalogue.adapters.people import identified
from matinee.services.catalogue.adapters.tables import CHANGES, DoomedRow, OutboxRow, StateRow, TitleRow
from matinee.services.catalogue.ports import Asides, Doomed, Eyes, NewOutboxEntry, OutboxEntry, PageKey, TitleRows

_BATCH = 500
_COUNTED = (
    update(StateRow)
    .where(StateRow.name == CHANGES)
    .values(value=cast(cast(StateRow.value, BigInteger) + 1, String(200)))
    .execution_options(synchronize_session=False)
)


def _taken(titles: Sequence[Title]) -> str:
    if len(titles) > 1:
        return "One of the episodes has a number that is taken already."
    season, number = titles[0].season_number, titles[0].episode_number
    return f"Season {season} has an episode {number} already; pick another number."


class SqlTitleRows:
    """The `TitleRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._asides = SqlAsides(session)

    @property
    def asides(self) -> Asides:
        """Drafts and pictures of the same transaction."""
        return self._asides

    async def _titles(self, query: Select[TitleRow]) -> tuple[Title, ...]:
        return tuple(title_of(row) for row in await self._session.scalars(query))

    async def get(self, title_id: TitleId) -> Title | None:
        """Return a title, or None."""
        row = await self._session.get(TitleRow, title_id)
        return None if row is None else title_of(row)

    async def get_for_change(self, title_id: TitleId) -> Title | None:
        """Return a title, locked, or None."""
        row = await self._session.get(TitleRow, title_id, with_for_update=True)
        return None if row is None else title_of(row)

    async def insert_many(self, titles: Sequence[Title]) -> None:
        """Add titles."""
        if not titles:
            return
        try:
            await self._session.execute(insert(TitleRow), [title_values(title) for title in titles])
        except IntegrityError as error:
            raise EpisodeTakenError(_taken(titles)) from error
        await projection.project(self._session, titles, fresh=True)

    async def save(self, title: Title) -> None:
        """Write back a changed title."""
        await self._session.merge(TitleRow(**title_values(title)))
        await self._session.flush()
        await projection.project(self._session, (title,))

    async def touch_episodes(self, series_id: TitleId, moment: datetime) -> Sequence[Title]:
        """Make every episode its next version."""
        await self._session.execute(
            update(TitleRow)
            .where(TitleRow.series_id == series_id)
            .values(version=TitleRow.version + 1, changed_at_us=microseconds(moment))
            .execution_options(synchronize_session=False)
        )
        self._session.expire_all()
        return await self.episodes(series_id)

    async def identify(self, people: Sequence[Credit], new_id: Callable[[], str]) -> Sequence[Credit]:
        """Return credits of people as they are known."""
        return await identified(self._session, people, new_id)

    async def remove(self, title_id: TitleId) -> None:
        """Remove a title and its episodes."""
        which = or_(TitleRow.title_id == title_id, TitleRow.series_id == title_id)
        gone = (await self._session.execute(select(TitleRow.title_id, TitleRow.series_id).where(which))).all()
        await self._session.execute(delete(TitleRow).where(which))
        for start in range(0, len(gone), _BATCH):
            some = [row.title_id for row in gone[start : start + _BATCH]]
            await projection.forget(self._session, some)
            await forget_asides(self._session, some)
        for series_id in {row.series_id for row in gone} - {title_id, None}:
            await projection.replay(self._session, series_id)

    async def page(self, *, limit: int, after: PageKey | None, query: str) -> Sequence[Title]:
        """Return one page, newest first."""
        wanted = select(TitleRow).order_by(TitleRow.created_at_us.desc(), TitleRow.title_id.desc()).limit(limit)
        if query:
            wanted = wanted.where(TitleRow.name_folded.like(like_pattern(query), escape="\\"))
        if after is not None:
            ended = microseconds(after.created_at)
            older = TitleRow.created_at_us < ended
            same = and_(TitleRow.created_at_us == ended, TitleRow.title_id < after.title_id)
            wanted = wanted.where(or_(older, same))
        return await self._titles(wanted)

    async def episodes(self, series_id: TitleId) -> Sequence[Title]:
        """Return episodes by season and number."""
        return await self._titles(
            select(TitleRow)
            .where(TitleRow.series_id == series_id)
            .order_by(TitleRow.season_number, TitleRow.episode_number)
        )

    async def listed(self, eyes: Eyes, *, limit: int) -> Sequence[Title]:
        """Return listed films and series, newest first."""
        ids = await SqlCardRows(self._session).everything(eyes, limit)
        return await self._titles(
            select(TitleRow)
            .where(TitleRow.title_id.in_(ids))
            .order_by(TitleRow.created_at_us.desc(), TitleRow.title_id.desc())
        )

    async def playable_series(self, title_ids: Collection[str], eyes: Eyes) -> frozenset[TitleId]:
        """Return the series with something to play."""
        return await SqlCardRows(self._session).playable_series(title_ids, eyes)

    async def add_events(self, entries: Sequence[NewOutboxEntry]) -> None:
        """Put events into the outbox."""
        values = [{"topic": entry.topic, "event_key": entry.key, "value": entry.value} for entry in entries]
        if values:
            await self._session.execute(insert(OutboxRow), values)
            await self._session.execute(_COUNTED)

    async def events(self, *, limit: int) -> Sequence[OutboxEntry]:
        """Return the oldest unsent events."""
        rows = await self._session.scalars(select(OutboxRow).order_by(OutboxRow.sequence).limit(limit))
        return tuple(
            OutboxEntry(sequence=row.sequence, topic=row.topic, key=row.event_key, value=row.value) for row in rows
        )

    async def remove_events(self, entries: Sequence[OutboxEntry]) -> None:
        """Forget sent events."""
        sent = [entry.sequence for entry in entries]
        await self._session.execute(delete(OutboxRow).where(OutboxRow.sequence.in_(sent)))

    async def doom(self, doomed: Doomed) -> None:
        """Note files for removal."""
        await self._session.merge(
            DoomedRow(
                title_id=doomed.title_id, kind=doomed.kind, name=doomed.name, due_at_us=microseconds(doomed.due_at)
            )
        )
        await self._session.flush()

    async def due(self, *, now: datetime, limit: int) -> Sequence[Doomed]:
        """Return notes whose moment has come."""
        rows = await self._session.scalars(
            select(DoomedRow)
            .where(DoomedRow.due_at_us <= microseconds(now))
            .order_by(DoomedRow.due_at_us, DoomedRow.title_id)
            .limit(limit)
        )
        fields = ({"title_id": r.title_id, "kind": r.kind, "name": r.name, "due_at": moment(r.due_at_us)} for r in rows)
        return tuple(msgspec.convert(field, Doomed) for field in fields)

    async def reprieve(self, doomed: Doomed) -> None:
        """Take back a note."""
        await self._session.execute(
            delete(DoomedRow).where(
                DoomedRow.title_id == doomed.title_id, DoomedRow.kind == doomed.kind, DoomedRow.name == doomed.name
            )
        )


class SqlTitles:
    """Titles in a relational database.

    Args:
        database: open and migrated.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[TitleRows]:
        """Open a transaction that only reads."""
        async with self._database.read() as session:
            yield SqlTitleRows(session)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[TitleRows]:
        """Open a transaction that may write."""
        async with self._database.write() as session:
            yield SqlTitleRows(session)

    async def derive(self) -> None:
        """Derive cards and places of all titles again, when the rules for that have changed since the last time."""
        async with self._database.read() as session:
            if await projection.is_current(session):
                return
        after: str | None = ""
        while after is not None:
            async with self._database.write() as session:
                after = await projection.project_page(session, after=after, limit=_BATCH)
