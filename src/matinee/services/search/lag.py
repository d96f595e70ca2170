"""How far the index is behind."""

from datetime import datetime

from matinee.kit.clock import Clock


class Lag:
    """The age of the oldest change that is known and not in the index yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._oldest: datetime | None = None

    def waits(self, changed_at: datetime) -> None:
        """Note that a change of that moment waits."""
        self._oldest = changed_at

    def none(self) -> None:
        """Note that nothing waits."""
        self._oldest = None

    def seconds(self) -> float:
        """Return the age, 0 when nothing waits."""
        return 0.0 if self._oldest is None else max(0.0, (self._clock.now() - self._oldest).total_seconds())
