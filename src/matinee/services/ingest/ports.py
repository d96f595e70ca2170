"""What ingest needs from outside: its rows, its files on disk, and somebody who can look into media."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from matinee.contracts.ingest import JobState
from matinee.contracts.transcode import SideText
from matinee.engines.media.probe import Probed
from matinee.kit.errors import UnprocessableError
from matinee.kit.ids import JobId, TitleId, UploadId
from matinee.kit.media import Inspection, Language, Loudness, Rate

UploadRole = Literal["film", "text"]
UploadKind = Literal["whole", "partial", "final"]


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One tus upload as stored. How many bytes there are is known by the spool alone.

    Attributes:
        metadata: the header as the client sent it, to be sent back.
        concat: the `Upload-Concat` header as received, empty for a whole upload; `parts` what it names.
        source_name: the file's name, made safe to show.
        complete: all bytes are on disk.
    """

    upload_id: UploadId
    length_bytes: int
    kind: UploadKind
    role: UploadRole
    metadata: str
    concat: str
    parts: tuple[UploadId, ...]
    source_name: str
    title_id: TitleId | None
    av1: bool
    early_release: bool
    language: Language
    text_uploads: tuple[UploadId, ...]
    complete: bool
    created_at: datetime
    expires_at: datetime

    @property
    def is_film(self) -> bool:
        """Whether it becomes a job by itself once it is complete."""
        return self.role == "film" and self.kind != "partial"


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A job as stored.

    Attributes:
        draft_title: the title was made for this job.
        import_path: where the file stands on the server's disk; empty for an upload.
        source_key: the blob, empty until it is stored; `source_sha256` likewise.
    """

    job_id: JobId
    title_id: TitleId
    draft_title: bool
    source_name: str
    size_bytes: int
    state: JobState
    inspection: Inspection | None
    failure: str | None
    import_path: str
    source_key: str
    source_sha256: str
    side_text: tuple[SideText, ...]
    av1: bool
    early_release: bool
    priority: int
    created_at: datetime
    changed_at: datetime


class UploadStore(Protocol):
    """Rows of uploads. Each call is one transaction, durable when answered."""

    async def add(self, upload: Upload) -> None:
        """Store a new one."""
        ...

    async def get(self, upload_id: UploadId) -> Upload | None:
        """Return one, None when there is none."""
        ...

    async def replace(self, upload: Upload) -> None:
        """Store a changed one; nothing when it is gone."""
        ...

    async def remove(self, upload_id: UploadId) -> None:
        """Delete one; idempotent."""
        ...

    async def count_open(self) -> int:
        """Return how many are not complete."""
        ...

    async def expired(self, now: datetime) -> Sequence[Upload]:
        """Return at most 100 that expired; a complete film only once it has its job."""
        ...

    async def without_job(self) -> Sequence[Upload]:
        """Return at most 100 complete films, not partial, for which there is no job."""
        ...

    async def holding_bytes(self) -> Sequence[str]:
        """Return the identifiers of all uploads, and of jobs that may still need their bytes."""
        ...

    async def joining(self) -> Sequence[Upload]:
        """Return at most 100 final uploads whose parts are not joined yet."""
        ...


class JobStore(Protocol):
    """Rows of jobs. Each call is one transaction, durable when answered."""

    async def add(self, job: JobRecord) -> JobRecord:
        """Store a new one; return the one that stands there already when the id is taken."""
        ...

    async def get(self, job_id: JobId) -> JobRecord | None:
        """Return one, None when there is none."""
        ...

    async def newest(self, *, limit: int, before: tuple[int, str] | None) -> Sequence[JobRecord]:
        """Return jobs, newest first, after the one with this creation microsecond and id."""
        ...

    async def change(self, job: JobRecord, *, only_from: JobState) -> bool:
        """Store a changed one if its stored state is `only_from`; return whether it was."""
        ...

    async def inspecting(self, *, limit: int) -> Sequence[JobRecord]:
        """Return jobs that wait for inspection or are in it, by priority, then oldest first."""
        ...

    async def count_inspecting(self) -> int:
        """Return how many there are of those."""
        ...


class ChecksumMismatchError(UnprocessableError):
    """The bytes of a chunk are not those that its checksum was made of; nothing of it is kept."""

    code = "upload-checksum"
    title = "The checksum does not match"


class Spool(Protocol):
    """Files on their way in, by id. A size that was told stays true after the process is killed."""

    def file(self, upload_id: str) -> Path:
        """Return where the bytes of one are or will be."""
        ...

    async def create(self, upload_id: str) -> None:
        """Make an empty file; idempotent."""
        ...

    async def size(self, upload_id: str) -> int:
        """Return how many bytes are safely on disk; what a broken-off checked chunk left is cut off first."""
        ...

    def append(self, upload_id: str, *, offset: int) -> AbstractAsyncContextManager["SpoolWriter"]:
        """Give a writer that adds bytes from `offset`, which must be the size; they are safe when the block ends."""
        ...

    def append_checked(
        self, upload_id: str, *, offset: int, algorithm: str, digest: bytes
    ) -> AbstractAsyncContextManager["SpoolWriter"]:
        """Give a writer whose bytes stay only if they have this digest.

        Raises:
            ChecksumMismatchError: at the end of the block, when they have not; nothing of them stays.
        """
        ...

    async def join(self, upload_id: str, parts: Sequence[str]) -> int:
        """Make a file of others, in order, all or none; return its size."""
        ...

    async def take(self, upload_id: str, source: int) -> None:
        """Make a file of an open descriptor's, by a link where the disk can, else by a copy."""
        ...

    async def remove(self, upload_id: str) -> None:
        """Delete one; idempotent."""
        ...

    async def ids(self) -> Sequence[str]:
        """Return the identifiers of all files."""
        ...

    async def free_bytes(self) -> int:
        """Return how many bytes the disk has left."""
        ...

    async def sha256(self, upload_id: str) -> str:
        """Return the digest of one, as hex digits."""
        ...


