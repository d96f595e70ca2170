"""Playback's declaration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from matinee.contracts.billing import Billing
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.history import History
from matinee.contracts.library import Library
from matinee.contracts.playback import Playback
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, migrate
from matinee.events.port import EventLog
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.resilience.command import Commands
from matinee.services.playback.adapters.edges import StaticEdges, keep_checking, named_edges
from matinee.services.playback.adapters.entitlements import KnownEntitlements
from matinee.services.playback.adapters.keys import SqlContentKeys
from matinee.services.playback.adapters.places import SqlPlaces
from matinee.services.playback.beside import Beside
from matinee.services.playback.checks import Able, Entitled, Here, Mature, Playable, SignedIn, Visible
from matinee.services.playback.consumers import keep_noting
from matinee.services.playback.facts import Facts
from matinee.services.playback.http import hot_routes, routes
from matinee.services.playback.jobs import keep_sweeping
from matinee.services.playback.reports import Reports
from matinee.services.playback.service import PlaybackService
from matinee.services.playback.settings import PlaybackSettings
from matinee.services.playback.streams import Streams
from matinee.services.playback.tokens import Tokens

_SWEEP_SECONDS = 600.0
_MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


@asynccontextmanager
async def open_room(settings: PlaybackSettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run playback."""
    database, keyring = needs.get(Database), needs.get(Keyring)
    clock: Clock = needs.get(Clock)
    await migrate(database, room="playback", script_location=_MIGRATIONS)
    keyring.public("delivery")  # written now, so that edges find what they verify with
    edges = StaticEdges(
        named_edges(settings.edge_urls, settings.edge_names),
        clock=clock,
        distrust_seconds=settings.edge_distrust_seconds,
    )
    entitlements = KnownEntitlements(needs.get(Billing), database, clock, seconds=settings.billing_seconds)
    streams = Streams(SqlPlaces(database), entitlements, clock, settings)
    facts = Facts(needs.get(Catalogue), clock, seconds=settings.beside_seconds)
    reports = _reports(settings, needs, streams, facts)
    service = PlaybackService(
        catalogue=needs.get(Catalogue),
        keys=SqlContentKeys(database, seal=keyring.seed("content-keys"), clock=clock),
        edges=edges,
        tokens=Tokens(delivery=keyring.signing_key("delivery"), licence=keyring.signing_key("licence")),
        checks=(Visible(), SignedIn(), Playable(), Entitled(entitlements), Mature(), Here(clock), Able()),
        streams=streams,
        reports=reports,
        beside=Beside(needs.get(History), needs.get(Library), seconds=settings.beside_seconds),
        facts=facts,
        clock=clock,
        ids=needs.get(Ids),
        settings=settings,
    )
    checks = {"database": database.answers}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_jobs_running(settings, needs, edges, entitlements, streams))
        stack.push_async_callback(reports.close)
        yield RunningRoom(provides={Playback: service}, routes=routes(service), hot=hot_routes(service), checks=checks)


def _reports(settings: PlaybackSettings, needs: Needs, streams: Streams, facts: Facts) -> Reports:
    return Reports(
        streams,
        needs.get(History),
        facts,
        needs.get(Clock),
        needs.get(Commands),
        collect_seconds=settings.collect_seconds,
        history_seconds=settings.history_seconds,
    )


@asynccontextmanager
async def _jobs_running(
    settings: PlaybackSettings, needs: Needs, edges: StaticEdges, entitlements: KnownEntitlements, streams: Streams
) -> AsyncIterator[None]:
    """Run what playback does on its own while the block runs."""
    async with aiohttp.ClientSession() as http:
        checking = keep_checking(
            edges,
            http,
            every_seconds=settings.edge_check_seconds,
            timeout_seconds=settings.edge_check_timeout_seconds,
        )
        jobs = {
            "edge checks": checking,
            "entitlements": keep_noting(needs.get(EventLog), entitlements),
            "sweep": keep_sweeping(streams, every_seconds=_SWEEP_SECONDS),
        }
        tasks = [asyncio.create_task(job, name=f"playback {name}") for name, job in jobs.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


MODULE = Module(
    name="playback",
    settings_type=PlaybackSettings,
    open=open_room,
    needs=(Catalogue, Billing, History, Library, Database, EventLog, Keyring, Clock, Ids, Commands),
    provides=(Playback,),
    route_prefixes=("/api/v1/stream", "/api/v1/streams", "/api/v1/admin/streams", "/api/v1/licences"),
)
