"""Choosing the one constant frame rate of a film from what its source does."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

import msgspec

from matinee.kit.media import Rate

COMMON_RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
_FASTEST = Fraction(60)
_SLOWEST = Fraction(10)
_SAME = 0.005  # relative; parts 24 from 25, joins what millisecond timestamps blur
_REGULAR = 0.35  # an interval this near to the median is a frame's, a longer one a gap
_FEW_GAPS = 0.03
_SAME_OF_FEW = 0.03  # of so few frames that rounded timestamps move the mean
_FEW_FRAMES = 30
_DENOMINATORS = 1001
_FALLBACK = Fraction(25)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How a source's frames follow each other.

    Attributes:
        source_rate: frames per second where they are regular.
        output_rate: what the film gets: a common rate where one fits, between 10 and 60.
        variable: whether so many intervals differ that the rate is no property of the source.
        gaps: how many of the first frames are followed by a gap.
    """

    source_rate: Fraction
    output_rate: Rate
    variable: bool
    gaps: int


def _near(one: Fraction, other: float, tolerance: float = _SAME) -> bool:
    return abs(float(one) - other) <= tolerance * other


def _snapped(measured: float, stated: Sequence[Fraction | None], frames: int) -> Fraction:
    """Return the best exact rate for a measured one: stated and common, common, stated, or a small fraction."""
    near = [rate for rate in stated if rate is not None and _near(rate, measured)]
    for rate in near:
        if rate in COMMON_RATES:
            return rate
    common = min(COMMON_RATES, key=lambda rate: abs(float(rate) - measured))
    if _near(common, measured, _SAME if frames >= _FEW_FRAMES else _SAME_OF_FEW):
        return common
    if near and near[0].denominator <= _DENOMINATORS:
        return near[0]
    if measured < 1:
        return Fraction(1, min(_DENOMINATORS, round(1 / measured)))
    return Fraction(measured).limit_denominator(_DENOMINATORS)


def _within_bounds(rate: Fraction) -> Fraction:
    """Return the rate divided or multiplied by the smallest whole number that brings it between 10 and 60."""
    if rate > _FASTEST:
        return rate / -(-rate // _FASTEST)
    return rate * -(-_SLOWEST // rate) if rate < _SLOWEST else rate


def choose_pace(times: Sequence[float], *, average: Fraction | None, base: Fraction | None) -> Pace:
    """Return how a picture track runs.

    Args:
        times: ascending timestamps of its first frames, in seconds.
        average: ffprobe's `avg_frame_rate`, the better kept one; `base` its `r_frame_rate`.
    """
    intervals = [later - earlier for earlier, later in pairwise(times)]
    if not intervals:
        stated = average or base or _FALLBACK
        exact = _snapped(float(stated), (average, base), _FEW_FRAMES)
        rate = _within_bounds(exact)
        return Pace(source_rate=exact, output_rate=Rate(*rate.as_integer_ratio()), variable=False, gaps=0)
    middle = median_low(intervals)
    regular = [one for one in intervals if abs(one - middle) <= _REGULAR * middle]
    exact = _snapped(len(regular) / sum(regular), (average, base), len(regular))
    rate = _within_bounds(exact)
    gaps = len(intervals) - len(regular)
    variable = gaps > max(2, _FEW_GAPS * len(intervals))
    return Pace(source_rate=exact, output_rate=Rate(*rate.as_integer_ratio()), variable=variable, gaps=gaps)
