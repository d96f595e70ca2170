"""What one process is made of: its rooms, their settings, and an adapter for every port."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec

from matinee.blobs.opened import open_blobs
from matinee.blobs.port import BlobStore
from matinee.engines.keyring import Keyring, PublicKeys
from matinee.events.opened import open_events
from matinee.events.port import EventLog
from matinee.host.engines.blobs import GuardedBlobs
from matinee.host.engines.events import GuardedEvents
from matinee.host.module import Module
from matinee.host.process import Plan, PortFactory, View
from matinee.host.server import Listener
from matinee.host.settings import SettingsSource
from matinee.host.tuned import ResilienceSettings, commands_from
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import Ids, RandomIds
from matinee.resilience.command import Commands
from matinee.services.billing.settings import BillingSettings
from matinee.wiring.authorisation import authorisation
from matinee.wiring.overrides import overrides_for
from matinee.wiring.rooms import CONTRACTS, load_room, rooms_of
from matinee.wiring.settings import ServiceSettings

# An edge's buffer takes another piece of 128 KiB while it holds less than this, so two go out at a time, from few
# threads; one at a time from many threads costs half as much again. It also bounds request heads, so it is not larger.
_EDGE_BUFFER_BYTES = 136 * 1024
_EDGE_FILE_THREADS = 4


@dataclass(frozen=True)
class Serve:
    """What a process was asked to be.

    Attributes:
        peers: room → base URL of the process that runs it.
    """

    targets: tuple[str, ...]
    name: str
    port: int | None = None
    peers: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def planned(service: ServiceSettings, source: SettingsSource, request: Serve) -> AsyncIterator[Plan]:
    """Yield the plan of a process; what its rooms share stays open while the block runs."""
    modules = tuple(load_room(name) for name in rooms_of(request.targets))
    commands = commands_from(source.load("resilience", ResilienceSettings))
    async with AsyncExitStack() as stack:
        ports = await _ports(modules, service, request, stack)
        ports |= await _mail_ports(modules, service, source, commands, stack)
        yield Plan(
            name=request.name,
            modules=modules,
            listener=_listener(modules, service, request),
            settings=lambda module: _settings(module, service, source, request),
            ports=ports,
            peers={contract: request.peers[room] for contract, room in CONTRACTS.items() if room in request.peers},
            authorisation=authorisation(),
            commands=commands,
            **_keys(modules, service),
        )


def room_settings(room: str, service: ServiceSettings, source: SettingsSource, name: str = "") -> msgspec.Struct:
    """Return a room's effective settings, as its process would get them."""
    return _settings(load_room(room), service, source, Serve(targets=(room,), name=name or room))


def _settings(module: Module, service: ServiceSettings, source: SettingsSource, request: Serve) -> msgspec.Struct:
    known = {field.name for field in msgspec.structs.fields(module.settings_type)}
    computed = overrides_for(module.name, service, request.name, processor=_processor(module, source))
    return source.load(module.name, module.settings_type, {k: v for k, v in computed.items() if k in known})


def _processor(module: Module, source: SettingsSource) -> str:
    """Return who takes payments, for the one room besides billing that has to know: the front door's page policy."""
    return source.load("billing", BillingSettings).provider if module.name == "gateway" else ""


def _listener(modules: tuple[Module, ...], service: ServiceSettings, request: Serve) -> Listener:
    """An edge sends large files: it gets larger buffers and few threads, which stay warm on their core."""
    if all(module.name == "edge" for module in modules):
        port = request.port or service.edge_port
        return Listener(service.address, port, buffer_bytes=_EDGE_BUFFER_BYTES, file_threads=_EDGE_FILE_THREADS)
    return Listener(service.address, request.port or service.port)


