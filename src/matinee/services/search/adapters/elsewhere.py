"""What search asks of other rooms."""

from collections.abc import AsyncIterator, Mapping, Sequence

from matinee.contracts.history import History
from matinee.contracts.library import Change, Library
from matinee.kit.ids import TitleId

_PAGE = 500
_POPULAR = 100


class LibraryTitles:
    """All titles, from the catalogue."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def pages(self) -> AsyncIterator[Sequence[Change]]:
        """Yield all titles; see the port."""
        after: TitleId | None = None
        while True:
            page = await self._library.snapshot(after=after, limit=_PAGE)
            yield page.changes
            after = page.after
            if after is None:
                return


class HistoryPopularity:
    """Popularity by what was begun in the last week."""

    def __init__(self, history: History) -> None:
        self._history = history

    async def plays(self) -> Mapping[TitleId, int]:
        """Return plays by title; see the port."""
        return {one.title_id: one.plays for one in await self._history.popular(window="week", limit=_POPULAR)}
