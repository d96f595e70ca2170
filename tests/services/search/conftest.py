import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from matinee.contracts.history import History
from matinee.contracts.library import Library
from matinee.contracts.searching import Search
from matinee.engines.keyring import Keyring
from matinee.events.opened import open_events
from matinee.events.port import EventLog
from matinee.host.http import PassportReader, compose
from matinee.host.module import Needs
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.ids import RandomIds
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.search.adapters.tantivy_index.index import TantivyIndex, open_index
from matinee.services.search.folding import fold
from matinee.services.search.module import MODULE
from matinee.services.search.ports import Question
from matinee.services.search.settings import SearchSettings
from matinee.testing.doors import listening
from matinee.testing.searching import MADE, MEMBER, HandMadeLibrary, told
from matinee.testing.titles import Callers


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


def asked(text: str, *, viewer=MEMBER, most: int = 20, now=MADE, **fields) -> Question:
    open_ended = bool(fold(text[-1:]))
    return Question(words=tuple(fold(text).split()), open_ended=open_ended, viewer=viewer, now=now, most=most, **fields)


async def names(index: TantivyIndex, text: str, **fields) -> list[str]:
    return [one.entry.name for one in await index.find(asked(text, **fields))]


async def fill(index: TantivyIndex, *titles) -> None:
    """Build and serve an index of these titles."""
    draft = await index.draft()
    await draft.add([told(one) for one in titles])
    await draft.serve()


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[TantivyIndex]:
    async with open_index(tmp_path / "search", SearchSettings()) as opened:
        yield opened


@dataclass
class Room:
    search: Search
    events: EventLog
    library: HandMadeLibrary
    http: aiohttp.ClientSession
    callers: Callers
    commands: Commands


@asynccontextmanager
async def open_search(folder: Path, library: HandMadeLibrary, **settings) -> AsyncIterator[Room]:
    """Run the room with a real event log and a catalogue made by hand."""
    async with AsyncExitStack() as stack:
        clock, callers = SystemClock(), Callers()
        opening = open_events(f"sqlite://{folder}/events.db", clock=clock, ids=RandomIds())
        events = await stack.enter_async_context(opening)
        commands = Commands(Tuning(), clock.monotonic)
        needs = Needs(
            {
                Library: library,
                History: library,
                EventLog: events,
                Keyring: Keyring(folder / "keys"),
                Clock: clock,
                Commands: commands,
            }
        )
        wanted = SearchSettings(data_folder=str(folder), retry_seconds=0.05, **settings)
        room = await stack.enter_async_context(MODULE.open(wanted, needs))
        url = await stack.enter_async_context(listening(compose(room.routes, PassportReader(callers.key.public))))
        http = await stack.enter_async_context(aiohttp.ClientSession(url))
        yield Room(room.provides[Search], events, library, http, callers, commands)


async def call(room: Room, method: str, path: str, headers: dict[str, str], **params: str):
    """Return the status, the headers and the body of an answer."""
    async with room.http.request(method, f"/api/v1{path}", params=params, headers=headers) as answer:
        return answer.status, answer.headers, await answer.json(content_type=None)


async def ready(room: Room) -> None:
    async def serves() -> bool:
        return (await room.search.state()).generation > 0

    await until(serves)
