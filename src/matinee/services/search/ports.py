"""What the rules need from outside: an index, and what is popular."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from matinee.contracts.catalogue import Viewer
from matinee.contracts.library import Change
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import PersonId, TitleId
from matinee.services.search.entries import Entry

Scope = Literal["all", "names"]


class IndexAwayError(UnavailableError):
    """The index is not there, not whole, or cannot be read; the cause is kept."""

    code = "index-away"
    title = "Search is not available"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for, and for whom.

    Attributes:
        words: folded, in the order typed, at least one.
        open_ended: whether the last word may go on, because somebody is still typing it.
        scope: `names` looks at names of titles alone.
        now: decides which windows are open.
        most: results at most.
        shown: digests of titles that were shown already and are left out.
    """

    words: tuple[str, ...]
    open_ended: bool
    viewer: Viewer
    now: datetime
    most: int
    scope: Scope = "all"
    shown: frozenset[int] = frozenset()


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A film or series that was found.

    Attributes:
        playable: whether something of it plays that the viewer may see.
    """

    entry: Entry
    playable: bool


class PersonResult(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose name was found, and how many titles of theirs the viewer may see (a series counts once)."""

    person_id: PersonId
    name: str
    titles: int


class IndexFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How an index stands. `generation` is 0 before the first one was built."""

    titles: int
    generation: int


class Draft(Protocol):
    """An index being built beside the serving one."""

    async def add(self, changes: Sequence[Change]) -> None:
        """Put titles in; only what is newer than what is known of a title counts, whatever the order."""
        ...

    async def serve(self) -> None:
        """Make it the serving one, durably and at once; questions under way end on the one before."""
        ...

    async def discard(self) -> None:
        """Leave it; nothing stays."""
        ...


class Index(Protocol):
    """Titles, found by words.

    Promises: what `apply` was given is durable and visible when it returns, all or none; of one title only a greater
    version changes anything, deletions included, for ever; so repeats and any order of batches end in the same index. A
    process that dies at any moment leaves the index as it was before or after one call. Results hold nothing that the
    viewer may not know of, by `entries.hidden_from`, of an episode and its series. Not promised: that equal questions
    rank alike in two generations.
    """

    async def apply(self, changes: Sequence[Change]) -> None:
        """Bring changes in; they also reach a draft that is open.

        Raises:
            IndexAwayError: when nothing was changed.
        """
        ...

    async def find(self, question: Question) -> tuple[Result, ...]:
        """Return films and series, best first; an episode's words find its series.

        Exact words rank above beginnings, these above typos; names above people, these above genres and tags, these
        above synopses; equal ones by popularity.

        Raises:
            IndexAwayError: when there is none.
        """
        ...

    async def first(self, question: Question, *, people: int) -> tuple[tuple[Result, ...], tuple[PersonResult, ...]]:
        """Return what `find` does and at most so many of what `people` does, from one state of the index.

        Raises:
            IndexAwayError: when there is none.
        """
        ...

    async def people(self, question: Question) -> tuple[PersonResult, ...]:
        """Return people whose name holds all words, best first, each with at least one title.

        Raises:
            IndexAwayError: when there is none.
        """
        ...

    async def genres(self, names: Sequence[str], question: Question) -> tuple[str, ...]:
        """Return those genres of which the viewer may see a title, in the order given."""
        ...

    async def draft(self) -> Draft:
        """Begin an index of the next generation; one at a time. It begins with the deletions that are known."""
        ...

    async def popular(self, plays: Mapping[TitleId, int]) -> None:
        """Let these titles come first among equals; those told before and not now no longer."""
        ...

    async def facts(self) -> IndexFacts:
        """Return how the index stands; never fails."""
        ...


class Popularity(Protocol):
    """What is watched most."""

    async def plays(self) -> Mapping[TitleId, int]:
        """Return plays by title for the most popular ones."""
        ...


class Titles(Protocol):
    """All titles, for a rebuild."""

    def pages(self) -> AsyncIterator[Sequence[Change]]:
        """Yield all titles as they are now, page by page."""
        ...
