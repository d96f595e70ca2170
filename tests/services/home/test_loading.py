"""Of all who want a row one fetches it, and never more rows are fetched at once than the limiter lets through."""

import asyncio
import time
from random import Random

import msgspec
import pytest
from tests.services.home.conftest import memory_cache, read, until

from matinee.kit.errors import UnavailableError
from matinee.kit.ids import RandomIds
from matinee.resilience.command import Commands
from matinee.resilience.errors import RejectedError
from matinee.resilience.limiter import AdaptiveLimiter, AdditiveIncrease
from matinee.resilience.settings import Tuning
from matinee.services.home.ports import EMPTY, Entry, Row, RowCacheError, RowItem
from matinee.services.home.service.loading import Loading, Wanted
from matinee.services.home.service.turnstile import Turnstile
from matinee.services.home.settings import HomeSettings
from matinee.testing.clock import ManualClock
from matinee.testing.home import viewer_passport

ROW = Row(items=(RowItem("title", b'{"title_id":"title"}'),), name="Row")


class Source:
    """What a row is made from."""

    def __init__(self, row=ROW, seconds=0.0):
        self.row, self.seconds = row, seconds
        self.calls = self.inside = self.most = 0
        self.broken = False

    async def __call__(self):
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await asyncio.sleep(self.seconds)
            if self.broken:
                raise UnavailableError("away")
            return self.row
        finally:
            self.inside -= 1

    def wanted(self, key="key", kind="genre", **options):
        return Wanted(key, kind, self, **options)


def fixed(most, waiting=1_000):
    limiter = AdaptiveLimiter(AdditiveIncrease(), time.monotonic, first=most, least=most, most=most)
    return Turnstile(limiter, waiting=waiting)


@pytest.fixture
async def open_loading():
    opened = []

    def make(cache=None, clock=None, gate=None, **settings):
        clock = clock or ManualClock()
        loading = Loading(
            memory_cache(clock) if cache is None else cache,
            Commands(Tuning(), time.monotonic),
            gate or fixed(16),
            HomeSettings(**settings),
            clock=clock,
            ids=RandomIds(),
            random=Random(1),
        )
        opened.append(loading)
        return loading

    yield make
    for loading in opened:
        await loading.close()


async def get(loading, wanted):
    return loading.ready(wanted) or await asyncio.shield(loading.fetch(wanted))


async def test_a_thousand_misses_of_one_row_reach_the_database_once(open_loading):
    """From four processes that share a cache, a quarter each."""
    clock, source = ManualClock(), Source(seconds=0.05)
    cache = memory_cache(clock)
    processes = [open_loading(cache, clock) for _ in range(4)]
    found = await asyncio.gather(*(get(processes[number % 4], source.wanted()) for number in range(1_000)))
    assert source.calls == 1
    assert {one.row.name for one in found} == {"Row"}


async def test_a_thousand_viewers_of_one_row_ask_its_provider_once(open_home):
    bench = open_home(row_seconds=10, page_seconds=20)
    bench.library.seconds["shelf.new"] = 0.05
    asking = (read(bench, viewer_passport(f"profile-{number % 20}")) for number in range(1_000))
    pages = await asyncio.gather(*asking)
    assert bench.library.calls["shelf.new"] == 1
    assert {row["row_id"] for page in pages for row in page["rows"]} >= {"new", "top-10"}
    assert not any(page["left_out"] for page in pages)


async def test_a_flush_under_load_does_not_fetch_more_at_once_than_the_limiter_lets_through(open_home):
    """200 requests a second by 40 profiles, the cache flushed several times: everything is fetched anew each time."""
    bench = open_home(gate=fixed(6), soft_seconds=0.2, page_fresh_seconds=0.0, row_seconds=25, page_seconds=30)
    for name in ("shelf.new", "shelf.genre", "shelf.hot", "similar", "going", "recent", "popular", "genres"):
        bench.library.seconds[name] = bench.history.seconds[name] = 0.01
    most, asked = 0, []

    async def one(number):
        nonlocal most
        page = await read(bench, viewer_passport(f"profile-{number % 40}"))
        most = max(most, bench.turnstile._limiter.inside)
        return page

    for number in range(300):
        if number % 60 == 0:
            bench.cache._entries.clear()
            bench.loading._near.clear()
        asked.append(asyncio.create_task(one(number)))
        await asyncio.sleep(0.005)
    pages = await asyncio.gather(*asked)
    # One fetch makes one call to another room at a time, so that is what the rooms behind see as well.
    assert 1 < most <= 6
    assert bench.library.most <= 6
    assert all(page["rows"] for page in pages)
    assert sum(len(page["left_out"]) for page in pages) == 0


