from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient

from matinee.contracts.catalogue import Title, TitleNotFoundError
from matinee.engines.relational import Database, migrate, open_database
from matinee.host.http import PassportReader, compose
from matinee.kit.ids import RandomIds, TitleId
from matinee.kit.signing import SigningKey
from matinee.services.playback import module
from matinee.services.playback.adapters.edges import StaticEdges, named_edges
from matinee.services.playback.adapters.keys import SqlContentKeys
from matinee.services.playback.checks import Playable, Visible
from matinee.services.playback.http import routes
from matinee.services.playback.service import PlaybackService
from matinee.services.playback.settings import PlaybackSettings
from matinee.services.playback.tokens import Tokens
from matinee.testing.clock import ManualClock
from matinee.testing.titles import Callers, release

MIGRATIONS = Path(module.__file__).parent / "adapters/migrations"


class Shelf:
    """The part of the catalogue that playback calls."""

    def __init__(self):
        self.titles: dict[str, Title] = {}

    async def title(self, *, title_id: TitleId) -> Title:
        if title_id not in self.titles:
            raise TitleNotFoundError("There is no such title.")
        return self.titles[title_id]

    def put(self, title_id: str, **fields: object) -> Title:
        moment = datetime(2030, 1, 1, tzinfo=UTC)
        defaults: dict = {
            "title_id": TitleId(title_id),
            "kind": "film",
            "name": "Film",
            "synopsis": "",
            "year": None,
            "genres": (),
            "audience": "everyone",
            "listed": True,
            "featured": False,
            "series_id": None,
            "season_number": None,
            "episode_number": None,
            "artwork": {},
            "release": None,
            "version": 1,
            "created_at": moment,
            "changed_at": moment,
        }
        self.titles[title_id] = Title(**{**defaults, **fields})
        return self.titles[title_id]


@dataclass
class Room:
    service: PlaybackService
    shelf: Shelf
    edges: StaticEdges
    keys: SqlContentKeys
    clock: ManualClock
    database: Database
    delivery: SigningKey
    licence: SigningKey
    settings: PlaybackSettings = field(default_factory=PlaybackSettings)
    callers: Callers = field(default_factory=Callers)

    async def film(self, title_id: str = "film", **fields: object) -> Title:
        key = await self.service.content_key(title_id=TitleId(title_id))
        return self.shelf.put(title_id, release=release(TitleId(title_id), key_id=key.key_id), **fields)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/playback.db") as opened:
        await migrate(opened, room="playback", script_location=MIGRATIONS)
        yield opened


@pytest.fixture
async def room(database: Database) -> Room:
    clock, shelf, settings = ManualClock(), Shelf(), PlaybackSettings()
    delivery, licence = (SigningKey(SigningKey.generate()) for _ in range(2))
    edges = StaticEdges(named_edges(settings.edge_urls, ()), clock=clock, distrust_seconds=10.0)
    keys = SqlContentKeys(database, seal=b"k" * 32, clock=clock)
    service = PlaybackService(
        catalogue=shelf,
        keys=keys,
        edges=edges,
        tokens=Tokens(delivery=delivery, licence=licence),
        checks=(Playable(), Visible()),
        clock=clock,
        ids=RandomIds(),
        settings=settings,
    )
    return Room(service, shelf, edges, keys, clock, database, delivery, licence)


@pytest.fixture
async def http(room: Room) -> AsyncIterator[AsyncTestClient]:
    async with AsyncTestClient(compose(routes(room.service), PassportReader(room.callers.key.public))) as client:
        yield client
