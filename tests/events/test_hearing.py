"""Every event of a topic is applied, in order, whatever breaks in between."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from matinee.events.hearing import keep_hearing
from matinee.events.opened import open_events
from matinee.events.port import NewEvent
from matinee.kit.clock import SystemClock
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import RandomIds

TOPIC, GROUP = "test.news", "listeners"


@pytest.fixture
async def log(tmp_path: Path):
    async with open_events(f"sqlite:///{tmp_path}/events.db", clock=SystemClock(), ids=RandomIds()) as log:
        yield log


@asynccontextmanager
async def hearing(log, apply, **how):
    decoder = msgspec.json.Decoder(int)
    task = asyncio.create_task(keep_hearing(log, TOPIC, group=GROUP, decoder=decoder, apply=apply, **how))
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def write(log, *values):
    await log.append(TOPIC, [NewEvent(key="key", value=value) for value in values])


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def heard_by_group(log):
    async with log.consumer(TOPIC, group=GROUP) as consumer:
        return await consumer.lag() == 0


async def test_what_cannot_be_read_is_left_behind_and_the_rest_is_applied_in_order(log):
    heard = []

    async def apply(told):
        heard.append(told)

    await write(log, b"1", b"nonsense", b"2", b'"text"', b"3")
    async with hearing(log, apply, at_once=2):
        await until(lambda: heard == [1, 2, 3])
        await write(log, b"4")
        await until(lambda: heard == [1, 2, 3, 4])


async def test_what_failed_comes_again_and_what_comes_after_it_waits(log, monkeypatch):
    monkeypatch.setattr("matinee.events.hearing._PAUSE_SECONDS", 0.01)
    heard, tries = [], []

    async def apply(told):
        tries.append(told)
        if told == 2 and tries.count(2) < 3:
            raise UnavailableError("Not yet.")
        heard.append(told)

    await write(log, b"1", b"2", b"3")
    async with hearing(log, apply, at_once=1):
        await until(lambda: heard[-1:] == [3])
    assert tries == [1, 2, 2, 2, 3]
    assert heard == [1, 2, 3]


async def test_who_stops_in_the_middle_of_one_hears_it_again(log):
    begun, heard = asyncio.Event(), []

    async def hangs(_):
        begun.set()
        await asyncio.Event().wait()

    async def apply(told):
        heard.append(told)

    await write(log, b"1")
    async with hearing(log, hangs):
        await begun.wait()
    assert not await heard_by_group(log)
    async with hearing(log, apply):
        await until(lambda: heard == [1])


async def test_a_defect_ends_it_so_that_the_room_says_that_it_is_broken(log):
    async def apply(_):
        raise ValueError("a defect")

    await write(log, b"1")
    async with hearing(log, apply) as task:
        await until(task.done)
        assert isinstance(task.exception(), ValueError)
