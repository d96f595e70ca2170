"""The object store behind commands."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from matinee.blobs.port import BlobInfo, BlobStore, BlobStoreError
from matinee.host.engines.guard import Guard
from matinee.resilience.command import Commands

READ_SECONDS = 60.0
WRITE_SECONDS = 120.0
FILE_SECONDS = 3600.0
T = TypeVar("T")


class GuardedBlobs:
    """A `BlobStore`: the commands `<room>.blobs.read`, `.write`, and `.files` for whole films.

    Of streams and lists the first step is a command; each later one has its deadline alone, so that what runs well is
    not broken off because something else failed.
    """

    def __init__(self, inner: BlobStore, commands: Commands, room: str) -> None:
        self._inner = inner
        self._guard = Guard(commands, f"{room}.blobs", BlobStoreError)
        self._read = self._guard.command("read", timeout_seconds=READ_SECONDS)
        self._write = self._guard.command("write", timeout_seconds=WRITE_SECONDS)
        self._files = self._guard.command("files", timeout_seconds=FILE_SECONDS)

    async def put(self, key: str, data: bytes, *, only_if_absent: bool = False) -> BlobInfo:
        """Store bytes."""
        return await self._guard.run(self._write, lambda: self._inner.put(key, data, only_if_absent=only_if_absent))

    async def put_file(self, key: str, path: Path) -> BlobInfo:
        """Store a file's bytes."""
        return await self._guard.run(self._files, lambda: self._inner.put_file(key, path))

    async def get(self, key: str) -> bytes:
        """Return all bytes."""
        return await self._guard.run(self._read, lambda: self._inner.get(key))

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return some bytes."""
        return await self._guard.run(self._read, lambda: self._inner.get_range(key, start, length))

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """Yield the bytes in order."""
        return self._stepped(self._inner.stream(key))

    async def info(self, key: str) -> BlobInfo:
        """Return size and tag."""
        return await self._guard.run(self._read, lambda: self._inner.info(key))

    def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield blobs below a folder."""
        return self._stepped(self._inner.list(prefix))

    async def delete(self, key: str) -> None:
        """Remove a blob."""
        await self._guard.run(self._write, lambda: self._inner.delete(key))

    async def delete_prefix(self, prefix: str) -> int:
        """Remove every blob below a folder."""
        return await self._guard.run(self._files, lambda: self._inner.delete_prefix(prefix))

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """Give a readable local file; what the block does with it is not part of the command."""
        async with AsyncExitStack() as stack:
            opening = self._inner.local_copy(key)
            yield await self._guard.run(self._files, lambda: stack.enter_async_context(opening))

    async def _stepped(self, inner: AsyncIterator[T]) -> AsyncIterator[T]:
        try:
            one = await self._guard.run(self._read, lambda: _next(inner))
            while one is not None:
                yield one
                async with asyncio.timeout(READ_SECONDS):
                    one = await _next(inner)
        except TimeoutError as error:
            raise BlobStoreError("The object store fell silent.") from error
        finally:
            if isinstance(inner, AsyncGenerator):
                await inner.aclose()


async def _next(inner: AsyncIterator[T]) -> T | None:
    return await anext(inner, None)
