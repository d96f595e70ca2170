"""What operators changed of commands, in a file: it must be there when the databases are not."""

import os
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from matinee.engines.files import make_folder, sync_folder, write_synced
from matinee.host.operations import Changes
from matinee.resilience.settings import CommandSettings

_MAX_BYTES = 1024 * 1024
_log = structlog.get_logger()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What was changed of one command, when, and by whom: a role, with an account where there is one."""

    values: dict[str, str | bool | int | float]
    at: datetime
    by: str


class ChangesFile:
    """Changes by command.

    Args:
        path: written as a whole, durably, and replaced at once; None keeps them in memory alone.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.by_name: dict[str, Change] = {}

    @property
    def durable(self) -> bool:
        """Whether they are there after a restart."""
        return self._path is not None

    def load(self) -> None:
        """Read what is there; a file that cannot be read is left where it is, and nothing counts as changed."""
        if self._path is None or not self._path.exists():
            return
        try:
            with self._path.open("rb") as file:
                found = msgspec.json.decode(file.read(_MAX_BYTES), type=dict[str, Change])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            _log.error("changes_unreadable", path=str(self._path), exc_info=error)
            return
        # One that no command can have would be refused by every process, and all the others with it.
        self.by_name = {name: change for name, change in found.items() if _fits(name, change)}

    def keep(self, by_name: dict[str, Change]) -> None:
        """Put these in the place of all; OSError when they cannot be written, and then nothing has changed."""
        if self._path is not None:
            make_folder(self._path.parent)
            fresh = self._path.with_suffix(f".{os.getpid()}.new")
            fresh.unlink(missing_ok=True)
            write_synced(fresh, msgspec.json.encode(by_name), mode=0o600)
            fresh.replace(self._path)
            sync_folder(self._path.parent)
        self.by_name = by_name

    def values(self) -> Changes:
        """Return the changed values by command."""
        return {name: dict(change.values) for name, change in self.by_name.items()}


def _fits(name: str, change: Change) -> bool:
    try:
        msgspec.convert(change.values, CommandSettings)
    except msgspec.ValidationError as error:
        _log.error("change_unusable", command=name, exc_info=error)
        return False
    return True
