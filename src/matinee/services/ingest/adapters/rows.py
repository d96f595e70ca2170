"""Uploads and jobs in a relational database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, select, tuple_, update

from matinee.contracts.ingest import JobState
from matinee.contracts.transcode import SideText
from matinee.engines.relational import ConstraintError, Database
from matinee.kit.ids import JobId, UploadId
from matinee.kit.media import Inspection
from matinee.services.ingest.adapters.tables import JobRow, UploadRow
from matinee.services.ingest.ports import JobRecord, Upload

_BATCH = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = ("created_at", "changed_at", "expires_at")


def microseconds(moment: datetime) -> int:
    """Return Unix microseconds, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def _columns(record: msgspec.Struct) -> dict[str, Any]:
    """Return a record's fields as columns."""
    values = {field: getattr(record, field) for field in record.__struct_fields__}
    for name in _TIMES:
        if name in values:
            values[f"{name}_us"] = microseconds(values.pop(name))
    return values


def _upload_columns(upload: Upload) -> dict[str, Any]:
    values = _columns(upload)
    values["upload_metadata"] = values.pop("metadata")
    values["parts"] = " ".join(upload.parts)
    values["text_uploads"] = " ".join(upload.text_uploads)
    return values


def _upload(row: UploadRow) -> Upload:
    values = {column.name: getattr(row, column.name) for column in UploadRow.__table__.columns}
    values["metadata"] = values.pop("upload_metadata")
    values["parts"] = tuple(row.parts.split())
    values["text_uploads"] = tuple(row.text_uploads.split())
    values["created_at"] = _moment(values.pop("created_at_us"))
    values["expires_at"] = _moment(values.pop("expires_at_us"))
    return Upload(**values)


def _job_columns(job: JobRecord) -> dict[str, Any]:
    values = _columns(job)
    values["inspection"] = None if job.inspection is None else msgspec.json.encode(job.inspection).decode()
    values["side_text"] = msgspec.json.encode(job.side_text).decode()
    return values


def _job(row: JobRow) -> JobRecord:
    values = {column.name: getattr(row, column.name) for column in JobRow.__table__.columns}
    if row.inspection is not None:
        values["inspection"] = msgspec.json.decode(row.inspection, type=Inspection)
    values["side_text"] = msgspec.json.decode(row.side_text, type=tuple[SideText, ...])
    values["created_at"] = _moment(values.pop("created_at_us"))
    values["changed_at"] = _moment(values.pop("changed_at_us"))
    return JobRecord(**values)


def _has_job() -> ColumnElement[bool]:
    return select(JobRow.job_id).where(JobRow.job_id == UploadRow.upload_id).exists()


class SqlUploads:
    """Rows of uploads; see the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, upload: Upload) -> None:
        """Store a new one."""
        async with self._database.write() as session:
            session.add(UploadRow(**_upload_columns(upload)))

    async def get(self, upload_id: UploadId) -> Upload | None:
        """Return one."""
        async with self._database.read() as session:
            row = await session.get(UploadRow, upload_id)
            return None if row is None else _upload(row)

    async def replace(self, upload: Upload) -> None:
        """Store a changed one."""
        async with self._database.write() as session:
            where = UploadRow.upload_id == upload.upload_id
            await session.execute(update(UploadRow).where(where).values(**_upload_columns(upload)))

    async def remove(self, upload_id: UploadId) -> None:
        """Delete one."""
        async with self._database.write() as session:
            await session.execute(delete(UploadRow).where(UploadRow.upload_id == upload_id))

    async def count_open(self) -> int:
        """Return how many are not complete."""
        async with self._database.read() as session:
            found = await session.scalar(select(func.count()).where(UploadRow.complete.is_(False)))
            return found or 0

    async def expired(self, now: datetime) -> Sequence[Upload]:
        """Return some that expired; a complete film only once it has its job."""
        film = UploadRow.complete.is_(True) & (UploadRow.kind != "partial") & (UploadRow.role == "film")
        query = select(UploadRow).where(UploadRow.expires_at_us <= microseconds(now), ~film | _has_job())
        async with self._database.read() as session:
            return [_upload(row) for row in await session.scalars(query.limit(_BATCH))]

    async def without_job(self) -> Sequence[Upload]:
        """Return complete films for which there is no job."""
        query = select(UploadRow).where(
            UploadRow.complete.is_(True), UploadRow.kind != "partial", UploadRow.role == "film", ~_has_job()
        )
        async with self._database.read() as session:
            return [_upload(row) for row in await session.scalars(query.limit(_BATCH))]

    async def holding_bytes(self) -> Sequence[str]:
        """Return the identifiers of uploads, and of jobs that may still need their bytes."""
        needing = select(JobRow.job_id).where(JobRow.state.in_(("inspecting", "failed")))
        async with self._database.read() as session:
            uploads = list(await session.scalars(select(UploadRow.upload_id)))
            return [*uploads, *await session.scalars(needing)]

    async def joining(self) -> Sequence[Upload]:
        """Return final uploads whose parts are not joined yet."""
        query = select(UploadRow).where(UploadRow.complete.is_(False), UploadRow.kind == "final").limit(_BATCH)
        async with self._database.read() as session:
            return [_upload(row) for row in await session.scalars(query)]


class SqlJobs:
    """Rows of jobs; see the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: JobRecord) -> JobRecord:
        """Store a new one, or return the one that is there."""
        try:
            async with self._database.write() as session:
                session.add(JobRow(**_job_columns(job)))
        except ConstraintError:
            stored = await self.get(job.job_id)
            if stored is None:
                raise
            return stored
        return job

    async def get(self, job_id: JobId) -> JobRecord | None:
        """Return one."""
        async with self._database.read() as session:
            row = await session.get(JobRow, job_id)
            return None if row is None else _job(row)

    async def newest(self, *, limit: int, before: tuple[int, str] | None) -> Sequence[JobRecord]:
        """Return a page."""
        query = select(JobRow).order_by(JobRow.created_at_us.desc(), JobRow.job_id.desc()).limit(limit)
        if before is not None:
            query = query.where(tuple_(JobRow.created_at_us, JobRow.job_id) < before)
        async with self._database.read() as session:
            return [_job(row) for row in await session.scalars(query)]

    async def change(self, job: JobRecord, *, only_from: JobState) -> bool:
        """Store a changed one if its state is the expected."""
        where = (JobRow.job_id == job.job_id) & (JobRow.state == only_from)
        async with self._database.write() as session:
            result: Any = await session.execute(update(JobRow).where(where).values(**_job_columns(job)))
            return bool(result.rowcount == 1)

    async def inspecting(self, *, limit: int) -> Sequence[JobRecord]:
        """Return jobs to inspect, in order."""
        query = select(JobRow).where(JobRow.state == "inspecting")
        query = query.order_by(JobRow.priority, JobRow.created_at_us, JobRow.job_id).limit(limit)
        async with self._database.read() as session:
            return [_job(row) for row in await session.scalars(query)]

    async def count_inspecting(self) -> int:
        """Return how many wait."""
        async with self._database.read() as session:
            return await session.scalar(select(func.count()).where(JobRow.state == "inspecting")) or 0
