from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from matinee.testing.identity import Room, open_identity


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_identity(tmp_path) as opened:
        yield opened
