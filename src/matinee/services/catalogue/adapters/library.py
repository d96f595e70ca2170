"""Cards for shelves from a relational database."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    TextClause,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.contracts.catalogue import Title
from matinee.contracts.library import ArtworkLinks, Card, GenreCount
from matinee.engines.relational import Database
from matinee.kit.ids import TitleId
from matinee.services.catalogue.adapters.codec import folded, title_of
from matinee.services.catalogue.adapters.reach import ANYBODY, Reach, plays, reach_of, seen, visible
from matinee.services.catalogue.adapters.standing import (
    EVERYTHING,
    GENRE_OF,
    STAFF,
    genre_shelf,
    person_facet,
    tag_facet,
)
from matinee.services.catalogue.adapters.tables import (
    CHANGES,
    CardRow,
    FacetRow,
    PlaceRow,
    StateRow,
    TitleRow,
)
from matinee.services.catalogue.ports import CardRows, Eyes

_LAST_CHARACTER: Final = "\U0010ffff"
_ALIKE_PER_FACET = 100
_COLUMNS: Final = (
    CardRow.title_id,
    CardRow.kind,
    CardRow.name,
    CardRow.teaser,
    CardRow.year,
    CardRow.genres,
    CardRow.maturity,
    CardRow.announced,
    CardRow.hot,
    CardRow.duration_seconds,
    CardRow.max_height,
    CardRow.series_id,
    CardRow.season_number,
    CardRow.episode_number,
    CardRow.poster,
    CardRow.backdrop,
    CardRow.released_day,
)
_GENRES = msgspec.json.Decoder(tuple[str, ...])


def _whole(reach: Reach) -> Select[*tuple[Any, ...]]:
    """Return the query of cards that a viewer may see."""
    query: Select[*tuple[Any, ...]] = select(*_COLUMNS, func.coalesce(plays(CardRow, reach), False).label("playable"))
    return query.where(*visible(reach))


@lru_cache(maxsize=2)
def _by_id(staff: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001  # a key of the cache
    """Return the query of some cards; making it takes longer than running it, so it is kept."""
    return _whole(ANYBODY[staff]).where(CardRow.title_id.in_(bindparam("ids", expanding=True)))


@lru_cache(maxsize=4)
def _uncertain(staff: bool, playing: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001  # keys of the cache
    """Return the query for conditional places of a shelf."""
    query: Select[*tuple[Any, ...]] = (
        select(PlaceRow.title_id, PlaceRow.sort_key)
        .join(CardRow, CardRow.title_id == PlaceRow.title_id)
        .where(PlaceRow.shelf == bindparam("shelf", type_=String), PlaceRow.conditional == 1)
        .where(*_looked_at(ANYBODY[staff], playing))
        .order_by(PlaceRow.sort_key.desc(), PlaceRow.title_id.desc())
        .limit(bindparam("most", type_=Integer))
    )
    return query


def _looked_at(reach: Reach, playing: bool) -> tuple[ColumnElement[bool], ...]:  # noqa: FBT001  # a fact of the shelf
    """Return what must hold of a conditional place: something plays, or it is announced and nothing does yet."""
    if not playing:
        return (*_allowed(reach), seen(CardRow, reach))
    coming = and_(CardRow.announced == 1, or_(CardRow.play_rank.is_(None), CardRow.play_rank >= STAFF))
    return (*_allowed(reach), seen(CardRow, reach), or_(coming, plays(CardRow, reach)))


def _allowed(reach: Reach) -> tuple[ColumnElement[bool], ...]:
    return (
        PlaceRow.audience_rank <= reach.rank,
        PlaceRow.maturity <= reach.maturity,
        PlaceRow.territory.in_(reach.territories),
    )


def _link(title_id: str, kind: str, digest: str | None) -> str | None:
    return None if digest is None else f"/api/v1/titles/{title_id}/artwork/{kind}?v={digest}"


def _card(row: Any) -> Card:
    title_id = TitleId(row.title_id)
    return Card(
        title_id=title_id,
        kind=row.kind,
        name=row.name,
        synopsis=row.teaser,
        year=row.year,
        genres=_GENRES.decode(row.genres),
        maturity=row.maturity,
        playable=bool(row.playable),
        announced=bool(row.announced) and not row.playable,
        hot=bool(row.hot),
        duration_seconds=row.duration_seconds,
        max_height=row.max_height,
        series_id=row.series_id,
        season_number=row.season_number,
        episode_number=row.episode_number,
        artwork=ArtworkLinks(
            poster=_link(title_id, "poster", row.poster), backdrop=_link(title_id, "backdrop", row.backdrop)
        ),
        released_on=date.fromordinal(row.released_day) if row.released_day else None,
    )


@lru_cache(maxsize=512)
def _certain(ranks: int, ages: int, territories: int) -> TextClause:
    """Return the query for places that need no second look.

    Each audience, age and territory has its newest side by side, so that a few from each are all that is read, however
    many titles a ceiling hides.
    """
    parts = [
        # Only small integers go into the words of the query.
        "SELECT * FROM (SELECT title_id, sort_key FROM catalogue_places WHERE shelf = :shelf AND conditional = 0"  # noqa: S608
        f" AND audience_rank = {rank} AND maturity = {age} AND territory = :t{number}"
        f" ORDER BY sort_key DESC, title_id DESC LIMIT :most) AS p{rank}_{age}_{number}"
        for rank in range(ranks)
        for age in range(ages)
        for number in range(territories)
    ]
    return text(" UNION ALL ".join(parts) + " ORDER BY sort_key DESC, title_id DESC LIMIT :most")


@lru_cache(maxsize=64)
def _alike(facets: int) -> TextClause:
    """Return the query for the newest titles of some facets."""
    parts = [
        f"SELECT * FROM (SELECT facet, title_id FROM catalogue_facets WHERE facet = :f{number}"  # noqa: S608
        f" ORDER BY title_id DESC LIMIT :most) AS p{number}"
        for number in range(facets)
    ]
    return text(" UNION ALL ".join(parts))


class SqlCardRows:
    """The `CardRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def revision(self) -> int:
        """Return how many changes have been committed."""
        found = await self._session.scalar(select(StateRow.value).where(StateRow.name == CHANGES))
        return int(found or 0)

    async def title(self, title_id: TitleId) -> Title | None:
        """Return a title, or None."""
        row = await self._session.get(TitleRow, title_id)
        return None if row is None else title_of(row)

    async def after(self, title_id: str, limit: int) -> Sequence[Title]:
        """Return titles by id."""
        query = select(TitleRow).where(TitleRow.title_id > title_id).order_by(TitleRow.title_id).limit(limit)
        return tuple(title_of(row) for row in await self._session.scalars(query))

    async def playable_series(self, title_ids: Collection[str], eyes: Eyes) -> frozenset[TitleId]:
        """Return the series with something to play."""
        query = select(CardRow.title_id).where(
            CardRow.title_id.in_(title_ids), CardRow.kind == "series", plays(CardRow, reach_of(eyes))
        )
        return frozenset(TitleId(title_id) for title_id in await self._session.scalars(query))

    async def cards(self, title_ids: Sequence[str], eyes: Eyes) -> dict[TitleId, Card]:
        """Return the cards that may be seen."""
        if not title_ids:
            return {}
        reach = reach_of(eyes)
        given = {**reach.given, "ids": list(dict.fromkeys(title_ids))}
        rows = await self._session.execute(_by_id(reach.staff), given)
        return {TitleId(row.title_id): _card(row) for row in rows}

    async def shelf(self, shelf: str, eyes: Eyes, limit: int) -> Sequence[TitleId]:
        """Return what stands on a shelf."""
        reach = reach_of(eyes)
        wanted = {"shelf": shelf, "most": limit}
        places = {f"t{number}": one for number, one in enumerate(dict.fromkeys(reach.territories))}
        certain = _certain(min(reach.rank, STAFF) + 1, min(reach.maturity, 18) + 1, len(places))
        found = list(await self._session.execute(certain, {**wanted, **places}))
        uncertain = _uncertain(reach.staff, shelf != EVERYTHING)
        found += await self._session.execute(uncertain, {**wanted, **reach.given})
        ordered = sorted({(row.sort_key, row.title_id) for row in found}, reverse=True)
        return tuple(TitleId(title_id) for _, title_id in ordered[:limit])

    async def everything(self, eyes: Eyes, limit: int) -> Sequence[TitleId]:
        """Return the newest films and series, whether they play or not."""
        return await self.shelf(EVERYTHING, eyes, limit)

    async def genre(self, genre: str, eyes: Eyes, limit: int) -> Sequence[TitleId]:
        """Return what stands on the shelf of a genre."""
        return await self.shelf(genre_shelf(genre), eyes, limit)

    async def genres(self, eyes: Eyes) -> Sequence[GenreCount]:
        """Return how many titles of each genre may be seen."""
        reach = reach_of(eyes)
        genre = and_(PlaceRow.shelf > "genre:", PlaceRow.shelf < "genre;")
        counted = select(PlaceRow.shelf, func.count()).where(genre).group_by(PlaceRow.shelf)
        certain = counted.where(PlaceRow.conditional == 0, *_allowed(reach))
        joined = counted.join(CardRow, CardRow.title_id == PlaceRow.title_id)
        uncertain = joined.where(PlaceRow.conditional == 1, *_looked_at(reach, playing=True))
        totals: dict[str, int] = {}
        for query in (certain, uncertain):
            for shelf, titles in await self._session.execute(query):
                totals[shelf] = totals.get(shelf, 0) + titles
        return tuple(GenreCount(genre=GENRE_OF[shelf], titles=n) for shelf, n in totals.items() if shelf in GENRE_OF)

    async def named(self, beginning: str, eyes: Eyes, limit: int) -> Sequence[TitleId]:
        """Return films and series whose name starts with a text, by name."""
        wanted = folded(beginning)
        query = (
            select(CardRow.title_id)
            .where(*visible(reach_of(eyes)))
            .where(CardRow.kind != "episode", CardRow.name_folded >= wanted)
            .where(CardRow.name_folded <= wanted + _LAST_CHARACTER)
            .order_by(CardRow.name_folded, CardRow.title_id)
            .limit(limit)
        )
        return tuple(TitleId(title_id) for title_id in await self._session.scalars(query))

    async def of_person(self, person_id: str, eyes: Eyes, limit: int) -> Sequence[Title]:
        """Return films and series that somebody has a part in, newest first."""
        query = (
            select(TitleRow)
            .join(CardRow, CardRow.title_id == TitleRow.title_id)
            .join(FacetRow, FacetRow.title_id == TitleRow.title_id)
            .where(*visible(reach_of(eyes)))
            .where(FacetRow.facet == person_facet(person_id))
            .order_by(CardRow.created_at_us.desc(), CardRow.title_id.desc())
            .limit(limit)
        )
        return tuple(title_of(row) for row in await self._session.scalars(query))

    async def sharing(
        self, people: Sequence[str], tags: Sequence[str]
    ) -> tuple[Mapping[str, Sequence[TitleId]], Mapping[str, Sequence[TitleId]]]:
        """Return the newest titles of people and of tags."""
        named = {person_facet(person): person for person in people}
        tagged = {tag_facet(tag): tag for tag in tags}
        found: dict[str, list[TitleId]] = {}
        given = {f"f{number}": facet for number, facet in enumerate((*named, *tagged))}
        if given:
            rows = await self._session.execute(_alike(len(given)), {**given, "most": _ALIKE_PER_FACET})
            for facet, title_id in rows:
                found.setdefault(facet, []).append(TitleId(title_id))
        return (
            {person: found.get(facet, ()) for facet, person in named.items()},
            {tag: found.get(facet, ()) for facet, tag in tagged.items()},
        )

    async def next_episode(self, series_id: TitleId, after: tuple[int, int], eyes: Eyes) -> Card | None:
        """Return the first playable episode after a place."""
        season, number = after
        later = and_(CardRow.season_number == season, CardRow.episode_number > number)
        query = (
            _whole(reach_of(eyes))
            .where(CardRow.series_id == series_id, CardRow.play_rank.is_not(None))
            .where(CardRow.season_number >= season, or_(CardRow.season_number > season, later))
            .order_by(CardRow.season_number, CardRow.episode_number)
            .limit(1)
        )
        row = (await self._session.execute(query)).first()
        return None if row is None else _card(row)


class SqlCards:
    """Cards in a relational database.

    Args:
        database: open and migrated.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[CardRows]:
        """Open a transaction that only reads."""
        async with self._database.read() as session:
            yield SqlCardRows(session)
