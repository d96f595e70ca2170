"""Blobs in an object store that obstore speaks: S3 and its kin, or the memory of this process for tests."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from obstore import delete_async, get_async, get_range_async, head_async, put_async
from obstore import list as list_objects
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import ObjectStore

from matinee.blobs.port import BlobExistsError, BlobInfo, BlobNotFoundError, BlobStoreError
from matinee.kit.paths import checked_key

_PIECE_BYTES = 1024 * 1024
_PART_BYTES = 8 * 1024 * 1024
_PARTS_AT_ONCE = 4
_DELETED_AT_ONCE = 500
# obstore answers a missing object with Python's own error, which is outside of its family.
_ERRORS = (BaseError, FileNotFoundError)


class ObjectBlobs:
    """A blob store on an obstore store; what is durable is the store's promise.

    Args:
        store: any obstore store whose conditional put works.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, key: str, data: bytes, *, only_if_absent: bool = False) -> BlobInfo:
        """Store bytes; see the port."""
        checked_key(key)
        try:
            result = await put_async(self._store, key, data, mode="create" if only_if_absent else "overwrite")
        except (AlreadyExistsError, PreconditionError) as error:
            raise BlobExistsError("The object exists.", key=key) from error
        except BaseError as error:
            raise _failure() from error
        return BlobInfo(key=key, size_bytes=len(data), etag=_etag(result))

    async def put_file(self, key: str, path: Path) -> BlobInfo:
        """Store a file's bytes in parts; see the port."""
        checked_key(key)
        size = (await asyncio.to_thread(path.stat)).st_size
        try:
            result = await put_async(self._store, key, path, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE)
        except BaseError as error:
            raise _failure() from error
        return BlobInfo(key=key, size_bytes=size, etag=_etag(result))

    async def get(self, key: str) -> bytes:
        """Return all bytes; see the port."""
        try:
            result = await get_async(self._store, checked_key(key))
            return bytes(await result.bytes_async())
        except _ERRORS as error:
            raise _not_found_or_failure(key, error) from error

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return some bytes; see the port."""
        # Stores disagree on ranges that leave the object, so the size is asked for first.
        info = await self.info(key)
        wanted = min(length, info.size_bytes - start)
        if wanted <= 0:
            return b""
        try:
            return bytes(await get_range_async(self._store, key, start=start, length=wanted))
        except _ERRORS as error:
            raise _not_found_or_failure(key, error) from error

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of about 1 MiB; see the port."""
        try:
            result = await get_async(self._store, checked_key(key))
            async for piece in result.stream(min_chunk_size=_PIECE_BYTES):
                view = memoryview(piece)
                for start in range(0, len(view), _PIECE_BYTES):
                    yield bytes(view[start : start + _PIECE_BYTES])
        except _ERRORS as error:
            raise _not_found_or_failure(key, error) from error

    async def info(self, key: str) -> BlobInfo:
        """Return size and tag; see the port."""
        try:
            return _info(await head_async(self._store, checked_key(key)))
        except _ERRORS as error:
            raise _not_found_or_failure(key, error) from error

    async def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield blobs in key order, which all these stores list in; see the port."""
        if prefix:
            checked_key(prefix)
        try:
            async for page in list_objects(self._store, prefix or None):
                for meta in page:
                    if meta["path"] != prefix:
                        yield _info(meta)
        except BaseError as error:
            raise _failure() from error

    async def delete(self, key: str) -> None:
        """Remove a blob; see the port."""
        await self._delete([checked_key(key)])

    async def _delete(self, keys: Sequence[str]) -> None:
        try:
            await delete_async(self._store, [*keys])
        except FileNotFoundError:
            return  # the port says idempotent; stores that answer so have removed the others
        except BaseError as error:
            raise _failure() from error

    async def delete_prefix(self, prefix: str) -> int:
        """Remove all blobs below a folder; see the port."""
        checked_key(prefix)
        keys = [info.key async for info in self.list(prefix)]
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            await self._delete(keys[start : start + _DELETED_AT_ONCE])
        return len(keys)

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """Give a temporary copy; see the port."""
        checked_key(key)
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="matinee-blob-")
        try:
            path = Path(folder) / Path(key).name
            file = await asyncio.to_thread(path.open, "wb")
            try:
                async for piece in self.stream(key):
                    await asyncio.to_thread(file.write, piece)
            finally:
                await asyncio.to_thread(file.close)
            yield path
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _info(meta: Any) -> BlobInfo:
    return BlobInfo(key=meta["path"], size_bytes=meta["size"], etag=_etag(meta))


def _etag(result: Any) -> str:
    """Return the store's tag without its quotes."""
    return str(result["e_tag"] or result["version"]).strip('"')


def _failure() -> BlobStoreError:
    return BlobStoreError("The object store did not answer as it should.")


def _not_found_or_failure(key: str, error: Exception) -> BlobNotFoundError | BlobStoreError:
    if isinstance(error, FileNotFoundError):
        return BlobNotFoundError("There is no such object.", key=key)
    return _failure()
