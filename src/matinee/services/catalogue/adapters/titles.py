"""Titles in a relational database."""

import unicodedata
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.contracts.catalogue import ArtworkKind, Audience, EpisodeTakenError, Release, Title
from matinee.engines.relational import Database
from matinee.kit.ids import TitleId
from matinee.services.catalogue.adapters.tables import DoomedRow, OutboxRow, TitleRow
from matinee.services.catalogue.ports import Doomed, OutboxEntry, PageKey, TitleRows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPE = "\\"


def microseconds(moment: datetime) -> int:
    """Return Unix microseconds, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """Return the aware UTC time of Unix microseconds."""
    return _EPOCH + timedelta(microseconds=value)


def folded(text: str) -> str:
    """Return text as it is compared: compatibility forms joined, case gone."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def like_pattern(query: str) -> str:
    """Return a LIKE pattern that finds `query` literally, whatever wildcards it holds."""
    escaped = folded(query).replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_")
    return f"%{escaped}%"


def _values(title: Title) -> dict[str, object]:
    release = None if title.release is None else msgspec.json.encode(title.release).decode()
    return {
        "title_id": title.title_id,
        "kind": title.kind,
        "name": title.name,
        "name_folded": folded(title.name)[:800],
        "synopsis": title.synopsis,
        "year": title.year,
        "genres": msgspec.json.encode(title.genres).decode(),
        "audience": title.audience,
        "maturity": title.maturity,
        "availability": msgspec.json.encode(title.availability).decode(),
        "listed": title.listed,
        "featured": title.featured,
        "series_id": title.series_id,
        "season_number": title.season_number,
        "episode_number": title.episode_number,
        "poster": title.artwork.get("poster"),
        "backdrop": title.artwork.get("backdrop"),
        "release": release,
        "version": title.version,
        "created_at_us": microseconds(title.created_at),
        "changed_at_us": microseconds(title.changed_at),
    }


def _title(row: TitleRow) -> Title:
    pictures: dict[ArtworkKind, str | None] = {"poster": row.poster, "backdrop": row.backdrop}
    release = None if row.release is None else msgspec.json.decode(row.release, type=Release)
    fields = {
        "title_id": row.title_id,
        "kind": row.kind,
        "name": row.name,
        "synopsis": row.synopsis,
        "year": row.year,
        "genres": msgspec.json.decode(row.genres),
        "audience": row.audience,
        "maturity": row.maturity,
        "availability": msgspec.json.decode(row.availability or "[]"),
        "listed": row.listed,
        "featured": row.featured,
        "series_id": row.series_id,
        "season_number": row.season_number,
        "episode_number": row.episode_number,
        "artwork": {kind: digest for kind, digest in pictures.items() if digest is not None},
        "release": release,
        "version": row.version,
        "created_at": moment(row.created_at_us),
        "changed_at": moment(row.changed_at_us),
    }
    return msgspec.convert(fields, Title)


class SqlTitleRows:
    """The `TitleRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def _titles(self, query: Select[TitleRow]) -> tuple[Title, ...]:
        return tuple(_title(row) for row in await self._session.scalars(query))

    async def get(self, title_id: TitleId) -> Title | None:
        """Return a title, or None."""
        row = await self._session.get(TitleRow, title_id)
        return None if row is None else _title(row)

    async def get_for_change(self, title_id: TitleId) -> Title | None:
        """Return a title, locked, or None."""
        row = await self._session.get(TitleRow, title_id, with_for_update=True)
        return None if row is None else _title(row)

    async def insert(self, title: Title) -> None:
        """Add a title."""
        self._session.add(TitleRow(**_values(title)))
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise EpisodeTakenError(
                f"Season {title.season_number} has an episode {title.episode_number} already; pick another number."
            ) from error

    async def save(self, title: Title) -> None:
        """Write back a changed title."""
        await self._session.merge(TitleRow(**_values(title)))
        await self._session.flush()

    async def remove(self, title_id: TitleId) -> None:
        """Remove a title and its episodes."""
        await self._session.execute(
            delete(TitleRow).where(or_(TitleRow.title_id == title_id, TitleRow.series_id == title_id))
        )

    async def page(self, *, limit: int, after: PageKey | None, query: str) -> Sequence[Title]:
        """Return one page, newest first."""
        wanted = select(TitleRow).order_by(TitleRow.created_at_us.desc(), TitleRow.title_id.desc()).limit(limit)
        if query:
            wanted = wanted.where(TitleRow.name_folded.like(like_pattern(query), escape=_ESCAPE))
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

    async def listed(self, *, audiences: Collection[Audience], maturity: int, limit: int) -> Sequence[Title]:
        """Return listed films and series, newest first."""
        return await self._titles(
            select(TitleRow)
            .where(TitleRow.listed, TitleRow.kind != "episode", TitleRow.audience.in_(audiences))
            .where(TitleRow.maturity <= maturity)
            .order_by(TitleRow.created_at_us.desc(), TitleRow.title_id.desc())
            .limit(limit)
        )

    async def playable_series(self, *, audiences: Collection[Audience], maturity: int) -> frozenset[TitleId]:
        """Return the series with something to play."""
        found = await self._session.scalars(
            select(TitleRow.series_id)
            .where(TitleRow.listed, TitleRow.release.is_not(None), TitleRow.audience.in_(audiences))
            .where(TitleRow.series_id.is_not(None), TitleRow.maturity <= maturity)
            .distinct()
        )
        return frozenset(TitleId(series_id) for series_id in found if series_id is not None)

    async def add_event(self, *, topic: str, key: str, value: bytes) -> None:
        """Put an event into the outbox."""
        self._session.add(OutboxRow(topic=topic, event_key=key, value=value))
        await self._session.flush()

    async def events(self, *, limit: int) -> Sequence[OutboxEntry]:
        """Return the oldest unsent events."""
        rows = await self._session.scalars(select(OutboxRow).order_by(OutboxRow.sequence).limit(limit))
        return tuple(
            OutboxEntry(sequence=row.sequence, topic=row.topic, key=row.event_key, value=row.value) for row in rows
        )

    async def remove_events(self, *, up_to: int) -> None:
        """Forget sent events."""
        await self._session.execute(delete(OutboxRow).where(OutboxRow.sequence <= up_to))

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
