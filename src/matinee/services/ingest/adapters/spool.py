"""Files on their way in: one folder each, sizes that stay true when the process is killed."""

import asyncio
import hashlib
import hmac
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from matinee.engines.files import make_folder, sync_folder
from matinee.kit.paths import below
from matinee.services.ingest.ports import ChecksumMismatchError, SpoolWriter

_DATA, _HOLD, _JOINING = "data", "hold", "data.joining"
_WRITE_BYTES = 1 << 20
_COPY_BYTES = 1 << 26
P = ParamSpec("P")
T = TypeVar("T")


async def _off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.to_thread(work, *args, **kwargs)


class _Writer:
    """Gathers small pieces and writes them at least 1 MiB at a time, off the event loop. It owns the descriptor."""

    def __init__(self, descriptor: int, offset: int, digest: "hashlib._Hash | None") -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._digest = digest
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        # A cancelled request leaves its last write running in a thread; the end must wait for it.
        self._lock = threading.RLock()
        self._closed = False

    async def write(self, data: bytes) -> None:
        self._gathered.append(data)
        self._gathered_bytes += len(data)
        if self._gathered_bytes >= _WRITE_BYTES:
            await _off_loop(self.drain)

    def drain(self) -> None:
        with self._lock:
            if self._closed:
                return
            data = b"".join(self._gathered)
            self._gathered, self._gathered_bytes = [], 0
            if self._digest is not None:
                self._digest.update(data)
            view = memoryview(data)
            while view:
                written = os.pwrite(self._descriptor, view, self._offset)
                self._offset += written
                view = view[written:]

    def finish(self) -> None:
        with self._lock:
            self.drain()
            if not self._closed:
                os.fsync(self._descriptor)

    def close(self, *, cut_to: int | None = None) -> None:
        """Cut the file off where that is wanted, and let go of it; whoever still writes is waited for."""
        with self._lock:
            try:
                if cut_to is not None:
                    os.ftruncate(self._descriptor, cut_to)
                    os.fsync(self._descriptor)
            finally:
                self._closed = True
                os.close(self._descriptor)


class DiskSpool:
    """A private folder of files; see the port.

    Args:
        root: made when absent.
    """

    def __init__(self, root: Path) -> None:
        make_folder(root)
        self._root = root.resolve()

    def _folder(self, upload_id: str) -> Path:
        return below(self._root, upload_id)

    def file(self, upload_id: str) -> Path:
        """Return where the bytes are or will be."""
        return self._folder(upload_id) / _DATA

    async def create(self, upload_id: str) -> None:
        """Make an empty file."""
        await _off_loop(self._create, upload_id)

    def _create(self, upload_id: str) -> None:
        folder = self._folder(upload_id)
        make_folder(folder)
        os.close(os.open(folder / _DATA, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        sync_folder(folder)

    async def size(self, upload_id: str) -> int:
        """Return the safe size."""
        return await _off_loop(self._size, upload_id)

    def _size(self, upload_id: str) -> int:
        path, hold = self.file(upload_id), self._folder(upload_id) / _HOLD
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            with suppress(FileNotFoundError, ValueError):
                os.ftruncate(descriptor, int(hold.read_text("ascii")))
            # What a killed process wrote is in the kernel's hands; it is told only once it is on the disk.
            os.fsync(descriptor)
            hold.unlink(missing_ok=True)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    @asynccontextmanager
    async def append(self, upload_id: str, *, offset: int) -> AsyncIterator[SpoolWriter]:
        """Give a writer; what was written stays even when the block fails."""
        descriptor = await _off_loop(os.open, self.file(upload_id), os.O_WRONLY | os.O_NOFOLLOW)
        writer = _Writer(descriptor, offset, None)
        try:
            yield writer
        finally:
            # Shielded: what has arrived is kept even when the request is cancelled.
            await asyncio.shield(_off_loop(_finish_and_close, writer))

    @asynccontextmanager
    async def append_checked(
        self, upload_id: str, *, offset: int, algorithm: str, digest: bytes
    ) -> AsyncIterator[SpoolWriter]:
        """Give a writer whose bytes stay only with the right digest."""
        hold = self._folder(upload_id) / _HOLD
        await _off_loop(_write_synced_text, hold, str(offset))
        descriptor = await _off_loop(os.open, self.file(upload_id), os.O_WRONLY | os.O_NOFOLLOW)
        counted = hashlib.new(algorithm, usedforsecurity=False)
        writer = _Writer(descriptor, offset, counted)
        good = False
        try:
            yield writer
            await _off_loop(writer.finish)
            good = hmac.compare_digest(counted.digest(), digest)
        finally:
            await asyncio.shield(_off_loop(_settle, writer, hold, None if good else offset))
        if not good:
            raise ChecksumMismatchError("The bytes are not those that the checksum was made of; send them again.")

    async def join(self, upload_id: str, parts: Sequence[str]) -> int:
        """Make a file of others."""
        return await _off_loop(self._join, upload_id, [self.file(part) for part in parts])

    def _join(self, upload_id: str, parts: Sequence[Path]) -> int:
        folder = self._folder(upload_id)
        make_folder(folder)
        draft = folder / _JOINING
        with draft.open("wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    _copy(source.fileno(), target.fileno())
            os.fsync(target.fileno())
            size = os.fstat(target.fileno()).st_size
        draft.replace(folder / _DATA)
        sync_folder(folder)
        return size

    async def take(self, upload_id: str, source: int) -> None:
        """Make a file of an open descriptor's."""
        await _off_loop(self._take, upload_id, source)

    def _take(self, upload_id: str, source: int) -> None:
        folder = self._folder(upload_id)
        make_folder(folder)
        path, draft = folder / _DATA, folder / _JOINING
        draft.unlink(missing_ok=True)
        try:
            os.link(f"/proc/self/fd/{source}", draft, follow_symlinks=True)
        except OSError:
            # Another disk, or a kernel that does not let us link files that are not ours.
            with draft.open("wb") as target:
                _copy(source, target.fileno())
                os.fsync(target.fileno())
        draft.replace(path)
        sync_folder(folder)

    async def remove(self, upload_id: str) -> None:
        """Delete one."""
        await _off_loop(shutil.rmtree, self._folder(upload_id), ignore_errors=True)

    async def ids(self) -> Sequence[str]:
        """Return the identifiers of all files."""
        return await _off_loop(lambda: [one.name for one in self._root.iterdir()])

    async def free_bytes(self) -> int:
        """Return what the disk has left."""
        return (await _off_loop(shutil.disk_usage, self._root)).free

    async def sha256(self, upload_id: str) -> str:
        """Return the digest."""
        return await _off_loop(_sha256, self.file(upload_id))


def _finish_and_close(writer: _Writer) -> None:
    try:
        writer.finish()
    finally:
        writer.close()


def _settle(writer: _Writer, hold: Path, cut_to: int | None) -> None:
    """End a checked chunk: cut off what is not good, then let go of the mark."""
    writer.close(cut_to=cut_to)
    hold.unlink(missing_ok=True)


def _write_synced_text(path: Path, text: str) -> None:
    with path.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _copy(source: int, target: int) -> None:
    """Copy a whole file inside the kernel, sharing blocks where the disk can."""
    os.lseek(source, 0, os.SEEK_SET)
    while True:
        try:
            copied = os.copy_file_range(source, target, _COPY_BYTES)
        except OSError:
            copied = os.sendfile(target, source, None, _COPY_BYTES)
        if copied == 0:
            return


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
