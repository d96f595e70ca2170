"""The embedded `Index`: one generation serves, another one may be built beside it.

Threads: questions run on a few of their own, the index releases the interpreter while it looks; changes go through one
thread, a draft through another, so a rebuild delays neither.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from matinee.contracts.library import Change
from matinee.kit.ids import TitleId
from matinee.services.search.adapters.tantivy_index.draft import TantivyDraft
from matinee.services.search.adapters.tantivy_index.finding import Finding
from matinee.services.search.adapters.tantivy_index.folders import Folders
from matinee.services.search.adapters.tantivy_index.generation import Generation, Levels
from matinee.services.search.adapters.tantivy_index.persons import people_called, people_called_nearly
from matinee.services.search.adapters.tantivy_index.snapshot import Snapshot
from matinee.services.search.adapters.tantivy_index.subjects import genres
from matinee.services.search.ports import IndexAwayError, IndexFacts, PersonResult, Question, Result
from matinee.services.search.settings import SearchSettings

_MIB = 1 << 20
_log = structlog.get_logger()
T = TypeVar("T")


class TantivyIndex:
    """Implements `ports.Index`; made by `open_index`.

    Args:
        root: the folder of all generations.
    """

    def __init__(self, root: Path, settings: SearchSettings) -> None:
        self._settings = settings
        self._folders = Folders(root)
        self._asking = ThreadPoolExecutor(settings.query_threads, "search-query")
        self._writing = ThreadPoolExecutor(1, "search-write")
        self._building = ThreadPoolExecutor(1, "search-build")
        self._serving: Generation | None = None
        self._number = 0
        self._levels = Levels({})
        self._draft: TantivyDraft | None = None

    def open_serving(self) -> None:
        """Open the generation that serves, if there is one that can be read, and remove what others left."""
        number = self._folders.serving()
        if number is not None:
            try:
                self._serving = self._generation(number, self._settings.writer_memory_mib)
                self._number = number
            except (ValueError, OSError) as error:
                _log.error("search_index_unreadable", generation=number, exc_info=error)
                number = None
        self._folders.remove_others(number)

    async def apply(self, changes: Sequence[Change]) -> None:
        """Bring changes in; see the port."""
        await self._run(self._writing, lambda: self._apply(changes))

    def _apply(self, changes: Sequence[Change]) -> None:
        serving = self._here()
        try:
            serving.apply(changes, self._levels)
        except BaseException:
            serving.drop_writer()
            raise
        if self._draft is not None:
            self._draft.hear(changes)

    async def find(self, question: Question) -> tuple[Result, ...]:
        """Return films and series; see the port."""
        return await self._ask(lambda snapshot: Finding(snapshot, question).results())

    async def first(self, question: Question, *, people: int) -> tuple[tuple[Result, ...], tuple[PersonResult, ...]]:
        """Return films, series and people in one go; see the port."""
        fewer = msgspec.structs.replace(question, most=people)
        return await self._ask(lambda snapshot: _first(snapshot, question, fewer))

    async def people(self, question: Question) -> tuple[PersonResult, ...]:
        """Return people; see the port."""
        return await self._ask(
            lambda snapshot: people_called(snapshot, question) or people_called_nearly(snapshot, question)
        )

    async def genres(self, names: Sequence[str], question: Question) -> tuple[str, ...]:
        """Return genres; see the port."""
        return await self._ask(lambda snapshot: genres(snapshot, names, question))

    async def draft(self) -> TantivyDraft:
        """Begin the next generation; see the port."""
        if self._draft is not None:
            raise IndexAwayError("Another index is being built already; wait for it.")
        # The highest number of all, so that no folder is ever used twice.
        number = max(self._number, self._folders.latest()) + 1
        generation = await self._run(
            self._building, lambda: self._generation(number, self._settings.rebuild_memory_mib)
        )
        draft = TantivyDraft(generation, self, number)
        # In the thread of changes, so that none falls between what is copied and what is heard.
        await self._run(self._writing, lambda: self._begin(draft))
        return draft

    def _begin(self, draft: TantivyDraft) -> None:
        if self._serving is not None:
            draft.copy_tombstones(self._serving.snapshot.tombstones())
        self._draft = draft

    async def popular(self, plays: Mapping[TitleId, int]) -> None:
        """Let titles come first among equals; see the port."""
        await self._run(self._writing, lambda: self._rate(Levels(plays)))

    def _rate(self, levels: Levels) -> None:
        self._levels = levels
        if self._serving is not None:
            self._serving.rate(levels)

    async def facts(self) -> IndexFacts:
        """Return how the index stands; see the port."""
        serving = self._serving
        titles = 0 if serving is None else await self._run(self._asking, lambda: serving.snapshot.titles)
        return IndexFacts(titles=titles, generation=self._number)

    @property
    def levels(self) -> Levels:
        """How popular titles are."""
        return self._levels

    async def build(self, work: Callable[[], T]) -> T:
        """Do something to a draft, in the thread for that."""
        return await self._run(self._building, work)

    async def swap(self, draft: TantivyDraft, generation: Generation, number: int) -> None:
        """Let a draft serve, after what it has heard meanwhile went in."""
        await self._run(self._writing, lambda: self._swap(draft, generation, number))

    def _swap(self, draft: TantivyDraft, generation: Generation, number: int) -> None:
        generation.use_memory(self._settings.writer_memory_mib * _MIB)
        draft.catch_up()
        self._folders.serve(number)
        before, self._serving, self._number, self._draft = self._serving, generation, number, None
        if before is not None:
            before.drop_writer()
        self._folders.remove_others(number)

    def forget(self) -> None:
        """Stop telling the draft of changes."""
        self._draft = None

    def _generation(self, number: int, memory_mib: int) -> Generation:
        return Generation(self._folders.folder(number), writer_bytes=memory_mib * _MIB)

    def _here(self) -> Generation:
        if self._serving is None:
            raise IndexAwayError("The search index is being built; try again in a moment.")
        return self._serving

    async def _ask(self, question: Callable[[Snapshot], T]) -> T:
        snapshot = self._here().snapshot
        return await self._run(self._asking, lambda: question(snapshot))

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        except (ValueError, OSError) as error:  # what the library and the disk raise
            raise IndexAwayError("The search index cannot be used right now.") from error

    async def close(self) -> None:
        """Wait for what runs, and let the files go."""
        for threads in (self._asking, self._building, self._writing):
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)
        if self._serving is not None:
            self._serving.drop_writer()


def _first(
    snapshot: Snapshot, question: Question, of_people: Question
) -> tuple[tuple[Result, ...], tuple[PersonResult, ...]]:
    """Return titles and people; typos in names of people only matter when the titles show that there are some."""
    finding = Finding(snapshot, question)
    results = finding.results()
    people = people_called(snapshot, of_people)
    if not people and not finding.certain:
        people = people_called_nearly(snapshot, of_people)
    return results, people


@asynccontextmanager
async def open_index(root: Path, settings: SearchSettings) -> AsyncIterator[TantivyIndex]:
    """Open the index below a folder for the block."""
    index = await asyncio.to_thread(TantivyIndex, root, settings)
    await asyncio.to_thread(index.open_serving)
    try:
        yield index
    finally:
        await index.close()
