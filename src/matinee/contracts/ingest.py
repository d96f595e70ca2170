"""Uploads, imports and the jobs that follow from them."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from matinee.kit.errors import ConflictError, NotFoundError, UnprocessableError
from matinee.kit.ids import JobId, TitleId, UploadId
from matinee.kit.media import Finding, Inspection

JobState = Literal["inspecting", "refused", "ordered", "cancelled", "failed"]


class ImportFile(msgspec.Struct, frozen=True, kw_only=True):
    """A film on the server's own disk.

    Attributes:
        path: absolute; must be a regular file, not a link, below one of the import folders in settings.
        title_id: the title it becomes; None makes a draft title named after the file.
        side_text_paths: subtitle files beside it, language from names like `film.de.srt`.
    """

    path: str
    title_id: TitleId | None = None
    side_text_paths: tuple[str, ...] = ()
    av1: bool = False
    early_release: bool = True
    priority: int = 0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One source on its way. After `ordered`, the transcode room knows the rest.

    Attributes:
        source_name: the file's name, made safe to show.
        inspected_fraction: 0 to 1 while the state is `inspecting`.
        inspection: the report, once there is one.
        failure: our own failure in a sentence, when the state is `failed`.
    """

    job_id: JobId
    title_id: TitleId
    source_name: str
    size_bytes: int
    state: JobState
    inspected_fraction: float
    inspection: Inspection | None
    failure: str | None
    created_at: datetime
    changed_at: datetime


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs, newest first; `next_cursor` is None at the end."""

    items: tuple[Job, ...]
    next_cursor: str | None


class JobNotFoundError(NotFoundError):
    """There is no such job."""

    code = "job-not-found"
    title = "No such job"


class JobStateError(ConflictError):
    """The job is not in a state that permits this."""

    code = "job-state"
    title = "The job cannot do that now"


class SourceRefusedError(UnprocessableError):
    """The file cannot become a film; the sentence says why, for people."""

    code = "source-refused"
    title = "The file cannot be used"


class ImportRefusedError(UnprocessableError):
    """The path is outside the import folders, a link, or not a regular file."""

    code = "import-refused"
    title = "The file cannot be imported"


class UploadNotFoundError(NotFoundError):
    """There is no such upload, or it has expired."""

    code = "upload-not-found"
    title = "No such upload"


class Ingest(Protocol):
    """Sources in, work orders out."""

    async def import_file(self, *, request: ImportFile) -> Job:
        """Take a file from the server's disk, durable when answered; inspection goes on behind.

        Raises:
            ImportRefusedError: when the path may not be read.
        """
        ...

    async def inspect_file(self, *, path: str) -> Inspection:
        """Inspect a file on the server's disk without keeping anything."""
        ...

    async def finish_upload(
        self, *, upload_id: UploadId, title_id: TitleId | None, av1: bool = False, early_release: bool = True
    ) -> Job:
        """Turn a complete upload into a job; the same upload again returns the same job.

        Raises:
            UploadNotFoundError: when there is none or it is not complete.
        """
        ...

    async def job(self, *, job_id: JobId) -> Job:
        """Return one job.

        Raises:
            JobNotFoundError: when there is none.
        """
        ...

    async def jobs(self, *, limit: int = 50, cursor: str | None = None) -> JobPage:
        """Return jobs, newest first; limit is clamped to 1–100."""
        ...

    async def cancel(self, *, job_id: JobId) -> None:
        """Stop a job wherever it is; idempotent.

        Raises:
            JobNotFoundError: when there is none.
            JobStateError: when it is published.
        """
        ...


__all__ = [
    "Finding",
    "ImportFile",
    "ImportRefusedError",
    "Ingest",
    "Job",
    "JobNotFoundError",
    "JobPage",
    "JobState",
    "JobStateError",
    "SourceRefusedError",
    "UploadNotFoundError",
]
