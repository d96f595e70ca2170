import pytest

from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.testing.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def commands(clock: ManualClock) -> Commands:
    return Commands(Tuning(), clock.monotonic)
