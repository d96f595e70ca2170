"""Pages of history as clients see them."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

import msgspec

from matinee.contracts.catalogue import Viewer
from matinee.contracts.history import Going, Thumb
from matinee.contracts.library import Card
from matinee.kit.cursors import CursorError, Cursors
from matinee.kit.errors import MatineeError
from matinee.kit.ids import ProfileId, TitleId
from matinee.services.history.ports import Kept, ShelfStore, Viewing
from matinee.services.history.service.history import HistoryService
from matinee.services.history.service.library import Cards
from matinee.services.history.service.rules import (
    is_completed,
    moment_of,
    resume_seconds,
    watched_fraction,
    watched_of,
)

MAX_PAGE = 100
_SCOPE = "history"


class GoingItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something to go on with."""

    card: Card
    series: Card | None
    resume_seconds: float
    duration_seconds: float
    watched_at: datetime
    up_next: bool


class KeptItem(msgspec.Struct, frozen=True, kw_only=True):
    """A title of My List."""

    card: Card
    added_at: datetime


class WatchedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the history. `card` is None for what is gone or not shown to this profile."""

    title_id: TitleId
    card: Card | None
    name: str
    series: Card | None
    watched_at: datetime
    position_seconds: float
    duration_seconds: float
    completed: bool


class WatchedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Lines, latest first."""

    items: tuple[WatchedItem, ...]
    next_cursor: str | None


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the history as a file has it; `series` is a name, empty for films."""

    title_id: TitleId
    name: str
    series: str
    watched_at: datetime
    position_seconds: float
    duration_seconds: float
    completed: bool


class HistoryFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole history, latest first."""

    items: tuple[FileLine, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Where a profile is in one episode."""

    resume_seconds: float
    watched_fraction: float | None
    completed: bool
    watched_at: datetime


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """What a title is to a profile."""

    title_id: TitleId
    in_my_list: bool
    thumb: Thumb | None
    resume_seconds: float
    watched_fraction: float | None
    completed: bool
    episodes: dict[str, Part]
    continue_with: TitleId | None


class Pages:
    """Puts cards on what the rules answer.

    Args:
        store: lists and thumbs.
    """

    def __init__(self, history: HistoryService, store: ShelfStore, cards: Cards, cursors: Cursors) -> None:
        self._history = history
        self._store = store
        self._cards = cards
        self._cursors = cursors

    async def going(self, profile_id: ProfileId, viewer: Viewer, limit: int) -> tuple[GoingItem, ...]:
        """Return what there is to go on with that still plays for this profile."""
        found = await self._history.going(profile_id=profile_id, limit=limit)
        cards = await self._cards.of((id_ for one in found for id_ in (one.title_id, one.series_id)), viewer)
        return tuple(_going_item(one, cards) for one in found if one.title_id in cards and cards[one.title_id].playable)

    async def my_list(self, profile_id: ProfileId, viewer: Viewer) -> tuple[KeptItem, ...]:
        """Return the list, without what this profile may not see now."""
        kept: Sequence[Kept] = (await self._store.saved_list(profile_id)).items
        cards = await self._cards.of((one.title_id for one in kept), viewer)
        return tuple(
            KeptItem(card=cards[one.title_id], added_at=moment_of(one.added_ms))
            for one in kept
            if one.title_id in cards
        )

    async def watched(self, profile_id: ProfileId, viewer: Viewer, limit: int, cursor: str | None) -> WatchedPage:
        """Return one page of the history.

        Raises:
            CursorError: when the cursor is not one of this history.
        """
        scope = f"{_SCOPE}:{profile_id}"
        records = (await self._history.partition(profile_id)).records()
        if cursor:
            records = _after(records, self._cursors.decode(scope, cursor))
        bound = max(1, min(limit, MAX_PAGE))
        page = records[:bound]
        last = page[-1] if len(records) > bound else None
        cards = await self._known_cards(page, viewer)
        return WatchedPage(
            items=tuple(_watched_item(one, cards) for one in page),
            next_cursor=None if last is None else self._cursors.encode(scope, (last.event_ms, last.title_id)),
        )

    async def _known_cards(self, records: Sequence[Viewing], viewer: Viewer) -> dict[TitleId, Card]:
        """Return cards; none while the catalogue is away, because times and titles of a history are worth showing."""
        try:
            return await self._cards.of((id_ for one in records for id_ in (one.title_id, one.series_id)), viewer)
        except MatineeError:
            return {}

    async def mine(self, profile_id: ProfileId, title_id: TitleId, viewer: Viewer) -> Mine:
        """Return what a film, an episode or a series is to a profile."""
        records = (await self._history.partition(profile_id)).records()
        own = next((one for one in records if one.title_id == title_id), None)
        episodes = [one for one in records if one.series_id == title_id]
        thumbs = await self._history.thumbs(profile_id=profile_id)
        return Mine(
            title_id=title_id,
            in_my_list=title_id in await self._history.my_list(profile_id=profile_id),
            thumb=thumbs.get(title_id),
            resume_seconds=0.0 if own is None else resume_seconds(own),
            watched_fraction=None if own is None else watched_fraction(own),
            completed=own is not None and is_completed(own),
            episodes={one.title_id: _part(one) for one in episodes},
            continue_with=await self._continue_with(title_id, own, episodes, viewer),
        )

    async def _continue_with(
        self, title_id: TitleId, own: Viewing | None, episodes: Sequence[Viewing], viewer: Viewer
    ) -> TitleId | None:
        """Return the episode that play on a series' page means: the one begun, the one after it, else the first."""
        if own is not None and not own.series_id and not episodes:
            return None
        if episodes and not is_completed(episodes[0]):
            return episodes[0].title_id
        following = await self._cards.next_of(episodes[0].title_id if episodes else title_id, viewer)
        return None if following.card is None else following.card.title_id

    async def exported(self, profile_id: ProfileId, viewer: Viewer) -> HistoryFile:
        """Return the whole history."""
        return HistoryFile(items=tuple(_file_line(item) for item in await self._whole(profile_id, viewer)))

    async def exported_table(self, profile_id: ProfileId, viewer: Viewer) -> bytes:
        """Return the whole history as CSV."""
        return _csv(await self._whole(profile_id, viewer))

    async def _whole(self, profile_id: ProfileId, viewer: Viewer) -> list[WatchedItem]:
        records = (await self._history.partition(profile_id)).records()
        cards = await self._known_cards(records, viewer)
        return [_watched_item(one, cards) for one in records]


def _file_line(item: WatchedItem) -> FileLine:
    return FileLine(
        title_id=item.title_id,
        name=item.name,
        series=_name(item.series),
        watched_at=item.watched_at,
        position_seconds=item.position_seconds,
        duration_seconds=item.duration_seconds,
        completed=item.completed,
    )


def _going_item(one: Going, cards: dict[TitleId, Card]) -> GoingItem:
    return GoingItem(
        card=cards[one.title_id],
        series=cards.get(one.series_id),
        resume_seconds=one.resume_seconds,
        duration_seconds=one.duration_seconds,
        watched_at=one.watched_at,
        up_next=one.up_next,
    )


def _watched_item(one: Viewing, cards: dict[TitleId, Card]) -> WatchedItem:
    card, seen = cards.get(one.title_id), watched_of(one)
    return WatchedItem(
        title_id=one.title_id,
        card=card,
        name="" if card is None else card.name,
        series=cards.get(one.series_id),
        watched_at=seen.watched_at,
        position_seconds=seen.position_seconds,
        duration_seconds=seen.duration_seconds,
        completed=seen.completed,
    )


def _part(one: Viewing) -> Part:
    return Part(
        resume_seconds=resume_seconds(one),
        watched_fraction=watched_fraction(one),
        completed=is_completed(one),
        watched_at=moment_of(one.event_ms),
    )


def _after(records: Sequence[Viewing], key: tuple[str | int | float, ...]) -> list[Viewing]:
    """Return the records after a key, in their order: latest first, equal moments by title."""
    if len(key) != 2 or not isinstance(key[0], int) or not isinstance(key[1], str):  # noqa: PLR2004  # moment, title
        raise CursorError("The cursor is not one of ours; start again from the first page.")
    place = (-key[0], key[1])
    return [one for one in records if (-one.event_ms, one.title_id) > place]


def _name(card: Card | None) -> str:
    return "" if card is None else card.name


def _csv(items: Sequence[WatchedItem]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("watched_at", "series", "name", "title_id", "position_seconds", "duration_seconds", "completed"))
    for item in items:
        writer.writerow(
            (
                item.watched_at.isoformat(),
                _cell(_name(item.series)),
                _cell(item.name),
                item.title_id,
                f"{item.position_seconds:.1f}",
                f"{item.duration_seconds:.1f}",
                "yes" if item.completed else "no",
            )
        )
    return text.getvalue().encode()


def _cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
