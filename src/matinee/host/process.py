"""One process: opens its rooms in order, binds what they need, serves them, and closes in reverse."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import structlog

from matinee.host.commanded import commanded
from matinee.host.graph import GraphError, start_order
from matinee.host.health import HealthApp
from matinee.host.module import AsgiApp, Module, Needs, RunningRoom
from matinee.host.operations import Operations, ProcessOperations
from matinee.host.remote import INTERNAL_PREFIX, CallerSigner, ContractServer, remote
from matinee.host.server import Listener, serving
from matinee.kit.passport import Role
from matinee.kit.signing import SigningKey
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning

_log = structlog.get_logger()
PortFactory = Callable[["View", str], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True)
class Plan:
    """What one process is made of.

    Attributes:
        name: for logs and signed calls, such as `all` or `edge-a`.
        settings: gives a room's settings.
        ports: need → factory, called once for each room that needs it, with the process so far and the room's name.
        peers: contract → base URL of the process that provides it; contracts of rooms here are bound locally.
        rooms_key: signs and verifies calls between processes; None where no room calls or is called.
        gateway_public_key: verifies passports; None where no room has routes.
        authorisation: who may call each public route; a process whose routes say something else does not start.
        commands: every kind of call to a room or an engine, with what is known of it. A room that has commands of its
            own needs `Commands` and gets these.
    """

    name: str
    modules: tuple[Module, ...]
    listener: Listener
    settings: Callable[[Module], msgspec.Struct]
    ports: Mapping[type, PortFactory]
    peers: Mapping[type, str] = field(default_factory=dict)
    rooms_key: SigningKey | None = None
    gateway_public_key: bytes | None = None
    authorisation: Mapping[str, tuple[Role, ...]] | None = None
    commands: Commands = field(default_factory=lambda: Commands(Tuning(), time.monotonic))


@dataclass
class View:
    """A process as far as it has come up; port factories may look at it."""

    plan: Plan
    rooms: dict[str, RunningRoom] = field(default_factory=dict)
    provided: dict[type, object] = field(default_factory=dict)
    _inner: AsgiApp | None = None

    @property
    def commands(self) -> Commands:
        """The commands of this process."""
        return self.plan.commands

    def operations(self) -> ProcessOperations:
        """Return what this process tells of its commands."""
        rooms = tuple(module.name for module in self.plan.modules)
        return ProcessOperations(self.plan.name, rooms, self.commands)

    def checks(self) -> dict[str, Callable[[], Awaitable[bool]]]:
        """Return every health check, named `room.check`."""
        return {f"{name}.{check}": run for name, room in self.rooms.items() for check, run in room.checks.items()}

    def inner_app(self) -> AsgiApp:
        """Return the application that serves the routes and contracts of the rooms; made when all are open."""
        self._inner = self._inner or self._composed()
        return self._inner

    def _composed(self) -> AsgiApp:
        routes = [route for room in self.rooms.values() for route in room.routes]
        if self.plan.gateway_public_key is None:
            return HealthApp(None, self.checks)
        # Imported here so that processes without routes, the edges, do not load the web framework.
        from matinee.host.hot import HotRoutes  # noqa: PLC0415
        from matinee.host.http import PassportReader, compose  # noqa: PLC0415

        table = self.plan.authorisation
        reader = PassportReader(self.plan.gateway_public_key)
        hot = {route: handler for room in self.rooms.values() for route, handler in room.hot.items()}
        api: AsgiApp = HotRoutes(compose(routes, reader, table=table), reader, hot)
        if self.plan.rooms_key is None:
            return HealthApp(api, self.checks)
        contracts = ContractServer({**self.provided, Operations: self.operations()}, self.plan.rooms_key.public)

        async def dispatch(scope: Any, receive: Any, send: Any) -> None:
            app = contracts if scope["path"].startswith(INTERNAL_PREFIX) else api
            await app(scope, receive, send)

        return HealthApp(dispatch, self.checks)


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[View]:
    """Open all rooms and serve them while the block runs.

    Raises:
        GraphError: when a need is met by nobody.
        UnlistedRouteError: when a route differs from the authorisation table.
        ListenError: when the address cannot be listened on.
    """
    view = View(plan)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(connect=2.0)))
        for module in start_order(plan.modules):
            needs = Needs({need: await _bind(need, module, view, http, stack) for need in module.needs})
            room = await stack.enter_async_context(module.open(plan.settings(module), needs))
            view.rooms[module.name] = room
            view.provided.update(room.provides)
            _log.info("room_opened", room=module.name, process=plan.name)
        await stack.enter_async_context(serving(_front(view), plan.listener))
        _log.info("process_ready", process=plan.name, url=plan.listener.url)
        yield view
        _log.info("process_stopping", process=plan.name)


async def _bind(need: type, module: Module, view: View, http: aiohttp.ClientSession, stack: AsyncExitStack) -> object:
    if need is Commands:
        return view.commands
    if need in view.provided:
        return commanded(need, view.provided[need], view.commands)
    if need in view.plan.peers:
        if view.plan.rooms_key is None:
            raise GraphError(
                f"{module.name} calls {need.__name__} elsewhere, but this process has no key to sign with."
            )
        far: object = remote(need, view.plan.peers[need], http, CallerSigner(view.plan.name, view.plan.rooms_key))
        return commanded(need, far, view.commands)
    if need in view.plan.ports:
        return await stack.enter_async_context(view.plan.ports[need](view, module.name))
    raise GraphError(f"{module.name} needs {need.__name__}, and nobody here or elsewhere provides it.")


def _front(view: View) -> AsgiApp:
    """Return what the listener serves: the room with an application of its own, else the rooms' routes."""
    inner = view.inner_app()  # in any case, so that a route that nobody listed stops the start and not a request
    own = [room.asgi for room in view.rooms.values() if room.asgi is not None]
    if len(own) > 1:
        raise GraphError("Two rooms here want the listener for themselves; run them in processes of their own.")
    return own[0] if own else inner
