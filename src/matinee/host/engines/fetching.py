"""Other people's servers behind commands."""

from collections.abc import Awaitable, Callable

from matinee.engines.fetch import Fetched, FetchFailedError, FetchLimits, FetchRequest, Resolve, fetch, resolve_name
from matinee.host.engines.guard import Guard
from matinee.resilience.command import Commands

AT_ONCE = 32
SECONDS = 125.0
"""Above the most that `FetchLimits` permits, so that its own bound, which says more, comes first."""
SLEEP_SECONDS = 5.0


def guarded_fetch(commands: Commands, room: str, whom: str) -> Callable[..., Awaitable[Fetched]]:
    """Return `fetch` as the command `<room>.fetch.<whom>`.

    Args:
        whom: who is asked, from a closed set; each has a breaker of its own.
    """
    guard = Guard(commands, f"{room}.fetch", FetchFailedError)
    command = guard.command(whom, timeout_seconds=SECONDS, max_concurrent=AT_ONCE, sleep_window_seconds=SLEEP_SECONDS)

    async def asks(request: FetchRequest, *, limits: FetchLimits, resolve: Resolve = resolve_name) -> Fetched:
        return await guard.run(command, lambda: fetch(request, limits=limits, resolve=resolve))

    return asks
