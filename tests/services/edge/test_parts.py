"""The small parts: shared work, remembered failures, delivery records."""

import asyncio

import pytest
import structlog

from matinee.kit.ids import SessionId
from matinee.services.edge.jobs import report
from matinee.services.edge.service.deliveries import Deliveries, Delivery
from matinee.services.edge.service.errors import NoSuchFileError
from matinee.services.edge.service.failures import Failures
from matinee.services.edge.service.flights import Flights


async def test_work_is_shared_by_key_and_its_failure_too() -> None:
    flights: Flights[str, int] = Flights()
    gate, runs = asyncio.Event(), []

    async def work() -> int:
        runs.append(1)
        await gate.wait()
        if len(runs) == 2:
            raise ValueError("second")
        return len(runs)

    first = [asyncio.create_task(flights.run("a", work)) for _ in range(5)]
    await asyncio.sleep(0)
    assert "a" in flights
    gate.set()
    assert sorted(await asyncio.gather(*first)) == [(1, False), *[(1, True)] * 4]
    assert len(flights) == 0
    second = await asyncio.gather(*(flights.run("a", work) for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in second] == ["second"] * 3


async def test_work_that_everybody_left_fails_in_silence() -> None:
    flights: Flights[str, int] = Flights()
    gate = asyncio.Event()

    async def work() -> int:
        await gate.wait()
        raise ValueError("nobody hears")

    caller = asyncio.create_task(flights.run("a", work))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    gate.set()
    async with asyncio.timeout(5):
        while len(flights):
            await asyncio.sleep(0)


async def test_closing_stops_work() -> None:
    flights: Flights[str, int] = Flights()
    caller = asyncio.create_task(flights.run("a", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await flights.close()
    with pytest.raises(asyncio.CancelledError):
        await caller


def test_failures_are_remembered_within_bounds() -> None:
    failures = Failures(entries=3, seconds=5.0)
    for number in range(10):
        failures.remember(number, NoSuchFileError("gone", size_bytes=number), 100.0)
    assert len(failures) == 3
    failures.check(0, 100.0)  # forgotten
    for _ in range(3):
        with pytest.raises(NoSuchFileError) as caught:
            failures.check(9, 104.9)
        assert caught.value.facts == {"size_bytes": 9}
        assert len(caught.traceback) < 5  # a new error each time, not one that grows
    failures.check(9, 105.0)
    assert len(failures) == 2


def test_delivery_records_are_bounded_and_reported_by_session() -> None:
    deliveries = Deliveries(3)
    for number in range(5):
        deliveries.record(Delivery(SessionId(f"s{number % 2}"), 10, 200, "hit" if number % 2 else "miss"))
    assert (len(deliveries), deliveries.dropped) == (3, 2)
    with structlog.testing.capture_logs() as lines:
        report(deliveries)
        report(deliveries)
    assert sorted((line["session"], line["requests"], line["hits"], line["size_bytes"]) for line in lines) == [
        ("s0", 2, 0, 20),
        ("s1", 1, 1, 10),
    ]
