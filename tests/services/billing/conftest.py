from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from matinee.testing.billing import BillingBench, open_bench
from matinee.testing.billing_door import Door, open_door, quick_place


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    with quick_place() as folder:
        yield folder


@pytest.fixture
async def bench(quick_folder: Path) -> AsyncIterator[BillingBench]:
    async with open_bench(quick_folder) as opened:
        yield opened


@pytest.fixture
async def door(quick_folder: Path) -> AsyncIterator[Door]:
    async with open_door(quick_folder) as opened:
        yield opened
