"""What can happen to an execution, in the order in which it is shown."""

from enum import IntEnum


class Event(IntEnum):
    """Event types of HystrixEventType that a call with one answer can have. The numbers index counters.

    INJECTED is ours: a failure or delay that somebody put there on purpose; what comes of it is counted beside it.
    """

    SUCCESS = 0
    FAILURE = 1
    TIMEOUT = 2
    BAD_REQUEST = 3
    SHORT_CIRCUITED = 4
    REJECTED = 5
    FALLBACK_SUCCESS = 6
    FALLBACK_FAILURE = 7
    FALLBACK_REJECTION = 8
    FALLBACK_DISABLED = 9
    FALLBACK_MISSING = 10
    EXCEPTION_THROWN = 11
    RESPONSE_FROM_CACHE = 12
    CANCELLED = 13
    COLLAPSED = 14
    INJECTED = 15


# What the caller saw as an exception.
THROWN = frozenset(
    {
        Event.BAD_REQUEST,
        Event.FALLBACK_FAILURE,
        Event.FALLBACK_REJECTION,
        Event.FALLBACK_DISABLED,
        Event.FALLBACK_MISSING,
    }
)
# What health is made of, beside success.
ERRORS = frozenset({Event.FAILURE, Event.TIMEOUT, Event.REJECTED})
