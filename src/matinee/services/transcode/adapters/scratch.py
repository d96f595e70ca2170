"""A scratch folder for each process, and the removal of those whose process is gone."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matinee.engines.files import make_folder

_LOCK = ".lock"


def _remove_left(root: Path) -> None:
    """Remove folders that no living process holds; everything worth keeping is in the blob store."""
    for folder in root.iterdir():
        lock = folder / _LOCK
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)


@contextmanager
def scratch_folder(root: Path, name: str) -> Iterator[Path]:
    """Give a new folder below `root` while the block runs; several processes may share `root`.

    Args:
        root: made when absent.
        name: unique to this process.

    Raises:
        OSError: when the folder cannot be made.
    """
    make_folder(root)
    _remove_left(root)
    folder = root / name
    folder.mkdir()
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # Held by the open file, so that it ends with the process however it dies.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)
