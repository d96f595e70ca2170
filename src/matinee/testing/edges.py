"""Releases, tokens and an origin that counts, for tests and benchmarks of the edge."""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from matinee.blobs.local import LocalBlobs
from matinee.blobs.port import BlobInfo, BlobStore, BlobStoreError
from matinee.contracts.edge import (
    INDEX_NAME,
    RELEASE_ID_CHARACTERS,
    DeliveryToken,
    IndexedFile,
    ReleaseIndex,
    release_prefix,
)
from matinee.engines.keyring import PublicKeys
from matinee.host.module import Needs
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.ids import ReleaseId, SessionId, TitleId
from matinee.kit.signing import SigningKey, encode_base64url
from matinee.services.edge.module import MODULE
from matinee.services.edge.settings import EdgeSettings

_TYPES = {".m4s": "video/mp4", ".mp4": "video/mp4", ".m3u8": "application/vnd.apple.mpegurl", ".vtt": "text/vtt"}


@dataclass(frozen=True)
class TestRelease:
    """A release as it was put into an origin."""

    __test__ = False
    title_id: TitleId
    release_id: ReleaseId
    files: dict[str, bytes]

    @property
    def prefix(self) -> str:
        """Where its blobs are."""
        return release_prefix(self.title_id, self.release_id)


def sample_files(seed: int = 7, *, segments: int = 4, segment_bytes: int = 600_000) -> dict[str, bytes]:
    """Return the files of a small release: playlists, small and large segments, an empty file."""
    source = random.Random(seed)
    files = {
        "master.m3u8": b"#EXTM3U\n" + source.randbytes(50).hex().encode(),
        "subtitles/en.vtt": b"WEBVTT\n\n",
        "empty.vtt": b"",
        "audio/en/00001.m4s": source.randbytes(30_000),
    }
    for number in range(1, segments + 1):
        files[f"video/h264_360p/{number:05d}.m4s"] = source.randbytes(segment_bytes + number)
    return files


async def publish(blobs: BlobStore, title: str, files: dict[str, bytes]) -> TestRelease:
    """Put a release into an object store as the packager lays it out."""
    title_id = TitleId(title)
    indexed = {
        path: IndexedFile(
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            content_type=_TYPES.get(Path(path).suffix, "application/octet-stream"),
        )
        for path, data in files.items()
    }
    return await publish_index(blobs, title_id, ReleaseIndex(title_id=title_id, files=indexed), files)


async def publish_index(
    blobs: BlobStore, title_id: TitleId, index: ReleaseIndex, files: dict[str, bytes]
) -> TestRelease:
    """Put files and an index of any content into an object store."""
    body = msgspec.json.encode(index)
    release_id = ReleaseId(hashlib.sha256(body).hexdigest()[:RELEASE_ID_CHARACTERS])
    release = TestRelease(title_id, release_id, files)
    for path, data in files.items():
        await blobs.put(f"{release.prefix}/{path}", data)
    await blobs.put(f"{release.prefix}/{INDEX_NAME}", body)
    return release


@dataclass(frozen=True)
class Tokens:
    """Makes delivery tokens."""

    key: SigningKey
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def for_release(
        self, release: TestRelease, *, scope: tuple[str, ...] = (), seconds: float = 3600, session: str = "session-1"
    ) -> str:
        """Return a token for a release, or for some of its files."""
        expires_at = int(self.now().timestamp() + seconds)
        return self.key.sign(
            DeliveryToken(
                title_id=release.title_id,
                release_id=release.release_id,
                session=SessionId(session),
                expires_at=expires_at,
                scope=scope,
            )
        )


