"""The blob port: what every adapter promises."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from matinee.kit.errors import ConflictError, NotFoundError, UnavailableError


class BlobInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A blob's size in bytes and its entity tag, which changes whenever the bytes do."""

    key: str
    size_bytes: int
    etag: str


class BlobNotFoundError(NotFoundError):
    """There is no blob with that key."""

    code = "blob-not-found"
    title = "No such object"


class BlobExistsError(ConflictError):
    """A conditional put met an existing blob."""

    code = "blob-exists"
    title = "The object exists already"


class BlobStoreError(UnavailableError):
    """The store failed or cannot be reached; the cause is kept."""

    code = "blob-store"
    title = "The object store is not available"


class BlobStore(Protocol):
    """Objects with safe relative keys (`kit.paths.checked_key`, else `PathError`).

    Promises: a put is atomic (readers see the old bytes or the new, never a mix) and durable when it returns; a get
    after a put returns what was put; listing is in key order. Not promised: listing is a snapshot; metadata; that one
    key may be a folder of another (`a` beside `a/b`).
    """

    async def put(self, key: str, data: bytes, *, only_if_absent: bool = False) -> BlobInfo:
        """Store bytes.

        Raises:
            BlobExistsError: when `only_if_absent` and the key exists; exactly one of racing writers wins.
        """
        ...

    async def put_file(self, key: str, path: Path) -> BlobInfo:
        """Store a file's bytes in bounded memory; the file stays."""
        ...

    async def get(self, key: str) -> bytes:
        """Return all bytes; for small blobs.

        Raises:
            BlobNotFoundError: when there is none.
        """
        ...

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return at most `length` bytes from `start`; fewer only at the end, none at or past it.

        Raises:
            BlobNotFoundError: when there is none.
        """
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """Yield the bytes in order, in pieces of at most 4 MiB.

        Raises:
            BlobNotFoundError: on the first step, when there is none.
        """
        ...

    async def info(self, key: str) -> BlobInfo:
        """Return size and tag.

        Raises:
            BlobNotFoundError: when there is none.
        """
        ...

    def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield blobs below the folder `prefix` (whole segments; empty means all) in key order."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a blob; idempotent."""
        ...

    async def delete_prefix(self, prefix: str) -> int:
        """Remove every blob below the folder `prefix`; return how many went. An empty prefix is refused."""
        ...

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Give a readable local file with the blob's bytes while the block runs; it must not be changed.

        Local stores give the file itself, others a temporary copy that goes with the block.

        Raises:
            BlobNotFoundError: when there is none.
        """
        ...
