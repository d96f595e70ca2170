"""The catalogue for those who read it."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from matinee.contracts.catalogue import Title, Viewer
from matinee.contracts.library import MAX_CARDS, Card, Change, GenreCount, ShelfQuery, Snapshot
from matinee.contracts.metadata import CreditRole
from matinee.kit.clock import Clock
from matinee.kit.errors import InvalidError
from matinee.kit.ids import PersonId, TitleId
from matinee.services.catalogue.ports import CardRows, CardStore, Eyes, PersonNotFoundError
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.services.catalogue.visibility import no_such_title

MAX_IDS = 1000
MAX_SNAPSHOT = 1000
_WEIGHTS = {"director": 4.0, "creator": 4.0, "actor": 2.0}
_OTHER_PART = 1.5
_TAG_WEIGHT = 2.0
_GENRE_WEIGHT = 1.0
_FACETS = 12
_PER_GENRE = 100
_BEFORE_FIRST = (0, 0)
K = TypeVar("K")
V = TypeVar("V")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did in a title."""

    role: CreditRole
    character: str
    title: Card


class PersonPage(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, and their parts."""

    person_id: PersonId
    name: str
    items: tuple[Part, ...]


class LibraryService:
    """Implements `contracts.library.Library`.

    Args:
        store: cards and titles, to read.
        clock: says which windows are open, and what is too old to be kept.
    """

    def __init__(self, *, store: CardStore, clock: Clock, settings: CatalogueSettings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._kept: OrderedDict[TitleId, tuple[float, Title]] = OrderedDict()
        self._counts: OrderedDict[Viewer, tuple[float, tuple[GenreCount, ...]]] = OrderedDict()

    def refresh(self) -> None:
        """Forget what is kept, because something has changed in this process; others find out in `kept_seconds`."""
        self._kept.clear()
        self._counts.clear()

    def _eyes(self, viewer: Viewer) -> Eyes:
        return Eyes(viewer, self._clock.now())

    async def revision(self) -> int:
        """Return how many changes have been committed."""
        async with self._store.reading() as rows:
            return await rows.revision()

    async def cards(self, *, title_ids: tuple[TitleId, ...], viewer: Viewer) -> tuple[Card, ...]:
        """Return cards in the order asked for, each once."""
        if len(title_ids) > MAX_IDS:
            raise InvalidError(f"Ask for at most {MAX_IDS} cards at a time.")
        async with self._store.reading() as rows:
            found = await rows.cards(title_ids, self._eyes(viewer))
        return _in_order(title_ids, found)

    async def shelf(self, *, query: ShelfQuery, viewer: Viewer) -> tuple[Card, ...]:
        """Return the cards of one shelf."""
        eyes, limit = self._eyes(viewer), max(1, min(query.limit, MAX_CARDS))
        async with self._store.reading() as rows:
            if query.kind == "genre":
                ids = await rows.genre(query.text, eyes, limit)
            elif query.kind == "named":
                ids = await rows.named(query.text, eyes, limit)
            else:
                ids = await rows.shelf(query.kind, eyes, limit)
            return _in_order(ids, await rows.cards(ids, eyes))

    async def genres(self, *, viewer: Viewer) -> tuple[GenreCount, ...]:
        """Return the genres that have titles for a viewer; counted again once the last count is too old."""
        kept = self._counts.get(viewer)
        if kept is not None and self._clock.monotonic() < kept[0]:
            return kept[1]
        async with self._store.reading() as rows:
            counts = await rows.genres(self._eyes(viewer))
        answer = tuple(sorted(counts, key=lambda count: (-count.titles, count.genre)))
        _keep(self._counts, viewer, answer, self._expires(), self._settings.kept_titles)
        return answer

    async def similar(self, *, title_id: TitleId, viewer: Viewer, limit: int = 40) -> tuple[Card, ...]:
        """Return titles that share something with one, most alike first; of an episode with its series."""
        limit, eyes = max(1, min(limit, MAX_CARDS)), self._eyes(viewer)
        async with self._store.reading() as rows:
            title = await rows.title(title_id)
            if title is not None and title.series_id is not None:
                title = await rows.title(title.series_id)
            if title is None or not await rows.cards((title.title_id,), eyes):
                return ()
            scores = await _alike(rows, title, eyes)
            ranked = sorted(scores, key=lambda other: (scores[other], other), reverse=True)
            found: list[Card] = []
            # In pieces, because only the best are wanted and any of them may be hidden from this viewer.
            for start in range(0, len(ranked), 2 * limit):
                some = ranked[start : start + 2 * limit]
                shown = _in_order(some, await rows.cards(some, eyes))
                found += [card for card in shown if card.playable or card.announced]
                if len(found) >= limit:
                    break
        return tuple(found[:limit])

    async def next_episode(self, *, title_id: TitleId, viewer: Viewer) -> Card | None:
        """Return the next playable episode."""
        eyes = self._eyes(viewer)
        async with self._store.reading() as rows:
            title = await rows.title(title_id)
            if title is None:
                return None
            if title.kind == "series":
                return await rows.next_episode(title_id, _BEFORE_FIRST, eyes)
            if title.series_id is None or title.season_number is None or title.episode_number is None:
                return None
            return await rows.next_episode(title.series_id, (title.season_number, title.episode_number), eyes)

    async def person(self, *, person_id: str, viewer: Viewer) -> PersonPage:
        """Return somebody's parts in films and series that a viewer may know of, newest first.

        Raises:
            PersonNotFoundError: when there are none.
        """
        eyes = self._eyes(viewer)
        async with self._store.reading() as rows:
            titles = await rows.of_person(person_id, eyes, MAX_CARDS)
            cards = await rows.cards([title.title_id for title in titles], eyes)
        parts = [(credit, title) for title in titles for credit in title.people if credit.person_id == person_id]
        items = tuple(
            Part(role=credit.role, character=credit.character, title=cards[title.title_id])
            for credit, title in parts
            if title.title_id in cards
        )
        if not items:
            raise PersonNotFoundError("There is no such person, or nothing of theirs can be seen here.")
        return PersonPage(person_id=PersonId(person_id), name=parts[0][0].name, items=items)

    async def title_of(self, *, title_id: TitleId) -> Title:
        """Return one title, at most `kept_seconds` old."""
        kept = self._kept.get(title_id)
        if kept is not None and self._clock.monotonic() < kept[0]:
            return kept[1]
        async with self._store.reading() as rows:
            title = await rows.title(title_id)
        if title is None:
            self._kept.pop(title_id, None)
            raise no_such_title()
        _keep(self._kept, title_id, title, self._expires(), self._settings.kept_titles)
        return title

    def _expires(self) -> float:
        return self._clock.monotonic() + self._settings.kept_seconds

    async def snapshot(self, *, after: TitleId | None = None, limit: int = MAX_SNAPSHOT) -> Snapshot:
        """Return one page of all titles."""
        limit = max(1, min(limit, MAX_SNAPSHOT))
        async with self._store.reading() as rows:
            titles = await rows.after(after or "", limit)
        changes = tuple(
            Change(op="r", title_id=title.title_id, version=title.version, changed_at=title.changed_at, after=title)
            for title in titles
        )
        return Snapshot(changes=changes, after=titles[-1].title_id if len(titles) == limit else None)


def _keep(kept: OrderedDict[K, tuple[float, V]], key: K, value: V, expires: float, most: int) -> None:
    kept[key] = (expires, value)
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


def _in_order(wanted: Iterable[TitleId], found: Mapping[TitleId, Card]) -> tuple[Card, ...]:
    return tuple(found[title_id] for title_id in dict.fromkeys(wanted) if title_id in found)


async def _alike(rows: CardRows, title: Title, eyes: Eyes) -> dict[TitleId, float]:
    """Return how much other titles share with one; the newest count of what very many share."""
    scores: dict[TitleId, float] = {}

    def count(titles: Iterable[TitleId], weight: float) -> None:
        for other in titles:
            scores[other] = scores.get(other, 0.0) + weight

    parts: dict[str, CreditRole] = {}
    for credit in title.people:
        if credit.person_id and len(parts) < _FACETS:
            parts.setdefault(credit.person_id, credit.role)
    people, tags = await rows.sharing(tuple(parts), title.tags[:_FACETS])
    for person_id, titles in people.items():
        count(titles, _WEIGHTS.get(parts[person_id], _OTHER_PART))
    for titles in tags.values():
        count(titles, _TAG_WEIGHT)
    for genre in title.genres:
        count(await rows.genre(genre, eyes, _PER_GENRE), _GENRE_WEIGHT)
    scores.pop(title.title_id, None)
    return scores
