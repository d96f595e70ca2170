"""Rolling windows against slow, obvious models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.resilience.rolling import RollingCounts, RollingMax, RollingPercentiles, percentile_of

STEPS = st.lists(st.tuples(st.floats(0, 7, allow_nan=False), st.integers(0, 2)), max_size=60)


@given(STEPS)
def test_counts_agree_with_a_list_of_everything_that_happened(steps):
    counts, seen, now = RollingCounts(3, seconds=10.0, buckets=10), [], 100.0
    for wait, kind in steps:
        now += wait
        counts.add(kind, now)
        seen.append((now, kind))
    newest = now // 1.0
    inside = [kind for moment, kind in seen if newest - moment // 1.0 < 10]
    assert counts.sums(now) == [inside.count(kind) for kind in range(3)]
    assert counts.ever() == [[kind for _, kind in seen].count(kind) for kind in range(3)]


def test_an_idle_window_is_wiped_and_the_count_since_the_start_stays():
    counts = RollingCounts(1, seconds=10.0, buckets=10)
    counts.add(0, 1.0)
    assert counts.sums(10.9) == [1]
    assert counts.sums(11.0) == [0]
    counts.reset()
    assert counts.ever() == [1]


def test_the_greatest_value_leaves_with_its_bucket():
    most = RollingMax(seconds=10.0, buckets=10)
    most.see(7, 0.5)
    most.see(3, 5.5)
    assert (most.greatest(9.9), most.greatest(10.1), most.greatest(30.0)) == (7, 3, 0)


def test_percentiles_leave_the_current_bucket_out_and_change_only_when_one_ends():
    window = RollingPercentiles(seconds=60.0, buckets=6, samples=100)
    for value in range(10):
        window.add(value, 5.0)
    assert (window.percentile(50, 9.99), window.mean(9.99)) == (0, 0)
    window.add(1000, 10.0)
    assert (window.percentile(50, 19.0), window.percentile(100, 19.0), window.mean(19.0)) == (5, 9, 4)


def test_a_bucket_keeps_its_latest_samples():
    window = RollingPercentiles(seconds=60.0, buckets=6, samples=3)
    for value in range(10):
        window.add(value, 5.0)
    assert [window.percentile(percent, 10.0) for percent in (0, 100)] == [7, 9]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, 0),
        ([5], 0, 5),
        ([5], 50, 5),
        ([1, 2, 3, 4], 50, 3),
        ([1, 2, 3, 4], 25, 2),
        ([1, 2, 3, 4], 99, 4),
        ([0, 10, 20, 30, 40, 50, 60, 70, 80, 90], 45, 45),
        ([1, 3], 75, 3),
        ([3, 9], -1, 3),
        ([3, 9], 101, 9),
    ],
)
def test_percentiles_are_those_of_the_source(values, percent, expected):
    assert percentile_of(values, percent) == expected


@given(st.lists(st.integers(0, 10_000), min_size=1), st.floats(0, 100))
def test_a_percentile_lies_within_the_samples_and_grows(values, percent):
    ordered = sorted(values)
    found = percentile_of(ordered, percent)
    assert ordered[0] <= found <= ordered[-1]
    assert found <= percentile_of(ordered, min(100, percent + 5))


@pytest.mark.parametrize(("seconds", "buckets"), [(10.0, 3), (1.0, 0), (0.001, 2)])
def test_a_window_that_does_not_divide_is_refused(seconds, buckets):
    with pytest.raises(ValueError, match="does not divide"):
        RollingCounts(1, seconds=seconds, buckets=buckets)
