"""Search: finds titles and people, suggests how a query may go on, and keeps its index fresh."""

from collections.abc import Callable

from matinee.contracts.catalogue import Viewer
from matinee.contracts.library import Library, ShelfQuery
from matinee.contracts.metadata import GENRES
from matinee.contracts.searching import (
    MAX_PAGE,
    MAX_QUERY_CHARACTERS,
    Found,
    FoundPerson,
    IndexState,
    Suggestion,
)
from matinee.kit.clock import Clock
from matinee.kit.cursors import CursorError, Cursors
from matinee.kit.errors import InvalidError
from matinee.resilience.command import Command, Commands
from matinee.services.search.entries import card_of, digest_of
from matinee.services.search.folding import fold
from matinee.services.search.meaning import did_you_mean
from matinee.services.search.ports import Index, PersonResult, Question, Result, Scope
from matinee.services.search.rebuilding import Rebuilding
from matinee.services.search.settings import SearchSettings

MAX_PEOPLE = 6
MAX_SUGGESTIONS = 20
_MAX_WORDS = 16
_PEOPLE_SUGGESTED = 3
_GENRES_SUGGESTED = 2
_REBUILD_WAIT_SECONDS = 10.0
_NOBODY: tuple[PersonResult, ...] = ()


class EmptyQueryError(InvalidError):
    """The query has no letter or digit in it."""

    code = "empty-query"
    title = "Nothing to search for"


class LongQueryError(InvalidError):
    """The query is longer than anything that is called so."""

    code = "long-query"
    title = "The query is too long"


