"""An index being built beside the serving one."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from matinee.contracts.library import Change
from matinee.kit.ids import TitleId
from matinee.services.search.adapters.tantivy_index.generation import Generation, Levels

_PIECE = 25
_NEVER = datetime.min.replace(tzinfo=UTC)
T = TypeVar("T")


class Beside(Protocol):
    """What a draft asks of the index that it is built beside."""

    @property
    def levels(self) -> Levels:
        """How popular titles are."""
        ...

    async def build(self, work: Callable[[], T]) -> T:
        """Do something in the thread for drafts."""
        ...

    async def swap(self, draft: "TantivyDraft", generation: Generation, number: int) -> None:
        """Let the draft serve."""
        ...

    def forget(self) -> None:
        """Stop telling the draft of changes."""
        ...


class TantivyDraft:
    """Implements `ports.Draft`.

    Args:
        generation: empty, in a folder that nobody else knows.
    """

    def __init__(self, generation: Generation, beside: Beside, number: int) -> None:
        self._generation = generation
        self._beside = beside
        self._number = number
        self._versions: dict[TitleId, int] = {}
        self._heard: deque[Change] = deque()

    def copy_tombstones(self, gone: Sequence[tuple[TitleId, int]]) -> None:
        """Take over what is known of deletions; called once, before anything else."""
        for title_id, version in gone:
            self._heard.append(Change(op="d", title_id=title_id, version=version, changed_at=_NEVER))

    def hear(self, changes: Sequence[Change]) -> None:
        """Note changes that went into the serving index; another thread than the one that builds may call."""
        self._heard.extend(changes)

    async def add(self, changes: Sequence[Change]) -> None:
        """Put titles in; see the port."""
        await self._beside.build(lambda: self._put([*self._drained(), *changes]))

    def _put(self, changes: Sequence[Change]) -> None:
        for at, change in enumerate(changes):
            known = self._versions.get(change.title_id)
            if known is None:
                self._generation.add(change, self._beside.levels)
            elif change.version > known:
                self._generation.replace(change, self._beside.levels)
            else:
                continue
            self._versions[change.title_id] = change.version
            if at % _PIECE == 0:
                time.sleep(0)  # lets threads that answer somebody go first

    def _drained(self) -> list[Change]:
        drained = []
        while self._heard:
            drained.append(self._heard.popleft())
        return drained

    async def serve(self) -> None:
        """Make it the serving index; see the port."""
        await self._beside.build(self._finish)
        await self._beside.swap(self, self._generation, self._number)

    def _finish(self) -> None:
        self._put(self._drained())
        self._generation.finish()
        self._versions.clear()

    def catch_up(self) -> None:
        """Bring in what was heard since; nothing is heard meanwhile, because the thread of changes calls this."""
        heard = self._drained()
        if heard:
            self._generation.apply(heard, self._beside.levels)

    async def discard(self) -> None:
        """Leave it; see the port."""
        self._beside.forget()
        await self._beside.build(self._generation.remove)
