"""The gateway's declaration."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from matinee.engines.keyring import Keyring
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.services.gateway.adapters.proxy import Proxy, proxy_session
from matinee.services.gateway.adapters.web_files import WebFiles
from matinee.services.gateway.endpoints.documents import Documents
from matinee.services.gateway.endpoints.health import Health, Metrics
from matinee.services.gateway.endpoints.rooms import Rooms
from matinee.services.gateway.endpoints.session import OperatorSessionEndpoint
from matinee.services.gateway.endpoints.web import Web
from matinee.services.gateway.exchange import Filter
from matinee.services.gateway.filters.answers import Caching, Harden
from matinee.services.gateway.filters.bodies import BodyLimits
from matinee.services.gateway.filters.firewall import Firewall, networks
from matinee.services.gateway.filters.operator import Authenticate, SameOrigin, Stamp
from matinee.services.gateway.filters.shape import Shape
from matinee.services.gateway.filters.tracing import RequestName
from matinee.services.gateway.metrics import DoorMetrics
from matinee.services.gateway.ports import RouteTable
from matinee.services.gateway.service import FrontDoor
from matinee.services.gateway.settings import GatewaySettings
from matinee.services.gateway.sign_in import SignIn

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


@asynccontextmanager
async def open_room(settings: GatewaySettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run the gateway."""
    table, keyring = needs.get(RouteTable), needs.get(Keyring)
    clock: Clock = needs.get(Clock)
    ids: Ids = needs.get(Ids)
    keyring.public("gateway")  # written now, so that rooms in other processes find what they verify with
    sign_in = SignIn(
        operator_key=keyring.operator_key(),
        key=keyring.signing_key("sessions"),
        clock=clock,
        ids=ids,
        settings=settings,
    )
    metrics = DoorMetrics()
    async with proxy_session(settings) as http:
        filters: tuple[Filter, ...] = (
            RequestName(ids),
            Shape(settings),
            Firewall(networks(settings.trusted_proxies)),
            BodyLimits(settings, clock),
            Authenticate(sign_in),
            SameOrigin(),
            Stamp(keyring.signing_key("gateway"), clock),
            Health(lambda: _all_checks(table, http)),
            Metrics(metrics),
            OperatorSessionEndpoint(sign_in),
            Documents(table.document),
            Rooms(table, Proxy(http)),
            Web(WebFiles(Path(settings.web_folder) if settings.web_folder else None)),
            Harden(settings.edge_origins),
            Caching(),
        )
        yield RunningRoom(asgi=FrontDoor(filters, metrics, clock, max_answer_bytes=settings.max_answer_bytes))


MODULE = Module(
    name="gateway",
    settings_type=GatewaySettings,
    open=open_room,
    needs=(RouteTable, Keyring, Clock, Ids),
)
