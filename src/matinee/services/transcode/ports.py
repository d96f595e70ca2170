"""What the rules need from outside, besides blobs, events, the catalogue and playback."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from matinee.contracts.transcode import OrderProgress, OrderState, WorkOrder
from matinee.kit.ids import JobId, ReleaseId


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One order as stored.

    Attributes:
        run_id: changes with every run, so that tasks of an earlier one are recognised; empty while none runs.
        progress: the last snapshot; the truth once the order has ended.
        uploading: the release whose files are being stored and that is not published yet.
    """

    order: WorkOrder
    state: OrderState
    run_id: str
    progress: OrderProgress
    uploading: ReleaseId | None
    submitted_at: datetime


class OrderStore(Protocol):
    """Orders, durable when a call returns. Not promised: order of writes by several coordinators of one order."""

    async def add(self, record: OrderRecord) -> bool:
        """Store a new order; False, and nothing changes, when its job id is known."""
        ...

    async def get(self, job_id: JobId) -> OrderRecord | None:
        """Return one order, or None."""
        ...

    async def save(self, record: OrderRecord) -> None:
        """Replace an order that was added."""
        ...

    async def unfinished(self) -> Sequence[OrderRecord]:
        """Return all that are queued or running, by priority, then submission."""
        ...

    async def current_runs(self, job_ids: Sequence[JobId]) -> dict[JobId, str]:
        """Return the run id of those orders that are running."""
        ...
