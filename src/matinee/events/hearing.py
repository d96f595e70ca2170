"""A room hears a topic: what an event says is done first, and only then does the event count as heard."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec
import structlog

from matinee.events.port import Consumer, Event, EventLog
from matinee.kit.errors import MatineeError

_POLL_SECONDS = 2.0
_PAUSE_SECONDS = 2.0
_log = structlog.get_logger()
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Decoder(Protocol[T_co]):
    """Reads the value of an event; raises `msgspec.DecodeError` where it cannot."""

    def decode(self, value: bytes, /) -> T_co:
        """Return what is said."""
        ...


async def keep_hearing(
    events: EventLog,
    topic: str,
    *,
    group: str,
    decoder: Decoder[T],
    apply: Callable[[T], Awaitable[None]],
    at_once: int = 100,
) -> None:
    """Apply a topic's events one by one, in the order of each key, until cancelled.

    An event that cannot be read is logged and left behind. When applying one fails with a `MatineeError`, it comes
    again after a pause, perhaps with some that were applied before it: applying twice must do no harm.

    Args:
        at_once: events between two commits.
    """
    while True:
        try:
            async with events.consumer(topic, group=group) as consumer:
                while True:
                    await _hear(consumer, decoder, apply, at_once)
        except MatineeError as error:
            _log.warning("hearing_waits", topic=topic, group=group, code=error.code)
            await asyncio.sleep(_PAUSE_SECONDS)


async def _hear(consumer: Consumer, decoder: Decoder[T], apply: Callable[[T], Awaitable[None]], at_once: int) -> None:
    last: dict[int, Event] = {}
    for event in await consumer.poll(limit=at_once, wait_seconds=_POLL_SECONDS):
        try:
            told = decoder.decode(event.value)
        except msgspec.DecodeError:
            _log.error("event_unreadable", topic=event.topic, partition=event.partition, offset=event.offset)
        else:
            await apply(told)
        last[event.partition] = event
    for event in last.values():
        await consumer.commit(event)
