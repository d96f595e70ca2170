"""The cache's books and the whole edge against a plain model."""

import asyncio
import tempfile
from collections import OrderedDict
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from matinee.services.edge.service.errors import EdgeBusyError, TooLargeForEdgeError
from matinee.services.edge.service.objects import Bounds, CachedObject, ObjectCache
from matinee.services.edge.settings import MIB, EdgeSettings
from matinee.testing.clock import ManualClock
from matinee.testing.edges import CountingOrigin, EdgeUnderTest, TestRelease, opened_edge, publish

BUDGET, PINNED, MEMORY, SENDING = 1000, 400, 300, 5.0
NAMES = [f"{number:064x}" for number in range(12)]


class Books(RuleBasedStateMachine):
    """`ObjectCache` against an ordered dict: bounds always hold, victims are the least recently used."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = ObjectCache(Bounds(BUDGET, PINNED, MEMORY, SENDING))
        self.now = 0.0
        self.order: OrderedDict[str, tuple[int, float]] = OrderedDict()  # least recently used first
        self.pins: dict[str, int] = {}

    def sizes(self) -> int:
        return sum(size for size, _ in self.order.values())

    @rule(seconds=st.sampled_from([0.5, 3.0, 6.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(name=st.sampled_from(NAMES), size=st.integers(0, 1200))
    def fill(self, name: str, size: int) -> None:
        if name in self.order:
            return
        expected, needed = [], self.sizes() + size - BUDGET
        for other, (held_size, used_at) in self.order.items():
            if needed <= 0:
                break
            if self.pins.get(other):
                continue
            if self.now - used_at < SENDING:
                break
            expected.append(other)
            needed -= held_size
        if size > BUDGET or needed > 0:
            with pytest.raises((EdgeBusyError, TooLargeForEdgeError)):
                self.cache.reserve(size, self.now)
            return
        assert [victim.digest for victim in self.cache.reserve(size, self.now)] == expected
        for other in expected:
            del self.order[other]
        assert self.cache.size_bytes + self.cache.reserved_bytes <= BUDGET
        self.cache.unreserve(size)
        held = CachedObject(name, size, f"/nowhere/{name}", checked=True)
        self.cache.add(held)
        self.cache.use(held, self.now)
        self.order[name] = (size, self.now)

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def use(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(self.order)))
        held = self.cache.get(name)
        assert held is not None
        self.cache.use(held, self.now)
        self.order[name] = (held.size_bytes, self.now)
        self.order.move_to_end(name)

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def remember(self, data: st.DataObject) -> None:
        held = self.cache.get(data.draw(st.sampled_from(list(self.order))))
        assert held is not None
        self.cache.remember_body(held, b"x" * held.size_bytes)
        assert (held.body is not None) == (held.size_bytes <= MEMORY)

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def pin(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(self.order)))
        held = self.cache.get(name)
        assert held is not None
        pinned = sum(size for other, (size, _) in self.order.items() if self.pins.get(other))
        if not self.pins.get(name) and pinned + held.size_bytes > PINNED:
            with pytest.raises(EdgeBusyError):
                self.cache.pin(held)
            return
        self.cache.pin(held)
        self.pins[name] = self.pins.get(name, 0) + 1

    @precondition(lambda self: any(self.pins.values()))
    @rule(data=st.data())
    def unpin(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([name for name, count in self.pins.items() if count]))
        held = self.cache.get(name)
        assert held is not None
        self.cache.unpin(held)
        self.pins[name] -= 1
        if not self.pins[name]:
            self.order.move_to_end(name)

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(self.order)))
        held = self.cache.get(name)
        assert held is not None
        self.cache.drop(held)
        self.cache.drop(held)
        self.cache.unpin(held)
        del self.order[name]
        self.pins.pop(name, None)

    @invariant()
    def books_agree(self) -> None:
        assert self.cache.size_bytes == self.sizes() <= BUDGET
        assert {held.digest for held in self.cache} == set(self.order)
        assert self.cache.pinned_bytes == sum(s for n, (s, _) in self.order.items() if self.pins.get(n)) <= PINNED
        in_memory = sum(held.size_bytes for held in self.cache if held.body is not None)
        assert self.cache.memory_bytes == in_memory <= MEMORY
        assert self.cache.reserved_bytes == 0


TestBooks = Books.TestCase
TestBooks.settings = hypothesis_settings(max_examples=60, stateful_step_count=40, deadline=None)


class WholeEdge(RuleBasedStateMachine):
    """A real edge on a real folder: whatever happens, a 200 has the published bytes and the disk is within bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.clock = ManualClock()
        self.settings = EdgeSettings(
            budget_bytes=MIB, memory_bytes=100_000, memory_object_bytes=60_000, retry_seconds=0.0
        )
        self.origin = CountingOrigin(self.folder / "origin")
        self.files = {f"v/{n}.m4s": bytes([n]) * (40_000 * n) for n in range(9)}
        self.release: TestRelease = self.loop.run(publish(self.origin, "t", self.files))
        self.edge: EdgeUnderTest
        self.open()

    def open(self) -> None:
        self.opened = opened_edge(self.folder, clock=self.clock, origin=self.origin, settings=self.settings)
        self.edge = self.loop.run(self.opened.__aenter__())

    def close(self) -> None:
        self.loop.run(self.opened.__aexit__(None, None, None))

    @rule(
        number=st.integers(0, 8), spoilt=st.booleans(), away=st.booleans(), header=st.sampled_from([None, "bytes=5-99"])
    )
    def ask(self, number: int, spoilt: bool, away: bool, header: str | None) -> None:
        path = f"v/{number}.m4s"
        self.origin.away = away
        self.origin.spoil = (lambda _, piece: piece[:-1] + b"!") if spoilt else (lambda _, piece: piece)
        answer = self.loop.run(self.edge.get(self.release, path, {"range": header} if header else None))
        if answer.status == 200:
            assert answer.body == self.files[path]
        elif answer.status == 206:
            assert answer.body == self.files[path][5:100]
        else:
            assert answer.status in {416, 503, 504}
            assert answer.status != 416 or number == 0

    @rule(seconds=st.sampled_from([1.0, 6.0, 301.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def restart(self) -> None:
        self.close()
        self.open()

    @rule(number=st.integers(0, 8))
    def someone_spoils_the_disk_before_a_restart(self, number: int) -> None:
        self.close()
        for file in (self.folder / "edge" / "cache" / "objects").rglob("*"):
            if file.is_file() and file.stat().st_size == 40_000 * number and number:
                file.write_bytes(b"?" * file.stat().st_size)
        self.open()

    @invariant()
    def disk_is_within_bounds(self) -> None:
        files = [file for file in (self.folder / "edge" / "cache").rglob("*") if file.is_file()]
        assert sum(file.stat().st_size for file in files) <= MIB
        assert not any("partial" in file.parts for file in files)

    @invariant()
    def a_healthy_origin_makes_everything_playable_again(self) -> None:
        self.origin.away = False
        self.origin.spoil = lambda _, piece: piece
        self.clock.advance(6.0)  # past remembered failures and files being sent
        answer = self.loop.run(self.edge.get(self.release, "v/3.m4s"))
        assert (answer.status, answer.body) == (200, self.files["v/3.m4s"])

    def teardown(self) -> None:
        self.close()
        self.loop.close()
        self.temporary.cleanup()


TestWholeEdge = pytest.mark.slow(WholeEdge.TestCase)
TestWholeEdge.settings = hypothesis_settings(max_examples=15, stateful_step_count=20, deadline=None)


async def test_pinned_releases_stay(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened_edge(tmp_path, settings=EdgeSettings(budget_bytes=MIB), clock=clock) as edge:
        hot = await publish(edge.origin, "hot", {"v/1.m4s": b"h" * 200_000, "v/2.m4s": b"i" * 200_000})
        cold = await publish(edge.origin, "cold", {f"v/{n}.m4s": bytes([n]) * 250_000 for n in range(6)})
        room = edge.app._edge
        assert await room.pin_release(hot.title_id, hot.release_id) == 2
        for path in cold.files:
            clock.advance(6)
            assert (await edge.get(cold, path)).status == 200
        assert (await edge.get(hot, "v/1.m4s")).cache_status.startswith("hit")
        with pytest.raises(EdgeBusyError):
            await room.pin_release(cold.title_id, cold.release_id)
        assert await edge.metric("pinned_bytes") == 400_000
        await room.unpin_release(hot.title_id, hot.release_id)
        assert await edge.metric("pinned_bytes") == 0
