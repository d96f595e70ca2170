"""What a command costs around a call that does nothing, beside three libraries doing the same job.

The job: a deadline, a bound on how many run at once, a circuit breaker and a fallback that is not needed.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable

import hyx.bulkhead
import hyx.circuitbreaker
import hyx.fallback
import hyx.timeout
import purgatory
import pybreaker

from common import report
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning

CALLS = 20_000
ROUNDS = 7
TIMEOUT_SECONDS = 1.0
AT_ONCE = 10
Call = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """Return at once."""


async def instead(_error: object) -> None:
    """Answer in place of a failure; never called here."""


def ours() -> Call:
    """Return a command around the call."""
    command = Commands(Tuning(), time.monotonic).get("bench.nothing")
    return lambda: command.run(nothing, fallback=instead)


def with_hyx() -> Call:
    """Return the call in hyx's four decorators."""

    @hyx.fallback.fallback(_hyx_fallback, on=Exception)
    @hyx.circuitbreaker.consecutive_breaker(exceptions=Exception, failure_threshold=20, recovery_time_secs=5)
    @hyx.bulkhead.bulkhead(max_concurrency=AT_ONCE, max_capacity=AT_ONCE)
    @hyx.timeout.timeout(TIMEOUT_SECONDS)
    async def call() -> None:
        await nothing()

    return call


async def _hyx_fallback(*_: object, **__: object) -> None:
    """Answer in place of a failure; never called here."""


def with_pybreaker() -> Call:
    """Return the call behind pybreaker, with what it lacks from the standard library."""
    breaker, bound = pybreaker.CircuitBreaker(fail_max=20, reset_timeout=5), asyncio.Semaphore(AT_ONCE)

    async def call() -> None:
        try:
            async with bound, asyncio.timeout(TIMEOUT_SECONDS):
                with breaker.calling():
                    await nothing()
        except Exception as error:  # noqa: BLE001  # as the fallbacks of the others
            await instead(error)

    return call


def with_purgatory() -> Call:
    """Return the call behind purgatory, with what it lacks from the standard library."""
    factory, bound = (
        purgatory.AsyncCircuitBreakerFactory(default_threshold=20, default_ttl=5),
        asyncio.Semaphore(AT_ONCE),
    )

    async def call() -> None:
        try:
            async with bound, asyncio.timeout(TIMEOUT_SECONDS), await factory.get_breaker("bench"):
                await nothing()
        except Exception as error:  # noqa: BLE001  # as the fallbacks of the others
            await instead(error)

    return call


async def microseconds(call: Call) -> float:
    """Return what one call costs."""
    for _ in range(CALLS // 10):
        await call()
    began = time.perf_counter()
    for _ in range(CALLS):
        await call()
    return (time.perf_counter() - began) / CALLS * 1e6


async def main() -> None:
    """Measure all in turn, several times, and keep the medians."""
    makers = {
        "bare": lambda: nothing,
        "ours": ours,
        "hyx": with_hyx,
        "pybreaker": with_pybreaker,
        "purgatory": with_purgatory,
    }
    calls = {name: make() for name, make in makers.items()}
    costs: dict[str, list[float]] = {name: [] for name in calls}
    gc.disable()
    for _ in range(ROUNDS):
        for name, call in calls.items():
            costs[name].append(await microseconds(call))
            gc.collect()
    median = {name: statistics.median(found) for name, found in costs.items()}
    over = {name: round(cost - median["bare"], 2) for name, cost in median.items() if name != "bare"}
    rows = [("library", "µs over a bare call"), *over.items()]
    figures = {"overhead_us": over["ours"], **{f"{name}_us": cost for name, cost in over.items() if name != "ours"}}
    report("resilience", figures, rows=rows)


if __name__ == "__main__":
    asyncio.run(main())
