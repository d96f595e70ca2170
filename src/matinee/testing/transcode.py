"""Runs the transcode room on real embedded adapters, with a catalogue and keys that tests can look into."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matinee.blobs.local import LocalBlobs
from matinee.blobs.port import BlobStore
from matinee.contracts.catalogue import Catalogue, Release, Title, TitleNotFoundError
from matinee.contracts.playback import ContentKey, Playback
from matinee.contracts.transcode import OrderProgress, Transcode, WorkOrder
from matinee.engines.relational import Database, open_database
from matinee.events.opened import open_events
from matinee.events.port import EventLog
from matinee.host.module import Needs
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.ids import Ids, JobId, RandomIds, TitleId
from matinee.kit.media import Inspection
from matinee.services.ingest.adapters.decoding import ConfinedMedia
from matinee.services.ingest.service.inspection import Inspector
from matinee.services.ingest.settings import IngestSettings
from matinee.services.transcode.module import MODULE
from matinee.services.transcode.settings import TranscodeSettings

KEY = ContentKey(key_id="0123456789abcdef0123456789abcdef", key="00112233445566778899aabbccddeeff")


@dataclass
class RecordingCatalogue:
    """The part of the catalogue that publishing needs; keeps every release in order, with the time it came."""

    published: list[tuple[Release, datetime]] = field(default_factory=list)
    gone: bool = False

    async def publish(self, *, release: Release) -> Title:
        """Keep a release."""
        if self.gone:
            raise TitleNotFoundError("There is no such title.")
        self.published.append((release, datetime.now(UTC)))
        return self._title(release.title_id)

    async def title(self, *, title_id: TitleId) -> Title:
        """Return a title with the newest release."""
        return self._title(title_id)

    def _title(self, title_id: TitleId) -> Title:
        now = datetime.now(UTC)
        releases = [release for release, _ in self.published if release.title_id == title_id]
        return Title(
            title_id=title_id,
            kind="film",
            name="Film",
            synopsis="",
            year=None,
            genres=(),
            audience="everyone",
            listed=True,
            featured=False,
            series_id=None,
            season_number=None,
            episode_number=None,
            artwork={},
            release=releases[-1] if releases else None,
            version=1,
            created_at=now,
            changed_at=now,
        )


class FixedKeys:
    """The part of playback that packaging needs: one key for all titles."""

    async def content_key(self, *, title_id: TitleId) -> ContentKey:
        """Return the key."""
        del title_id
        return KEY


@dataclass
class TranscodeBench:
    """A running transcode room."""

    transcode: Transcode
    blobs: BlobStore
    events: EventLog
    catalogue: RecordingCatalogue
    root: Path

    async def source(self, path: Path) -> tuple[str, str]:
        """Store a film; return its blob key and digest."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        key = f"sources/{digest}"
        await self.blobs.put_file(key, path)
        return key, digest

    async def order(
        self, path: Path, *, job: str = "job1", inspection: Inspection | None = None, **more: Any
    ) -> WorkOrder:
        """Inspect and store a film; return the order for it."""
        key, digest = await self.source(path)
        report = inspection or await inspected(path, self.root)
        return WorkOrder(
            job_id=JobId(job),
            title_id=TitleId("title1"),
            source_key=key,
            source_sha256=digest,
            inspection=report,
            **more,
        )

    async def ended(self, job: str = "job1", *, seconds: float = 110.0) -> OrderProgress:
        """Wait until an order has ended; return its progress."""
        import asyncio  # noqa: PLC0415  # keeps the import list to what a bench shows

        async with asyncio.timeout(seconds):
            while True:
                view = await self.transcode.progress(job_id=JobId(job))
                if view.state not in {"queued", "running"}:
                    return view
                await asyncio.sleep(0.05)

    async def download(self, prefix: str, folder: Path) -> Path:
        """Copy every blob below a prefix into a folder."""
        async for info in self.blobs.list(prefix):
            target = folder / info.key.removeprefix(f"{prefix}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(await self.blobs.get(info.key))
        return folder


async def inspected(path: Path, scratch: Path) -> Inspection:
    """Return the ingest room's report on a film."""
    scratch.mkdir(parents=True, exist_ok=True)
    media = ConfinedMedia(threads=2, memory_bytes=8 << 30, scratch=scratch)
    return await Inspector(media, IngestSettings()).inspect(path, lambda _: None)


@asynccontextmanager
async def transcode_bench(root: Path, **settings: Any) -> AsyncIterator[TranscodeBench]:
    """Run the room on a folder; the same folder again continues what was there."""
    root.mkdir(parents=True, exist_ok=True)
    clock, ids = SystemClock(), RandomIds()
    catalogue = RecordingCatalogue()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(f"sqlite+aiosqlite:///{root}/rooms.db"))
        events = await stack.enter_async_context(open_events(f"sqlite://{root}/events.db", clock=clock, ids=ids))
        blobs = LocalBlobs(root / "blobs")
        bound: dict[type, object] = {
            Catalogue: catalogue,
            Playback: FixedKeys(),
            EventLog: events,
            BlobStore: blobs,
            Database: database,
            Clock: clock,
            Ids: ids,
        }
        chosen = TranscodeSettings(data_folder=str(root / "transcode"), **settings)
        room = await stack.enter_async_context(MODULE.open(chosen, Needs(bound)))
        transcode = room.provides[Transcode]
        yield TranscodeBench(
            transcode=transcode,  # type: ignore[arg-type]  # bound by its protocol
            blobs=blobs,
            events=events,
            catalogue=catalogue,
            root=root,
        )
