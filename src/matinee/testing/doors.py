"""A front door on a real socket, with whatever a test puts behind it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from matinee.blobs.local import LocalBlobs
from matinee.blobs.port import BlobStore
from matinee.contracts.billing import Billing
from matinee.contracts.identity import Identity
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, open_database
from matinee.events.opened import open_events
from matinee.events.port import EventLog
from matinee.host.hot import HotRoutes
from matinee.host.http import PassportReader, compose
from matinee.host.module import AsgiApp, Module, Needs, RunningRoom
from matinee.host.operations import Fleet, Member, ProcessOperations
from matinee.host.server import Listener, serving
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.ids import Ids, RandomIds
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.catalogue.module import MODULE as CATALOGUE
from matinee.services.gateway.module import MODULE as GATEWAY
from matinee.services.gateway.ports import RouteTable, Upstream
from matinee.services.gateway.settings import GatewaySettings
from matinee.services.history.module import MODULE as HISTORY
from matinee.services.playback.module import MODULE as PLAYBACK
from matinee.testing.access_tokens import TestMembers
from matinee.testing.playback import Till

_READ_SECONDS = 5.0


def free_port() -> int:
    """Return a port on loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Door:
    """An open door.

    Attributes:
        http: a client that neither keeps cookies nor follows redirects by itself.
        rooms: the rooms behind it, by name, when they are real ones.
    """

    url: str
    port: int
    keyring: Keyring
    http: aiohttp.ClientSession
    rooms: dict[str, RunningRoom] = field(default_factory=dict)
    blobs: LocalBlobs | None = None
    members: TestMembers = field(default_factory=TestMembers)

    @property
    def operator(self) -> dict[str, str]:
        """Headers of a script that knows the operator key."""
        return {"authorization": f"Bearer {self.keyring.operator_key()}"}

    async def cookie(self) -> dict[str, str]:
        """Sign in and return the headers that a browser would send from then on."""
        body = {"key": self.keyring.operator_key()}
        async with self.http.post(f"{self.url}/api/v1/operator/session", json=body) as answer:
            return {"cookie": answer.headers["set-cookie"].partition(";")[0]}

    async def raw(self, request: bytes, *, seconds: float = _READ_SECONDS) -> bytes:
        """Send bytes as they are and return what comes back until the other side closes or falls silent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answer = b""
        try:
            writer.write(request)
            await writer.drain()
            async with asyncio.timeout(seconds):
                while piece := await reader.read(65_536):
                    answer += piece
                    if _complete(answer):
                        break
        except (TimeoutError, ConnectionError):
            return answer
        finally:
            writer.close()
        return answer


def _complete(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(separator and lengths) and len(body) >= int(lengths[0].partition(b":")[2])


def lone_fleet(commands: Commands | None = None, changes_file: Path | None = None) -> Fleet:
    """Return a fleet of one process, with these commands."""
    known = commands or Commands(Tuning(), SystemClock().monotonic)
    here = Member(name="door", rooms=("gateway",), operations=ProcessOperations("door", ("gateway",), known))
    return Fleet(members=(here,), changes_file=changes_file)


@asynccontextmanager
async def open_door(
    folder: Path,
    prefixes: Mapping[str, AsgiApp | str],
    settings: GatewaySettings | None = None,
    members: TestMembers | None = None,
    fleet: Fleet | None = None,
    **checks: Any,
) -> AsyncIterator[Door]:
    """Open a door.

    Args:
        folder: for keys.
        members: who signs access tokens; by default somebody who has just begun.
        prefixes: path prefix → application here, or base URL elsewhere; the room is called after its last segment.
        fleet: the processes that the operations page knows; by default this one, with nothing in it.
        checks: health checks of rooms here.
    """
    table = RouteTable(
        prefixes={prefix: Upstream(prefix.rpartition("/")[2], target) for prefix, target in prefixes.items()},
        checks=lambda: checks,
        document=lambda: {"openapi": "3.1.0", "info": {"title": "Matinee", "version": "1"}, "paths": {}},
    )
    keyring, listener = Keyring(folder / "keys"), Listener("127.0.0.1", free_port())
    known = members or TestMembers()
    shared = {RouteTable: table, Identity: known, Keyring: keyring, Clock: SystemClock(), Ids: RandomIds()}
    shared[Fleet] = fleet or lone_fleet()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(f"sqlite+aiosqlite:///{folder}/gateway.db"))
        needs = Needs({**shared, Database: database})
        room = await stack.enter_async_context(GATEWAY.open(settings or GatewaySettings(), needs))
        await stack.enter_async_context(serving(room.asgi, listener))
        jar = aiohttp.DummyCookieJar()
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar, auto_decompress=False))
        yield Door(listener.url, listener.port, keyring, http, members=known)


@asynccontextmanager
async def open_front_rooms(folder: Path, settings: GatewaySettings | None = None) -> AsyncIterator[Door]:
    """Open a door with the real catalogue and playback behind it, in one process."""
    keyring, blobs = Keyring(folder / "keys"), LocalBlobs(folder / "blobs")
    shared: dict[type, object] = {
        Keyring: keyring,
        BlobStore: blobs,
        Billing: Till(SystemClock()),
        Commands: Commands(Tuning(), SystemClock().monotonic),
        Clock: SystemClock(),
        Ids: RandomIds(),
    }
    async with AsyncExitStack() as stack:
        opening = open_events(f"sqlite://{folder}/events.db", clock=SystemClock(), ids=RandomIds())
        shared[EventLog] = await stack.enter_async_context(opening)
        rooms: dict[str, RunningRoom] = {}
        provided: dict[type, object] = {}
        for module in (CATALOGUE, HISTORY, PLAYBACK):
            database = await stack.enter_async_context(open_database(f"sqlite+aiosqlite:///{folder}/{module.name}.db"))
            needs = Needs({**shared, **provided, Database: database})
            rooms[module.name] = await stack.enter_async_context(module.open(_settings(module, folder), needs))
            provided.update(rooms[module.name].provides)
        app = _app(keyring, list(rooms.values()))
        prefixes = {prefix: app for module in (CATALOGUE, HISTORY, PLAYBACK) for prefix in module.route_prefixes}
        door = await stack.enter_async_context(open_door(folder, prefixes, settings))
        door.rooms, door.blobs = rooms, blobs
        yield door


def _settings(module: Module, folder: Path) -> Any:
    """Return a room's defaults, its own files below the folder."""
    known = {field.name for field in msgspec.structs.fields(module.settings_type)}
    return module.settings_type(**({"data_folder": str(folder)} if "data_folder" in known else {}))


def _app(keyring: Keyring, rooms: Sequence[RunningRoom]) -> AsgiApp:
    reader = PassportReader(keyring.public("gateway"))
    hot = {route: handler for room in rooms for route, handler in room.hot.items()}
    return HotRoutes(compose([route for room in rooms for route in room.routes], reader), reader, hot)


@asynccontextmanager
async def listening(app: AsgiApp) -> AsyncIterator[str]:
    """Serve an application on a port of its own while the block runs; yields its base URL."""
    listener = Listener("127.0.0.1", free_port())
    async with serving(app, listener):
        yield listener.url
