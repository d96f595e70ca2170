"""A catalogue for tests of search: titles by hand, and the changes that tell of them."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from matinee.contracts.catalogue import Title, TitleNotFoundError, Viewer
from matinee.contracts.history import Popular, PopularWindow
from matinee.contracts.library import CHANGES_TOPIC, Card, Change, GenreCount, ShelfQuery, Snapshot
from matinee.contracts.metadata import Credit
from matinee.events.port import EventLog, NewEvent
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import PersonId, TitleId
from matinee.services.search.entries import card_of, entry_of, hidden_from
from matinee.services.search.folding import fold

MADE = datetime(2026, 1, 1, tzinfo=UTC)
MEMBER = Viewer(audience="members", territory="DE")


def a_title(number: int, name: str, *, people: tuple[str, ...] = (), **fields: object) -> Title:
    """Return a listed film for everyone, `fields` replaced."""
    known: dict[str, object] = {
        "title_id": f"title-{number:016d}",
        "kind": "film",
        "name": name,
        "synopsis": "",
        "year": 2020,
        "genres": (),
        "audience": "everyone",
        "listed": True,
        "featured": False,
        "series_id": None,
        "season_number": None,
        "episode_number": None,
        "artwork": {},
        "release": None,
        "version": 1,
        "created_at": MADE,
        "changed_at": MADE,
        "people": tuple(Credit(name=one, person_id=PersonId(fold(one).replace(" ", "-"))) for one in people),
    }
    return Title(**{**known, **fields})  # type: ignore[arg-type]  # fields of a title


def told(title: Title) -> Change:
    """Return the change that tells of a title."""
    return Change(
        op="c" if title.version == 1 else "u",
        title_id=title.title_id,
        version=title.version,
        changed_at=title.changed_at,
        after=title,
    )


def gone(title: Title) -> Change:
    """Return the change that tells that a title was deleted."""
    return Change(op="d", title_id=title.title_id, version=title.version + 1, changed_at=title.changed_at)


class HandMadeLibrary:
    """A `Library` of titles in memory; `away` makes it fail."""

    def __init__(self, *titles: Title) -> None:
        self.titles: dict[TitleId, Title] = {title.title_id: title for title in titles}
        self.away = False
        self.plays: Mapping[TitleId, int] = {}

    def _check(self) -> None:
        if self.away:
            raise UnavailableError("The catalogue is away.")

    async def cards(self, *, title_ids: tuple[TitleId, ...], viewer: Viewer) -> tuple[Card, ...]:
        """Return cards of what a viewer may see."""
        self._check()
        entries = [entry_of(self.titles[one]) for one in title_ids if one in self.titles]
        return tuple(card_of(one, playable=False) for one in entries if not hidden_from(one, viewer, MADE))

    async def shelf(self, *, query: ShelfQuery, viewer: Viewer) -> tuple[Card, ...]:
        """Return what begins with the text."""
        self._check()
        found = [one for one in self.titles.values() if fold(one.name).startswith(fold(query.text))]
        cards = await self.cards(title_ids=tuple(one.title_id for one in found), viewer=viewer)
        return cards[: query.limit]

    async def snapshot(self, *, after: TitleId | None = None, limit: int = 1000) -> Snapshot:
        """Return one page of all titles."""
        self._check()
        held = sorted(one for one in self.titles if one > (after or ""))
        page = held[:limit]
        return Snapshot(
            changes=tuple(msgspec.structs.replace(told(self.titles[one]), op="r") for one in page),
            after=page[-1] if len(held) > limit else None,
        )

    async def title_of(self, *, title_id: TitleId) -> Title:
        """Return one title."""
        if title_id not in self.titles:
            raise TitleNotFoundError("There is none.")
        return self.titles[title_id]

    async def genres(self, *, viewer: Viewer) -> tuple[GenreCount, ...]:
        """Return nothing."""
        del viewer
        return ()

    async def similar(self, *, title_id: TitleId, viewer: Viewer, limit: int = 40) -> tuple[Card, ...]:
        """Return nothing."""
        del title_id, viewer, limit
        return ()

    async def next_episode(self, *, title_id: TitleId, viewer: Viewer) -> Card | None:
        """Return nothing."""
        del title_id, viewer
        return None

    async def popular(self, *, window: PopularWindow, limit: int = 100) -> tuple[Popular, ...]:
        """Return the plays that a test set, as history would."""
        del window
        return tuple(Popular(title_id=one, plays=count) for one, count in self.plays.items())[:limit]


async def publish(events: EventLog, *changes: Change) -> None:
    """Append changes to the topic, as the catalogue's outbox does."""
    entries = [NewEvent(key=one.title_id, value=msgspec.msgpack.encode(one)) for one in changes]
    await events.append(CHANGES_TOPIC, entries)