class SearchService:
    """Implements `contracts.searching.Search`.

    Args:
        commands: the index is asked through these.
        lag: returns the age, in seconds, of the oldest change that is not in the index.
    """

    def __init__(
        self,
        *,
        index: Index,
        library: Library,
        rebuilding: Rebuilding,
        cursors: Cursors,
        commands: Commands,
        clock: Clock,
        settings: SearchSettings,
        lag: Callable[[], float],
    ) -> None:
        self._index = index
        self._library = library
        self._rebuilding = rebuilding
        self._cursors = cursors
        self._clock = clock
        self._settings = settings
        self._lag = lag
        self._finding = self._command(commands, "search.find")
        self._suggesting = self._command(commands, "search.suggest")

    def _command(self, commands: Commands, name: str) -> Command:
        most = self._settings.waiting_queries
        return commands.get(
            name,
            timeout_seconds=self._settings.query_seconds,
            max_concurrent=most,
            fallback_max_concurrent=most,
        )

    async def search(self, *, query: str, viewer: Viewer, limit: int = 20, cursor: str | None = None) -> Found:
        """Return what matches; see the contract."""
        words = _words(query)
        if not words:
            raise EmptyQueryError("Type a letter or a digit of what you look for.")
        limit = max(1, min(limit, MAX_PAGE))
        scope = _scope(words, query, viewer)
        shown = () if cursor is None else self._shown(scope, cursor)
        question = self._question(query, words, viewer, most=limit + 1, shown=shown)

        async def away(error: Exception) -> Found:
            return await self._by_beginning(query, viewer, limit, cursor, error)

        return await self._finding.run(lambda: self._page(question, limit, scope, shown), fallback=away)

    async def _page(self, question: Question, limit: int, scope: str, shown: tuple[int, ...]) -> Found:
        if shown:
            found, people = await self._index.find(question), _NOBODY
        else:
            found, people = await self._index.first(question, people=MAX_PEOPLE)
        items, more = found[:limit], len(found) > limit
        return Found(
            items=tuple(card_of(one.entry, playable=one.playable) for one in items),
            people=_told(people),
            did_you_mean=None if shown else _meant(question, items),
            next_cursor=self._next(scope, (*shown, *(digest_of(one.entry.title_id) for one in items)), more=more),
        )

    def _next(self, scope: str, shown: tuple[int, ...], *, more: bool) -> str | None:
        """Return the cursor that leaves out all that was shown, whatever the index is by then."""
        return self._cursors.encode(scope, shown) if more and len(shown) < self._settings.deepest else None

    def _shown(self, scope: str, cursor: str) -> tuple[int, ...]:
        values = self._cursors.decode(scope, cursor)
        digests = tuple(value for value in values if isinstance(value, int))
        if not digests or len(digests) != len(values):
            raise CursorError("The cursor is not one of this page; start again from the first page.")
        return digests

    async def _by_beginning(
        self, query: str, viewer: Viewer, limit: int, cursor: str | None, error: Exception
    ) -> Found:
        """Answer while the index is away: names that begin with what was typed, on one page."""
        if cursor is not None:
            raise CursorError("Search has just changed over; start again from the first page.") from error
        wanted = ShelfQuery(kind="named", text=query.strip(), limit=limit)
        cards = await self._library.shelf(query=wanted, viewer=viewer)
        return Found(items=cards, people=(), did_you_mean=None, next_cursor=None, degraded=True)

    async def suggest(self, *, query: str, viewer: Viewer, limit: int = 8) -> tuple[Suggestion, ...]:
        """Return how the query may go on; see the contract."""
        words = _words(query)
        if not words:
            return ()
        limit = max(1, min(limit, MAX_SUGGESTIONS))
        question = self._question(query, words, viewer, most=limit, scope="names")

        async def away(_: Exception) -> tuple[Suggestion, ...]:
            cards = await self._library.shelf(
                query=ShelfQuery(kind="named", text=query.strip(), limit=limit), viewer=viewer
            )
            return tuple(Suggestion(text=one.name, kind="title", title_id=one.title_id) for one in cards)

        return await self._suggesting.run(lambda: self._suggestions(question, limit), fallback=away)

    async def _suggestions(self, question: Question, limit: int) -> tuple[Suggestion, ...]:
        titles, people = await self._index.first(question, people=_PEOPLE_SUGGESTED)
        beginning = _genres_beginning(question)
        genres = await self._index.genres(beginning, question) if beginning else ()
        others = [
            *(Suggestion(text=name, kind="genre") for name in genres),
            *(Suggestion(text=one.name, kind="person", person_id=one.person_id) for one in people),
        ][: max(1, limit // 2)]
        named = [
            Suggestion(text=one.entry.name, kind="title", title_id=one.entry.title_id)
            for one in titles[: limit - len(others)]
        ]
        return (*named, *others)

    async def rebuild(self) -> IndexState:
        """Build a fresh index and swap it in; see the contract."""
        await self._rebuilding.start(wait_seconds=_REBUILD_WAIT_SECONDS)
        return await self.state()

    async def state(self) -> IndexState:
        """Return how the index stands."""
        facts = await self._index.facts()
        return IndexState(
            titles=facts.titles,
            generation=facts.generation,
            lag_seconds=round(self._lag(), 3),
            rebuilding=self._rebuilding.under_way,
        )

    def _question(
        self,
        query: str,
        words: tuple[str, ...],
        viewer: Viewer,
        *,
        most: int,
        shown: tuple[int, ...] = (),
        scope: Scope = "all",
    ) -> Question:
        return Question(
            words=words,
            open_ended=bool(fold(query[-1:])),
            viewer=viewer,
            now=self._clock.now(),
            most=most,
            shown=frozenset(shown),
            scope=scope,
        )


def _words(query: str) -> tuple[str, ...]:
    """Return the folded words of a query; the first sixteen count.

    Raises:
        LongQueryError: when it has more characters than a query may have.
    """
    if len(query) > MAX_QUERY_CHARACTERS:
        raise LongQueryError(f"A query has at most {MAX_QUERY_CHARACTERS} characters.")
    return tuple(fold(query).split()[:_MAX_WORDS])


def _scope(words: tuple[str, ...], query: str, viewer: Viewer) -> str:
    """Return what a cursor belongs to: the same words for the same eyes."""
    open_ended = "+" if fold(query[-1:]) else ""
    return f"search:{viewer.audience}:{viewer.maturity}:{viewer.territory}:{' '.join(words)}{open_ended}"


def _told(people: tuple[PersonResult, ...]) -> tuple[FoundPerson, ...]:
    return tuple(FoundPerson(person_id=one.person_id, name=one.name, titles=one.titles) for one in people)


def _meant(question: Question, items: tuple[Result, ...]) -> str | None:
    return did_you_mean(question.words, items[0].entry, open_ended=question.open_ended) if items else None


def _genres_beginning(question: Question) -> tuple[str, ...]:
    """Return genres that begin with what was typed."""
    typed = " ".join(question.words)
    return tuple(name for name in GENRES if fold(name).startswith(typed))[:_GENRES_SUGGESTED]
