"""What every test may use."""

import os
import re
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_OPENED = {"tmp_path_factory", "room", "bench", "door", "database"}
_MODE = re.compile(r"[\[-](one|many)[\]-]")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what opens a room, a database or a folder. `make check` leaves those to `make test`."""
    for item in items:
        if not _OPENED.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("opens")


class ByDeployment(LoadScopeScheduling):
    """Gives one worker all tests of the shared deployment of a mode, or of a module that starts its own."""

    def _split_scope(self, nodeid: str) -> str:
        mode = _MODE.search(nodeid)
        return mode.group(1) if mode else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByDeployment | None:
    """With `--dist loadgroup`, start and fill no deployment twice: pytest's newer node ids lose the marks of groups."""
    return ByDeployment(config, log) if config.getoption("dist") == "loadgroup" else None


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
