"""Finding titles and people by what somebody remembers of them."""

from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.contracts.catalogue import Viewer
from matinee.contracts.library import Card
from matinee.kit.ids import PersonId, TitleId

MAX_QUERY_CHARACTERS = 200
MAX_PAGE = 50
Query = Annotated[str, Meta(max_length=MAX_QUERY_CHARACTERS)]


class FoundPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose name matches. `titles` counts what the viewer may see of them."""

    person_id: PersonId
    name: str
    titles: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One page of results.

    Attributes:
        items: best first. `people`: on the first page only, at most six.
        did_you_mean: the query as it was probably meant, when something else finds more; else None.
        next_cursor: None at the end.
        degraded: whether the index was away and only beginnings of names were compared.
    """

    items: tuple[Card, ...]
    people: tuple[FoundPerson, ...]
    did_you_mean: str | None
    next_cursor: str | None
    degraded: bool = False


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """One line below the search box. `title_id` for a title, `person_id` for a person, else None."""

    text: str
    kind: Literal["title", "person", "genre"]
    title_id: TitleId | None = None
    person_id: PersonId | None = None


class IndexState(msgspec.Struct, frozen=True, kw_only=True):
    """How the index stands.

    Attributes:
        generation: grows with each rebuild. `lag_seconds`: age of the oldest change not yet in it, 0 for none.
    """

    titles: int
    generation: int
    lag_seconds: float
    rebuilding: bool


class Search(Protocol):
    """The search index."""

    async def search(self, *, query: Query, viewer: Viewer, limit: int = 20, cursor: str | None = None) -> Found:
        """Return what matches: titles, people, genres, synopses; typos forgiven. Limit is clamped to 1–`MAX_PAGE`.

        Raises:
            InvalidError: for an empty query or one that is too long.
            CursorError: for a cursor of another query.
        """
        ...

    async def suggest(self, *, query: Query, viewer: Viewer, limit: int = 8) -> tuple[Suggestion, ...]:
        """Return how the query may go on; nothing for an empty one."""
        ...

    async def rebuild(self) -> IndexState:
        """Build a fresh index beside the serving one and swap it in; one at a time, joins one that runs.

        Answers when it serves, or after ten seconds with `rebuilding` set, and goes on behind.
        """
        ...

    async def state(self) -> IndexState:
        """Return how the index stands."""
        ...
