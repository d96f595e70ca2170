"""Transactions that lost against another one: how to tell, and how to try again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

# SQLSTATE of a serialisation failure and of a deadlock; MySQL and MariaDB: lock wait, deadlock (also what Galera's
# certification answers), a record changed since it was read, a node that is not ready for a moment.
_STATES: Final = {"40001", "40P01"}
_NUMBERS: Final = {1205, 1213, 1020, 1047}


def is_conflict(error: BaseException) -> bool:
    """Return whether an error, or what caused it, says that another transaction won and a repeat may succeed."""
    seen: BaseException | None = error
    while seen is not None:
        original = getattr(seen, "orig", None)
        for one in (seen, original):
            number = one.args[0] if isinstance(one, BaseException) and one.args else None
            state = getattr(one, "sqlstate", None)
            if state in _STATES or (isinstance(number, int) and number in _NUMBERS):
                return True
        seen = seen.__cause__
    return False


async def retrying(
    work: Callable[[], Awaitable[T]], *, on: type[Exception], attempts: int = 5, pause_seconds: float = 0.02
) -> T:
    """Return what `work` does, repeated while it fails with `on`.

    Args:
        work: a whole transaction, which leaves nothing behind when it fails.
        attempts: at most this many times in all.
        pause_seconds: after the first failure; doubled after each further one.

    Raises:
        Exception: the last failure, of type `on`; any other at once.
    """
    for number in range(attempts - 1):
        try:
            return await work()
        except on:
            await asyncio.sleep(pause_seconds * 2**number)
    return await work()
