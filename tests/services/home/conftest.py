import asyncio
import contextlib

import msgspec
import pytest

from matinee.kit.clock import SystemClock
from matinee.services.home.adapters.memory import MemoryRowCache
from matinee.services.home.settings import HomeSettings
from matinee.testing.home import FakeHistory, FakeLibrary, HomeBench, card

FILMS = 120
# A busy machine must not look like a slow provider, where no test is about that.
PATIENT = {"row_seconds": 25.0, "page_seconds": 30.0, "version_seconds": 5.0, "cache_seconds": 5.0}


def films():
    return [card(number) for number in range(FILMS)]


def busy_history():
    history = FakeHistory()
    for number in range(40):
        history.plays["week"][f"title-{number * 3 % FILMS:04d}"] = 100 - number
        history.plays["day"][f"title-{number * 2 % FILMS:04d}"] = number + 1
    return history


def memory_cache(clock=None):
    return MemoryRowCache(clock or SystemClock(), max_entries=10_000, max_bytes=2**26)


@pytest.fixture
async def open_home():
    """Returns a function that opens a home room on fakes; all are closed at the end."""
    opened = []

    def make(cache=None, *, clock=None, library=None, history=None, gate=None, **settings):
        bench = HomeBench(
            library or FakeLibrary(films()),
            history or busy_history(),
            memory_cache(clock) if cache is None else cache,
            HomeSettings(**{**PATIENT, **settings}),
            clock,
            gate,
        )
        opened.append(bench)
        return bench

    yield make
    for bench in opened:
        await bench.loading.close()


async def read(bench, passport, *, limit=20, cursor=None):
    return msgspec.json.decode(await bench.service.page(passport=passport, limit=limit, cursor=cursor))


def by_id(page):
    return {row["row_id"]: row for row in page["rows"]}


def names(row):
    return [item["title_id"] for item in row["items"]]


async def until(condition, seconds=5.0):
    """Wait until something holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def landed(bench, seconds=5.0):
    """Wait until nothing is fetched any more."""
    await until(lambda: not bench.loading._flights, seconds)


@contextlib.contextmanager
def slow(fake, seconds, *names):
    for name in names or ("",):
        fake.seconds[name] = seconds
    yield
    fake.seconds.clear()
