"""Random histories of a row cache against a dictionary; what is gone early is no fault, what is wrong is."""

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from matinee.services.home.ports import Entry, RowCache
from matinee.testing.clock import ManualClock

KEYS = st.sampled_from([f"row-{number}" for number in range(6)])
OWNERS = st.sampled_from(["a", "b", "c"])


class RowCacheMachine(RuleBasedStateMachine):
    """Subclass it with `open_cache`."""

    open_cache: Callable[[ManualClock], RowCache]

    @initialize()
    def start(self) -> None:
        """Open an empty cache."""
        self.clock = ManualClock()
        self.runner = asyncio.Runner()
        self.cache = type(self).open_cache(self.clock)
        self.model: dict[str, Entry] = {}
        self.locks: dict[str, tuple[str, float]] = {}

    def run(self, work: Any) -> Any:
        """Wait for a coroutine."""
        return self.runner.run(asyncio.wait_for(work, 10))

    @rule(key=KEYS, value=st.binary(max_size=400), seconds=st.floats(0.1, 50), version=st.integers(0, 3))
    def put(self, key: str, value: bytes, seconds: float, version: int) -> None:
        """A put replaces."""
        now = self.clock.now().timestamp()
        self.model[key] = Entry(value, version, now + seconds / 2, now + seconds)
        self.run(self.cache.put(key, self.model[key]))

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        """A read finds what was kept last and still lives, or nothing."""
        found = self.run(self.cache.get(key))
        expected = self.model.get(key)
        if expected is None or expected.hard_until <= self.clock.now().timestamp():
            assert found is None
        else:
            assert found in (None, expected)

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        """What is removed stays so."""
        self.run(self.cache.remove(key))
        self.model.pop(key, None)

    @rule(key=KEYS, owner=OWNERS, seconds=st.floats(0.1, 50))
    def lock(self, key: str, owner: str, seconds: float) -> None:
        """A lock is taken exactly when nobody has it."""
        held = self.locks.get(key)
        free = held is None or held[1] <= self.clock.monotonic()
        assert self.run(self.cache.lock(key, owner, seconds=seconds)) == free
        if free:
            self.locks[key] = (owner, self.clock.monotonic() + seconds)

    @rule(key=KEYS, owner=OWNERS)
    def unlock(self, key: str, owner: str) -> None:
        """Only its owner gives it back."""
        self.run(self.cache.unlock(key, owner))
        if key in self.locks and self.locks[key][0] == owner:
            del self.locks[key]

    @rule(seconds=st.floats(0, 60))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    def teardown(self) -> None:
        """Close the loop."""
        if hasattr(self, "runner"):
            self.runner.close()
