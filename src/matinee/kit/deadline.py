"""The time that the work at hand still has, carried along calls, within and between processes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from matinee.kit.errors import DeadlineError

_ends_at: ContextVar[float | None] = ContextVar("deadline", default=None)


def remaining_seconds(default: float) -> float:
    """Return the seconds left of the current deadline, or `default` when none is set; never below zero."""
    ends_at = _ends_at.get()
    if ends_at is None:
        return default
    return max(0.0, min(default, ends_at - time.monotonic()))


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """Run the block for at most `seconds`, or less when an outer deadline ends first.

    Raises:
        DeadlineError: when the time runs out; the block is cancelled first.
    """
    allowed = remaining_seconds(seconds)
    token = _ends_at.set(time.monotonic() + allowed)
    try:
        async with asyncio.timeout(allowed):
            yield
    except TimeoutError as error:
        raise DeadlineError(f"No answer within {allowed:.2f} s.", seconds=allowed) from error
    finally:
        _ends_at.reset(token)
