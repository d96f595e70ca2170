"""Deadlines: the nearer one wins, and the work is cancelled."""

import asyncio

import pytest

from matinee.kit.deadline import deadline, remaining_seconds
from matinee.kit.errors import DeadlineError


async def stay(seconds: float) -> None:
    async with deadline(seconds):
        await asyncio.Event().wait()


async def test_time_that_runs_out_is_a_deadline_error_and_cancels():
    with pytest.raises(DeadlineError) as caught:
        await stay(0.02)
    assert caught.value.facts["seconds"] == pytest.approx(0.02, abs=0.01)
    assert remaining_seconds(9) == 9


async def test_without_a_deadline_the_default_remains():
    assert remaining_seconds(5) == 5


async def test_an_inner_deadline_cannot_outlast_the_outer():
    async with deadline(0.5):
        async with deadline(100):
            assert remaining_seconds(100) <= 0.5
        assert remaining_seconds(0.1) == 0.1


async def test_an_inner_deadline_may_be_nearer():
    async with deadline(100):
        with pytest.raises(DeadlineError):
            await stay(0.01)
        assert 90 < remaining_seconds(100) <= 100


async def test_tasks_inherit_it():
    async with deadline(50):
        assert await asyncio.create_task(left()) <= 50


async def left() -> float:
    return remaining_seconds(1000)


async def test_time_already_gone_leaves_nothing():
    seen = []

    async def late():
        async with deadline(0):
            seen.append(remaining_seconds(10))
            await asyncio.sleep(1)

    with pytest.raises(DeadlineError):
        await late()
    assert seen == [0]


async def test_cancelling_from_outside_stays_a_cancellation():
    task = asyncio.create_task(stay(60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
