import pytest

from matinee.host.graph import GraphError, start_order
from matinee.host.module import Module
from matinee.wiring.settings import ServiceSettings


class Alpha: ...


class Beta: ...


class Gamma: ...


def module(name: str, *, needs: tuple[type, ...] = (), provides: tuple[type, ...] = ()) -> Module:
    def never(settings, needs):
        raise AssertionError("ordering opens nothing")

    return Module(name=name, settings_type=ServiceSettings, open=never, needs=needs, provides=provides)


def test_a_room_starts_after_those_that_provide_what_it_needs():
    front = module("front", needs=(Alpha, Beta))
    middle = module("middle", needs=(Alpha,), provides=(Beta,))
    back = module("back", provides=(Alpha,))
    assert [m.name for m in start_order([front, middle, back])] == ["back", "middle", "front"]


def test_a_need_that_nobody_here_provides_is_left_to_others():
    assert [m.name for m in start_order([module("alone", needs=(Gamma,))])] == ["alone"]


def test_a_circle_is_refused_by_name():
    one = module("one", needs=(Beta,), provides=(Alpha,))
    two = module("two", needs=(Alpha,), provides=(Beta,))
    with pytest.raises(GraphError, match="circle"):
        start_order([one, two])


def test_one_contract_has_one_provider():
    with pytest.raises(GraphError, match="Alpha is provided by"):
        start_order([module("one", provides=(Alpha,)), module("two", provides=(Alpha,))])


def test_two_rooms_of_one_name_are_refused():
    with pytest.raises(GraphError, match="same name"):
        start_order([module("one"), module("one")])
