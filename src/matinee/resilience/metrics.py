"""What a command remembers of its executions."""

from collections.abc import Callable, Sequence

from matinee.resilience.events import ERRORS, THROWN, Event
from matinee.resilience.rolling import RollingCounts, RollingMax, RollingPercentiles
from matinee.resilience.settings import WindowSettings

Listener = Callable[[str, Sequence[Event], float], None]
"""Called after each execution with the command's name, its events, and seconds (below 0 when nothing ran)."""


class CommandMetrics:
    """Counts, latencies in microseconds (of the body; of everything that the caller waited for), the most at once."""

    def __init__(self, windows: WindowSettings) -> None:
        self.counts = RollingCounts(len(Event), seconds=windows.rolling_seconds, buckets=windows.rolling_buckets)
        self.most_at_once = RollingMax(seconds=windows.rolling_seconds, buckets=windows.rolling_buckets)
        self.execute = _percentiles(windows)
        self.total = _percentiles(windows)

    def record(self, events: Sequence[Event], now: float) -> None:
        """Count an execution's events, and that its caller saw an exception when one of them means so."""
        for event in events:
            self.counts.add(event, now)
        if not THROWN.isdisjoint(events):
            self.counts.add(Event.EXCEPTION_THROWN, now)

    def requests_and_errors(self, now: float) -> tuple[int, int]:
        """Return what health counts, over the whole window: requests, and those of them that failed."""
        sums = self.counts.sums(now)
        errors = sum(sums[event] for event in ERRORS)
        return sums[Event.SUCCESS] + errors, errors


def _percentiles(windows: WindowSettings) -> RollingPercentiles:
    return RollingPercentiles(
        seconds=windows.percentile_seconds, buckets=windows.percentile_buckets, samples=windows.percentile_samples
    )
