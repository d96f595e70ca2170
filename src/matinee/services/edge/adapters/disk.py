"""The cache's files: `objects/<first two digits>/<digest>`, written below `partial/` and renamed when they are whole.

There is no index beside the files to fall out of step with them: a name is a digest, a size is the file's own, and the
order of use is in the files' times. So whatever moment the process dies at, the next one reads the truth from the disk.
"""

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from matinee.services.edge.ports import CacheDiskError, Partial, StoredFile

_NAME = re.compile(r"[0-9a-f]{64}")
_PIECE_BYTES = 1024 * 1024
P = ParamSpec("P")
T = TypeVar("T")


class FolderDisk:
    """A cache disk in a folder that this process alone writes to.

    Args:
        root: made when absent.
        threads: blocking reads and writes at the same time.
    """

    def __init__(self, root: Path, *, threads: int = 4) -> None:
        self._objects = root.resolve() / "objects"
        self._partial = root.resolve() / "partial"
        self._objects.mkdir(parents=True, exist_ok=True)
        self._partial.mkdir(parents=True, exist_ok=True)
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix="edge-disk")
        # One thread gives and takes names, in the order asked for: a removal can never hit a later file of that name.
        self._names = ThreadPoolExecutor(1, thread_name_prefix="edge-names")

    def close(self) -> None:
        """Let the threads end."""
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._names.shutdown(wait=True)

    def path(self, digest: str) -> str:
        """Return where a file is or would be; see the port."""
        return f"{self._objects}/{digest[:2]}/{digest}"

    async def found(self) -> Sequence[StoredFile]:
        """Return the whole files there are; see the port."""
        return await _in(self._names, self._scan)

    def _scan(self) -> list[StoredFile]:
        for leftover in self._partial.iterdir():
            leftover.unlink()
        files = []
        for folder in self._objects.iterdir():
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not _NAME.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
                        Path(entry.path).unlink(missing_ok=True)
                        continue
                    status = entry.stat(follow_symlinks=False)
                    files.append(StoredFile(digest=entry.name, size_bytes=status.st_size, rank=status.st_mtime_ns))
        return sorted(files, key=lambda file: file.rank)

    @asynccontextmanager
    async def partial(self) -> AsyncIterator[Partial]:
        """Start a file; see the port."""
        path = self._partial / secrets.token_hex(16)
        writing = _FolderPartial(await _in(self._workers, path.open, "xb"), path, self)
        try:
            yield writing
        finally:
            await asyncio.shield(_in(self._workers, writing.discard))

    async def read(self, digest: str) -> bytes | None:
        """Return a file's bytes; see the port."""
        try:
            return await _in(self._workers, Path(self.path(digest)).read_bytes)
        except CacheDiskError:
            return None

    async def matches(self, digest: str, size_bytes: int) -> bool:
        """Hash a file; see the port."""
        try:
            return await _in(self._workers, _matches, Path(self.path(digest)), digest, size_bytes)
        except CacheDiskError:
            return False

    async def remove(self, digests: Sequence[str]) -> None:
        """Remove files; see the port."""
        if digests:
            await _in(self._names, _remove, [self.path(digest) for digest in digests])

    async def note_use(self, digests: Sequence[str]) -> Sequence[str]:
        """Set the files' times in the order of use; see the port."""
        return await _in(self._names, self._touch, list(digests)) if digests else ()

    def _touch(self, digests: Sequence[str]) -> list[str]:
        lost = []
        start = time.time_ns() - len(digests)
        for place, digest in enumerate(digests):
            try:
                os.utime(self.path(digest), ns=(start + place, start + place))
            except FileNotFoundError:
                lost.append(digest)
        return lost

    async def work(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work on a disk thread."""
        return await _in(self._workers, call, *args, **kwargs)

    async def name(self, draft: Path, digest: str) -> None:
        """Give a whole draft its name."""
        await _in(self._names, _rename, draft, Path(self.path(digest)))


class _FolderPartial:
    """A draft and its running digest."""

    def __init__(self, file: BinaryIO, path: Path, disk: FolderDisk) -> None:
        self._file = file
        self._path = path
        self._disk = disk
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    async def write(self, piece: bytes) -> None:
        await self._disk.work(self._write, piece)
        self.size_bytes += len(piece)

    def _write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._hash.update(piece)

    async def commit(self) -> None:
        await self._disk.work(self._sync)
        await self._disk.name(self._path, self.digest)

    def _sync(self) -> None:
        # The bytes must be on the disk before the name is: after a power cut a name may not stand for holes. The name
        # itself may be lost then; the file is fetched again.
        self._file.flush()
        os.fsync(self._file.fileno())

    def discard(self) -> None:
        """Close the draft and remove what was not given a name."""
        self._file.close()
        self._path.unlink(missing_ok=True)


async def _in(pool: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work on a pool, and say what failed in the port's words."""
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, lambda: call(*args, **kwargs))
    except OSError as error:
        raise CacheDiskError("The cache's disk did not do it.", errno=error.errno) from error


def _matches(path: Path, digest: str, size_bytes: int) -> bool:
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size != size_bytes:
            return False
        while piece := file.read(_PIECE_BYTES):
            found.update(piece)
    return found.hexdigest() == digest


def _rename(draft: Path, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    draft.replace(path)


def _remove(paths: Sequence[str]) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            Path(path).unlink()
