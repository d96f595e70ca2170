"""Finds files for players: at once when they are held, else by one fill that all who ask share."""

from typing import Literal, NamedTuple

import structlog

from matinee.contracts.edge import IndexedFile, release_prefix
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import ReleaseId, TitleId
from matinee.services.edge.ports import CacheDisk
from matinee.services.edge.service.counters import Counters
from matinee.services.edge.service.errors import (
    NoSuchFileError,
    OriginAwayError,
    OriginCorruptError,
)
from matinee.services.edge.service.failures import Failures
from matinee.services.edge.service.fills import Expected, Filler
from matinee.services.edge.service.flights import Flights
from matinee.services.edge.service.objects import CachedObject, ObjectCache
from matinee.services.edge.service.releases import Release, Releases
from matinee.services.edge.settings import EdgeSettings

How = Literal["hit", "miss", "collapsed", "checked", "stale"]
_log = structlog.get_logger()


class Found(NamedTuple):
    """A file ready to send. `body` is there for small files; others are sent from `held.path`."""

    held: CachedObject
    file: IndexedFile
    release: Release
    how: How
    body: bytes | None


class Edge:
    """The cache as players meet it."""

    def __init__(
        self,
        *,
        releases: Releases,
        filler: Filler,
        cache: ObjectCache,
        disk: CacheDisk,
        clock: Clock,
        settings: EdgeSettings,
        counters: Counters,
    ) -> None:
        self._releases = releases
        self._filler = filler
        self._cache = cache
        self._disk = disk
        self._clock = clock
        self._settings = settings
        self._counters = counters
        self._small = settings.memory_object_bytes
        self._flights: Flights[str, tuple[CachedObject, bytes | None, bool]] = Flights()
        self._failures = Failures(entries=settings.missing_entries, seconds=settings.missing_seconds)
        self._used: dict[str, None] = {}

    async def open(self) -> None:
        """Take up what a former process left on the disk, newest first, as far as the budget goes."""
        found = await self._disk.found()
        for file in found:
            self._cache.add(CachedObject(file.digest, file.size_bytes, self._disk.path(file.digest), checked=False))
        over = self._cache.size_bytes - self._settings.budget_bytes
        excess = []
        for held in self._cache:
            if over <= 0:
                break
            excess.append(held)
            over -= held.size_bytes
        for held in excess:
            self._cache.drop(held)
        await self._disk.remove([held.digest for held in excess])
        _log.info("edge_cache_opened", files=len(self._cache), size_bytes=self._cache.size_bytes, evicted=len(excess))

    async def close(self) -> None:
        """Stop fills and note the order of use."""
        await self._flights.close()
        await self._releases.close()
        await self.note_use()

    def peek(self, title_id: TitleId, release_id: ReleaseId, path: str, now: float) -> Found | None:
        """Return a file that can be sent without waiting for anything, and count its use.

        Args:
            now: monotonic seconds.
        """
        release = self._releases.peek(title_id, release_id, now)
        if release is None:
            return None
        file = release.files.get(path)
        if file is None:
            return None
        held = self._cache.get(file.sha256)
        if held is None or not held.checked:
            return None
        body = held.body
        if body is None and held.size_bytes <= self._small:
            return None
        self._use(held, now)
        return Found(held, file, release, "hit", body)

    async def find(self, title_id: TitleId, release_id: ReleaseId, path: str) -> Found:
        """Return a file, fetched if need be.

        Raises:
            NoSuchReleaseError: when the origin does not have the release.
            NoSuchFileError: when the release does not have the file.
            OriginCorruptError: when the origin's bytes are wrong.
            OriginAwayError: when the origin is away and no copy is here.
            EdgeBusyError: when the edge is over a bound.
        """
        release, standing = await self._releases.get(title_id, release_id)
        file = release.files.get(path)
        if file is None:
            raise NoSuchFileError("The release has no such file.")
        held, body, how = await self._ready(release, path, file)
        if how == "hit" and standing in {"checked", "stale"}:
            how = "checked" if standing == "checked" else "stale"
        if self._cache.get(held.digest) is held:
            self._use(held, self._clock.monotonic())
        return Found(held, file, release, how, body)

    def _use(self, held: CachedObject, now: float) -> None:
        self._cache.use(held, now)
        self._used[held.digest] = None

    async def _ready(self, release: Release, path: str, file: IndexedFile) -> tuple[CachedObject, bytes | None, How]:
        digest = file.sha256
        held = self._cache.get(digest)
        if held is not None and held.checked and (held.body is not None or held.size_bytes > self._small):
            return held, held.body, "hit"
        self._failures.check(digest, self._clock.monotonic())
        (held, body, fetched), joined = await self._flights.run(digest, lambda: self._prepare(release, path, file))
        if not fetched:
            return held, body, "hit"
        return held, body, "collapsed" if joined else "miss"

    async def _prepare(self, release: Release, path: str, file: IndexedFile) -> tuple[CachedObject, bytes | None, bool]:
        """Return a file that is safe to send, its bytes when it is small, and whether the origin was read."""
        held = self._cache.get(file.sha256)
        if held is not None:
            body = await self._proved(held)
            if body is not None or held.checked:
                return held, body, False
        small = file.size_bytes <= self._small
        key = f"{release_prefix(*release.key)}/{path}"
        expected = Expected(key=key, size_bytes=file.size_bytes, digest=file.sha256, keep_body=small)
        try:
            held, body = await self._filler.fetch(expected)
        except (NoSuchFileError, OriginCorruptError, OriginAwayError) as error:
            self._failures.remember(file.sha256, error, self._clock.monotonic())
            raise
        if body is not None:
            self._cache.remember_body(held, body)
        return held, body, True

    async def _proved(self, held: CachedObject) -> bytes | None:
        """Make a held file safe to send: hash what a former process left, read what is small. Drop it if it is bad."""
        self._cache.use(held, self._clock.monotonic())  # so that it is not evicted from under the hand
        good = held.checked or await self._disk.matches(held.digest, held.size_bytes)
        body = None
        if good and held.size_bytes <= self._small:
            body = await self._disk.read(held.digest)
            good = body is not None and len(body) == held.size_bytes
        held.checked = good
        if not good:
            self._counters.disk_mismatches += 1
            _log.error("edge_disk_mismatch", digest=held.digest)
            self._cache.drop(held)
            await self._disk.remove([held.digest])
            return None
        if body is not None:
            self._cache.remember_body(held, body)
        return body

    async def note_use(self) -> None:
        """Note the order of use on the disk, and drop files that somebody else took away."""
        used, self._used = self._used, {}
        held_still = [held for digest in used if (held := self._cache.get(digest)) is not None]
        held_still.sort(key=lambda held: held.used_at)
        lost = await self._disk.note_use([held.digest for held in held_still])
        for digest in lost:
            held = self._cache.get(digest)
            if held is not None:
                self._cache.drop(held)

    async def pin_release(self, title_id: TitleId, release_id: ReleaseId) -> int:
        """Fetch every file of a release and keep it from eviction; return how many files that is.

        Raises:
            MatineeError: as `find` does, or EdgeBusyError over the pinned share; nothing stays pinned then.
        """
        release, _ = await self._releases.get(title_id, release_id)
        pinned: list[CachedObject] = []
        try:
            for path, file in release.files.items():
                held, _, _ = await self._ready(release, path, file)
                self._cache.pin(held)
                pinned.append(held)
        except MatineeError:
            for held in pinned:
                self._cache.unpin(held)
            raise
        return len(pinned)

    async def unpin_release(self, title_id: TitleId, release_id: ReleaseId) -> None:
        """Undo one `pin_release`."""
        release, _ = await self._releases.get(title_id, release_id)
        for file in release.files.values():
            held = self._cache.get(file.sha256)
            if held is not None:
                self._cache.unpin(held)
