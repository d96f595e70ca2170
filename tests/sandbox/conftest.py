"""A processor for each test."""

import pytest

from matinee.testing.sandbox import shop


@pytest.fixture
async def till(tmp_path):
    async with shop(tmp_path, stall_seconds=0.3) as running:
        yield running
