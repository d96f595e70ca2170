"""Time that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """A clock for tests.

    Args:
        start: aware; the first moment shown.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        """Return the moment that was set."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds advanced so far, from an origin without meaning."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass; ValueError when `seconds` is negative."""
        if seconds < 0:
            raise ValueError("Monotonic time never goes back; use set_back for the wall clock.")
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back, as an administrator may; monotonic time goes on."""
        self._now -= timedelta(seconds=seconds)
