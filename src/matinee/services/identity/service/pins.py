"""How often a profile's PIN may be tried: pure rules."""

import re
from datetime import datetime, timedelta

import msgspec

FREE_TRIES = 5
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_PIN = re.compile(r"[0-9]{4,8}")


class PinTries(msgspec.Struct, frozen=True, kw_only=True):
    """Wrong tries since the last right one, and until when nothing is looked at."""

    failures: int = 0
    wait_until: datetime | None = None


def acceptable(pin: str) -> bool:
    """Return whether a PIN has 4 to 8 digits."""
    return _PIN.fullmatch(pin) is not None


def wait_seconds(tries: PinTries, now: datetime) -> int:
    """Return how long to wait before the next try, in seconds, rounded up; 0 when it may be made now."""
    if tries.wait_until is None or tries.wait_until <= now:
        return 0
    return -((now - tries.wait_until) // timedelta(seconds=1))


def after_try(tries: PinTries, now: datetime) -> PinTries:
    """Return the count with one more try, written before the PIN is looked at, so that tries at once count each.

    After `FREE_TRIES` each further one costs a wait that doubles from a minute to an hour: 10,000 PINs take months.
    """
    failures = tries.failures + 1
    beyond = failures - FREE_TRIES
    if beyond < 0:
        return PinTries(failures=failures)
    wait = min(_FIRST_WAIT * 2 ** min(beyond, 16), _LONGEST_WAIT)
    return PinTries(failures=failures, wait_until=now + wait)
