"""Orders in a relational database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import select, update

from matinee.contracts.transcode import OrderProgress, OrderState, WorkOrder
from matinee.engines.relational import ConstraintError, Database
from matinee.kit.ids import JobId, ReleaseId
from matinee.services.transcode.adapters.tables import OrderRow
from matinee.services.transcode.ports import OrderRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _values(record: OrderRecord) -> dict[str, object]:
    return {
        "state": record.state,
        "priority": record.order.priority,
        "run_id": record.run_id,
        "work_order": msgspec.json.encode(record.order).decode(),
        "progress": msgspec.json.encode(record.progress).decode(),
        "uploading": record.uploading,
        "submitted_at_us": (record.submitted_at - _EPOCH) // timedelta(microseconds=1),
    }


def _record(row: OrderRow) -> OrderRecord:
    return OrderRecord(
        order=msgspec.json.decode(row.work_order, type=WorkOrder),
        state=cast("OrderState", row.state),
        run_id=row.run_id,
        progress=msgspec.json.decode(row.progress, type=OrderProgress),
        uploading=None if row.uploading is None else ReleaseId(row.uploading),
        submitted_at=_EPOCH + timedelta(microseconds=row.submitted_at_us),
    )


class SqlOrders:
    """The order store on SQLAlchemy."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, record: OrderRecord) -> bool:
        """Store a new order; see the port."""
        try:
            async with self._database.write() as session:
                session.add(OrderRow(job_id=record.order.job_id, **_values(record)))
        except ConstraintError:
            return False
        return True

    async def get(self, job_id: JobId) -> OrderRecord | None:
        """Return one order; see the port."""
        async with self._database.read() as session:
            row = await session.get(OrderRow, job_id)
            return None if row is None else _record(row)

    async def save(self, record: OrderRecord) -> None:
        """Replace an order; see the port."""
        async with self._database.write() as session:
            await session.execute(
                update(OrderRow).where(OrderRow.job_id == record.order.job_id).values(**_values(record))
            )

    async def unfinished(self) -> Sequence[OrderRecord]:
        """Return queued and running orders; see the port."""
        wanted = (
            select(OrderRow)
            .where(OrderRow.state.in_(("queued", "running")))
            .order_by(OrderRow.priority, OrderRow.submitted_at_us, OrderRow.job_id)
        )
        async with self._database.read() as session:
            return [_record(row) for row in (await session.scalars(wanted)).all()]

    async def current_runs(self, job_ids: Sequence[JobId]) -> dict[JobId, str]:
        """Return the run ids of running orders; see the port."""
        wanted = select(OrderRow.job_id, OrderRow.run_id).where(
            OrderRow.job_id.in_(list(job_ids)), OrderRow.state == "running"
        )
        async with self._database.read() as session:
            return {JobId(job_id): run_id for job_id, run_id in (await session.execute(wanted)).all()}
