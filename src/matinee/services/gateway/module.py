"""The gateway's declaration."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from matinee.contracts.identity import Identity
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, migrate
from matinee.host.module import Module, Needs, RunningRoom
from matinee.host.operations import Fleet
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.services.gateway.adapters.changes import ChangesFile
from matinee.services.gateway.adapters.idempotency import SqlIdempotency
from matinee.services.gateway.adapters.proxy import Proxy, proxy_session
from matinee.services.gateway.adapters.web_files import WebFiles
from matinee.services.gateway.endpoints.documents import Documents
from matinee.services.gateway.endpoints.health import Health, Metrics
from matinee.services.gateway.endpoints.idempotent import Idempotent, Tools
from matinee.services.gateway.endpoints.keys import PublishedKeys
from matinee.services.gateway.endpoints.operations import OperationsEndpoint
from matinee.services.gateway.endpoints.rooms import Rooms, Signatures
from matinee.services.gateway.endpoints.session import OperatorSessionEndpoint
from matinee.services.gateway.endpoints.web import Web
from matinee.services.gateway.exchange import Filter
from matinee.services.gateway.filters.answers import Caching, Cookies, Harden, Origins
from matinee.services.gateway.filters.authenticate import Authenticate
from matinee.services.gateway.filters.bodies import BodyLimits
from matinee.services.gateway.filters.firewall import Firewall, networks
from matinee.services.gateway.filters.guards import KidsRoom, NoSecretsInQueries, SameOrigin
from matinee.services.gateway.filters.limits import Allowance, Limits
from matinee.services.gateway.filters.shape import Shape
from matinee.services.gateway.filters.stamp import Stamp
from matinee.services.gateway.filters.tracing import RequestName
from matinee.services.gateway.jobs import keep_sweeping
from matinee.services.gateway.members import Members
from matinee.services.gateway.metrics import DoorMetrics
from matinee.services.gateway.ports import RouteTable
from matinee.services.gateway.service import FrontDoor
from matinee.services.gateway.settings import GatewaySettings
from matinee.services.gateway.sign_in import SignIn
from matinee.services.gateway.steering import Steering
from matinee.services.gateway.watching import Watch

_MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"
_OK = 200
Check = Callable[[], Awaitable[bool]]


def _remote_check(http: aiohttp.ClientSession, base_url: str) -> Check:
    async def ready() -> bool:
        async with http.get(f"{base_url}/health/ready") as answer:
            return answer.status == _OK

    return ready


def _all_checks(table: RouteTable, http: aiohttp.ClientSession) -> dict[str, Check]:
    """Return the checks of the rooms here, and the readiness of every process behind."""
    remote = {
        upstream.room: upstream.target for upstream in table.prefixes.values() if isinstance(upstream.target, str)
    }
    return {**table.checks(), **{room: _remote_check(http, base_url) for room, base_url in remote.items()}}


def _inbound(settings: GatewaySettings, needs: Needs, sign_in: SignIn, members: Members) -> tuple[Filter, ...]:
    clock: Clock = needs.get(Clock)
    return (
        RequestName(needs.get(Ids)),
        Shape(settings),
        Firewall(networks(settings.trusted_proxies)),
        NoSecretsInQueries(),
        BodyLimits(settings, clock),
        Authenticate(sign_in, members),
        Limits(settings, clock),
        SameOrigin(),
        KidsRoom(),
        Stamp(clock),
    )


def _outbound(settings: GatewaySettings) -> tuple[Filter, ...]:
    origins = Origins(edges=settings.edge_origins, connect=settings.connect_origins, scripts=settings.script_origins)
    return (Harden(origins), Caching(), Allowance(), Cookies())


def _sign_in(settings: GatewaySettings, needs: Needs) -> SignIn:
    keyring = needs.get(Keyring)
    return SignIn(
        operator_key=keyring.operator_key(),
        key=keyring.signing_key("sessions"),
        clock=needs.get(Clock),
        ids=needs.get(Ids),
        settings=settings,
    )


@asynccontextmanager
async def _kept(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[tuple[asyncio.Task[None], ...]]:
    tasks = tuple(asyncio.create_task(job) for job in jobs)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _watching(watch: Watch) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await watch.close()


@asynccontextmanager
async def open_room(settings: GatewaySettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run the gateway."""
    table, clock = needs.get(RouteTable), needs.get(Clock)
    needs.get(Keyring).public("gateway")  # written now, so that rooms in other processes find what they verify with
    sign_in = _sign_in(settings, needs)
    members = Members(needs.get(Identity), clock, remembered=settings.remembered_tokens)
    metrics = DoorMetrics()
    database = needs.get(Database)
    await migrate(database, room="gateway", script_location=_MIGRATIONS)
    store = SqlIdempotency(database, needs.get(Keyring).seed("idempotency"))
    tools = Tools(store, clock, needs.get(Ids), settings)
    sweeping = keep_sweeping(store, clock, keep_seconds=settings.idempotency_seconds)
    fleet = needs.get(Fleet)
    watch, changes = Watch(fleet, clock), ChangesFile(fleet.changes_file)
    await asyncio.to_thread(changes.load)
    steering = Steering(fleet, watch, changes, clock)
    running = (members.keep_fresh(), sweeping, steering.keep_applied())
    async with proxy_session(settings) as http, _kept(*running) as jobs, _watching(watch):
        rooms = Rooms(table, Proxy(http), Signatures(needs.get(Keyring).signing_key("gateway")))
        endpoints: tuple[Filter, ...] = (
            Health(lambda: _all_checks(table, http)),
            Metrics(metrics),
            PublishedKeys(members),
            OperatorSessionEndpoint(sign_in),
            OperationsEndpoint(watch, steering, max_bytes=settings.max_answer_bytes // 2),
            Documents(table.document),
            Idempotent(rooms, tools),
            rooms,
            Web(WebFiles(Path(settings.web_folder) if settings.web_folder else None)),
        )
        filters = (*_inbound(settings, needs, sign_in, members), *endpoints, *_outbound(settings))

        async def jobs_run() -> bool:
            return not any(job.done() for job in jobs)

        yield RunningRoom(
            asgi=FrontDoor(filters, metrics, clock, max_answer_bytes=settings.max_answer_bytes),
            checks={"jobs": jobs_run, "database": database.answers},
        )


MODULE = Module(
    name="gateway",
    settings_type=GatewaySettings,
    open=open_room,
    needs=(RouteTable, Identity, Database, Keyring, Clock, Ids, Fleet),
)