async def test_between_its_soft_and_hard_end_a_row_is_shown_while_it_is_fetched(open_loading):
    clock, source = ManualClock(), Source()
    loading = open_loading(clock=clock, soft_seconds=10, hard_seconds=100, jitter=0)
    assert (await get(loading, source.wanted())).source == "fresh"
    clock.advance(9.9)
    assert (await get(loading, source.wanted())).source == "cached"
    clock.advance(0.2)
    source.row = Row(items=ROW.items, name="Newer")
    old = await get(loading, source.wanted())
    assert (old.source, old.row.name) == ("stale", "Row")
    await until(lambda: not loading._flights)
    assert (source.calls, (await get(loading, source.wanted())).row.name) == (2, "Newer")
    clock.advance(101)
    assert (await get(loading, source.wanted())).source == "fresh"


async def test_lives_of_rows_differ(open_loading):
    loading, source = open_loading(soft_seconds=100, jitter=0.2), Source()
    ends = set()
    for number in range(30):
        found = await get(loading, source.wanted(f"key-{number}"))
        ends.add(round(found.good_until - ManualClock().now().timestamp(), 3))
    assert len(ends) > 25
    assert 80 <= min(ends) < 90
    assert 110 < max(ends) <= 120


async def test_failures_are_not_kept_and_empty_rows_for_a_short_while(open_loading):
    clock, source = ManualClock(), Source(EMPTY)
    loading = open_loading(clock=clock, soft_seconds=60, hard_seconds=65, empty_seconds=5, jitter=0)
    source.broken = True
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await get(loading, source.wanted())
    assert source.calls == 2
    source.broken = False
    await get(loading, source.wanted())
    clock.advance(4.9)
    await get(loading, source.wanted())
    assert source.calls == 3
    clock.advance(0.2)
    await get(loading, source.wanted())
    await until(lambda: source.calls == 4 and not loading._flights)
    clock.advance(66)
    assert (await get(loading, source.wanted())).source == "fresh"


async def test_a_failure_shows_the_copy_until_its_hard_end(open_loading):
    clock, source = ManualClock(), Source()
    loading = open_loading(clock=clock, own_soft_seconds=10, hard_seconds=100, jitter=0)
    await get(loading, source.wanted(version=1))
    source.broken = True
    assert (await get(loading, source.wanted(version=2))).source == "stale"
    clock.advance(101)
    with pytest.raises(UnavailableError):
        await get(loading, source.wanted(version=2))


async def test_a_copy_in_the_shared_cache_stands_in_too(open_loading):
    clock, source = ManualClock(), Source()
    cache = memory_cache(clock)
    await get(open_loading(cache, clock), source.wanted(version=1))
    source.broken = True
    found = await get(open_loading(cache, clock), source.wanted(version=2))
    assert (found.source, found.row) == ("stale", ROW)


async def test_who_waits_for_anothers_lock_shows_the_copy_or_loads_without_it(open_loading):
    clock = ManualClock()
    cache, source = memory_cache(clock), Source()
    loading = open_loading(cache, clock, lock_wait_seconds=0.05)
    assert await cache.lock("key", "a process that died", seconds=60)
    assert (await get(loading, source.wanted())).source == "fresh"
    now = clock.now().timestamp()
    assert await cache.lock("old", "another", seconds=60)
    await cache.put("old", Entry(msgspec.msgpack.encode(ROW), 0, now - 1, now + 50))
    assert (await get(loading, source.wanted("old"))).source == "stale"
    assert source.calls == 1


async def test_who_waits_takes_what_another_process_fetched(open_loading):
    clock, source = ManualClock(), Source()
    cache = memory_cache(clock)
    loading = open_loading(cache, clock, lock_wait_seconds=2.0, row_seconds=5)
    assert await cache.lock("key", "another", seconds=60)
    waiting = asyncio.create_task(get(loading, source.wanted()))
    await asyncio.sleep(0.02)
    other = open_loading(cache, clock)
    entry = other._entry(ROW, source.wanted(), clock.now().timestamp())
    await cache.put("key", entry)
    assert (await waiting).source == "cached"
    assert source.calls == 0