class SpoolWriter(Protocol):
    """Takes bytes."""

    async def write(self, data: bytes) -> None:
        """Write bytes, without promise until the block ends."""
        ...


class DecodePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to decode: one picture track on the frame grid and all sound tracks.

    Attributes:
        start_seconds: see `frame_grid`.
        most_frames: stop after this many; a film never has as many.
    """

    picture_index: int
    sound_indexes: tuple[int, ...]
    rate: Rate
    start_seconds: float
    most_frames: int
    wall_seconds: float


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """What one full decode saw.

    Attributes:
        frame_count: frames on the grid.
        scene_frames: grid numbers of hard cuts as detected, ascending.
        black_seconds: how much of the picture is black; `frozen_seconds` how much stands still for two seconds or more.
        loudness: of each sound track that was decoded, silent ones with -70 LUFS.
        sound_seconds: stream index → decoded length.
        size_changes: whether the picture changed its size or format.
        errors: how many errors the decoders reported.
        said: last lines of what the tool said.
    """

    frame_count: int
    scene_frames: tuple[int, ...]
    black_seconds: float
    frozen_seconds: float
    loudness: tuple[Loudness, ...]
    sound_seconds: dict[int, float]
    size_changes: bool
    errors: int
    said: tuple[str, ...] = ()


class DecodeFailedError(Exception):
    """The decoder could not get through the file; the sentence says why, for people."""


class Media(Protocol):
    """Looks into files, in confined children.

    Every call raises `InterruptedToolError` when its child was ended from outside, or the machine was too busy to let
    it work; that says nothing of the file.
    """

    async def probe(self, path: Path) -> Probed:
        """Describe a file; UnreadableError when it is no media."""
        ...

    async def picture_times(self, path: Path, index: int) -> tuple[float, ...]:
        """Return the first frames' timestamps, ascending, in seconds."""
        ...

    async def decode(self, path: Path, plan: DecodePlan, on_frames: Callable[[int], None]) -> Decoded:
        """Decode all of a film, telling now and then how many frames are done; DecodeFailedError when that fails."""
        ...
