"""Batches: who goes out together, who shares, who fails."""

import asyncio

import pytest

from matinee.kit.deadline import deadline, remaining_seconds
from matinee.resilience.collapser import Collapser, UnansweredError
from matinee.resilience.events import Event
from matinee.resilience.stream import snapshots


class Desk:
    def __init__(self):
        self.batches = []

    async def ask(self, arguments):
        self.batches.append(sorted(arguments))
        return {argument: argument * 10 for argument in arguments}


async def test_what_comes_between_two_ticks_goes_out_together_and_equal_ones_share():
    desk = Desk()
    collapser = Collapser(desk.ask, delay_seconds=0.01)
    answers = await asyncio.gather(*(collapser.submit(number) for number in (1, 2, 3, 2)))
    assert answers == [10, 20, 30, 20]
    assert desk.batches == [[1, 2, 3]]
    assert (collapser.batches, collapser.requests) == (1, 4)


async def test_a_full_batch_goes_out_at_once():
    desk = Desk()
    collapser = Collapser(desk.ask, delay_seconds=3600, max_batch=2)
    async with asyncio.timeout(5):
        assert await asyncio.gather(collapser.submit(1), collapser.submit(2)) == [10, 20]
    await collapser.close()


async def test_it_ticks_again_after_a_rest():
    desk = Desk()
    collapser = Collapser(desk.ask, delay_seconds=0.001)
    for number in (1, 2, 3):
        assert await collapser.submit(number) == number * 10
    assert desk.batches == [[1], [2], [3]]


async def test_what_everybody_gave_up_on_is_not_asked_for():
    desk = Desk()
    collapser = Collapser(desk.ask, delay_seconds=0.02)
    gone = [asyncio.create_task(collapser.submit(1)) for _ in range(2)]
    kept = asyncio.create_task(collapser.submit(2))
    await asyncio.sleep(0)
    for call in gone:
        call.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    assert await kept == 20
    assert desk.batches == [[2]]


async def test_one_of_two_leaving_takes_nothing_from_the_other():
    desk = Desk()
    collapser = Collapser(desk.ask, delay_seconds=0.02)
    leaving, staying = (asyncio.create_task(collapser.submit(1)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 10


async def test_an_error_of_the_call_reaches_everybody_and_single_ones_their_own():
    async def ask(arguments):
        if "all" in arguments:
            raise OSError("away")
        return {"good": 1, "bad": ValueError("bad")}

    collapser = Collapser(ask, delay_seconds=0.001)
    everybody = await asyncio.gather(collapser.submit("all"), collapser.submit("x"), return_exceptions=True)
    assert [type(error) for error in everybody] == [OSError, OSError]
    mixed = await asyncio.gather(*(collapser.submit(k) for k in ("good", "bad", "lost")), return_exceptions=True)
    assert [type(answer) for answer in mixed] == [int, ValueError, UnansweredError]


async def test_closing_fails_what_waits():
    collapser = Collapser(Desk().ask, delay_seconds=3600)
    waiting = asyncio.create_task(collapser.submit(1))
    await asyncio.sleep(0)
    await collapser.close()
    with pytest.raises(RuntimeError, match="closed"):
        await waiting
    with pytest.raises(RuntimeError, match="closed"):
        await collapser.submit(2)


@pytest.mark.parametrize("wrong", [{"max_batch": 0}, {"delay_seconds": 0}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match="batch"):
        Collapser(Desk().ask, **wrong)


async def test_the_deadline_of_the_first_caller_is_not_that_of_the_batch():
    left = []

    async def ask(arguments):
        left.append(remaining_seconds(60.0))
        return dict.fromkeys(arguments, "fine")

    collapser = Collapser(ask, delay_seconds=0.001)
    async with deadline(0.5):
        first = asyncio.create_task(collapser.submit(1))
        await first
    assert await collapser.submit(2) == "fine"
    assert left == [60.0, 60.0]


async def test_it_is_shown_beside_its_command(commands, clock):
    desk = Desk()
    collapser = Collapser(desk.ask, delay_seconds=0.001, name="films.many", commands=commands)
    await asyncio.gather(*(collapser.submit(number) for number in (1, 2, 3, 3)))
    command, shown = snapshots(commands, milliseconds=1)
    assert (command["name"], command["rollingCountCollapsedRequests"], command["rollingCountSuccess"]) == (
        "films.many",
        3,
        1,
    )
    assert (shown["type"], shown["name"]) == ("HystrixCollapser", "films.many")
    assert [shown[f"rollingCount{kind}"] for kind in ("RequestsBatched", "Batches", "ResponsesFromCache")] == [3, 1, 1]
    clock.advance(10)
    assert snapshots(commands, milliseconds=1)[1]["batchSize"]["50"] == 3
    assert commands.get("films.many").metrics.counts.ever()[Event.COLLAPSED] == 3
