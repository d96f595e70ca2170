"""Counts, greatest values and percentiles over a rolling window of buckets. O(1) to record; time is passed in, s."""

from collections.abc import Sequence
from math import floor


def _checked(seconds: float, buckets: int) -> float:
    """Return a bucket's seconds; ValueError unless the window divides evenly to the millisecond."""
    milliseconds = round(seconds * 1000)
    if buckets < 1 or milliseconds < buckets or milliseconds % buckets:
        raise ValueError(f"A window of {seconds} s does not divide into {buckets} buckets.")
    return seconds / buckets


class _Ring:
    """Which bucket a moment belongs to, and which ones have gone by since the last look."""

    __slots__ = ("_count", "_newest", "_seconds")

    def __init__(self, seconds: float, buckets: int) -> None:
        self._seconds = _checked(seconds, buckets)
        self._count = buckets
        self._newest = -1

    def passed(self, now: float) -> int:
        """Move to the bucket of `now`; return how many began since the last look, at most all of them."""
        place = floor(now / self._seconds)
        if place <= self._newest:
            return 0
        began = self._count if self._newest < 0 else min(place - self._newest, self._count)
        self._newest = place
        return began

    @property
    def index(self) -> int:
        """The newest bucket's place in a list."""
        return self._newest % self._count

    def begun(self, count: int) -> Sequence[int]:
        """Return the places of the `count` newest buckets."""
        return [(self._newest - back) % self._count for back in range(count)]


class RollingCounts:
    """Counters of several kinds over a window, and since the start.

    Args:
        kinds: how many counters; they are numbered from 0.
    """

    def __init__(self, kinds: int, *, seconds: float, buckets: int) -> None:
        self._ring = _Ring(seconds, buckets)
        self._kinds = kinds
        self._buckets = [[0] * kinds for _ in range(buckets)]
        self._ever = [0] * kinds

    def add(self, kind: int, now: float, count: int = 1) -> None:
        """Count some."""
        if began := self._ring.passed(now):
            self._clear(began)
        self._buckets[self._ring.index][kind] += count
        self._ever[kind] += count

    def _clear(self, began: int) -> None:
        for place in self._ring.begun(began):
            self._buckets[place] = [0] * self._kinds

    def sums(self, now: float) -> list[int]:
        """Return the counts of the window, the newest, unfinished bucket included."""
        if began := self._ring.passed(now):
            self._clear(began)
        return [sum(column) for column in zip(*self._buckets, strict=True)]

    def ever(self) -> list[int]:
        """Return the counts since the start; they never fall."""
        return list(self._ever)

    def reset(self) -> None:
        """Empty the window; what was counted since the start stays."""
        self._buckets = [[0] * self._kinds for _ in self._buckets]


class RollingMax:
    """The greatest value of a window."""

    def __init__(self, *, seconds: float, buckets: int) -> None:
        self._ring = _Ring(seconds, buckets)
        self._buckets = [0] * buckets

    def see(self, value: int, now: float) -> None:
        """Take a value."""
        if began := self._ring.passed(now):
            for place in self._ring.begun(began):
                self._buckets[place] = 0
        place = self._ring.index
        self._buckets[place] = max(self._buckets[place], value)

    def greatest(self, now: float) -> int:
        """Return the greatest value of the window, 0 when there was none."""
        self.see(0, now)
        return max(self._buckets)


class RollingPercentiles:
    """Percentiles over a window. What is read changes only when a bucket ends: the current one is left out.

    Args:
        samples: kept of one bucket; later ones take the place of the oldest.
    """

    def __init__(self, *, seconds: float, buckets: int, samples: int) -> None:
        self._ring = _Ring(seconds, buckets)
        self._samples = samples
        self._buckets: list[list[int]] = [[] for _ in range(buckets)]
        self._seen = 0
        self._sorted: list[int] = []

    def add(self, value: int, now: float) -> None:
        """Take a sample."""
        if began := self._ring.passed(now):
            self._roll(began)
        bucket = self._buckets[self._ring.index]
        if len(bucket) < self._samples:
            bucket.append(value)
        else:
            bucket[self._seen % self._samples] = value
        self._seen += 1

    def _roll(self, began: int) -> None:
        for place in self._ring.begun(began):
            self._buckets[place] = []
        self._seen = 0
        self._sorted = sorted(value for bucket in self._buckets for value in bucket)

    def percentile(self, percent: float, now: float) -> int:
        """Return a percentile of the finished buckets, 0 when they are empty (Hystrix: linear, truncated to int)."""
        if began := self._ring.passed(now):
            self._roll(began)
        return percentile_of(self._sorted, percent)

    def mean(self, now: float) -> int:
        """Return the mean of the finished buckets, 0 when they are empty."""
        if began := self._ring.passed(now):
            self._roll(began)
        return sum(self._sorted) // len(self._sorted) if self._sorted else 0


def percentile_of(ordered: Sequence[int], percent: float) -> int:
    """Return a percentile: rank `percent / 100 × n` (no minus one), linear between neighbours, truncated.

    Source: HystrixRollingPercentile.PercentileSnapshot.
    """
    if not ordered:
        return 0
    if percent <= 0:
        return ordered[0]
    if percent >= 100:  # noqa: PLR2004  # per cent
        return ordered[-1]
    rank = percent / 100 * len(ordered)
    low = floor(rank)
    if low >= len(ordered) - 1:
        return ordered[-1]
    if rank == low:
        return ordered[low]
    return int(ordered[low] + (rank - low) * (ordered[low + 1] - ordered[low]))
