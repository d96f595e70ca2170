"""The order in which rooms start, from what they need and provide."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from matinee.host.module import Module


class GraphError(RuntimeError):
    """The rooms cannot be put together; the process does not start."""


def start_order(modules: Sequence[Module]) -> tuple[Module, ...]:
    """Return the modules so that each comes after those that provide what it needs.

    Needs that no module here provides are left to ports and remote bindings.

    Raises:
        GraphError: on a cycle, two rooms of one name, or one contract provided twice.
    """
    by_name = {module.name: module for module in modules}
    if len(by_name) != len(modules):
        raise GraphError("Two rooms have the same name.")
    providers: dict[type, str] = {}
    for module in modules:
        for contract in module.provides:
            if contract in providers:
                raise GraphError(f"{contract.__name__} is provided by {providers[contract]} and {module.name}.")
            providers[contract] = module.name
    wanted = {m.name: {providers[need] for need in m.needs if need in providers} for m in modules}
    try:
        order = tuple(TopologicalSorter(wanted).static_order())
    except CycleError as error:
        raise GraphError(f"The rooms need each other in a circle: {' → '.join(error.args[1])}.") from error
    return tuple(by_name[name] for name in order)
