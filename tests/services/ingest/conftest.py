from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from matinee.testing.ingest import IngestRoom, open_ingest
from matinee.testing.ingest_clients import Client, Killable, served
from matinee.testing.titles import Callers


@pytest.fixture
def callers() -> Callers:
    return Callers()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[IngestRoom]:
    async with open_ingest(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
async def client(room: IngestRoom, callers: Callers) -> AsyncIterator[Client]:
    async with served(room, callers) as opened:
        yield opened


@pytest.fixture
def killable(tmp_path: Path, callers: Callers) -> Iterator[Callable[..., Killable]]:
    made: list[Killable] = []

    def make(**settings: object) -> Killable:
        made.append(Killable(tmp_path / "data", callers, **settings))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.kill()
