"""The adaptive limit finds what a simulated server can take."""

import pytest

from matinee.resilience.limiter import AdaptiveLimiter, AdditiveIncrease, Gradient2
from matinee.testing.clock import ManualClock


def serve(limiter, clock, *, capacity, wanted, rounds):
    """Let `wanted` callers in at once, round after round; over `capacity`, latency grows in proportion."""
    for _ in range(rounds):
        inside = [entered for _ in range(wanted) if (entered := limiter.enter()) is not None]
        clock.advance(0.1 * max(1.0, len(inside) / capacity))
        for entered in inside:
            limiter.succeeded(entered)


@pytest.mark.parametrize("rule", [Gradient2(), AdditiveIncrease()])
def test_it_grows_while_there_is_room(rule):
    clock = ManualClock()
    limiter = AdaptiveLimiter(rule, clock.monotonic)
    serve(limiter, clock, capacity=1000, wanted=500, rounds=3000)
    assert limiter.limit == 200


def test_latency_over_the_long_run_makes_it_shrink():
    clock = ManualClock()
    limiter = AdaptiveLimiter(Gradient2(), clock.monotonic, first=100, least=5)
    serve(limiter, clock, capacity=1000, wanted=100, rounds=200)
    before = limiter.limit
    serve(limiter, clock, capacity=10, wanted=200, rounds=60)
    assert limiter.limit < before / 2


@pytest.mark.parametrize("rule", [Gradient2(), AdditiveIncrease()])
def test_drops_shrink_it_down_to_the_least(rule):
    clock = ManualClock()
    limiter = AdaptiveLimiter(rule, clock.monotonic, first=100, least=8)
    for _ in range(400):
        entered = [limiter.enter() for _ in range(10)]
        clock.advance(0.2)
        for moment in entered:
            if moment is not None:
                limiter.dropped(moment)
    assert limiter.limit == 8


def test_a_caller_that_does_not_use_its_limit_leaves_it_as_it_is():
    clock = ManualClock()
    limiter = AdaptiveLimiter(AdditiveIncrease(), clock.monotonic, first=50)
    serve(limiter, clock, capacity=1000, wanted=5, rounds=500)
    assert limiter.limit == 50


def test_it_lets_in_no_more_than_its_limit_and_what_says_nothing_counts_nothing():
    clock = ManualClock()
    limiter = AdaptiveLimiter(AdditiveIncrease(), clock.monotonic, first=3, least=3)
    assert [limiter.enter() is not None for _ in range(5)] == [True, True, True, False, False]
    for _ in range(3):
        limiter.ignored()
    assert (limiter.inside, limiter.limit) == (0, 3)
