"""A command's flow: what happens, in which order, and what is counted."""

import asyncio

import pytest

from matinee.kit.errors import InvalidError, NotFoundError
from matinee.resilience.command import Commands
from matinee.resilience.context import request_context
from matinee.resilience.errors import (
    CommandTimeoutError,
    FallbackRejectedError,
    RejectedError,
    ShortCircuitedError,
)
from matinee.resilience.events import Event
from matinee.resilience.settings import Tuning
from matinee.resilience.stream import snapshot, snapshots


async def fine():
    return "fine"


async def broken():
    raise OSError("away")


async def plan_b(error):
    return f"instead of {type(error).__name__}"


async def until(condition, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0)


def counted(command, clock):
    sums = command.metrics.counts.sums(clock.monotonic())
    return {event.name: sums[event] for event in Event if sums[event]}


async def test_an_answer_is_a_success(commands, clock):
    command = commands.get("films.read")
    assert await command.run(fine) == "fine"
    assert counted(command, clock) == {"SUCCESS": 1}
    assert commands.get("films.read") is command


async def test_a_failure_is_answered_by_the_fallback_that_is_told_of_it(commands, clock):
    command = commands.get("films.read")
    assert await command.run(broken, fallback=plan_b) == "instead of OSError"
    assert counted(command, clock) == {"FAILURE": 1, "FALLBACK_SUCCESS": 1}


async def test_without_a_fallback_the_failure_itself_comes_out(commands, clock):
    command = commands.get("films.read")
    with pytest.raises(OSError, match="away"):
        await command.run(broken)
    assert counted(command, clock) == {"FAILURE": 1, "FALLBACK_MISSING": 1, "EXCEPTION_THROWN": 1}


async def test_a_fallback_that_fails_leaves_both_causes(commands, clock):
    command = commands.get("films.read")

    async def worse(_error):
        raise ValueError("worse")

    with pytest.raises(OSError, match="away") as failure:
        await command.run(broken, fallback=worse)
    assert isinstance(failure.value.__cause__, ValueError)
    assert counted(command, clock) == {"FAILURE": 1, "FALLBACK_FAILURE": 1, "EXCEPTION_THROWN": 1}


async def test_a_fallback_that_is_switched_off_is_not_asked(commands, clock):
    command = commands.get("films.read", fallback_enabled=False)
    with pytest.raises(OSError, match="away"):
        await command.run(broken, fallback=plan_b)
    assert counted(command, clock) == {"FAILURE": 1, "FALLBACK_DISABLED": 1, "EXCEPTION_THROWN": 1}


async def test_what_the_caller_did_wrong_counts_for_nothing_and_falls_back_to_nothing(commands, clock):
    command = commands.get("films.read")

    async def refused():
        raise NotFoundError("no such film")

    for _ in range(100):
        with pytest.raises(NotFoundError):
            await command.run(refused, fallback=plan_b)
    clock.advance(1.0)
    assert await command.run(fine) == "fine"
    assert command.metrics.requests_and_errors(clock.monotonic()) == (1, 0)
    assert counted(command, clock)["BAD_REQUEST"] == 100


async def test_what_takes_too_long_is_cancelled_and_answered_by_the_fallback(commands, clock):
    command, ended = commands.get("films.read", timeout_seconds=0.01), []

    async def slow():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    assert await command.run(slow, fallback=plan_b) == "instead of CommandTimeoutError"
    with pytest.raises(CommandTimeoutError):
        await command.run(slow)
    assert ended == [True, True]
    assert counted(command, clock)["TIMEOUT"] == 2
    assert command.bulkhead.inside == 0


async def test_more_than_the_bulkhead_holds_are_refused_at_once(commands, clock):
    command, gate = commands.get("films.read", max_concurrent=3), asyncio.Event()
    calls = [asyncio.create_task(command.run(gate.wait)) for _ in range(3)]
    await until(lambda: command.bulkhead.inside == 3)
    with pytest.raises(RejectedError):
        await command.run(fine)
    assert await command.run(fine, fallback=plan_b) == "instead of RejectedError"
    gate.set()
    await asyncio.gather(*calls)
    assert await command.run(fine) == "fine"
    assert counted(command, clock)["REJECTED"] == 2
    assert command.metrics.most_at_once.greatest(clock.monotonic()) == 3


