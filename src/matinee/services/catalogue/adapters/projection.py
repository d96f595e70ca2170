"""Writes what is derived from titles, in the transaction that changes them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.contracts.catalogue import Title
from matinee.kit.ids import TitleId
from matinee.services.catalogue.adapters.codec import folded, title_of
from matinee.services.catalogue.adapters.standing import (
    AT_ONCE,
    NOTHING,
    REVISION,
    Play,
    card_values,
    facet_values,
    place_values,
    play_of,
    window_values,
)
from matinee.services.catalogue.adapters.tables import (
    CardRow,
    FacetRow,
    PlaceRow,
    StateRow,
    TitleRow,
    WindowRow,
)

_STATE = "read-model"


async def project(session: AsyncSession, titles: Sequence[Title], *, fresh: bool = False) -> None:
    """Write cards, places, windows and facets of titles, and what plays of their series.

    Args:
        session: of the transaction that wrote the titles.
        titles: as they are now.
        fresh: whether none of them was there before, so that nothing needs to be taken away.
    """
    if not titles:
        return
    ids = [title.title_id for title in titles]
    if not fresh:
        await forget(session, ids)
    played = {title.title_id: await _play(session, title, fresh) for title in titles}
    await _write(session, titles, played)
    for series_id in dict.fromkeys(title.series_id for title in titles if title.series_id is not None):
        await replay(session, series_id)


async def forget(session: AsyncSession, title_ids: Sequence[str]) -> None:
    """Take away what was derived from titles."""
    for table in (CardRow, WindowRow, FacetRow, PlaceRow):
        await session.execute(delete(table).where(table.title_id.in_(title_ids)))


async def _write(session: AsyncSession, titles: Sequence[Title], played: dict[TitleId, Play]) -> None:
    await session.execute(insert(CardRow), [card_values(title, played[title.title_id]) for title in titles])
    rows: dict[type[Any], list[dict[str, object]]] = {
        WindowRow: [row for title in titles for row in window_values(title)],
        FacetRow: [row for title in titles for row in facet_values(title)],
        PlaceRow: [row for title in titles for row in place_values(title, played[title.title_id])],
    }
    for table, values in rows.items():
        if values:
            await session.execute(insert(table), values)


async def _play(session: AsyncSession, title: Title, fresh: bool) -> Play:  # noqa: FBT001  # a fact, not a switch
    if title.kind != "series":
        return NOTHING if title.release is None else AT_ONCE
    return NOTHING if fresh else await _play_of_series(session, title.title_id)


async def _play_of_series(session: AsyncSession, series_id: str) -> Play:
    wanted = (
        select(CardRow.audience_rank, CardRow.maturity, CardRow.windowed)
        .where(CardRow.series_id == series_id, CardRow.play_rank.is_not(None))
        .distinct()
    )
    return play_of([(rank, maturity, windowed) for rank, maturity, windowed in await session.execute(wanted)])


async def replay(session: AsyncSession, series_id: str) -> None:
    """Store for whom a series plays, and move it on its shelves when that has changed."""
    row = await session.get(TitleRow, series_id)
    stored = (
        await session.execute(
            select(CardRow.play_rank, CardRow.play_maturity, CardRow.patchy).where(CardRow.title_id == series_id)
        )
    ).first()
    play = await _play_of_series(session, series_id)
    if row is None or stored is None or Play(stored[0], stored[1], bool(stored[2])) == play:
        return
    changed = {"play_rank": play.rank, "play_maturity": play.maturity, "patchy": int(play.patchy)}
    await session.execute(update(CardRow).where(CardRow.title_id == series_id).values(**changed))
    await session.execute(delete(PlaceRow).where(PlaceRow.title_id == series_id))
    places = place_values(title_of(row), play)
    if places:
        await session.execute(insert(PlaceRow), places)


async def is_current(session: AsyncSession) -> bool:
    """Return whether everything was derived by this revision of the rules."""
    state = await session.get(StateRow, _STATE)
    return state is not None and state.value == REVISION


async def project_page(session: AsyncSession, *, after: str, limit: int) -> str | None:
    """Derive one page of all titles again, by id; return where the next page starts, None when it was the last.

    Two processes may do so at once; each page says what the titles are at that moment.
    """
    rows = (
        await session.scalars(
            select(TitleRow).where(TitleRow.title_id > after).order_by(TitleRow.title_id).limit(limit)
        )
    ).all()
    for row in rows:
        row.name_folded = folded(row.name)
    await session.flush()
    await project(session, [title_of(row) for row in rows])
    if len(rows) == limit:
        return rows[-1].title_id
    await session.merge(StateRow(name=_STATE, value=REVISION))
    await session.flush()
    return None
