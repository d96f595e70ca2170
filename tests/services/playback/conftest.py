from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient

from matinee.engines.relational import Database, migrate, open_database
from matinee.host.http import PassportReader, compose
from matinee.services.playback.http import routes
from matinee.testing.playback import PLAYBACK_MIGRATIONS, Room, open_playback


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/playback.db") as opened:
        await migrate(opened, room="playback", script_location=PLAYBACK_MIGRATIONS)
        yield opened


@pytest.fixture
async def room(database: Database) -> Room:
    return open_playback(database)


@pytest.fixture
async def http(room: Room) -> AsyncIterator[AsyncTestClient]:
    async with AsyncTestClient(compose(routes(room.service), PassportReader(room.callers.key.public))) as client:
        yield client
