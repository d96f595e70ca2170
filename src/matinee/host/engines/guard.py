"""What the guarded ports share."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from matinee.kit.errors import UnavailableError
from matinee.resilience.command import Command, Commands
from matinee.resilience.errors import CommandTimeoutError, RejectedError, ShortCircuitedError, is_callers_fault
from matinee.resilience.faults import InjectedError

AT_ONCE = 1024
"""Uses of an engine at once by one room. They queue for the few connections inside; more would only wait longer."""
PROBE_SECONDS = 2.0
"""Time before one probe: engines of the same machine are often back sooner than other people's servers."""
T = TypeVar("T")
CallersFault = Callable[[BaseException], bool]
_OURS = (ShortCircuitedError, RejectedError, CommandTimeoutError, InjectedError)


class Guard:
    """The commands of one engine as one room uses it.

    Args:
        commands: of the process.
        prefix: `<room>.<engine>`; commands are called `<room>.<engine>.<what>`.
        refusal: the port's own word for "not now", as which refusals and timeouts come out.
        callers_fault: tells errors that are no failure of the engine.
    """

    def __init__(
        self,
        commands: Commands,
        prefix: str,
        refusal: type[UnavailableError],
        *,
        callers_fault: CallersFault = is_callers_fault,
    ) -> None:
        self._commands = commands
        self._prefix = prefix
        self._callers_fault = callers_fault
        self.refusal = refusal

    def command(self, what: str, **code: Any) -> Command:
        """Return a command; `code` are fields of `CommandSettings`."""
        wanted = {"max_concurrent": AT_ONCE, "sleep_window_seconds": PROBE_SECONDS, **code}
        return self._commands.get(f"{self._prefix}.{what}", callers_fault=self._callers_fault, **wanted)

    async def run(self, command: Command, call: Callable[[], Awaitable[T]]) -> T:
        """Return what `call` answers.

        Raises:
            UnavailableError: the port's, when the command refuses or takes too long.
        """
        try:
            return await command.run(call)
        except _OURS as error:
            raise self.refusal(error.detail) from error
