from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient

from matinee.host.http import PassportReader, compose
from matinee.services.history.http import routes
from matinee.testing.history import Room, open_history


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_history(tmp_path) as opened:
        yield opened


@pytest.fixture
async def http(room: Room) -> AsyncIterator[AsyncTestClient]:
    handlers = routes(room.service, room.shelves, room.pages)
    async with AsyncTestClient(compose(handlers, PassportReader(room.callers.key.public))) as client:
        yield client
