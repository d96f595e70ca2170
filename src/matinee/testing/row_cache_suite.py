"""What every row cache must do. Each test quotes the promise of `matinee.services.home.ports` that it checks."""

import asyncio
from abc import ABC, abstractmethod

import pytest

from matinee.services.home.ports import MAX_ENTRY_BYTES, Entry, RowCache
from matinee.testing.capabilities import Suite
from matinee.testing.clock import ManualClock

KEY = "genre:drama:members.12.FI:40"


class RowCacheSuite(Suite, ABC):
    """Subclass it and give `open_cache`; the cache is empty, and time is the clock's."""

    @abstractmethod
    def open_cache(self, clock: ManualClock) -> RowCache:
        """Return a row cache."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """Time that stands still."""
        return ManualClock()

    @pytest.fixture
    def cache(self, clock: ManualClock) -> RowCache:
        """A row cache."""
        return self.open_cache(clock)

    def entry(self, clock: ManualClock, value: bytes = b"row", *, seconds: float = 60.0, version: int = 0) -> Entry:
        """Return an entry whose soft end is half way to its hard one."""
        now = clock.now().timestamp()
        return Entry(value=value, version=version, soft_until=now + seconds / 2, hard_until=now + seconds)

    async def test_an_entry_is_read_as_it_was_kept(self, cache: RowCache, clock: ManualClock) -> None:
        """'Return the entry, or None when there is none or its hard end has come.'."""
        kept = self.entry(clock, bytes(range(256)), version=2**53)
        assert await cache.get(KEY) is None
        await cache.put(KEY, kept)
        assert await cache.get(KEY) == kept
        clock.advance(59.9)
        assert await cache.get(KEY) == kept
        clock.advance(0.2)
        assert await cache.get(KEY) is None

    async def test_a_later_entry_replaces(self, cache: RowCache, clock: ManualClock) -> None:
        """'Keep an entry in place of what stood there; one of more than `MAX_ENTRY_BYTES` is dropped in silence.'."""
        await cache.put(KEY, self.entry(clock, b"first"))
        await cache.put(KEY, self.entry(clock, b"second"))
        found = await cache.get(KEY)
        assert found is not None
        assert found.value == b"second"
        await cache.put("large", self.entry(clock, b"x" * (MAX_ENTRY_BYTES + 1)))
        assert await cache.get("large") is None
        await cache.put("largest", self.entry(clock, b"x" * MAX_ENTRY_BYTES))
        assert await cache.get("largest") is not None

    async def test_a_removed_entry_is_gone(self, cache: RowCache, clock: ManualClock) -> None:
        """'Forget an entry; nothing happens when there is none.'."""
        await cache.put(KEY, self.entry(clock))
        await cache.put("other", self.entry(clock))
        for _ in range(2):
            await cache.remove(KEY)
            assert await cache.get(KEY) is None
        assert await cache.get("other") is not None

    async def test_one_of_many_takes_the_lock(self, cache: RowCache) -> None:
        """'Take the key's lock and return True, or return False when somebody has it.'."""
        taken = await asyncio.gather(*(cache.lock(KEY, f"owner-{number}", seconds=5) for number in range(50)))
        assert taken.count(True) == 1
        assert await cache.lock("another", "owner", seconds=5)

    async def test_a_lock_is_free_after_its_lease(self, cache: RowCache, clock: ManualClock) -> None:
        """'It is free again after `seconds`, whatever became of its owner.'."""
        assert await cache.lock(KEY, "dead", seconds=5)
        clock.advance(4.9)
        assert not await cache.lock(KEY, "next", seconds=5)
        clock.advance(0.2)
        assert await cache.lock(KEY, "next", seconds=5)

    async def test_only_the_owner_gives_a_lock_back(self, cache: RowCache, clock: ManualClock) -> None:
        """'Give the lock back; nothing happens when it is another's by now.'."""
        await cache.unlock(KEY, "nobody")
        assert await cache.lock(KEY, "slow", seconds=5)
        clock.advance(6)
        assert await cache.lock(KEY, "quick", seconds=5)
        await cache.unlock(KEY, "slow")
        assert not await cache.lock(KEY, "third", seconds=5)
        await cache.unlock(KEY, "quick")
        assert await cache.lock(KEY, "third", seconds=5)

    async def test_a_lock_keeps_nobody_from_the_entry(self, cache: RowCache, clock: ManualClock) -> None:
        """'It says nothing about the entry: reads and writes go on.'."""
        assert await cache.lock(KEY, "owner", seconds=5)
        await cache.put(KEY, self.entry(clock))
        assert await cache.get(KEY) is not None
        await cache.remove(KEY)
        assert not await cache.lock(KEY, "other", seconds=5)