class AwayCache:
    """A row cache whose engine is gone, or does not answer."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def __getattr__(self, _):
        async def method(*_, **__):
            await asyncio.sleep(self.seconds)
            raise RowCacheError("The row cache is away.")

        return method


@pytest.mark.parametrize("seconds", [0.0, 5.0])
async def test_without_its_cache_a_process_keeps_its_own_rows_and_fetches_no_faster(open_loading, seconds):
    clock, source = ManualClock(), Source(seconds=0.01)
    loading = open_loading(AwayCache(seconds), clock, gate=fixed(4), row_seconds=5, cache_seconds=0.05)
    wanted = [source.wanted(f"key-{number}") for number in range(30)]
    began = time.monotonic()
    found = await asyncio.gather(*(get(loading, one) for one in wanted * 3))
    assert {one.source for one in found} == {"fresh"}
    assert (source.calls, source.most) == (30, 2)  # one kind has half of the places
    assert (await get(loading, wanted[0])).source == "cached"
    assert time.monotonic() - began < 3


async def test_who_came_first_and_gave_up_does_not_take_the_row_from_the_others(open_loading):
    loading, source = open_loading(), Source(seconds=0.05)
    first = asyncio.create_task(get(loading, source.wanted()))
    await asyncio.sleep(0)
    second = asyncio.create_task(get(loading, source.wanted()))
    await asyncio.sleep(0.01)
    first.cancel()
    assert (await second).source == "fresh"
    assert source.calls == 1


async def test_the_near_rows_are_bounded_by_bytes(open_loading):
    loading = open_loading(near_bytes=2**20)
    big = Source(Row(items=tuple(RowItem(str(number), b"x" * 1_000) for number in range(40))))
    for number in range(100):
        await get(loading, big.wanted(f"key-{number}"))
        assert loading._near_bytes <= 2**20
    assert 5 < len(loading._near) < 30


async def test_a_slow_kind_leaves_places_for_the_others(open_loading):
    loading = open_loading(gate=fixed(4), row_seconds=5)
    stuck, quick = Source(seconds=0.3), Source()
    waiting = [asyncio.create_task(get(loading, stuck.wanted(f"slow-{n}", kind="because"))) for n in range(10)]
    await until(lambda: stuck.inside == 2)
    began = time.monotonic()
    await asyncio.gather(*(get(loading, quick.wanted(f"quick-{number}")) for number in range(20)))
    assert time.monotonic() - began < 0.25
    await asyncio.gather(*waiting)
    assert stuck.most == 2


async def test_the_line_before_the_turnstile_is_bounded_and_survives_those_who_leave_it():
    gate, running, entered = fixed(2, waiting=3), asyncio.Event(), []

    async def through(kind):
        async with gate.through(kind):
            entered.append(kind)
            await running.wait()

    inside = [asyncio.create_task(through(kind)) for kind in ("a", "b")]
    await until(lambda: len(entered) == 2)
    assert not gate.has_room("c")
    line = [asyncio.create_task(through(kind)) for kind in ("c", "c", "d")]
    await until(lambda: gate.waiting == 3)
    with pytest.raises(RejectedError):
        await through("e")
    line[0].cancel()
    await asyncio.gather(line[0], return_exceptions=True)
    assert gate.waiting == 2
    running.set()
    await asyncio.gather(*inside, *line[1:])
    assert sorted(entered) == ["a", "b", "c", "d"]
    assert (gate.waiting, gate._limiter.inside) == (0, 0)
    assert gate.has_room("c")


async def test_a_place_is_given_on_when_its_taker_left_in_the_same_moment():
    gate = fixed(2)
    hold = asyncio.Event()

    async def through(kind):
        async with gate.through(kind):
            await hold.wait()

    inside = [asyncio.create_task(through(kind)) for kind in ("a", "b")]
    await asyncio.sleep(0)
    line = [asyncio.create_task(through(kind)) for kind in ("a", "b", "a")]
    await until(lambda: gate.waiting == 3)
    inside[0].cancel()
    await asyncio.sleep(0)  # a place was given to the first in the line
    line[0].cancel()
    await asyncio.gather(inside[0], line[0], return_exceptions=True)
    hold.set()
    await asyncio.gather(inside[1], *line[1:])
    assert (gate.waiting, gate._limiter.inside) == (0, 0)


async def test_who_joins_a_refresh_after_a_flush_waits_for_it(open_loading):
    """A flight that began behind somebody's back must not give up for want of a place: others need it by now."""
    clock, source, gate = ManualClock(), Source(), fixed(2)
    cache = memory_cache(clock)
    loading = open_loading(cache, clock, gate=gate, soft_seconds=10, jitter=0, row_seconds=25)
    await get(loading, source.wanted())
    clock.advance(11)
    assert loading.ready(source.wanted()).source == "stale"  # sets out, as there is room now
    async with gate.through("a"), gate.through("b"):
        cache._entries.clear()
        loading._near.clear()
        joined = asyncio.create_task(get(loading, source.wanted()))
        await until(lambda: gate.waiting == 1)
        assert not joined.done()
    assert (await joined).source == "fresh"


async def test_refreshing_behind_the_back_is_dropped_first_when_there_is_much_to_do(open_loading):
    clock, source, busy = ManualClock(), Source(), Source(seconds=0.2)
    loading = open_loading(clock=clock, gate=fixed(2), soft_seconds=10, jitter=0, row_seconds=5)
    await get(loading, source.wanted())
    clock.advance(11)
    work = [asyncio.create_task(get(loading, busy.wanted(f"busy-{n}", kind=f"kind-{n}"))) for n in range(4)]
    await until(lambda: busy.inside == 2)
    assert (await get(loading, source.wanted())).source == "stale"
    assert source.calls == 1
    await asyncio.gather(*work)
    await get(loading, source.wanted())
    await until(lambda: source.calls == 2)
