"""The events port: what every adapter promises."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from matinee.kit.errors import InvalidError, UnavailableError

MAX_VALUE_BYTES = 1024 * 1024
MAX_KEY_CHARACTERS = 256
Topic = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(\.[a-z0-9-]+)*$", max_length=100)]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as read. `offset` grows within a partition, without promise of being dense."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: dict[str, str]
    written_at: datetime


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to write: at most 1 MiB of value; key of 1 to 256 characters."""

    key: str
    value: bytes
    headers: dict[str, str] = {}


class EventTooLargeError(InvalidError):
    """A value over 1 MiB."""

    code = "event-too-large"
    title = "The event is too large"


class EventKeyError(InvalidError):
    """A key that is empty or over 256 characters."""

    code = "event-key"
    title = "The event's key cannot be used"


class TopicNameError(InvalidError):
    """A topic's name that does not follow the pattern of `Topic`."""

    code = "topic-name"
    title = "Not the name of a topic"


class EventLogError(UnavailableError):
    """The log failed or cannot be reached; the cause is kept."""

    code = "event-log"
    title = "The event log is not available"


class Consumer(Protocol):
    """One member of a group.

    Partitions are shared out among living members; a dead one's come back within `lease_seconds`. Delivery is at
    least once: what was not committed comes again, to whoever owns the partition then.
    """

    async def poll(self, *, limit: int, wait_seconds: float) -> Sequence[Event]:
        """Return up to `limit` events after those polled before, in order within each partition.

        Waits when there are none, and returns an empty sequence after `wait_seconds`.
        """
        ...

    async def commit(self, event: Event) -> None:
        """Record, durably, that everything up to `event` in its partition is done.

        Never moves back; a commit for a partition that this member has lost is ignored.
        """
        ...

    async def lag(self) -> int:
        """Return how many events of the topic the group has not committed."""
        ...


class EventLog(Protocol):
    """Topics of a fixed number of partitions; a key always falls in the same one.

    Promises: an append is durable and visible as a whole when it returns; events of one key are read in the order
    written; a group reads from the beginning when it is new. Not promised: order across keys.
    """

    async def append(self, topic: str, events: Sequence[NewEvent]) -> None:
        """Write events, all or none.

        Raises:
            EventTooLargeError: when one is over the bound; nothing is written.
            EventKeyError: when a key is; likewise.
            TopicNameError: when there can be no such topic.
            EventLogError: when the log failed; the events may be there or not, all or none.
        """
        ...

    def read(self, topic: str, *, after: dict[int, int] | None = None) -> AsyncIterator[Event]:
        """Yield what the topic holds now, partition by partition, after the given offsets; then stop."""
        ...

    def consumer(self, topic: str, *, group: str, lease_seconds: float = 10.0) -> AbstractAsyncContextManager[Consumer]:
        """Join a group for the block, `async with log.consumer(…) as consumer`; leaving frees its partitions at once.

        The adapter renews the lease in the background, so a member may take as long as it likes over one event.
        """
        ...

    async def trim(self, topic: str, *, older_than: datetime) -> int:
        """Delete events written before a moment that every group has committed; return how many went."""
        ...
