"""How many at once, found out from latency: an adaptive concurrency limit.

Source: Netflix/concurrency-limits, Gradient2Limit, AIMDLimit and WindowedLimit, with their defaults.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

_ENOUGH_SAMPLES = 10
_WINDOW_SECONDS = 1.0
FIRST = 20


class Rule(Protocol):
    """How a limit follows what was seen."""

    def next(self, limit: float, *, seconds: float, inside: int, dropped: bool) -> float:
        """Return the new limit after a window: its mean latency, the most inside, and whether anything was dropped."""
        ...


class Gradient2(msgspec.Struct, kw_only=True):
    """Falls when short-term latency grows over long-term latency, else grows by a small queue."""

    smoothing: float = 0.2
    tolerance: float = 1.5
    queue: float = 4.0
    long_window: int = 600
    _long: float = 0.0

    def next(self, limit: float, *, seconds: float, inside: int, dropped: bool) -> float:
        """Return the new limit."""
        weight = 2 / (self.long_window + 1)
        self._long = seconds if self._long == 0 else self._long * (1 - weight) + seconds * weight
        if self._long / seconds > 2:  # noqa: PLR2004  # the load has fallen for good: forget the slow times faster
            self._long *= 0.95
        if dropped:
            return limit * 0.5
        if inside < limit / 2:
            return limit
        gradient = max(0.5, min(1.0, self.tolerance * self._long / seconds))
        return limit * (1 - self.smoothing) + (limit * gradient + self.queue) * self.smoothing


class AdditiveIncrease(msgspec.Struct, kw_only=True):
    """Grows by one, falls by a tenth when something was dropped or slow."""

    backoff: float = 0.9
    slow_seconds: float = 5.0

    def next(self, limit: float, *, seconds: float, inside: int, dropped: bool) -> float:
        """Return the new limit."""
        if dropped or seconds > self.slow_seconds:
            return limit * self.backoff
        return limit + 1 if inside * 2 >= limit else limit


class AdaptiveLimit:
    """A number that follows latency. Counts nobody: who lets in and out tells it what was seen.

    Args:
        least: it never falls below; `most` it never grows over. Both may be changed while running.
    """

    def __init__(self, rule: Rule, now: float, *, first: int = FIRST, least: int = 20, most: int = 200) -> None:
        self._rule = rule
        self.least, self.most = least, most
        self._limit = float(first)
        self._ends_at, self._samples, self._sum, self._any_dropped, self._most_inside = now, 0, 0.0, False, 0
        self._begin(now)

    @property
    def limit(self) -> int:
        """How many may be inside now."""
        return int(self._bounded())

    def sample(self, seconds: float, *, inside: int, dropped: bool, now: float) -> None:
        """Take one: its latency, how many were inside with it, and whether it came out without an answer."""
        self._samples += 1
        self._sum += max(seconds, 1e-9)
        self._most_inside = max(self._most_inside, inside)
        self._any_dropped = self._any_dropped or dropped
        if now < self._ends_at or self._samples < _ENOUGH_SAMPLES:
            return
        mean = self._sum / self._samples
        found = self._rule.next(self._bounded(), seconds=mean, inside=self._most_inside, dropped=self._any_dropped)
        self._limit = found
        self._limit = self._bounded()
        self._begin(now)

    def _bounded(self) -> float:
        return max(float(min(self.least, self.most)), min(float(self.most), self._limit))

    def _begin(self, now: float) -> None:
        self._ends_at = now + _WINDOW_SECONDS
        self._samples, self._sum, self._any_dropped, self._most_inside = 0, 0.0, False, 0


class AdaptiveLimiter:
    """Lets in as many as its rule has found right.

    Args:
        monotonic: seconds that never go backwards.
        least: the limit never falls below; `most` it never grows over.
    """

    def __init__(
        self, rule: Rule, monotonic: Callable[[], float], *, first: int = FIRST, least: int = 20, most: int = 200
    ) -> None:
        self._found = AdaptiveLimit(rule, monotonic(), first=first, least=least, most=most)
        self._monotonic = monotonic
        self.inside = 0

    @property
    def limit(self) -> int:
        """How many may be inside now."""
        return self._found.limit

    def enter(self) -> float | None:
        """Go in: return the moment, to be given back with one of the three ends; None when it is full."""
        if self.inside >= self.limit:
            return None
        self.inside += 1
        return self._monotonic()

    def succeeded(self, entered: float) -> None:
        """Come out with an answer; its latency counts."""
        self._out(entered, dropped=False)

    def dropped(self, entered: float) -> None:
        """Come out without an answer, for a timeout or a refusal; the limit shrinks."""
        self._out(entered, dropped=True)

    def ignored(self) -> None:
        """Come out with something that says nothing about load, such as a bad request."""
        self.inside -= 1

    def _out(self, entered: float, *, dropped: bool) -> None:
        now = self._monotonic()
        self._found.sample(now - entered, inside=self.inside, dropped=dropped, now=now)
        self.inside -= 1
