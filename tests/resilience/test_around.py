"""Blocks as executions: what the deadline may end, and what it never does."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from matinee.kit.errors import ConflictError, UnavailableError
from matinee.resilience.around import Around
from matinee.resilience.command import Commands
from matinee.resilience.errors import CommandTimeoutError, RejectedError, ShortCircuitedError
from matinee.resilience.events import Event
from matinee.resilience.faults import InjectedError, fault_from
from matinee.resilience.settings import Tuning


class ShopClosedError(UnavailableError):
    code = "shop-closed"


class Till:
    """Keeps what is put in, when the block ends well; closing takes a while."""

    def __init__(self):
        self.kept, self.closing_seconds, self.open = [], 0.0, 0

    @asynccontextmanager
    async def sale(self):
        self.open += 1
        bag = []
        try:
            yield bag
            await asyncio.sleep(self.closing_seconds)
            self.kept += bag
        finally:
            self.open -= 1


def counted(command, clock):
    sums = command.metrics.counts.sums(clock.monotonic())
    return {event.name: sums[event] for event in Event if sums[event]}


def around(command, till):
    return Around(command, till.sale(), refusal=ShopClosedError)


async def test_a_block_that_ends_well_is_a_success(commands, clock):
    command, till = commands.get("shop.till"), Till()
    async with around(command, till) as bag:
        assert command.bulkhead.inside == 1
        bag.append("tea")
    assert (till.kept, command.bulkhead.inside, counted(command, clock)) == (["tea"], 0, {"SUCCESS": 1})


async def test_what_is_over_time_keeps_nothing_and_the_port_says_so(commands, clock):
    command, till = commands.get("shop.till", timeout_seconds=0.01), Till()

    async def dawdle():
        async with around(command, till) as bag:
            bag.append("tea")
            await asyncio.Event().wait()

    with pytest.raises(ShopClosedError) as failure:
        await dawdle()
    assert isinstance(failure.value.__cause__, TimeoutError)
    assert (till.kept, till.open, command.bulkhead.inside) == ([], 0, 0)
    assert counted(command, clock) == {"TIMEOUT": 1, "FALLBACK_MISSING": 1, "EXCEPTION_THROWN": 1}
    assert asyncio.current_task().cancelling() == 0


async def test_the_deadline_never_ends_what_is_being_kept(commands, clock):
    """A commit that began before the deadline is waited for, however long it takes."""
    command, till = commands.get("shop.till", timeout_seconds=0.02), Till()
    till.closing_seconds = 0.1
    async with around(command, till) as bag:
        bag.append("tea")
    assert till.kept == ["tea"]
    assert counted(command, clock) == {"SUCCESS": 1}


async def test_waiting_to_be_let_in_is_part_of_the_deadline(commands, clock):
    command = commands.get("shop.till", timeout_seconds=0.01)

    @asynccontextmanager
    async def queue():
        await asyncio.Event().wait()
        yield

    with pytest.raises(ShopClosedError):
        async with Around(command, queue(), refusal=ShopClosedError):
            pytest.fail("nobody was let in")
    assert (counted(command, clock)["TIMEOUT"], command.bulkhead.inside) == (1, 0)


async def test_errors_of_the_block_come_out_as_they_are(commands, clock):
    command, till = commands.get("shop.till"), Till()

    async def spoil(error):
        async with around(command, till) as bag:
            bag.append("tea")
            raise error

    for error in (ConflictError("sold already"), OSError("no power")):
        with pytest.raises(type(error)):
            await spoil(error)
    assert till.kept == []
    assert counted(command, clock) == {"FAILURE": 1, "BAD_REQUEST": 1, "FALLBACK_MISSING": 1, "EXCEPTION_THROWN": 2}


async def test_a_block_that_is_cancelled_gives_its_place_back(commands, clock):
    command, till = commands.get("shop.till"), Till()

    async def shopping():
        async with around(command, till):
            await asyncio.Event().wait()

    task = asyncio.create_task(shopping())
    while command.bulkhead.inside == 0:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (command.bulkhead.inside, till.open, counted(command, clock)) == (0, 0, {"CANCELLED": 1})


async def test_refusals_are_the_ports_and_open_nothing(commands, clock):
    command, till = commands.get("shop.till", max_concurrent=1), Till()
    async with around(command, till):
        with pytest.raises(ShopClosedError) as full:
            async with around(command, till):
                pytest.fail("the shop is full")
    assert isinstance(full.value.__cause__, RejectedError)
    commands.tuning.change("shop.till", breaker_force="open")
    with pytest.raises(ShopClosedError) as shut:
        async with around(command, till):
            pytest.fail("the shop is shut")
    assert isinstance(shut.value.__cause__, ShortCircuitedError)
    assert till.open == 0


async def test_faults_reach_blocks_too(clock):
    commands, till = Commands(Tuning(allow_faults=True), clock.monotonic), Till()
    command = commands.get("shop.till", timeout_seconds=0.01)
    commands.tuning.inject([fault_from("shop.*=fail")])
    with pytest.raises(ShopClosedError) as failure:
        async with around(command, till):
            pytest.fail("it fails on purpose")
    assert isinstance(failure.value.__cause__, InjectedError)
    commands.tuning.inject([fault_from("shop.*=delay:30")])
    with pytest.raises(ShopClosedError) as late:
        async with around(command, till):
            pytest.fail("it is late on purpose")
    assert isinstance(late.value.__cause__, TimeoutError | CommandTimeoutError)
    assert counted(command, clock)["INJECTED"] == 2