async def test_fallbacks_have_a_bound_of_their_own(commands, clock):
    command, gate = commands.get("films.read", fallback_max_concurrent=1), asyncio.Event()

    async def slow_plan(_error):
        await gate.wait()
        return "late"

    first = asyncio.create_task(command.run(broken, fallback=slow_plan))
    await until(lambda: command.fallbacks.inside == 1)
    with pytest.raises(FallbackRejectedError):
        await command.run(broken, fallback=slow_plan)
    gate.set()
    assert await first == "late"
    assert counted(command, clock)["FALLBACK_REJECTION"] == 1


async def test_an_open_breaker_does_not_try_and_one_probe_closes_it(commands, clock):
    command, tried = commands.get("films.read"), []

    async def counting():
        tried.append(True)
        return "fine"

    for _ in range(20):
        await command.run(broken, fallback=plan_b)
    clock.advance(0.6)
    assert await command.run(counting, fallback=plan_b) == "instead of ShortCircuitedError"
    with pytest.raises(ShortCircuitedError):
        await command.run(counting)
    assert tried == []
    clock.advance(5.1)
    assert [await command.run(counting) for _ in range(3)] == ["fine"] * 3
    assert command.breaker.state == "closed"


async def test_only_one_of_many_probes_at_once_goes_out(commands, clock):
    command, gate, tried = commands.get("films.read", max_concurrent=100), asyncio.Event(), []
    for _ in range(20):
        await command.run(broken, fallback=plan_b)
    clock.advance(0.6)
    await command.run(fine, fallback=plan_b)
    clock.advance(6.0)

    async def probe():
        tried.append(True)
        await gate.wait()
        return "fine"

    calls = [asyncio.create_task(command.run(probe, fallback=plan_b)) for _ in range(50)]
    await until(lambda: sum(call.done() for call in calls) == 49)
    gate.set()
    answers = await asyncio.gather(*calls)
    assert len(tried) == 1
    assert answers.count("fine") == 1


async def test_a_cancelled_probe_opens_the_breaker_again(commands, clock):
    command = commands.get("films.read")
    for _ in range(20):
        await command.run(broken, fallback=plan_b)
    clock.advance(0.6)
    await command.run(fine, fallback=plan_b)
    clock.advance(6.0)
    probe = asyncio.create_task(command.run(asyncio.Event().wait))
    await until(lambda: command.breaker.state == "half-open" and command.bulkhead.inside == 1)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert command.breaker.state == "open"
    assert command.bulkhead.inside == 0
    assert counted(command, clock)["CANCELLED"] == 1


async def test_a_probe_that_the_caller_got_wrong_shows_that_the_other_side_answers(commands, clock):
    command = commands.get("films.read")
    for _ in range(20):
        await command.run(broken, fallback=plan_b)
    clock.advance(0.6)
    await command.run(fine, fallback=plan_b)
    clock.advance(6.0)

    async def refused():
        raise InvalidError("no")

    with pytest.raises(InvalidError):
        await command.run(refused)
    assert command.breaker.state == "closed"


async def test_one_request_asks_once_and_the_next_asks_again(commands, clock):
    command, asked = commands.get("films.read"), []

    async def ask():
        asked.append(True)
        await asyncio.sleep(0)
        return len(asked)

    with request_context() as context:
        answers = await asyncio.gather(*(command.run(ask, cache_key="film-1") for _ in range(5)))
        assert answers == [1] * 5
        command.forget("film-1")
        assert await command.run(ask, cache_key="film-1") == 2
    with request_context():
        assert await command.run(ask, cache_key="film-1") == 3
    assert counted(command, clock) == {"SUCCESS": 3, "RESPONSE_FROM_CACHE": 4}
    assert "films.read[RESPONSE_FROM_CACHE][0ms]x4" in context.text()


async def test_failures_are_shared_within_a_request_too(commands, clock):
    command = commands.get("films.read")
    with request_context():
        for _ in range(3):
            with pytest.raises(OSError, match="away"):
                await command.run(broken, cache_key="k")
    assert counted(command, clock)["FAILURE"] == 1


async def test_one_joiner_leaving_does_not_end_what_the_others_wait_for(commands):
    command, gate = commands.get("films.read"), asyncio.Event()
    with request_context():
        calls = [asyncio.create_task(command.run(gate.wait, cache_key="k")) for _ in range(2)]
        await until(lambda: command.bulkhead.inside == 1)
        calls[0].cancel()
        await asyncio.gather(calls[0], return_exceptions=True)
        assert command.bulkhead.inside == 1
        calls[1].cancel()
        await asyncio.gather(calls[1], return_exceptions=True)
        await until(lambda: command.bulkhead.inside == 0)


