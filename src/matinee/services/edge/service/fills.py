"""Fetches files from the origin onto the disk, and believes none of it until the digest agrees."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import structlog

from matinee.blobs.port import BlobNotFoundError, BlobStore, BlobStoreError
from matinee.kit.clock import Clock
from matinee.services.edge.ports import CacheDisk, Partial
from matinee.services.edge.service.counters import Counters
from matinee.services.edge.service.errors import (
    EdgeBusyError,
    NoSuchFileError,
    OriginAwayError,
    OriginCorruptError,
    TooLargeForEdgeError,
)
from matinee.services.edge.service.objects import CachedObject, ObjectCache
from matinee.services.edge.settings import EdgeSettings

_log = structlog.get_logger()


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a file must be. `digest` may be the first digits only, where no more is known."""

    key: str
    size_bytes: int
    digest: str
    keep_body: bool = False


class Filler:
    """Fills the cache from the origin: bounded in number, in time and in tries."""

    def __init__(
        self,
        *,
        blobs: BlobStore,
        disk: CacheDisk,
        cache: ObjectCache,
        clock: Clock,
        settings: EdgeSettings,
        counters: Counters,
    ) -> None:
        self._blobs = blobs
        self._disk = disk
        self._cache = cache
        self._clock = clock
        self._settings = settings
        self._counters = counters
        self._turns = asyncio.Semaphore(settings.fill_concurrency)
        self._room = asyncio.Lock()
        self._at_work = 0

    @property
    def at_work(self) -> int:
        """Fills running or waiting for their turn."""
        return self._at_work

    async def fetch(self, expected: Expected) -> tuple[CachedObject, bytes | None]:
        """Fetch, verify and keep one file; return it, with its bytes when they were asked for.

        Raises:
            NoSuchFileError: when the origin does not have it.
            OriginCorruptError: when the origin's bytes are others than expected, in every try.
            OriginAwayError: when the origin failed or was too slow.
            EdgeBusyError: when too many fills wait, or nothing may be evicted for this one.
            TooLargeForEdgeError: when it is over a bound.
            CacheDiskError: when the cache's own disk fails.
        """
        settings = self._settings
        if expected.size_bytes > settings.max_object_bytes:
            raise TooLargeForEdgeError("The file is over this edge's bound.", size_bytes=expected.size_bytes)
        if self._at_work >= settings.fill_concurrency + settings.fill_waiting:
            raise EdgeBusyError("Too many files are being fetched; try another edge.")
        self._at_work += 1
        try:
            async with asyncio.timeout(settings.fill_seconds), self._turns:
                return await self._tries(expected)
        except TimeoutError as error:
            self._counters.fill_failures += 1
            raise OriginAwayError(f"The origin did not answer within {settings.fill_seconds:g} s.") from error
        finally:
            self._at_work -= 1

    async def _tries(self, expected: Expected) -> tuple[CachedObject, bytes | None]:
        for number in range(1, self._settings.fill_attempts + 1):
            try:
                return await self._once(expected)
            except (BlobStoreError, OriginCorruptError) as error:
                self._counters.fill_failures += 1
                last = error
                _log.warning("edge_fill_failed", key_name=expected.key, code=error.code, number=number)
            except BlobNotFoundError as error:
                raise NoSuchFileError("The origin does not have this file.") from error
            if number < self._settings.fill_attempts:
                await asyncio.sleep(self._settings.retry_seconds * 2 ** (number - 1))
        if isinstance(last, OriginCorruptError):
            raise last
        raise OriginAwayError("The origin does not answer.") from last

    async def _once(self, expected: Expected) -> tuple[CachedObject, bytes | None]:
        self._counters.fills += 1
        async with self._made_room(expected.size_bytes), self._disk.partial() as partial:
            body = await self._copy(expected, partial)
            if partial.size_bytes != expected.size_bytes or not partial.digest.startswith(expected.digest):
                raise self._corrupt(expected)
            await partial.commit()
            held = CachedObject(partial.digest, partial.size_bytes, self._disk.path(partial.digest), checked=True)
        # Nothing is awaited between giving back the reservation and taking up its bytes here.
        self._keep(held)
        self._counters.fill_bytes += held.size_bytes
        return held, body

    async def _copy(self, expected: Expected, partial: Partial) -> bytes | None:
        pieces = []
        async for piece in self._blobs.stream(expected.key):
            if partial.size_bytes + len(piece) > expected.size_bytes:
                raise self._corrupt(expected)
            await partial.write(piece)
            if expected.keep_body:
                pieces.append(piece)
        return b"".join(pieces) if expected.keep_body else None

    def _corrupt(self, expected: Expected) -> OriginCorruptError:
        self._counters.verify_failures += 1
        _log.error("edge_origin_corrupt", key_name=expected.key, expected_bytes=expected.size_bytes)
        return OriginCorruptError("The origin's copy of this file is damaged; it was not used.")

    @asynccontextmanager
    async def _made_room(self, size_bytes: int) -> AsyncIterator[None]:
        """Set bytes of the budget aside while the block runs."""
        async with self._room:  # one at a time, so that what is evicted is off the disk before others write
            victims = self._cache.reserve(size_bytes, self._clock.monotonic())
            try:
                await self._disk.remove([victim.digest for victim in victims])
            except BaseException:
                self._cache.unreserve(size_bytes)
                raise
        self._counters.evictions += len(victims)
        try:
            yield
        finally:
            self._cache.unreserve(size_bytes)

    def _keep(self, held: CachedObject) -> None:
        former = self._cache.get(held.digest)
        if former is not None:
            self._cache.drop(former)
        self._cache.add(held)
        held.used_at = self._clock.monotonic()  # whoever waits for it is about to be sent it
