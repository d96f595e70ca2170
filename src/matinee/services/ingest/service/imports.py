"""Files on the server's own disk: which may be read, and how without following a link."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from matinee.contracts.ingest import ImportRefusedError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def _parts_below(path: str, folders: Sequence[Path]) -> tuple[Path, tuple[str, ...]]:
    """Return the import folder that a path names, and the steps below it."""
    wanted = Path(path)
    if "\0" in path or not wanted.is_absolute() or ".." in wanted.parts:
        raise ImportRefusedError("The path must be absolute and plain, without '..'.")
    for folder in folders:
        with suppress(ValueError):
            steps = wanted.relative_to(folder).parts
            if steps:
                return folder, steps
    raise ImportRefusedError("The file is not in one of the import folders; see `import_folders` in the settings.")


@contextmanager
def opened_import(path: str, folders: Sequence[Path]) -> Iterator[int]:
    """Open a regular file below an import folder, step by step, never through a link; give its descriptor.

    The folders themselves are the operator's choice and may be links; nothing below them may.

    Raises:
        ImportRefusedError: when it is elsewhere, a link, not there, not readable, or no regular file.
    """
    folder, steps = _parts_below(path, folders)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for step in steps[:-1]:
            descriptor = _step(descriptor, step, _FOLDER)
        descriptor = _step(descriptor, steps[-1], _FILE)
    except OSError as error:
        raise ImportRefusedError("The file is not there, cannot be read, or a link leads to it.") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ImportRefusedError("The path is not a regular file.")
        yield descriptor
    finally:
        os.close(descriptor)


def _step(folder: int, name: str, flags: int) -> int:
    """Open a name inside an open folder, and let go of the folder."""
    try:
        return os.open(name, flags, dir_fd=folder)
    finally:
        os.close(folder)
