"""Blobs as plain files below one folder.

Plain files, because obstore's local store does not sync what it writes. A put writes a draft beside the tree, syncs it,
gives it its name in one step, and syncs the folder. Drafts of a killed process are swept when the store is opened.
"""

import asyncio
import errno
import os
import secrets
import shutil
import stat
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from matinee.blobs.port import BlobExistsError, BlobInfo, BlobNotFoundError, BlobStoreError
from matinee.engines.files import make_folder, sync_folder
from matinee.kit.paths import PathError, below, checked_key

_DRAFTS = ".drafts"  # no key starts with a dot, so this is in nobody's way
# Not what a link in its place points at, and without waiting for a writer when it is a pipe.
_READ_ITSELF = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE_BYTES = 1024 * 1024
_DRAFT_LIFE_SECONDS = 24 * 3600
_LIST_PAGE = 256

P = ParamSpec("P")
T = TypeVar("T")


class LocalBlobs:
    """A blob store in a folder that nobody else writes to. Any number of processes may share it.

    Args:
        root: made when absent.
    """

    def __init__(self, root: Path) -> None:
        make_folder(root)
        self._root = root.resolve()
        self._drafts = self._root / _DRAFTS
        make_folder(self._drafts)
        self._sweep()

    def _sweep(self) -> None:
        """Remove drafts too old to belong to a living put."""
        oldest = time.time() - _DRAFT_LIFE_SECONDS
        for draft in self._drafts.iterdir():
            with suppress(FileNotFoundError):
                # Not the time of the last write, which a link shares with its object.
                if draft.stat().st_ctime < oldest:
                    draft.unlink()

    async def put(self, key: str, data: bytes, *, only_if_absent: bool = False) -> BlobInfo:
        """Store bytes; see the port."""

        def fill(draft: BinaryIO) -> None:
            draft.write(data)

        return await _off_loop(self._store, key, fill, _link if only_if_absent else _replace)

    async def put_file(self, key: str, path: Path) -> BlobInfo:
        """Store a copy of a file, made by the kernel where it can; see the port."""

        def fill(draft: BinaryIO) -> None:
            with path.open("rb") as source:
                _copy(source, draft)

        return await _off_loop(self._store, key, fill, _replace)

    def _path(self, key: str) -> Path:
        path = below(self._root, key)
        if path != self._root / key:
            raise PathError("A link stands on the way to the object.")
        return path

    def _store(self, key: str, fill: Callable[[BinaryIO], None], place: Callable[[Path, Path], None]) -> BlobInfo:
        path = self._path(key)
        draft = self._drafts / secrets.token_hex(16)
        try:
            with draft.open("xb") as file:
                fill(file)
                file.flush()
                # The tag is made of inode, time and size; the kernel's stamps are too coarse to tell two puts apart.
                os.utime(file.fileno(), ns=(now := time.time_ns(), now))
                os.fsync(file.fileno())
                info = _info(key, os.fstat(file.fileno()))
            self._place(draft, path, place)
        finally:
            draft.unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # deleted again, by somebody else
            sync_folder(path.parent)
        return info

    def _place(self, draft: Path, path: Path, place: Callable[[Path, Path], None]) -> None:
        """Give the draft its name; a folder that a delete takes away in between is made again."""
        while True:
            try:
                make_folder(path.parent)
                place(draft, path)
                return
            except FileNotFoundError:
                if not draft.exists():
                    raise
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise BlobExistsError("An object of that name, or with that name for a folder, exists.") from error

    async def get(self, key: str) -> bytes:
        """Return all bytes; see the port."""
        return await _off_loop(self._read, key, 0, -1)

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return some bytes; see the port."""
        return await _off_loop(self._read, key, start, length)

    def _read(self, key: str, start: int, length: int) -> bytes:
        with self._open(key) as file:
            file.seek(start)
            return file.read(length)

    def _open(self, key: str) -> FileIO:
        try:
            descriptor = os.open(self._path(key), _READ_ITSELF)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise BlobNotFoundError("There is no such object.", key=key) from error
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise PathError("A link stands in place of the object.") from error
            raise
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise BlobNotFoundError("There is no such object.", key=key)
        return os.fdopen(descriptor, "rb", buffering=0)

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of 1 MiB; see the port."""
        file = await _off_loop(self._open, key)
        try:
            while piece := await _off_loop(file.read, _PIECE_BYTES):
                yield piece
        finally:
            file.close()

    async def info(self, key: str) -> BlobInfo:
        """Return size and tag; see the port."""
        return await _off_loop(self._info, key)

    def _info(self, key: str) -> BlobInfo:
        with self._open(key) as file:
            return _info(key, os.fstat(file.fileno()))

    async def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield blobs in key order; see the port."""
        found = _walk(self._root, self._folder(prefix), prefix)
        while page := await _off_loop(_take, found, _LIST_PAGE):
            for info in page:
                yield info

    def _folder(self, prefix: str) -> Path:
        return self._path(prefix) if prefix else self._root

    async def delete(self, key: str) -> None:
        """Remove a blob; see the port."""
        await _off_loop(self._delete, key)

    def _delete(self, key: str) -> None:
        path = self._path(key)
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            path.unlink()
            sync_folder(path.parent)
            self._remove_empty(path.parent)

    def _remove_empty(self, folder: Path) -> None:
        """Take away folders that hold nothing any more, from the inside out; one that fills up again stays."""
        with suppress(OSError):
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent

    async def delete_prefix(self, prefix: str) -> int:
        """Remove all blobs below a folder; see the port."""
        return await _off_loop(self._delete_prefix, checked_key(prefix))

    def _delete_prefix(self, prefix: str) -> int:
        folder = self._path(prefix)
        count = 0
        for info in list(_walk(self._root, folder, prefix)):
            with suppress(FileNotFoundError):
                (self._root / info.key).unlink()
                count += 1
        for path, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):
                Path(path).rmdir()
        if count:
            self._sync_nearest(folder)
        return count

    def _sync_nearest(self, folder: Path) -> None:
        while not folder.is_dir():
            folder = folder.parent
        sync_folder(folder)
        self._remove_empty(folder)

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """Give the file itself by another name, so that no put or delete disturbs the block; see the port."""
        link = self._drafts / (secrets.token_hex(16) + Path(key).suffix)
        await _off_loop(self._borrow, key, link)
        try:
            yield link
        finally:
            await _off_loop(link.unlink, missing_ok=True)

    def _borrow(self, key: str, link: Path) -> None:
        self._info(key)
        try:
            os.link(self._path(key), link)
        except FileNotFoundError as error:
            raise BlobNotFoundError("There is no such object.", key=key) from error


async def _off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work in a thread, and say what failed in the port's words."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise BlobStoreError("The object store's disk did not do it.", errno=error.errno) from error


def _replace(draft: Path, path: Path) -> None:
    draft.replace(path)


def _link(draft: Path, path: Path) -> None:
    """Take a free name; unlike a rename, a link fails when the name is taken."""
    os.link(draft, path)


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    """Copy in the kernel, which shares the bytes where the file system can; across file systems by pieces."""
    with suppress(OSError):
        while os.copy_file_range(source.fileno(), target.fileno(), 1 << 30):
            continue
    source.seek(target.seek(0, os.SEEK_END))
    shutil.copyfileobj(source, target, _PIECE_BYTES)


def _info(key: str, status: os.stat_result) -> BlobInfo:
    etag = f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"
    return BlobInfo(key=key, size_bytes=status.st_size, etag=etag)


def _walk(root: Path, folder: Path, prefix: str) -> Iterator[BlobInfo]:
    """Yield the blobs below a folder in key order, following no links."""
    try:
        with os.scandir(folder) as scan:
            # A folder sorts as its name and the slash that follows in the keys below it.
            entries = sorted((entry.name + "/" * entry.is_dir(follow_symlinks=False), entry) for entry in scan)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name, entry in entries:
        key = f"{prefix}/{name}" if prefix else name
        if name.endswith("/"):
            if key != _DRAFTS + "/":
                yield from _walk(root, folder / entry.name, key[:-1])
        elif entry.is_file(follow_symlinks=False):
            with suppress(FileNotFoundError):
                yield _info(key, entry.stat(follow_symlinks=False))


def _take(found: Iterator[BlobInfo], count: int) -> list[BlobInfo]:
    return list(islice(found, count))
