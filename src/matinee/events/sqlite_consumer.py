"""One member of a consumer group on the embedded log."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from matinee.events.port import Event, EventLogError
from matinee.events.sqlite_reader import Changes, Readers
from matinee.events.sqlite_schema import (
    TopicRow,
    count_undone,
    events_after,
    generation_of,
    held_shares,
    mark_done,
    snapshot,
)
from matinee.events.sqlite_shares import Member, balance, leave
from matinee.events.sqlite_writer import GroupCommitWriter
from matinee.kit.clock import Clock

# A dead member's partitions must be in other hands within its lease: they are free after 0.6 of it, and each living
# member looks every 0.2 of it.
LIFE_OF_LEASE = 0.6
RENEW_OF_LEASE = 0.2
_LOOK_AGAIN_SECONDS = 1.0


class Parts(Protocol):
    """The pieces of the log that a consumer works with."""

    writer: GroupCommitWriter
    readers: Readers
    changes: Changes
    clock: Clock


@dataclass
class _Held:
    epoch: int
    position: int
    done: int

    @property
    def busy(self) -> bool:
        """Whether something was polled and not committed."""
        return self.position > self.done


@dataclass(frozen=True)
class _Found:
    generation: int
    owned: dict[int, int]
    events: list[Event]


class SqliteConsumer:
    """Polls the partitions it owns, in turn. A partition with uncommitted work stays with it while it lives."""

    def __init__(self, parts: Parts, topic: TopicRow, member: Member, *, lease_seconds: float) -> None:
        self._parts = parts
        self._topic = topic
        self._member = member
        self._renew_seconds = lease_seconds * RENEW_OF_LEASE
        self._held: dict[int, _Held] = {}
        self._generation = -1
        self._surplus = 0
        self._first = 0
        self._lock = asyncio.Lock()

    async def join(self) -> None:
        """Take the first share of partitions."""
        await self._balance()

    async def keep(self) -> None:
        """Renew the lease for ever; run as a task."""
        while True:
            await asyncio.sleep(self._renew_seconds)
            with suppress(EventLogError):  # the next turn may work; if none does, others take over, as they should
                async with self._lock:
                    await self._balance()

    async def leave(self) -> None:
        """Give everything up; when that fails, the lease runs out instead."""
        with suppress(EventLogError):
            async with self._lock:
                self._held.clear()
                await self._parts.writer.run(lambda connection: leave(connection, self._member))

    async def poll(self, *, limit: int, wait_seconds: float) -> Sequence[Event]:
        """Return the next events; see the port."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + wait_seconds
        while True:
            changed = self._parts.changes.next()
            async with self._lock:
                events = await self._next(limit)
            left = ends_at - loop.time()
            if events or left <= 0:
                return events
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_AGAIN_SECONDS)):
                    await changed.wait()

    async def _next(self, limit: int) -> list[Event]:
        found = await self._parts.readers.run(self._find, limit)
        if self._must_balance(found):
            await self._balance()
            found = await self._parts.readers.run(self._find, limit)
        for event in found.events:
            self._held[event.partition].position = event.offset
        if found.events:
            self._first = found.events[-1].partition + 1
        return found.events

    def _must_balance(self, found: _Found) -> bool:
        epochs = {partition: held.epoch for partition, held in self._held.items()}
        can_give = self._surplus > 0 and not all(held.busy for held in self._held.values())
        return found.generation != self._generation or found.owned != epochs or can_give

    def _find(self, connection: sqlite3.Connection, limit: int) -> _Found:
        """Look in one snapshot at what is owned and what is new there, starting after the partition served last."""
        with snapshot(connection):
            generation = generation_of(connection, self._member.group)
            shares = held_shares(connection, self._member.group, self._member.name)
            owned = {partition: epoch for partition, (epoch, _) in shares.items()}
            events: list[Event] = []
            for partition in sorted(owned, key=lambda one: (one - self._first) % self._topic.partitions):
                held = self._held.get(partition)
                if held is None or held.epoch != owned[partition]:
                    continue
                events += events_after(
                    connection, self._topic, partition, after=held.position, until=None, limit=limit - len(events)
                )
                if len(events) >= limit:
                    break
        return _Found(generation, owned, events)

    async def _balance(self) -> None:
        busy = frozenset(partition for partition, held in self._held.items() if held.busy)
        now = self._parts.clock.now().timestamp()
        result = await self._parts.writer.run(lambda connection: balance(connection, self._member, now=now, busy=busy))
        self._generation = result.generation
        self._surplus = result.surplus
        held = {}
        for partition, (epoch, done) in result.shares.items():
            before = self._held.get(partition)
            held[partition] = before if before and before.epoch == epoch else _Held(epoch, done, done)
        self._held = held

    async def commit(self, event: Event) -> None:
        """Record what is done; see the port."""
        held = self._held.get(event.partition)
        if held is None or event.offset <= held.done:
            return
        epoch = held.epoch
        await self._parts.writer.run(
            lambda connection: mark_done(
                connection, self._member.group, self._member.name, event.partition, epoch=epoch, done=event.offset
            )
        )
        held.done = max(held.done, event.offset)

    async def lag(self) -> int:
        """Return how much is left; see the port."""
        return await self._parts.readers.run(count_undone, self._topic, self._member.group)
