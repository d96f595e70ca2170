"""How a room declares itself to the host."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from matinee.kit.passport import Passport

if TYPE_CHECKING:
    # An edge appliance has no routes and must not load the web framework for a type.
    from litestar.types import ControllerRouterHandler

T = TypeVar("T")
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


class HotAnswer(msgspec.Struct, frozen=True):
    """A whole answer of a hot route. Header names are in lower case; 204 has no body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""


HotHandler = Callable[[Passport, Any, Any], Awaitable[HotAnswer]]
"""Is given who asks (whose role has been checked), the ASGI scope, and `receive`."""


@dataclass(frozen=True)
class Needs:
    """Exactly what a room asked for, by type."""

    _bound: Mapping[type, object]

    def get(self, wanted: type[T]) -> T:
        """Return the implementation bound to a declared need; KeyError for one that was not declared."""
        return self._bound[wanted]  # type: ignore[return-value]  # the host binds each type to its implementation


@dataclass(frozen=True)
class RunningRoom:
    """A started room.

    Attributes:
        provides: contract protocol → implementation, for each declared in the module.
        routes: Litestar route handlers or routers for the public HTTP edge, paths below `/api/v1`.
        hot: "METHOD path" of routes that are also answered without the framework, by much less work; each is among
            `routes` too, which say who may call it (host/hot.py).
        asgi: a bare ASGI application that takes over the room's public listener (edge, gateway); None for most.
        checks: name → health check, True when fine; each must answer within a second.
    """

    provides: Mapping[type, object] = field(default_factory=dict)
    routes: "Sequence[ControllerRouterHandler]" = ()
    hot: Mapping[str, HotHandler] = field(default_factory=dict)
    asgi: AsgiApp | None = None
    checks: Mapping[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Module:
    """A room's declaration.

    Attributes:
        name: the room.
        settings_type: its frozen settings.
        needs: contract protocols and ports that it calls.
        provides: contract protocols that it implements.
        open: given settings and needs, an async context manager that yields the running room.
        route_prefixes: public path prefixes that its routes own, for the gateway's table.
    """

    name: str
    settings_type: type[msgspec.Struct]
    open: Callable[[Any, Needs], AbstractAsyncContextManager[RunningRoom]]
    needs: tuple[type, ...] = ()
    provides: tuple[type, ...] = ()
    route_prefixes: tuple[str, ...] = ()
