"""Search's reaction to changes of titles: they go into the index, and only then count as heard."""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from matinee.contracts.library import CHANGES_TOPIC, Change
from matinee.events.port import Consumer, Event, EventLog
from matinee.kit.errors import MatineeError
from matinee.services.search.lag import Lag
from matinee.services.search.ports import Index

GROUP = "search-index"
_POLL_SECONDS = 2.0
_log = structlog.get_logger()
_decoder = msgspec.msgpack.Decoder(Change)


class Following:
    """Brings changes into the index.

    A batch is durable in the index before it is committed to the log, so a process that dies in between hears it again,
    and the index knows by the versions that it is nothing new.

    Args:
        lag: is told of what waits.
        lease_seconds: after a death, another process takes over within this time.
    """

    def __init__(
        self,
        events: EventLog,
        index: Index,
        lag: Lag,
        *,
        batch: int,
        retry_seconds: float,
        lease_seconds: float = 5.0,
    ) -> None:
        self._events = events
        self._index = index
        self._lag = lag
        self._batch = batch
        self._retry_seconds = retry_seconds
        self._lease_seconds = lease_seconds

    async def run(self) -> None:
        """Follow the topic until cancelled; what fails is tried again."""
        while True:
            try:
                joined = self._events.consumer(CHANGES_TOPIC, group=GROUP, lease_seconds=self._lease_seconds)
                async with joined as consumer:
                    await self._follow(consumer)
            except MatineeError as error:
                _log.warning("search_changes_wait", code=error.code)
                await asyncio.sleep(self._retry_seconds)

    async def _follow(self, consumer: Consumer) -> None:
        while True:
            batch = await consumer.poll(limit=self._batch, wait_seconds=_POLL_SECONDS)
            if batch:
                changes = changes_in(batch)
                if changes:
                    await self._bring_in(changes)
                for event in {event.partition: event for event in batch}.values():
                    await consumer.commit(event)
            self._lag.none()

    async def _bring_in(self, changes: Sequence[Change]) -> None:
        self._lag.waits(min(change.changed_at for change in changes))
        while not await self._applied(changes):  # noqa: ASYNC110  # it is tried again; there is no event to wait for
            await asyncio.sleep(self._retry_seconds)

    async def _applied(self, changes: Sequence[Change]) -> bool:
        try:
            await self._index.apply(changes)
        except MatineeError as error:
            _log.warning("search_index_waits", code=error.code, changes=len(changes))
            return False
        return True


def changes_in(batch: Sequence[Event]) -> list[Change]:
    """Return the changes of some events; one that cannot be read is logged and left behind."""
    found = []
    for event in batch:
        try:
            found.append(_decoder.decode(event.value))
        except msgspec.DecodeError:
            _log.error("search_change_unreadable", partition=event.partition, offset=event.offset)
    return found
