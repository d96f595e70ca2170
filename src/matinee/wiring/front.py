"""What stands behind the front door: rooms in this process, or the processes that run them."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

from matinee.contracts.identity import Identity
from matinee.host.module import AsgiApp
from matinee.host.operations import Fleet, Member, open_fleet
from matinee.host.process import View
from matinee.services.gateway.adapters.nobody import NoMembers
from matinee.services.gateway.ports import RouteTable, Upstream
from matinee.wiring.openapi import document
from matinee.wiring.rooms import ROUTE_PREFIXES


def route_table(view: View, peers: Mapping[str, str]) -> RouteTable:
    """Return the gateway's table for a process whose other rooms may still be opening."""
    local = _when_open(view)
    prefixes = {
        prefix: Upstream(room=room, target=peers.get(room, local), takes_passports=room not in peers)
        for room, owned in ROUTE_PREFIXES.items()
        for prefix in owned
        if room in peers or room in {module.name for module in view.plan.modules}
    }
    return RouteTable(prefixes=prefixes, checks=view.checks, document=document)


def front_port(peers: Mapping[str, str]) -> Any:
    """Return the port factory of the route table."""

    def factory(view: View, _room: str) -> AbstractAsyncContextManager[RouteTable]:
        return nullcontext(route_table(view, peers))

    return factory


def fleet_port(peers: Mapping[str, str], folder: Path) -> Any:
    """Return the port factory of what is known of all processes, with a file in `folder` for what is changed."""

    def factory(view: View, _room: str) -> AbstractAsyncContextManager[Fleet]:
        rooms = tuple(module.name for module in view.plan.modules)
        here = Member(name=view.plan.name, rooms=rooms, operations=view.operations())
        return open_fleet(here, peers, view.plan.rooms_key, changes_file=folder / "operations.json")

    return factory


def nobody() -> Identity:
    """Return what the gateway asks where there is no identity room."""
    return NoMembers()


def _when_open(view: View) -> AsgiApp:
    """Return the rooms' application, composed at the first request, when all of them are open."""
    composed: list[AsgiApp] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if not composed:
            composed.append(view.inner_app())
        await composed[0](scope, receive, send)

    return app