async def test_a_cache_key_without_a_request_is_a_mistake(commands):
    with pytest.raises(RuntimeError, match="no request"):
        await commands.get("films.read").run(fine, cache_key="k")


async def test_settings_change_while_it_runs_and_wrong_ones_change_nothing(clock):
    tuning = Tuning({"timeout_seconds": 2.0}, {"films.read": {"max_concurrent": 7}})
    command = Commands(tuning, clock.monotonic).get("films.read", max_concurrent=5, timeout_seconds=3.0)
    assert (command.settings.max_concurrent, command.settings.timeout_seconds) == (7, 3.0)
    tuning.change("films.read", breaker_force="open")
    with pytest.raises(ShortCircuitedError):
        await command.run(fine)
    for wrong in ({"max_concurrent": 0}, {"timeout_seconds": "soon"}, {"nonsense": 1}):
        with pytest.raises(ValueError, match=r"Expected|Object"):
            tuning.change("films.read", **wrong)
    tuning.change("films.read", breaker_force=None, max_concurrent=None)
    assert await command.run(fine) == "fine"
    assert command.settings.max_concurrent == 7


async def test_the_stream_shows_what_happened(commands, clock):
    command = commands.get("films.read")
    await command.run(fine)
    await command.run(broken, fallback=plan_b)
    shown = snapshot(command, now=clock.monotonic(), milliseconds=1)
    assert (shown["requestCount"], shown["errorCount"], shown["errorPercentage"]) == (2, 1, 50)
    assert (shown["group"], shown["rollingCountFallbackSuccess"]) == ("films", 1)
    assert [one["name"] for one in snapshots(commands, milliseconds=1)] == ["films.read"]


async def test_the_request_log_counts_equal_executions_together(commands):
    command = commands.get("films.read")
    with request_context() as context:
        for _ in range(3):
            await command.run(fine)
        await command.run(broken, fallback=plan_b)
        for _ in range(1200):
            await command.run(fine)
    assert context.text().startswith("films.read[SUCCESS][0ms]x")
    assert "films.read[FAILURE, FALLBACK_SUCCESS][0ms]" in context.text()
    assert (len(context.log), context.unlogged) == (1000, 204)


async def test_a_key_whose_only_caller_gave_up_is_asked_for_again(commands):
    """The next caller was not cancelled, so it must get an answer and not a cancellation."""
    command = commands.get("films.read")
    with request_context():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await command.run(asyncio.Event().wait, cache_key="7")
        assert await command.run(fine, cache_key="7") == "fine"


@pytest.mark.parametrize("state", ["closed", "half-open"])
async def test_a_call_that_is_thrown_away_gives_its_place_back(commands, clock, state):
    """A coroutine that is closed in the middle ends with GeneratorExit, which is no Exception."""
    command = commands.get("films.read", request_volume_threshold=1, sleep_window_seconds=1.0)
    if state == "half-open":
        with pytest.raises(OSError, match="away"):
            await command.run(broken)
        clock.advance(1)
        with pytest.raises(ShortCircuitedError):
            await command.run(fine)
        clock.advance(1.5)
    never = asyncio.get_running_loop().create_future()

    async def waiting():
        return await never

    running = command.run(waiting)
    running.send(None)
    assert command.bulkhead.inside == 1
    running.close()
    assert command.bulkhead.inside == 0
    assert command.breaker.state == ("closed" if state == "closed" else "open")


async def test_a_fallback_has_a_deadline_of_its_own(commands, clock):
    command = commands.get("films.read", fallback_timeout_seconds=0.01)

    async def forever(_error):
        await asyncio.Event().wait()

    with pytest.raises(OSError, match="away"):
        await command.run(broken, fallback=forever)
    assert counted(command, clock)["FALLBACK_FAILURE"] == 1
    assert command.fallbacks.inside == 0


async def test_who_is_out_of_memory_is_not_helped_by_a_fallback(commands, clock):
    async def exhausted():
        raise MemoryError

    command = commands.get("films.read")
    with pytest.raises(MemoryError):
        await command.run(exhausted, fallback=plan_b)
    assert counted(command, clock) == {"FAILURE": 1}