def _keys(modules: tuple[Module, ...], service: ServiceSettings) -> dict[str, Any]:
    """Give signing keys only to processes that need them: an edge gets none."""
    if all(module.name == "edge" for module in modules):
        return {}
    keyring = Keyring(service.data / "keys")
    return {"rooms_key": keyring.signing_key("rooms"), "gateway_public_key": keyring.public("gateway")}


async def _ports(
    modules: tuple[Module, ...], service: ServiceSettings, request: Serve, stack: AsyncExitStack
) -> dict[type, PortFactory]:
    wanted = {need for module in modules for need in module.needs}
    service.data.mkdir(parents=True, exist_ok=True)
    keyring = Keyring(service.data / "keys")
    ports: dict[type, PortFactory] = {
        Clock: _shared(SystemClock()),
        Ids: _shared(RandomIds()),
        Keyring: _shared(keyring),
        PublicKeys: _shared(PublicKeys(service.data / "keys")),
    }
    if any(need.__name__ == "Database" for need in wanted):
        # Imported here because an edge keeps no tables and should not load what they need.
        from matinee.engines.relational import Database  # noqa: PLC0415
        from matinee.host.engines.database import open_guarded  # noqa: PLC0415

        ports[Database] = lambda view, room: open_guarded(
            f"sqlite+aiosqlite:///{service.data / room}.db", view.commands, room
        )
    if "gateway" in {module.name for module in modules}:
        # Imported here because only the front door's process should load every room's routes.
        from matinee.contracts.identity import Identity  # noqa: PLC0415
        from matinee.host.operations import Fleet  # noqa: PLC0415
        from matinee.services.gateway.ports import RouteTable  # noqa: PLC0415
        from matinee.wiring.front import fleet_port, front_port, nobody  # noqa: PLC0415

        ports[RouteTable] = front_port(request.peers)
        ports[Fleet] = fleet_port(request.peers, service.data)
        ports[Identity] = _shared(nobody())  # only where the identity room runs neither here nor elsewhere
    if Cursors in wanted:
        ports[Cursors] = _shared(Cursors(keyring.seed("cursors")))
    if BlobStore in wanted:
        blobs = open_blobs(_blobs_url(service))
        ports[BlobStore] = lambda view, room: nullcontext(GuardedBlobs(blobs, view.commands, room))
    if EventLog in wanted:
        opening = open_events(
            f"sqlite://{quote(str(service.data / 'events.db'))}", clock=SystemClock(), ids=RandomIds()
        )
        events = await stack.enter_async_context(opening)
        ports[EventLog] = lambda view, room: nullcontext(GuardedEvents(events, view.commands, room))
    return ports


async def _mail_ports(
    modules: tuple[Module, ...],
    service: ServiceSettings,
    source: SettingsSource,
    commands: Commands,
    stack: AsyncExitStack,
) -> dict[type, PortFactory]:
    """Open mail where a room sends it; all processes share one file."""
    if not {need.__name__ for module in modules for need in module.needs} & {"Mailer", "Mailbox"}:
        return {}
    # Imported here because an edge sends no mail and should not load what that needs.
    from matinee.host.engines.mail import GuardedMail, open_guarded_mail  # noqa: PLC0415
    from matinee.mail.port import Mailbox, Mailer  # noqa: PLC0415
    from matinee.mail.settings import MailSettings  # noqa: PLC0415

    settings = source.load("mail", MailSettings)
    mail = await stack.enter_async_context(open_guarded_mail(service.data, settings, SystemClock(), commands))

    def guarded(view: View, room: str) -> AbstractAsyncContextManager[GuardedMail]:
        return nullcontext(GuardedMail(mail, view.commands, room))

    return {Mailer: guarded, Mailbox: guarded}


def _blobs_url(service: ServiceSettings) -> str:
    return service.blobs or f"file://{quote(str(service.data / 'blobs'))}"


def _shared(value: object) -> PortFactory:
    def factory(_view: View, _room: str) -> AbstractAsyncContextManager[object]:
        return nullcontext(value)

    return factory
