"""An edge with a small origin and a clock that stands still."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from matinee.testing.clock import ManualClock
from matinee.testing.edges import EdgeUnderTest, TestRelease, opened_edge, publish, sample_files


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def edge(tmp_path: Path, clock: ManualClock) -> AsyncIterator[EdgeUnderTest]:
    async with opened_edge(tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
async def release(edge: EdgeUnderTest) -> TestRelease:
    return await publish(edge.origin, "title1", sample_files())