class CountingOrigin:
    """An object store that counts reads, and can be slow, away, or lie.

    Attributes:
        reads: how many streams were opened, by key.
        questions: how many infos were asked for, by key.
        gate: reads wait until it is set.
        away: every call fails.
        spoil: what is done to each piece on its way.
    """

    def __init__(self, folder: Path) -> None:
        self.inner = LocalBlobs(folder)
        self.reads: Counter[str] = Counter()
        self.questions: Counter[str] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False
        self.spoil: Callable[[str, bytes], bytes] = lambda _key, piece: piece
        self.peak = 0
        self._open = 0

    async def _reach(self) -> None:
        await self.gate.wait()
        if self.away:
            raise BlobStoreError("Away.")

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """Yield the bytes in order."""
        self.reads[key] += 1
        self._open += 1
        self.peak = max(self.peak, self._open)
        try:
            await self._reach()
            async for piece in self.inner.stream(key):
                yield self.spoil(key, piece)
        finally:
            self._open -= 1

    async def info(self, key: str) -> BlobInfo:
        """Return size and tag."""
        self.questions[key] += 1
        await self._reach()
        return await self.inner.info(key)

    async def put(self, key: str, data: bytes, *, only_if_absent: bool = False) -> BlobInfo:
        """Store bytes."""
        return await self.inner.put(key, data, only_if_absent=only_if_absent)

    async def put_file(self, key: str, path: Path) -> BlobInfo:
        """Store a file."""
        return await self.inner.put_file(key, path)

    async def get(self, key: str) -> bytes:
        """Return all bytes."""
        return await self.inner.get(key)

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return some bytes."""
        return await self.inner.get_range(key, start, length)

    def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield blobs."""
        return self.inner.list(prefix)

    async def delete(self, key: str) -> None:
        """Remove a blob."""
        await self.inner.delete(key)

    async def delete_prefix(self, prefix: str) -> int:
        """Remove blobs."""
        return await self.inner.delete_prefix(prefix)

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Give a local file."""
        return self.inner.local_copy(key)


@dataclass(frozen=True)
class Answer:
    """What a request got, with a body wherever it came from."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def cache_status(self) -> str:
        """The part of Cache-Status after the appliance's name."""
        return self.headers["cache-status"].partition("; ")[2]


class RsgiProtocol:
    """Takes one answer the way Granian does: files are opened by path after the application has returned."""

    def __init__(self) -> None:
        self.result: Callable[[], Answer] | None = None

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Take an answer without a body."""
        self.result = lambda: Answer(status, dict(headers), b"")

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Take an answer with its body."""
        self.result = lambda: Answer(status, dict(headers), body)

    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None:
        """Take an answer whose body is a file."""
        self.result = lambda: Answer(status, dict(headers), Path(file).read_bytes())

    def response_file_range(self, status: int, headers: list[tuple[str, str]], file: str, start: int, end: int) -> None:
        """Take an answer whose body is a part of a file."""
        self.result = lambda: Answer(status, dict(headers), Path(file).read_bytes()[start:end])


@dataclass(frozen=True)
class _Scope:
    method: str
    path: str
    headers: dict[str, str]
    proto: str = "http"


@dataclass(frozen=True)
class EdgeUnderTest:
    """An edge, its origin and who signs tokens for it."""

    app: Any
    origin: CountingOrigin
    clock: Clock
    tokens: Tokens
    folder: Path

    async def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
        """Send one request over RSGI, with its path as decoded by the server."""
        protocol = RsgiProtocol()
        await self.app.__rsgi__(_Scope(method, path, headers or {}), protocol)
        assert protocol.result is not None, "the application did not answer"
        return protocol.result()

    async def get(
        self, release: TestRelease, path: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> Answer:
        """Ask for a file with a fresh token."""
        return await self.ask(f"/v1/{self.tokens.for_release(release)}/{path}", method, headers)

    async def metric(self, name: str) -> float:
        """Return one figure of `/metrics`."""
        text = (await self.ask("/metrics")).body.decode()
        for line in text.splitlines():
            if line.startswith(f"matinee_edge_{name} "):
                return float(line.rpartition(" ")[2])
        raise LookupError(name)


@asynccontextmanager
async def opened_edge(
    folder: Path, *, clock: Clock | None = None, origin: CountingOrigin | None = None, key: SigningKey | None = None,
    settings: EdgeSettings | None = None,
) -> AsyncIterator[EdgeUnderTest]:  # fmt: skip
    """Run an edge whose cache lies below `folder`."""
    key = key or SigningKey(SigningKey.generate())
    clock = clock or SystemClock()
    origin = origin or CountingOrigin(folder / "origin")
    keys = folder / "keys"
    keys.mkdir(exist_ok=True)
    (keys / "delivery.pub").write_text(encode_base64url(key.public), encoding="ascii")
    chosen = settings or EdgeSettings()
    chosen = msgspec.structs.replace(chosen, data_folder=str(folder / "edge"))
    needs = Needs({BlobStore: origin, PublicKeys: PublicKeys(keys), Clock: clock})
    async with MODULE.open(chosen, needs) as room:
        yield EdgeUnderTest(room.asgi, origin, clock, Tokens(key, clock.now), folder)
