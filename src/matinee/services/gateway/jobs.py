"""Timed work of the gateway."""

import asyncio
from datetime import timedelta

import structlog

from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.services.gateway.ports import IdempotencyStore

SWEEP_SECONDS = 600.0
_log = structlog.get_logger()


async def keep_sweeping(store: IdempotencyStore, clock: Clock, *, keep_seconds: int) -> None:
    """Remove keys and answers over their time, every ten minutes, until cancelled."""
    while True:
        try:
            removed = 1
            while removed:
                removed = await store.sweep(old_before=clock.now() - timedelta(seconds=keep_seconds))
        except MatineeError as error:
            _log.warning("sweep_failed", exc_info=error)
        await asyncio.sleep(SWEEP_SECONDS)
