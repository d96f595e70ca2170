"""The home room's declaration."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from matinee.contracts.history import History
from matinee.contracts.library import Library
from matinee.host.module import Module, Needs, RunningRoom
from matinee.kit.clock import Clock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import Ids
from matinee.resilience.command import Commands
from matinee.resilience.limiter import AdaptiveLimiter, AdditiveIncrease
from matinee.services.home.adapters.memory import MemoryRowCache
from matinee.services.home.http import hot_routes, routes
from matinee.services.home.service.cards import Cards
from matinee.services.home.service.composing import Composer
from matinee.services.home.service.home import HomeService
from matinee.services.home.service.loading import Loading
from matinee.services.home.service.pages import Pages
from matinee.services.home.service.providers import Providers
from matinee.services.home.service.revisions import Revisions
from matinee.services.home.service.turnstile import Turnstile
from matinee.services.home.settings import HomeSettings


def turnstile(settings: HomeSettings) -> Turnstile:
    """Return what bounds the rows that are fetched at once: more while that is fast, fewer while it is slow."""
    limiter = AdaptiveLimiter(
        AdditiveIncrease(slow_seconds=settings.row_seconds / 2),
        time.monotonic,
        first=min(settings.loads_first, settings.loads_most),
        least=min(settings.loads_least, settings.loads_most),
        most=settings.loads_most,
    )
    return Turnstile(limiter, waiting=settings.loads_waiting)


@asynccontextmanager
async def open_room(settings: HomeSettings, needs: Needs) -> AsyncIterator[RunningRoom]:
    """Run the home page."""
    clock: Clock = needs.get(Clock)
    ids: Ids = needs.get(Ids)
    commands, history = needs.get(Commands), needs.get(History)
    library: Library = needs.get(Library)
    cards = Cards(library, clock, seconds=settings.soft_seconds)
    random = Random()  # noqa: S311  # lives of rows are no secret
    loading = Loading(
        MemoryRowCache(clock, max_entries=settings.cache_entries, max_bytes=settings.cache_bytes),
        commands,
        turnstile(settings),
        settings,
        clock=clock,
        ids=ids,
        random=random,
    )
    providers = Providers(library, history, cards, commands, settings)
    revisions = Revisions(
        library,
        commands,
        clock,
        seconds=settings.revision_seconds,
        timeout_seconds=settings.version_seconds,
    )
    service = HomeService(
        history,
        Composer(loading, providers, settings, clock=clock, ids=ids, random=random),
        loading,
        commands,
        Pages(clock, most=settings.pages, seconds=settings.page_kept_seconds),
        needs.get(Cursors),
        revisions,
        settings,
        clock=clock,
        ids=ids,
    )
    try:
        yield RunningRoom(routes=routes(service), hot=hot_routes(service))
    finally:
        await loading.close()
        await revisions.close()


MODULE = Module(
    name="home",
    settings_type=HomeSettings,
    open=open_room,
    needs=(Library, History, Cursors, Commands, Clock, Ids),
    route_prefixes=("/api/v1/home",),
)
