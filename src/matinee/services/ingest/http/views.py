"""What the studio sees of a job."""

from datetime import datetime

import msgspec

from matinee.contracts.ingest import Job, JobState
from matinee.contracts.transcode import OrderProgress
from matinee.kit.ids import JobId, TitleId
from matinee.kit.media import Inspection
from matinee.services.ingest.service.ingest import IngestService


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job with the progress of its order; `order` is None before there is one."""

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
    order: OrderProgress | None


class JobViewPage(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs, newest first; `next_cursor` is None at the end."""

    items: tuple[JobView, ...]
    next_cursor: str | None


class LiveJobs(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the live stream: the newest jobs."""

    items: tuple[JobView, ...]


async def view(ingest: IngestService, job: Job) -> JobView:
    """Return a job with its order's progress."""
    fields = {name: getattr(job, name) for name in Job.__struct_fields__}
    return JobView(**fields, order=await ingest.order_of(job))
