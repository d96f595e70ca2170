"""What the catalogue's rules need from outside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from matinee.contracts.catalogue import ArtworkKind, Title, TitleChange, Viewer
from matinee.contracts.library import Card, GenreCount
from matinee.contracts.metadata import Credit
from matinee.kit.errors import NotFoundError
from matinee.kit.ids import TitleId

OFFERED_WIDTHS = (240, 480, 960, 1920)
MAX_PICTURE_BYTES = 16 * 1024 * 1024
MAX_PICTURE_PIXELS = 40_000_000
DoomedKind = Literal["release", "artwork", "title"]


class DraftNotFoundError(NotFoundError):
    """The title has no draft; it may have been published or thrown away."""

    code = "draft-not-found"
    title = "No draft of this title"


class PersonNotFoundError(NotFoundError):
    """There is no such person, or they have no part in anything that this caller may know of."""

    code = "person-not-found"
    title = "No such person"


class PageKey(msgspec.Struct, frozen=True):
    """Where a page of titles ended."""

    created_at: datetime
    title_id: str


class NewOutboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An event to send once the transaction has ended well."""

    topic: str
    key: str
    value: bytes


class OutboxEntry(NewOutboxEntry, frozen=True, kw_only=True):
    """An event that is committed but perhaps not sent yet."""

    sequence: int


class Doomed(msgspec.Struct, frozen=True, kw_only=True):
    """Files to remove at a moment, unless they are in use again.

    Attributes:
        name: the release id, the artwork digest, or empty for a whole title.
    """

    title_id: TitleId
    kind: DoomedKind
    name: str
    due_at: datetime


class Eyes(msgspec.Struct, frozen=True):
    """Who looks, and when."""

    viewer: Viewer
    now: datetime


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a title that is kept aside until it is published.

    Attributes:
        base: the values, of the same fields, that the change was made from.
        base_version: of the title, when the draft was first stored.
        revision: grows by one each time the draft is stored.
    """

    title_id: TitleId
    change: TitleChange
    base: TitleChange
    base_version: int
    revision: int
    changed_at: datetime


class SentPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that somebody sent for a title; it can be chosen again."""

    kind: ArtworkKind
    digest: str
    added_at: datetime


class Asides(Protocol):
    """What lies beside titles, inside one transaction."""

    async def draft(self, title_id: TitleId) -> Draft | None:
        """Return a title's draft, or None."""
        ...

    async def put_draft(self, draft: Draft) -> None:
        """Store a draft in place of the one before."""
        ...

    async def remove_draft(self, title_id: TitleId) -> None:
        """Forget a draft; idempotent."""
        ...

    async def pictures(self, title_id: TitleId) -> Sequence[SentPicture]:
        """Return pictures that were sent, newest first."""
        ...

    async def add_picture(self, title_id: TitleId, kind: ArtworkKind, digest: str, added_at: datetime) -> None:
        """Note a picture that was sent; the same one again counts as new."""
        ...

    async def remove_picture(self, title_id: TitleId, kind: ArtworkKind, digest: str) -> None:
        """Forget a picture; idempotent."""
        ...


class TitleRows(Protocol):
    """Titles inside one transaction."""

    @property
    def asides(self) -> Asides:
        """Drafts and pictures of the same transaction; they go with their title."""
        ...

    async def get(self, title_id: TitleId) -> Title | None:
        """Return a title, or None."""
        ...

    async def get_for_change(self, title_id: TitleId) -> Title | None:
        """Return a title that nobody else changes until the transaction ends, or None."""
        ...

    async def insert_many(self, titles: Sequence[Title]) -> None:
        """Add titles.

        Raises:
            EpisodeTakenError: when a place in a season is taken; nothing more may be done in the transaction.
        """
        ...

    async def identify(self, people: Sequence[Credit], new_id: Callable[[], str]) -> Sequence[Credit]:
        """Return credits in order with the ids and names of people as they are known; who is new gets an id.

        Somebody without an id is found by name, whatever its case and accents.

        Raises:
            TitleFieldsError: when an id is nobody's.
        """
        ...

    async def save(self, title: Title) -> None:
        """Write back a title that was got for change."""
        ...

    async def touch_episodes(self, series_id: TitleId, moment: datetime) -> Sequence[Title]:
        """Make every episode of a series its next version, changed at a moment, and return them."""
        ...

    async def remove(self, title_id: TitleId) -> None:
        """Remove a title and, of a series, its episodes; idempotent."""
        ...

    async def page(self, *, limit: int, after: PageKey | None, query: str) -> Sequence[Title]:
        """Return up to `limit` titles, newest first, after a key, whose name holds `query` whatever its case."""
        ...

    async def episodes(self, series_id: TitleId) -> Sequence[Title]:
        """Return episodes by season and number."""
        ...

    async def listed(self, eyes: Eyes, *, limit: int) -> Sequence[Title]:
        """Return the newest listed films and series that who looks may know of, newest first."""
        ...

    async def playable_series(self, title_ids: Collection[str], eyes: Eyes) -> frozenset[TitleId]:
        """Return which of some series have an episode that plays for who looks."""
        ...

    async def add_events(self, entries: Sequence[NewOutboxEntry]) -> None:
        """Put events into the outbox; they are sent after the commit, in the order of commits for one key."""
        ...

    async def events(self, *, limit: int) -> Sequence[OutboxEntry]:
        """Return the oldest unsent events, in order."""
        ...

    async def remove_events(self, entries: Sequence[OutboxEntry]) -> None:
        """Forget these events and no others: a smaller sequence may be committed after a greater one."""
        ...

    async def doom(self, doomed: Doomed) -> None:
        """Note files for removal; of the same files, the last note counts."""
        ...

    async def due(self, *, now: datetime, limit: int) -> Sequence[Doomed]:
        """Return notes whose moment has come."""
        ...

    async def reprieve(self, doomed: Doomed) -> None:
        """Take back a note; idempotent."""
        ...


