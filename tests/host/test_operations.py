"""What a process lets be changed of its commands while it runs: everything that is said at a time, or nothing."""

import pytest

from matinee.host.operations import ChangeError, ProcessOperations
from matinee.resilience.command import Commands
from matinee.resilience.faults import Fault, FaultsForbiddenError
from matinee.resilience.settings import Tuning
from matinee.testing.clock import ManualClock

SLOW = Fault(pattern="films.*", kind="delay", seconds=0.5)
OTHER = Fault(pattern="people.*", kind="fail")


@pytest.fixture
def commands():
    made = Commands(Tuning(allow_faults=True), ManualClock().monotonic)
    for name in ("films.read", "people.read"):
        made.get(name)
    return made


@pytest.fixture
def operations(commands):
    return ProcessOperations("shelves", ("catalogue",), commands)


async def test_what_is_said_takes_the_place_of_everything_before(commands, operations):
    await operations.apply(changes={"films.read": {"max_concurrent": 3}}, faults=(SLOW,))
    await operations.apply(changes={"people.read": {"timeout_seconds": 2.5}}, faults=(OTHER,))
    assert commands.tuning.changed("films.read") == {}
    assert commands.get("people.read").settings.timeout_seconds == 2.5
    report = await operations.report()
    assert (report.process, report.rooms, report.faults) == ("shelves", ("catalogue",), (OTHER,))


@pytest.mark.parametrize("wrong", [{"max_concurrent": 0}, {"nonsense": 1}, {"timeout_seconds": "soon"}])
async def test_one_value_that_no_command_can_have_leaves_all_as_it_was(commands, operations, wrong):
    await operations.apply(changes={"films.read": {"max_concurrent": 3}}, faults=(SLOW,))
    before = commands.tuning.generation
    with pytest.raises(ChangeError):
        await operations.apply(changes={"films.read": {"max_concurrent": 4}, "people.read": wrong}, faults=(OTHER,))
    assert commands.get("films.read").settings.max_concurrent == 3
    assert (await operations.report()).faults == (SLOW,)
    assert commands.tuning.generation == before


async def test_faults_that_are_not_allowed_leave_the_settings_as_they_were():
    commands = Commands(Tuning(), ManualClock().monotonic)
    operations = ProcessOperations("shelves", ("catalogue",), commands)
    with pytest.raises(FaultsForbiddenError):
        await operations.apply(changes={"films.read": {"max_concurrent": 4}}, faults=(SLOW,))
    assert commands.tuning.changed("films.read") == {}
    assert commands.tuning.generation == 0
