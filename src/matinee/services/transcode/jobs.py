"""What the room does on its own from time to time: old tasks, reports and intermediate results go."""

import asyncio
from datetime import timedelta

import structlog

from matinee.contracts.transcode import TASK_TOPIC
from matinee.events.port import EventLog
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.services.transcode.service.coordinator import Coordinator
from matinee.services.transcode.service.tasks import REPORT_TOPIC

_KEPT = timedelta(hours=1)
_log = structlog.get_logger()


async def sweep(events: EventLog, clock: Clock) -> int:
    """Forget tasks and reports that everybody has handled and that are over an hour old; return how many went."""
    older_than = clock.now() - _KEPT
    return sum([await events.trim(topic, older_than=older_than) for topic in (TASK_TOPIC, REPORT_TOPIC)])


async def keep_sweeping(
    events: EventLog, coordinator: Coordinator, clock: Clock, *, every_minutes: float, keep_hours: float
) -> None:
    """Sweep now and then until cancelled; results of failed orders stay `keep_hours` for a retry."""
    while True:
        try:
            await sweep(events, clock)
            await coordinator.forget_ended(before=clock.now() - timedelta(hours=keep_hours))
        except MatineeError as error:
            _log.warning("sweep_waits", code=error.code)
        await asyncio.sleep(every_minutes * 60)