class TitleStore(Protocol):
    """Transactions over titles: all of a block or, when it raises, nothing; durable when the block has ended."""

    def reading(self) -> AbstractAsyncContextManager[TitleRows]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractAsyncContextManager[TitleRows]:
        """Open a transaction that may write."""
        ...


class CardRows(Protocol):
    """What shelves are made of, as one snapshot. Whoever looks gets nothing that is hidden from them."""

    async def revision(self) -> int:
        """Return how many changes have been committed."""
        ...

    async def title(self, title_id: TitleId) -> Title | None:
        """Return a title, whoever may see it, or None."""
        ...

    async def after(self, title_id: str, limit: int) -> Sequence[Title]:
        """Return up to `limit` titles of every audience with greater ids, by id."""
        ...

    async def cards(self, title_ids: Sequence[str], eyes: Eyes) -> dict[TitleId, Card]:
        """Return cards by id."""
        ...

    async def shelf(self, shelf: str, eyes: Eyes, limit: int) -> Sequence[TitleId]:
        """Return the first of `new`, `hot`, `series` or `announced`, in their order."""
        ...

    async def genre(self, genre: str, eyes: Eyes, limit: int) -> Sequence[TitleId]:
        """Return the newest playable titles of a genre."""
        ...

    async def genres(self, eyes: Eyes) -> Sequence[GenreCount]:
        """Return how many playable titles each genre has, in no order."""
        ...

    async def named(self, beginning: str, eyes: Eyes, limit: int) -> Sequence[TitleId]:
        """Return films and series whose name starts with a text whatever its case and accents, by name."""
        ...

    async def of_person(self, person_id: str, eyes: Eyes, limit: int) -> Sequence[Title]:
        """Return films and series that somebody has a part in, newest first."""
        ...

    async def sharing(
        self, people: Sequence[str], tags: Sequence[str]
    ) -> tuple[Mapping[str, Sequence[TitleId]], Mapping[str, Sequence[TitleId]]]:
        """Return some of the newest films and series of people by id, and of tags, whoever may see them."""
        ...

    async def next_episode(self, series_id: TitleId, after: tuple[int, int], eyes: Eyes) -> Card | None:
        """Return the first playable episode after a season and number, or None."""
        ...


class CardStore(Protocol):
    """Snapshots to read cards from."""

    def reading(self) -> AbstractAsyncContextManager[CardRows]:
        """Open a transaction that only reads."""
        ...


class FramedPicture(msgspec.Struct, frozen=True):
    """One picture, cut to its kind's shape and scaled: WebP bytes by offered width, the largest at least."""

    by_width: dict[int, bytes]


class Pictures(Protocol):
    """Turns untrusted bytes into clean pictures."""

    async def frame(self, picture: bytes, kind: ArtworkKind) -> FramedPicture:
        """Decode, cut to 2:3 (poster) or 16:9 (backdrop) around the most interesting part, scale, drop metadata.

        Only JPEG, PNG and WebP are read, up to `MAX_PICTURE_BYTES` and `MAX_PICTURE_PIXELS`; nothing is ever enlarged,
        so wide ones may be missing; the narrowest is always there.

        Raises:
            PictureError: when the picture cannot be used; the sentence says why.
            UnavailableError: when no child could be started.
        """
        ...
