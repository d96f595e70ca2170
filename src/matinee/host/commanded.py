"""Calls to a contract as commands: a deadline, a bulkhead and a breaker for each method, wherever the room runs."""

from collections.abc import Callable
from typing import Any, TypeVar

from matinee.host.remote import DEFAULT_SECONDS, operations_of
from matinee.resilience.command import Command, Commands

AT_ONCE = 256
"""Calls of one method at once; more are refused. A room that has so many under way is not helped by another one."""
C = TypeVar("C")


def commanded(contract: type[C], implementation: C, commands: Commands) -> C:
    """Return an implementation of `contract` whose every call goes through the command `<Contract>.<method>`.

    Failures that are the caller's fault pass through and count for nothing; there is no fallback here, because only
    who calls knows what else would do.
    """
    methods = {
        name: _through(
            commands.get(f"{contract.__name__}.{name}", timeout_seconds=DEFAULT_SECONDS, max_concurrent=AT_ONCE),
            getattr(implementation, name),
        )
        for name in operations_of(contract)
    }
    proxy: C = type(f"Commanded{contract.__name__}", (), methods)()
    return proxy


def _through(command: Command, method: Callable[..., Any]) -> Callable[..., Any]:
    async def call(_self: object, **arguments: Any) -> Any:
        return await command.run(lambda: method(**arguments))

    return call
