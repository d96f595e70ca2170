"""The catalogue for those who read it: cards for shelves, what comes next, and every change as it happens."""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.contracts.catalogue import Kind, Title, Viewer
from matinee.kit.ids import TitleId

CHANGES_TOPIC = "catalogue.changes"
"""`Change` events as MessagePack, keyed by title, in the order of their versions; at least once."""

ShelfKind = Literal["new", "hot", "genre", "series", "announced", "named"]
MAX_CARDS = 200


class ArtworkLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of the chosen pictures; add `&w=` with 240, 480, 960 or 1920. None where there is none yet."""

    poster: str | None
    backdrop: str | None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A title as a shelf, a search result or a list shows it.

    Attributes:
        synopsis: shortened to at most 300 characters at a word.
        playable: whether pressing play works now; of a series, whether an episode plays.
        announced: listed without anything to play.
        hot: what editors want seen.
    """

    title_id: TitleId
    kind: Kind
    name: str
    synopsis: str
    year: int | None
    genres: tuple[str, ...]
    maturity: int
    playable: bool
    announced: bool
    hot: bool
    duration_seconds: float | None
    max_height: int | None
    series_id: TitleId | None
    season_number: int | None
    episode_number: int | None
    artwork: ArtworkLinks
    released_on: date | None = None


class ShelfQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which titles, in which order.

    Attributes:
        kind: `new` and `genre` by date of arrival, newest first; `hot` and `announced` by date of release; `named` are
            those whose name starts with `text`, by name, for when search is away.
        text: the genre of a `genre` shelf, the beginning of a `named` one; else empty.
        limit: cards at most, 1 to `MAX_CARDS`.
    """

    kind: ShelfKind
    text: Annotated[str, Meta(max_length=200)] = ""
    limit: Annotated[int, Meta(ge=1, le=MAX_CARDS)] = 40


class GenreCount(msgspec.Struct, frozen=True, kw_only=True):
    """A genre, and how many titles of it a viewer may see."""

    genre: str
    titles: int


class Change(msgspec.Struct, frozen=True, kw_only=True, tag="change"):
    """One committed change of a title, in the shape of change data capture.

    Attributes:
        op: c created, u updated, d deleted, r read for a snapshot.
        version: of the title after the change; a deletion counts as one more. Older ones than known are stale.
        after: the title as it is now; None when it was deleted.
        changed_at: of the commit.
    """

    op: Literal["c", "u", "d", "r"]
    title_id: TitleId
    version: int
    changed_at: datetime
    after: Title | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One page of all titles, each as a change with the op `r`; `after` continues, None at the end."""

    changes: tuple[Change, ...]
    after: TitleId | None


class Library(Protocol):
    """Reads of the catalogue. Ceilings, audiences and territories are applied before anything is counted or cut."""

    async def revision(self) -> int:
        """Return a number that grows with every committed change of a title: while it stands, so do all answers.

        Only the clock changes answers without it, by opening and closing windows of availability.
        """
        ...

    async def cards(self, *, title_ids: tuple[TitleId, ...], viewer: Viewer) -> tuple[Card, ...]:
        """Return cards in the order asked for, without those that this viewer may not know of; at most 1,000 ids."""
        ...

    async def shelf(self, *, query: ShelfQuery, viewer: Viewer) -> tuple[Card, ...]:
        """Return the cards of one shelf: films and series, never single episodes."""
        ...

    async def genres(self, *, viewer: Viewer) -> tuple[GenreCount, ...]:
        """Return the genres that have titles for a viewer, most titles first, equal ones by name."""
        ...

    async def similar(self, *, title_id: TitleId, viewer: Viewer, limit: int = 40) -> tuple[Card, ...]:
        """Return titles that share genres, people and tags with one, most alike first; without itself."""
        ...

    async def next_episode(self, *, title_id: TitleId, viewer: Viewer) -> Card | None:
        """Return the next playable episode after an episode, over seasons; the first one of a series; else None."""
        ...

    async def title_of(self, *, title_id: TitleId) -> Title:
        """Return one title as stored; may be up to a few seconds old, for who asks often.

        Raises:
            TitleNotFoundError: when there is none.
        """
        ...

    async def snapshot(self, *, after: TitleId | None = None, limit: int = 1000) -> Snapshot:
        """Return all titles, by id, page by page; limit is clamped to 1–1,000."""
        ...
