"""The circuit breaker: opened by a look at the health, closed by the success of exactly one probe."""

from collections.abc import Callable
from math import floor
from typing import Literal

import msgspec

from matinee.resilience.settings import CommandSettings

State = Literal["closed", "open", "half-open"]


class Health(msgspec.Struct, frozen=True):
    """Requests and errors of the finished part of the window."""

    requests: int = 0
    errors: int = 0

    @property
    def error_percent(self) -> int:
        """Errors in 100 requests, truncated; 0 without requests."""
        return self.errors * 100 // self.requests if self.requests else 0


class CircuitBreaker:
    """Says whether a call may be tried.

    Health is looked at when a slice of `health_seconds` ends; in the middle of one nothing changes. A good look never
    closes an open breaker: only its probe does. A probe that ends without a word (cancelled, rejected) counts as
    failed, so that the breaker cannot hang half-open.

    Args:
        settings: read at each use, so that changes count at once.
    """

    def __init__(
        self, settings: Callable[[], CommandSettings], *, seconds: float = 10.0, health_seconds: float = 0.5
    ) -> None:
        self._settings = settings
        self._slice_seconds = health_seconds
        self._slices = max(1, round(seconds / health_seconds))
        self._counts: list[list[int]] = [[0, 0] for _ in range(self._slices)]
        self._slice = -1
        self._health = Health()
        self._state: State = "closed"
        self._opened_at = 0.0

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._state

    @property
    def health(self) -> Health:
        """What the last look saw."""
        return self._health

    def attempt(self, now: float) -> bool:
        """Return whether a call may be made; when it is the probe, everybody else is refused until it has ended."""
        settings = self._settings()
        self._look(now, settings)
        if settings.breaker_force == "open":
            return False
        if settings.breaker_force == "closed" or not settings.breaker_enabled or self._state == "closed":
            return True
        if self._state == "open" and now > self._opened_at + settings.sleep_window_seconds:
            self._state = "half-open"
            return True
        return False

    def succeeded(self, now: float, *, counted: bool = True, probe: bool = True) -> None:
        """Note a success; of a probe, it closes the breaker and forgets what had opened it.

        Args:
            counted: whether health counts it.
            probe: whether it could be one: a call from before the breaker opened says nothing about now.
        """
        if counted:
            self._note(0, now)
        if probe and self._state == "half-open":
            self._state = "closed"
            self._counts = [[0, 0] for _ in range(self._slices)]
            self._health = Health()

    def failed(self, now: float, *, counted: bool = True, probe: bool = True) -> None:
        """Note a failure; of a probe, it opens the breaker for another whole window."""
        if counted:
            self._note(1, now)
        if probe and self._state == "half-open":
            self._state = "open"
            self._opened_at = now

    def _note(self, error: int, now: float) -> None:
        self._look(now, self._settings())
        counts = self._counts[self._slice % self._slices]
        counts[0] += 1
        counts[1] += error

    def _look(self, now: float, settings: CommandSettings) -> None:
        """Take in the slices that have ended; open when they are bad enough."""
        current = floor(now / self._slice_seconds)
        if current <= self._slice:
            return
        first = self._slice < 0
        gap = current - self._slice
        ended = min(gap, self._slices)
        if not first:
            self._health = Health() if gap > self._slices else self._summed(empty=gap - 1)
        for back in range(ended):
            self._counts[(current - back) % self._slices] = [0, 0]
        self._slice = current
        bad = self._health.requests >= settings.request_volume_threshold and (
            self._health.error_percent >= settings.error_threshold_percent
        )
        if bad and self._state == "closed" and not first:
            self._state = "open"
            self._opened_at = now

    def _summed(self, *, empty: int) -> Health:
        """Return the health of the window that ends now, of which the newest `empty` slices saw nothing."""
        kept = [self._counts[(self._slice - back) % self._slices] for back in range(self._slices - empty)]
        return Health(requests=sum(one[0] for one in kept), errors=sum(one[1] for one in kept))
