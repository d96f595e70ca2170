"""The event log behind commands."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from matinee.events.port import Consumer, Event, EventLog, EventLogError, NewEvent
from matinee.host.engines.guard import Guard
from matinee.resilience.command import Command, Commands

SECONDS = 30.0
TRIM_SECONDS = 600.0


class GuardedEvents:
    """An `EventLog`: the commands `<room>.events.append`, `.poll`, `.commit` and `.trim`.

    Waiting for events has the caller's bound and no deadline of ours: events that were handed out and then lost on the
    way would not come again before the member leaves its group. Reading a whole topic is not a command.
    """

    def __init__(self, inner: EventLog, commands: Commands, room: str) -> None:
        self._inner = inner
        self._guard = Guard(commands, f"{room}.events", EventLogError)
        self._append = self._guard.command("append", timeout_seconds=SECONDS)
        self._poll = self._guard.command("poll", timeout_enabled=False)
        self._commit = self._guard.command("commit", timeout_seconds=SECONDS)
        self._trim = self._guard.command("trim", timeout_seconds=TRIM_SECONDS)

    async def append(self, topic: str, events: Sequence[NewEvent]) -> None:
        """Write events, all or none."""
        await self._guard.run(self._append, lambda: self._inner.append(topic, events))

    def read(self, topic: str, *, after: dict[int, int] | None = None) -> AsyncIterator[Event]:
        """Yield what the topic holds now."""
        return self._inner.read(topic, after=after)

    @asynccontextmanager
    async def consumer(self, topic: str, *, group: str, lease_seconds: float = 10.0) -> AsyncIterator[Consumer]:
        """Join a group for the block."""
        async with self._inner.consumer(topic, group=group, lease_seconds=lease_seconds) as member:
            yield _GuardedConsumer(member, self._guard, self._poll, self._commit)

    async def trim(self, topic: str, *, older_than: datetime) -> int:
        """Delete events that every group has committed."""
        return await self._guard.run(self._trim, lambda: self._inner.trim(topic, older_than=older_than))


class _GuardedConsumer:
    def __init__(self, inner: Consumer, guard: Guard, poll: Command, commit: Command) -> None:
        self._inner = inner
        self._guard = guard
        self._poll = poll
        self._commit = commit

    async def poll(self, *, limit: int, wait_seconds: float) -> Sequence[Event]:
        """Return the next events."""
        return await self._guard.run(self._poll, lambda: self._inner.poll(limit=limit, wait_seconds=wait_seconds))

    async def commit(self, event: Event) -> None:
        """Record that everything up to an event is done."""
        await self._guard.run(self._commit, lambda: self._inner.commit(event))

    async def lag(self) -> int:
        """Return how many events the group has not committed."""
        return await self._guard.run(self._commit, self._inner.lag)
