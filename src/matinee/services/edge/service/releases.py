"""Releases that this edge knows: their indexes, and for how long what the origin said of them holds."""

import asyncio
from collections import OrderedDict
from typing import Literal

import msgspec
import structlog

from matinee.blobs.port import BlobNotFoundError, BlobStore, BlobStoreError
from matinee.contracts.edge import INDEX_NAME, IndexedFile, ReleaseIndex, release_prefix
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import ReleaseId, TitleId
from matinee.kit.paths import PathError, checked_key
from matinee.services.edge.ports import CacheDisk
from matinee.services.edge.service.counters import Counters
from matinee.services.edge.service.errors import (
    NoSuchFileError,
    NoSuchReleaseError,
    OriginAwayError,
    OriginCorruptError,
    TooLargeForEdgeError,
)
from matinee.services.edge.service.failures import Failures
from matinee.services.edge.service.fills import Expected, Filler
from matinee.services.edge.service.flights import Flights
from matinee.services.edge.service.objects import CachedObject, ObjectCache
from matinee.services.edge.settings import EdgeSettings

Standing = Literal["fresh", "checked", "fetched", "stale"]
Key = tuple[TitleId, ReleaseId]
_MAX_TYPE_CHARACTERS = 200
_index_decoder = msgspec.json.Decoder(ReleaseIndex)
_log = structlog.get_logger()


class Release:
    """One release as last heard of. Times are monotonic seconds, so that a changed clock revives nothing."""

    __slots__ = ("checked_at", "files", "fresh_until", "index_bytes", "key", "stale_until")

    def __init__(self, key: Key, files: dict[str, IndexedFile], index_bytes: int) -> None:
        self.key = key
        self.files = files
        self.index_bytes = index_bytes
        self.checked_at = self.fresh_until = self.stale_until = float("-inf")


