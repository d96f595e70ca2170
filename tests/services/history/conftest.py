from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from matinee.host.http import PassportReader, compose
from matinee.services.history.http import routes
from matinee.testing.history import Room, open_history


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_history(tmp_path) as opened:
        yield opened


@pytest.fixture
async def http(room: Room) -> AsyncIterator[httpx.AsyncClient]:
    # In the loop of the test, which is that of the store; Litestar's own client has one of its own.
    handlers = routes(room.service, room.shelves, room.pages)
    app = compose(handlers, PassportReader(room.callers.key.public))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://history") as client:
        yield client
