"""The ingest room on its own: fakes of its neighbours, and a server around it that may be killed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from matinee.blobs.local import LocalBlobs
from matinee.blobs.port import BlobStore
from matinee.contracts.catalogue import Catalogue, NewTitle, Title, TitleNotFoundError
from matinee.contracts.ingest import Ingest, Job
from matinee.contracts.transcode import OrderNotFoundError, OrderProgress, OrderStateError, Transcode, WorkOrder
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, open_database
from matinee.host.http import PassportReader, compose
from matinee.host.module import Needs, RunningRoom
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import Ids, JobId, RandomIds, TitleId
from matinee.services.ingest.module import MODULE
from matinee.services.ingest.settings import IngestSettings


class FakeCatalogue:
    """Titles in memory; the calls that ingest makes, and no others."""

    def __init__(self) -> None:
        self.titles: dict[TitleId, Title] = {}
        self.away = False
        self._ids = RandomIds()

    def _reachable(self) -> None:
        if self.away:
            raise UnavailableError("The catalogue is away.")

    async def create_title(self, *, new: NewTitle) -> Title:
        """Store a title."""
        self._reachable()
        now = datetime.now(UTC)
        title = Title(
            title_id=TitleId(self._ids.new()),
            kind=new.kind,
            name=new.name,
            synopsis=new.synopsis,
            year=new.year,
            genres=new.genres,
            audience=new.audience,
            listed=True,
            featured=new.featured,
            series_id=new.series_id,
            season_number=new.season_number,
            episode_number=new.episode_number,
            artwork={},
            release=None,
            version=1,
            created_at=now,
            changed_at=now,
        )
        self.titles[title.title_id] = title
        return title

    async def title(self, *, title_id: TitleId) -> Title:
        """Return a title."""
        self._reachable()
        if title_id not in self.titles:
            raise TitleNotFoundError("There is no such title.")
        return self.titles[title_id]

    async def delete_title(self, *, title_id: TitleId) -> None:
        """Remove a title."""
        self._reachable()
        self.titles.pop(title_id, None)


class FakeTranscode:
    """Orders in a folder, one file each, so that they outlive a killed process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.states: dict[JobId, str] = {}
        self.away = False

    def orders(self) -> list[WorkOrder]:
        """Return what was ordered, oldest first."""
        files = sorted(self._folder.glob("*.json"))
        return [msgspec.json.decode(one.read_bytes(), type=WorkOrder) for one in files]

    def _known(self, job_id: JobId) -> str:
        if not (self._folder / f"{job_id}.json").exists():
            raise OrderNotFoundError("There is no such order.")
        return self.states.get(job_id, "queued")

    async def submit(self, *, order: WorkOrder) -> None:
        """Accept an order."""
        if self.away:
            raise UnavailableError("Transcode is away.")
        (self._folder / f"{order.job_id}.json").write_bytes(msgspec.json.encode(order))

    async def progress(self, *, job_id: JobId) -> OrderProgress:
        """Return an order's state."""
        state: Any = self._known(job_id)
        return OrderProgress(
            job_id=job_id,
            title_id=TitleId("t"),
            state=state,
            fraction=0.0,
            steps=(),
            renditions=(),
            failure=None,
            submitted_at=datetime(2026, 1, 1, tzinfo=UTC),
            first_playable_at=None,
            finished_at=None,
        )

    async def cancel(self, *, job_id: JobId) -> None:
        """Stop an order."""
        if self._known(job_id) == "published":
            raise OrderStateError("Published already.")
        self.states[job_id] = "cancelled"

    async def retry(self, *, job_id: JobId) -> None:
        """Run an order again."""
        if self._known(job_id) not in {"failed", "cancelled"}:
            raise OrderStateError("The order runs.")
        self.states[job_id] = "queued"


@dataclass
class IngestRoom:
    """A running ingest room and what stands around it."""

    data: Path
    room: RunningRoom
    catalogue: FakeCatalogue
    transcode: FakeTranscode
    blobs: LocalBlobs
    database: Database
    clock: Clock = field(default_factory=SystemClock)

    @property
    def ingest(self) -> Ingest:
        """The contract."""
        service: Any = self.room.provides[Ingest]
        return service  # type: ignore[no-any-return]  # the module binds the contract to its implementation

    def app(self, gateway_public_key: bytes) -> Any:
        """The application that serves the room's routes."""
        return compose(self.room.routes, PassportReader(gateway_public_key))

    def spooled(self) -> list[str]:
        """Names of what still lies in the spool: uploads, and scratch of children."""
        spool = self.data / "spool"
        return sorted(one.name for folder in ("uploads", "scratch") for one in (spool / folder).iterdir())

    async def settled(self, job_id: JobId, *, seconds: float = 60.0) -> Job:
        """Return a job as soon as it is not being inspected any more; TimeoutError when that takes too long."""
        async with asyncio.timeout(seconds):
            while (job := await self.ingest.job(job_id=job_id)).state == "inspecting":  # noqa: ASYNC110  # only asking tells
                await asyncio.sleep(0.02)
        return job


@asynccontextmanager
async def open_ingest(
    data: Path, *, clock: Clock | None = None, catalogue: FakeCatalogue | None = None, **settings: Any
) -> AsyncIterator[IngestRoom]:
    """Run the room on a data folder.

    Args:
        settings: fields of `IngestSettings` that differ from their defaults.
    """
    data.mkdir(parents=True, exist_ok=True)
    used_clock, used_catalogue = clock or SystemClock(), catalogue or FakeCatalogue()
    transcode, blobs = FakeTranscode(data / "orders"), LocalBlobs(data / "blobs")
    async with open_database(f"sqlite+aiosqlite:///{data}/ingest.db") as database:
        bound: dict[type, object] = {
            Database: database,
            BlobStore: blobs,
            Keyring: Keyring(data / "keys"),
            Clock: used_clock,
            Ids: RandomIds(),
            Catalogue: used_catalogue,
            Transcode: transcode,
        }
        chosen = IngestSettings(data_folder=str(data), **{"disk_reserve_bytes": 0, **settings})
        async with MODULE.open(chosen, Needs(bound)) as room:
            yield IngestRoom(data, room, used_catalogue, transcode, blobs, database, used_clock)


async def until(happened: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Return as soon as something is so; TimeoutError when it does not become so in time."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110  # anything may make it so
            await asyncio.sleep(0.01)
