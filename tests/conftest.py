"""What every test may use."""

import os
import shutil
import socket
from pathlib import Path

import pytest

_OPENED = {"tmp_path_factory", "room", "bench", "door", "database"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what opens a room, a database or a folder. `make check` leaves those to `make test`."""
    for item in items:
        if not _OPENED.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("opens")


@pytest.fixture
def free_port() -> int:
    """A port on loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def test_media() -> Path:
    """The folder with real films, or a counted skip that names what is missing."""
    folder = os.environ.get("MATINEE_TEST_MEDIA", "")
    if not folder or not (Path(folder) / "media" / "films").is_dir():
        pytest.skip("real films: MATINEE_TEST_MEDIA names no folder with media/films")
    return Path(folder)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium for browser tests, or a counted skip that names what is missing."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("a browser: install chromium")
