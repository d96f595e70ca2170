"""Failures on purpose."""

import pytest

from matinee.resilience.command import Commands
from matinee.resilience.errors import CommandTimeoutError
from matinee.resilience.events import Event
from matinee.resilience.faults import Fault, FaultsForbiddenError, FaultTextError, InjectedError, fault_from
from matinee.resilience.settings import Tuning
from matinee.resilience.stream import snapshot


@pytest.fixture
def brave(clock):
    return Commands(Tuning(allow_faults=True), clock.monotonic)


async def fine():
    return "fine"


async def plan_b(error):
    return f"instead of {type(error).__name__}"


async def test_they_are_off_unless_they_are_allowed(commands):
    with pytest.raises(FaultsForbiddenError):
        commands.tuning.inject([fault_from("films.*=fail")])
    commands.tuning.inject([])
    assert await commands.get("films.read").run(fine) == "fine"


async def test_a_command_fails_by_its_name_and_says_that_it_was_on_purpose(brave, clock):
    films, people = brave.get("films.read"), brave.get("people.read")
    brave.tuning.inject([fault_from("films.*=fail")])
    with pytest.raises(InjectedError):
        await films.run(fine)
    assert await films.run(fine, fallback=plan_b) == "instead of InjectedError"
    assert await people.run(fine) == "fine"
    shown = snapshot(films, now=clock.monotonic(), milliseconds=1)
    assert (shown["rollingCountInjected"], shown["rollingCountFailure"]) == (2, 2)
    assert shown["fault"] == {"pattern": "films.*", "kind": "fail", "seconds": 0.0, "percent": 100}
    brave.tuning.inject([])
    assert await films.run(fine) == "fine"
    assert snapshot(films, now=clock.monotonic(), milliseconds=1)["fault"] is None


async def test_a_delay_over_the_deadline_is_a_timeout_and_under_it_an_answer(brave, clock):
    films = brave.get("films.read", timeout_seconds=0.02)
    brave.tuning.inject([fault_from("films.read=delay:30")])
    with pytest.raises(CommandTimeoutError):
        await films.run(fine)
    brave.tuning.inject([fault_from("films.read=delay:0.001")])
    assert await films.run(fine) == "fine"
    sums = films.metrics.counts.sums(clock.monotonic())
    assert (sums[Event.TIMEOUT], sums[Event.SUCCESS], sums[Event.INJECTED]) == (1, 1, 2)


async def test_failures_on_purpose_open_the_breaker_like_all_others(brave, clock):
    films = brave.get("films.read")
    brave.tuning.inject([fault_from("films.*=fail")])
    for _ in range(20):
        await films.run(fine, fallback=plan_b)
    clock.advance(0.6)
    assert await films.run(fine, fallback=plan_b) == "instead of ShortCircuitedError"
    brave.tuning.inject([])
    clock.advance(5.1)
    assert await films.run(fine) == "fine"
    assert films.breaker.state == "closed"


async def test_a_share_is_spread_evenly(brave):
    films = brave.get("films.read")
    brave.tuning.inject([fault_from("films.*=fail@25")])
    answers = [await films.run(fine, fallback=plan_b) for _ in range(12)]
    assert answers == (["fine"] * 3 + ["instead of InjectedError"]) * 3


async def test_the_first_that_fits_counts(brave):
    brave.tuning.inject([fault_from("films.read=delay:0"), fault_from("films.*=fail")])
    assert await brave.get("films.read").run(fine) == "fine"
    assert await brave.get("films.write").run(fine, fallback=plan_b) == "instead of InjectedError"


def test_what_people_write():
    assert fault_from("home.*=fail") == Fault(pattern="home.*", kind="fail")
    assert fault_from(" *.database.read=delay:2.5@10 ") == Fault(
        pattern="*.database.read", kind="delay", seconds=2.5, percent=10
    )
    for wrong in (
        "home",
        "home=burn",
        "home=delay:-1",
        "=fail",
        "home=fail@0",
        "home=fail@101",
        "ho me=fail",
        "a=delay:1e9",
    ):
        with pytest.raises(FaultTextError):
            fault_from(wrong)