async def test_while_half_open_only_the_probe_decides(commands, clock):
    """A call from before the breaker opened ends well at last, which says nothing about now."""
    command, old, probe = (
        commands.get("films.read", max_concurrent=100, timeout_seconds=60.0),
        asyncio.Event(),
        asyncio.Event(),
    )
    before = asyncio.create_task(command.run(old.wait))
    await until(lambda: command.bulkhead.inside == 1)
    for _ in range(20):
        await command.run(broken, fallback=plan_b)
    clock.advance(0.6)
    await command.run(fine, fallback=plan_b)
    clock.advance(6.0)
    probing = asyncio.create_task(command.run(probe.wait))
    await until(lambda: command.bulkhead.inside == 2)
    old.set()
    await before
    assert command.breaker.state == "half-open"
    probe.set()
    await probing
    assert command.breaker.state == "closed"


async def test_the_total_latency_holds_the_fallback_and_the_other_does_not(commands, clock):
    command = commands.get("films.read")

    async def slow_and_broken():
        clock.advance(0.2)
        raise OSError("away")

    async def slow_plan(_error):
        clock.advance(0.3)
        return "late"

    assert await command.run(slow_and_broken, fallback=slow_plan) == "late"
    clock.advance(10.0)
    shown = snapshot(command, now=clock.monotonic(), milliseconds=1)
    assert (shown["latencyExecute"]["50"], shown["latencyTotal"]["50"]) == (200, 500)


async def test_an_adaptive_bound_follows_latency_and_changes_while_running(commands, clock):
    command = commands.get(
        "films.read",
        max_concurrent=200,
        adaptive="additive",
        min_concurrent=5,
        timeout_seconds=60.0,
        breaker_enabled=False,
    )
    assert command.limit == 20
    commands.tuning.change("films.read", max_concurrent=10)
    assert command.limit == 10
    gate = asyncio.Event()
    calls = [asyncio.create_task(command.run(gate.wait)) for _ in range(11)]
    await until(lambda: command.bulkhead.inside == 10 and any(call.done() for call in calls))
    gate.set()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(one, RejectedError) for one in ended) == 1

    async def late():
        clock.advance(0.2)
        raise TimeoutError

    for _ in range(400):
        await command.run(late, fallback=plan_b)
    assert command.limit == 5
    commands.tuning.change("films.read", max_concurrent=None, adaptive="")
    assert command.limit == 200


async def test_what_was_changed_while_running_is_put_in_place_as_a_whole(clock):
    tuning = Tuning()
    command = Commands(tuning, clock.monotonic).get("films.read", max_concurrent=5)
    tuning.change_all({"films.read": {"max_concurrent": 9}, "not.yet": {"timeout_seconds": 2.0}})
    assert (command.settings.max_concurrent, dict(command.changed)) == (9, {"max_concurrent": 9})
    with pytest.raises(ValueError, match="Expected"):
        tuning.change_all({"films.read": {"max_concurrent": 3}, "other": {"timeout_seconds": 0}})
    assert command.settings.max_concurrent == 9
    tuning.change_all({})
    assert (command.settings.max_concurrent, dict(command.changed)) == (5, {})
    assert Commands(tuning, clock.monotonic).get("other.read").settings.max_concurrent == 10


@pytest.mark.parametrize(("force", "shown_open"), [("open", True), ("closed", False), ("", True)])
async def test_the_stream_shows_whether_people_get_through(commands, clock, force, shown_open):
    command = commands.get("films.read")
    for _ in range(20):
        await command.run(broken, fallback=plan_b)
    clock.advance(0.6)
    await command.run(fine, fallback=plan_b)
    commands.tuning.change("films.read", breaker_force=force)
    shown = snapshot(command, now=clock.monotonic(), milliseconds=1)
    assert (shown["breakerState"], shown["isCircuitBreakerOpen"]) == ("open", shown_open)
    assert shown["changed"] == {"breaker_force": force}


async def test_calls_that_say_nothing_about_load_do_not_move_an_adaptive_bound(commands, clock):
    command = commands.get(
        "films.read", max_concurrent=200, adaptive="additive", min_concurrent=5, breaker_enabled=False
    )

    async def given_up():
        clock.advance(0.2)
        raise asyncio.CancelledError

    async def refused():
        clock.advance(0.2)
        raise NotFoundError("None.")

    async def broken():
        clock.advance(0.2)
        raise ValueError

    for call in (given_up, refused, broken):
        command.bulkhead.inside = 15
        for _ in range(200):
            with pytest.raises((asyncio.CancelledError, NotFoundError, ValueError)):
                await command.run(call)
        assert command.limit == 20
