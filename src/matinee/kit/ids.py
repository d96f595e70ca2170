"""Identifiers: sortable by creation time, safe in URLs, file names and log lines."""

import secrets
from typing import NewType, Protocol

from matinee.kit.clock import Clock, SystemClock

TitleId = NewType("TitleId", str)
ReleaseId = NewType("ReleaseId", str)
UploadId = NewType("UploadId", str)
JobId = NewType("JobId", str)
SessionId = NewType("SessionId", str)
AccountId = NewType("AccountId", str)
ProfileId = NewType("ProfileId", str)
PersonId = NewType("PersonId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_CHARACTERS = 10
_RANDOM_CHARACTERS = 12


class Ids(Protocol):
    """Where rules get new identifiers."""

    def new(self) -> str:
        """Return a fresh identifier of 22 characters from `[0-9a-z]`, ordered by creation millisecond."""
        ...


_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)


def _encode(value: int, width: int) -> str:
    """Return the last `width` digits, an even number of them, two at a time."""
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(5 * width - 10, -1, -10)])


class RandomIds:
    """Identifiers of 50 bits of milliseconds and 60 bits of randomness, in Crockford's base 32."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def new(self) -> str:
        """Return a fresh identifier; two calls in one millisecond collide with probability 2**-60."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return _encode(milliseconds, _TIME_CHARACTERS) + _encode(secrets.randbits(60), _RANDOM_CHARACTERS)
