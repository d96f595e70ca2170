"""Why a command gave no answer of its own.

UnavailableError
├── ShortCircuitedError       the breaker is open
├── RejectedError             too many at once
└── FallbackRejectedError     the fallback has too many at once
DeadlineError
└── CommandTimeoutError       it took too long
"""

from matinee.kit.errors import DeadlineError, InternalError, MatineeError, UnavailableError


class ShortCircuitedError(UnavailableError):
    """Too many calls failed lately; this one was not tried."""

    code = "short-circuited"
    title = "A part of the service is having trouble"


class RejectedError(UnavailableError):
    """As many calls as are allowed are under way."""

    code = "rejected"
    title = "Too busy right now"


class FallbackRejectedError(UnavailableError):
    """As many fallbacks as are allowed are under way."""

    code = "fallback-rejected"
    title = "Too busy right now"


class CommandTimeoutError(DeadlineError):
    """The call took longer than its command allows."""

    code = "command-timeout"
    title = "Took too long"


def is_callers_fault(error: BaseException) -> bool:
    """Return whether an error says something about the request and nothing about the health of who answered."""
    return isinstance(error, MatineeError) and not isinstance(error, UnavailableError | DeadlineError | InternalError)
