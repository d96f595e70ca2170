"""What the cache needs from a disk."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from matinee.kit.errors import UnavailableError


class CacheDiskError(UnavailableError):
    """The cache's disk failed; the cause is kept."""

    code = "edge-disk"
    title = "The cache's disk does not work"


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file found on the disk. `rank` orders files from least to most recently used."""

    digest: str
    size_bytes: int
    rank: int


class Partial(Protocol):
    """A file that is being written, invisible until `commit`."""

    async def write(self, piece: bytes) -> None:
        """Append bytes, hashing them on the way.

        Raises:
            CacheDiskError: when the disk fails or is full.
        """
        ...

    @property
    def size_bytes(self) -> int:
        """How much was written."""
        ...

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written, hexadecimal."""
        ...

    async def commit(self) -> None:
        """Make the file durable and give it its name, its digest, in one step.

        Raises:
            CacheDiskError: when that fails; the file does not exist then.
        """
        ...


class CacheDisk(Protocol):
    """Whole files named by the SHA-256 of their bytes.

    Promises: a name stands for its whole bytes or does not exist, whenever the process dies. Not promised: that
    recency survives a crash to the last second, or that nobody else changed a file; see `matches`.
    """

    def path(self, digest: str) -> str:
        """Return the absolute path that a file has or would have."""
        ...

    async def found(self) -> Sequence[StoredFile]:
        """Return the files there are, least recently used first, and clear what half-written ones were left."""
        ...

    def partial(self) -> AbstractAsyncContextManager[Partial]:
        """Start a file; leaving the block without `commit` leaves nothing."""
        ...

    async def read(self, digest: str) -> bytes | None:
        """Return a file's bytes; None when it is not there or cannot be read. For small files."""
        ...

    async def matches(self, digest: str, size_bytes: int) -> bool:
        """Say whether the file is there and its bytes still have its name and size."""
        ...

    async def remove(self, digests: Sequence[str]) -> None:
        """Remove files; idempotent. Who has one open keeps reading it."""
        ...

    async def note_use(self, digests: Sequence[str]) -> Sequence[str]:
        """Note for the next start that these were used, in this order; return those that are not there any more."""
        ...
