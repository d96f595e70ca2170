"""Row caches: the suite on every adapter, and what is the embedded one's own."""

import pytest
from hypothesis import settings

from matinee.services.home.adapters.memory import MemoryRowCache
from matinee.services.home.ports import Entry
from matinee.testing.clock import ManualClock
from matinee.testing.row_cache_machine import RowCacheMachine
from matinee.testing.row_cache_suite import RowCacheSuite


class TestMemoryRowCache(RowCacheSuite):
    def open_cache(self, clock):
        return MemoryRowCache(clock, max_entries=100, max_bytes=4 * 2**20)


class MemoryMachine(RowCacheMachine):
    @staticmethod
    def open_cache(clock):
        return MemoryRowCache(clock, max_entries=4, max_bytes=2_000)


TestMemoryMachine = pytest.mark.slow(MemoryMachine.TestCase)
MemoryMachine.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)


def kept(clock, size=10):
    now = clock.now().timestamp()
    return Entry(b"x" * size, 0, now + 30, now + 60)


async def test_the_least_recently_used_go_first_when_there_are_too_many():
    clock = ManualClock()
    cache = MemoryRowCache(clock, max_entries=3, max_bytes=2**20)
    for name in "abc":
        await cache.put(name, kept(clock))
    await cache.get("a")
    await cache.put("d", kept(clock))
    assert [name for name in "abcd" if await cache.get(name) is not None] == ["a", "c", "d"]


async def test_bytes_are_bounded_and_counted_right():
    clock = ManualClock()
    cache = MemoryRowCache(clock, max_entries=1_000, max_bytes=100_000)
    for number in range(500):
        await cache.put(f"row-{number % 60}", kept(clock, 1_000 + number * 7))
        assert cache.size_bytes <= 100_000
    assert len(cache) > 10
    for number in range(60):
        await cache.remove(f"row-{number}")
    assert (len(cache), cache.size_bytes) == (0, 0)
