"""What operators changed of commands, in a file: it must be there when the databases are not."""

import os
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from matinee.engines.files import make_folder, sync_folder, write_synced
from matinee.host.operations import Changes
from matinee.kit.errors import UnavailableError
from matinee.resilience.settings import CommandSettings

_MAX_BYTES = 1024 * 1024
_log = structlog.get_logger()


class ChangesNotKeptError(UnavailableError):
    """The file could not be written; the cause is kept."""

    code = "changes-not-kept"
    title = "Changes cannot be kept right now"


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
        """Put these in the place of all, here and in the file.

        Raises:
            ChangesNotKeptError: when they cannot be written, and then nothing has changed; or when the file holds them
                and may lose them again, and then they count here too, because a restart would most likely find them.
        """
        if self._path is None:
            self.by_name = by_name
            return
        fresh = self._path.with_suffix(f".{os.getpid()}.new")
        try:
            make_folder(self._path.parent)
            fresh.unlink(missing_ok=True)
            write_synced(fresh, msgspec.json.encode(by_name), mode=0o600)
            fresh.replace(self._path)
        except OSError as error:
            raise ChangesNotKeptError("The change could not be written to the disk; nothing has changed.") from error
        self.by_name = by_name
        try:
            sync_folder(self._path.parent)
        except OSError as error:
            raise ChangesNotKeptError("The change counts, but may be lost if the machine stops.") from error

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
