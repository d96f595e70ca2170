"""The row cache of one process: a dictionary with bounds, the least recently used go first."""

from collections import OrderedDict

from matinee.kit.clock import Clock
from matinee.services.home.ports import MAX_ENTRY_BYTES, Entry

_OVERHEAD_BYTES = 256
_MAX_LOCKS = 100_000


class MemoryRowCache:
    """Bounded by entries and by bytes. For one event loop.

    Args:
        max_entries: at most so many rows.
        max_bytes: of all values, and a little for each.
    """

    def __init__(self, clock: Clock, *, max_entries: int, max_bytes: int) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._bytes = 0
        self._locks: OrderedDict[str, tuple[str, float]] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """What is kept now."""
        return self._bytes

    def __len__(self) -> int:
        """How many rows are kept now."""
        return len(self._entries)

    async def get(self, key: str) -> Entry | None:
        """Return the entry, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.hard_until <= self._clock.now().timestamp():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry

    async def put(self, key: str, entry: Entry) -> None:
        """Keep an entry; others go when there is no room."""
        self._drop(key)
        if len(entry.value) > MAX_ENTRY_BYTES:
            return
        self._entries[key] = entry
        self._bytes += _size(key, entry)
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    async def remove(self, key: str) -> None:
        """Forget an entry."""
        self._drop(key)

    async def lock(self, key: str, owner: str, *, seconds: float) -> bool:
        """Take the key's lock unless another has it."""
        now = self._clock.monotonic()
        held = self._locks.get(key)
        if held is not None and held[1] > now:
            return False
        self._locks.pop(key, None)
        self._locks[key] = (owner, now + seconds)
        while len(self._locks) > _MAX_LOCKS:
            self._locks.popitem(last=False)
        return True

    async def unlock(self, key: str, owner: str) -> None:
        """Give the lock back if it is still the owner's."""
        held = self._locks.get(key)
        if held is not None and held[0] == owner:
            del self._locks[key]

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(key, entry)


def _size(key: str, entry: Entry) -> int:
    return len(entry.value) + len(key) + _OVERHEAD_BYTES
