"""What playback does on its own."""

import asyncio

import structlog

from matinee.kit.errors import MatineeError
from matinee.services.playback.streams import Streams

_log = structlog.get_logger()


async def keep_sweeping(streams: Streams, *, every_seconds: float) -> None:
    """Forget streams that ended long ago; runs until cancelled."""
    while True:
        try:
            await streams.sweep()
        except MatineeError as error:
            _log.warning("stream_sweep_waits", code=error.code)
        await asyncio.sleep(every_seconds)
