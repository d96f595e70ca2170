"""The breaker, step by step and as a state machine against a model that keeps every event."""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from matinee.resilience.breaker import CircuitBreaker
from matinee.resilience.settings import CommandSettings


def breaker(**changes) -> CircuitBreaker:
    chosen = CommandSettings(**changes)
    return CircuitBreaker(lambda: chosen)


def tripped(now: float = 1.0) -> CircuitBreaker:
    made = breaker()
    for _ in range(20):
        made.failed(now)
    assert not made.attempt(now + 1.0)
    return made


def test_it_opens_at_half_errors_of_twenty_when_a_slice_ends_and_not_before():
    made = breaker()
    for number in range(20):
        (made.failed if number % 2 else made.succeeded)(1.0)
    assert made.attempt(1.4)
    assert not made.attempt(1.5)
    assert (made.health.requests, made.health.error_percent) == (20, 50)


def test_nineteen_errors_are_too_few_and_forty_nine_percent_too_little():
    few = breaker()
    for _ in range(19):
        few.failed(1.0)
    assert few.attempt(2.0)
    little = breaker()
    for number in range(100):
        (little.failed if number < 49 else little.succeeded)(1.0)
    assert little.attempt(2.0)


def test_old_errors_leave_the_window():
    made = breaker()
    for _ in range(19):
        made.failed(1.0)
    made.failed(12.0)
    assert made.attempt(12.6)
    assert made.health.requests == 1


def test_exactly_one_probe_passes_strictly_after_the_sleep_window():
    made = tripped()
    assert not made.attempt(7.0)
    assert made.attempt(7.01)
    assert [made.attempt(7.02), made.attempt(1000.0)] == [False, False]
    assert made.state == "half-open"


def test_a_good_probe_closes_it_and_forgets_the_errors():
    made = tripped()
    assert made.attempt(7.5)
    made.succeeded(7.6)
    assert made.state == "closed"
    assert made.attempt(8.2)


def test_a_bad_probe_opens_it_for_another_whole_window():
    made = tripped()
    assert made.attempt(7.5)
    made.failed(8.0)
    assert not made.attempt(13.0)
    assert made.attempt(13.1)


def test_a_good_look_never_closes_it():
    made = tripped()
    for moment in range(3, 7):
        made.succeeded(float(moment))
    assert made.state == "open"


def test_force_beats_everything_open_first():
    assert not breaker(breaker_force="open").attempt(1.0)
    bad = breaker(breaker_force="closed")
    off = breaker(breaker_enabled=False)
    for _ in range(50):
        bad.failed(1.0)
        off.failed(1.0)
    assert bad.attempt(2.0)
    assert off.attempt(2.0)


class BreakerMachine(RuleBasedStateMachine):
    """Random calls and waits; the model keeps a list of (slice, error) and recomputes everything."""

    def __init__(self):
        super().__init__()
        self.settings = CommandSettings(request_volume_threshold=4, sleep_window_seconds=2.0)
        self.breaker = CircuitBreaker(lambda: self.settings)
        self.now, self.events, self.state, self.opened_at, self.slice = 0.25, [], "closed", 0.0, None

    def look(self):
        current = math.floor(self.now / 0.5)
        if self.slice is not None and current > self.slice:
            window = [error for place, error in self.events if current - 20 <= place < current]
            enough = len(window) >= 4 and sum(window) * 100 // len(window) >= 50
            if enough and self.state == "closed":
                self.state, self.opened_at = "open", self.now
        self.slice = current if self.slice is None else max(self.slice, current)

    @rule(seconds=st.sampled_from([0.1, 0.5, 0.7, 2.0, 3.0, 11.0]))
    def wait(self, seconds):
        self.now += seconds

    @rule(good=st.booleans())
    def call(self, good):
        self.look()
        allowed = self.state == "closed"
        if self.state == "open" and self.now > self.opened_at + 2.0:
            self.state, allowed = "half-open", True
        assert self.breaker.attempt(self.now) is allowed
        if not allowed:
            return
        self.events.append((self.slice, 0 if good else 1))
        (self.breaker.succeeded if good else self.breaker.failed)(self.now)
        if self.state == "half-open":
            self.state = "closed" if good else "open"
            self.opened_at = self.opened_at if good else self.now
            self.events = [] if good else self.events

    @invariant()
    def agrees(self):
        assert self.breaker.state == self.state


BreakerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_breaker_machine = BreakerMachine.TestCase
