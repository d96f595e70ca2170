"""What the home page needs from outside, and what its rows look like while they are kept."""

from typing import Protocol

import msgspec

from matinee.kit.errors import NotFoundError, UnavailableError

MAX_ENTRY_BYTES = 1024 * 1024


class RowCacheError(UnavailableError):
    """The row cache is away, or too slow; the cause is kept."""

    code = "row-cache"
    title = "Rows cannot be kept right now"


class RowNotFoundError(NotFoundError):
    """There is no such row, or it has nothing for this viewer."""

    code = "row-not-found"
    title = "There is no such row"


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A row as it is kept.

    Attributes:
        version: of what it was made from, 0 where that has none.
        revision: of the catalogue that it was made from.
        soft_until: Unix seconds; from then on somebody should fetch it anew, and it may still be shown.
        hard_until: Unix seconds; from then on it is gone.
    """

    value: bytes
    version: int
    soft_until: float
    hard_until: float
    revision: int = 0


class RowCache(Protocol):
    """Rows by key, shared by all processes that show them, and a lock for each key.

    It is a cache: whatever is in it may be gone at any moment, before its time. Every method raises `RowCacheError`
    when the engine is away.
    """

    async def get(self, key: str) -> Entry | None:
        """Return the entry, or None when there is none or its hard end has come."""
        ...

    async def put(self, key: str, entry: Entry) -> None:
        """Keep an entry in place of what stood there; one of more than `MAX_ENTRY_BYTES` is dropped in silence."""
        ...

    async def remove(self, key: str) -> None:
        """Forget an entry; nothing happens when there is none."""
        ...

    async def lock(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the key's lock and return True, or return False when somebody has it.

        It is free again after `seconds`, whatever became of its owner. It says nothing about the entry: reads and
        writes go on.
        """
        ...

    async def unlock(self, key: str, owner: str) -> None:
        """Give the lock back; nothing happens when it is another's by now."""
        ...


class RowItem(msgspec.Struct, frozen=True, array_like=True):
    """One title of a row: `body` is the JSON object that a page shows, ready to be sent."""

    title_id: str
    body: bytes


class Row(msgspec.Struct, frozen=True, array_like=True):
    """What a provider answers.

    Attributes:
        because: id and name of the title that a row is because of.
    """

    items: tuple[RowItem, ...]
    name: str = ""
    reason: str | None = None
    because: tuple[str, str] | None = None


EMPTY = Row(items=())