class Releases:
    """The indexes in memory, least recently loaded first out, and the questions to the origin about them."""

    def __init__(
        self,
        *,
        blobs: BlobStore,
        disk: CacheDisk,
        cache: ObjectCache,
        filler: Filler,
        clock: Clock,
        settings: EdgeSettings,
        counters: Counters,
    ) -> None:
        self._blobs = blobs
        self._disk = disk
        self._cache = cache
        self._filler = filler
        self._clock = clock
        self._settings = settings
        self._counters = counters
        self._known: OrderedDict[ReleaseId, Release] = OrderedDict()
        self._flights: Flights[Key, tuple[Release, Standing]] = Flights()
        self._failures = Failures(entries=settings.missing_entries, seconds=settings.missing_seconds)
        self._index_bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def peek(self, title_id: TitleId, release_id: ReleaseId, now: float) -> Release | None:
        """Return a release that needs no question to the origin at monotonic second `now`."""
        release = self._known.get(release_id)
        if release is None or now >= release.fresh_until or release.key[0] != title_id:
            return None
        return release

    async def get(self, title_id: TitleId, release_id: ReleaseId) -> tuple[Release, Standing]:
        """Return a release, asking the origin when that is due. A stale one stands in for an origin that is away.

        Raises:
            NoSuchReleaseError: when the origin does not have it.
            OriginCorruptError: when its index is not what its name says.
            OriginAwayError: when the origin is away, and the release unknown or too old.
        """
        now = self._clock.monotonic()
        known = self.peek(title_id, release_id, now)
        if known is not None:
            return known, "fresh"
        key = (title_id, release_id)
        self._failures.check(key, now)
        answer, _ = await self._flights.run(key, lambda: self._learn(key))
        return answer

    async def close(self) -> None:
        """Stop asking."""
        await self._flights.close()

    async def _learn(self, key: Key) -> tuple[Release, Standing]:
        try:
            known = self._known.get(key[1])
            if known is not None and known.key == key:
                return await self._recheck(known)
            left = await self._left_on_disk(key)
            return await self._recheck(left) if left else await self._fetch(key)
        except (NoSuchReleaseError, OriginCorruptError, OriginAwayError) as error:
            self._failures.remember(key, error, self._clock.monotonic())
            raise

    async def _recheck(self, release: Release) -> tuple[Release, Standing]:
        """Ask whether a release still stands; its files never change, so its being there is all there is to ask."""
        settings, now = self._settings, self._clock.monotonic()
        if release.stale_until == float("-inf"):  # left by a former process, which may have checked it just now
            release.stale_until = now + settings.stale_seconds
        try:
            await self._ask(release.key)
        except OriginAwayError:
            if now >= release.stale_until:
                raise
            release.fresh_until = now + settings.recheck_seconds
            self._remember(release)
            return release, "stale"
        except NoSuchReleaseError:
            self._forget(release)
            raise
        self._stands(release)
        return release, "checked"

    def _stands(self, release: Release) -> None:
        now = self._clock.monotonic()
        release.checked_at = now
        release.fresh_until = now + self._settings.fresh_seconds
        release.stale_until = release.fresh_until + self._settings.stale_seconds
        self._remember(release)

    async def _ask(self, key: Key) -> int:
        """Return the size of a release's index at the origin."""
        self._counters.origin_checks += 1
        try:
            async with asyncio.timeout(self._settings.recheck_seconds):
                return (await self._blobs.info(_index_key(key))).size_bytes
        except (BlobNotFoundError, PathError) as error:
            raise NoSuchReleaseError("The origin does not have this release.") from error
        except (BlobStoreError, TimeoutError) as error:
            _log.warning("edge_origin_away", title_id=key[0], release_id=key[1])
            raise OriginAwayError("The origin does not answer.") from error

    async def _fetch(self, key: Key) -> tuple[Release, Standing]:
        size_bytes = await self._ask(key)
        if size_bytes > self._settings.max_index_bytes:
            raise OriginCorruptError("The release's index is over this edge's bound.", size_bytes=size_bytes)
        expected = Expected(key=_index_key(key), size_bytes=size_bytes, digest=key[1], keep_body=True)
        try:
            held, body = await self._filler.fetch(expected)
        except NoSuchFileError as error:
            raise NoSuchReleaseError("The origin does not have this release.") from error
        except TooLargeForEdgeError as error:
            raise OriginCorruptError("The release's index is over this edge's bound.") from error
        release = await self._read(key, held, body or b"")
        self._stands(release)
        return release, "fetched"

    async def _left_on_disk(self, key: Key) -> Release | None:
        """Return the release from an index that a former process or an earlier time left, when it is whole."""
        held = self._cache.starting_with(key[1])
        if held is None or held.size_bytes > self._settings.max_index_bytes:
            return None
        if not await self._disk.matches(held.digest, held.size_bytes):
            self._cache.drop(held)
            return None
        body = await self._disk.read(held.digest)
        return await self._read(key, held, body) if body is not None else None

    async def _read(self, key: Key, held: CachedObject, body: bytes) -> Release:
        try:
            files = await asyncio.to_thread(_checked_files, key, body, self._settings.max_object_bytes)
        except NoSuchReleaseError:  # the bytes are right, only asked for under a wrong title
            raise
        except (msgspec.DecodeError, MatineeError) as error:
            self._counters.verify_failures += 1
            self._cache.drop(held)
            await self._disk.remove([held.digest])
            _log.error("edge_index_refused", title_id=key[0], release_id=key[1])
            raise OriginCorruptError("The release's index cannot be used.") from error
        self._cache.use(held, self._clock.monotonic())
        return Release(key, files, len(body))

    def _remember(self, release: Release) -> None:
        self._forget(release)
        self._known[release.key[1]] = release
        self._index_bytes += release.index_bytes
        while self._index_bytes > self._settings.indexes_bytes and len(self._known) > 1:
            self._forget(next(iter(self._known.values())))

    def _forget(self, release: Release) -> None:
        former = self._known.pop(release.key[1], None)
        if former is not None:
            self._index_bytes -= former.index_bytes


def _index_key(key: Key) -> str:
    return checked_key(f"{release_prefix(*key)}/{INDEX_NAME}")


def _checked_files(key: Key, body: bytes, max_object_bytes: int) -> dict[str, IndexedFile]:
    """Return the files an index names.

    Raises:
        msgspec.DecodeError: when it is not an index.
        NoSuchReleaseError: when it is another title's.
        MatineeError: when it names what no release may hold.
    """
    index = _index_decoder.decode(body)
    if index.title_id != key[0]:
        raise NoSuchReleaseError("The release is of another title.")
    for path, file in index.files.items():
        checked_key(path)
        if file.size_bytes < 0 or not _plain(file.content_type):
            raise OriginCorruptError("The index names an impossible file.")
        if file.size_bytes > max_object_bytes:
            _log.warning("edge_file_over_bound", title_id=key[0], path=path, size_bytes=file.size_bytes)
    return index.files


def _plain(content_type: str) -> bool:
    """Say whether a content type can stand in a header as it is."""
    return 0 < len(content_type) <= _MAX_TYPE_CHARACTERS and content_type.isascii() and content_type.isprintable()
