"""How calls to the store are made: as commands of the process, which bound, count and show them, or straight."""

from collections.abc import Awaitable, Callable
from typing import Any

from matinee.host.engines.guard import Guard
from matinee.resilience.command import Commands
from matinee.services.history.ports import HistoryStoreError

Through = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Makes a call, and returns what it answers."""


async def straight(call: Callable[[], Awaitable[Any]]) -> Any:
    """Make a call."""
    return await call()


def through(commands: Commands, what: str, *, seconds: float) -> Through:
    """Return what makes calls as the command `history.store.<what>`.

    Args:
        seconds: longest time of one call.
    """
    guard = Guard(commands, "history.store", HistoryStoreError)
    command = guard.command(what, timeout_seconds=seconds)

    async def make(call: Callable[[], Awaitable[Any]]) -> Any:
        return await guard.run(command, call)

    return make
