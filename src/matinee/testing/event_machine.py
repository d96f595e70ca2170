"""Random histories of an event log against lists, read back through a second instance."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from matinee.events.port import Consumer, Event, EventLog, NewEvent

TOPIC = "machine.topic"
MEMBERS = st.integers(0, 3)
APPENDS = st.lists(
    st.builds(NewEvent, key=st.sampled_from("abcdefgh"), value=st.binary(max_size=8)), min_size=1, max_size=6
)


class EventMachine(RuleBasedStateMachine):
    """Subclass it with `open_pair`: from an empty folder to two instances on the same data."""

    open_pair: Callable[[Path], AbstractAsyncContextManager[tuple[EventLog, EventLog]]]

    @initialize()
    def start(self) -> None:
        """Open an empty log."""
        self.folder = tempfile.TemporaryDirectory(prefix="matinee-events-")
        self.runner = asyncio.Runner()
        self.open = AsyncExitStack()
        self.logs = self.run(self.open.enter_async_context(type(self).open_pair(Path(self.folder.name))))
        self.model: dict[str, list[bytes]] = defaultdict(list)
        self.members: dict[int, tuple[AsyncExitStack, Consumer]] = {}
        self.polled: dict[int, dict[int, Event]] = {}
        self.done: dict[int, int] = defaultdict(int)

    def run(self, work: Any) -> Any:
        """Wait for a coroutine, for at most ten seconds."""
        return self.runner.run(asyncio.wait_for(work, 10))

    @rule(events=APPENDS, instance=st.integers(0, 1))
    def append(self, events: list[NewEvent], instance: int) -> None:
        """An append adds to its keys."""
        self.run(self.logs[instance].append(TOPIC, events))
        for event in events:
            self.model[event.key].append(event.value)

    @rule(member=MEMBERS)
    def join(self, member: int) -> None:
        """A member joins, through one instance or the other."""
        if member not in self.members:
            stack = AsyncExitStack()
            consumer = self.run(stack.enter_async_context(self.logs[member % 2].consumer(TOPIC, group="g")))
            self.members[member] = (stack, consumer)
            self.polled[member] = {}

    @rule(member=MEMBERS)
    def leave(self, member: int) -> None:
        """A member leaves; what it did not commit comes again."""
        if member in self.members:
            stack, _ = self.members.pop(member)
            self.run(stack.aclose())
            del self.polled[member]

    @rule(member=MEMBERS, limit=st.integers(1, 5))
    def poll(self, member: int, limit: int) -> None:
        """Each event follows the one polled before in its partition, or the group's mark there."""
        if member not in self.members:
            return
        events = self.run(self.members[member][1].poll(limit=limit, wait_seconds=0))
        assert len(events) <= limit
        stored = self.stored()
        for event in events:
            offsets = [0, *(one.offset for one in stored[event.partition])]
            before = offsets[offsets.index(event.offset) - 1]
            last = self.polled[member].get(event.partition)
            assert before == self.done[event.partition] or (last is not None and before == last.offset)
            self.polled[member][event.partition] = event

    @rule(member=MEMBERS)
    def commit(self, member: int) -> None:
        """A commit moves the group's mark, unless the partition is lost."""
        if member in self.members:
            lag = self.run(self.members[member][1].lag())
            for event in self.polled[member].values():
                self.run(self.members[member][1].commit(event))
                self.done[event.partition] = max(self.done[event.partition], event.offset)
            assert self.run(self.members[member][1].lag()) <= lag

    def stored(self) -> dict[int, list[Event]]:
        """Return what the second instance reads, by partition."""
        stored: dict[int, list[Event]] = defaultdict(list)
        for event in self.run(self._everything()):
            stored[event.partition].append(event)
        return stored

    async def _everything(self) -> list[Event]:
        return [event async for event in self.logs[1].read(TOPIC)]

    @precondition(lambda self: hasattr(self, "done"))
    @invariant()
    def agrees(self) -> None:
        """The second instance shows exactly the model, and the group's lag is what is behind its marks."""
        stored = self.stored()
        values: dict[str, list[bytes]] = defaultdict(list)
        for events in stored.values():
            for event in events:
                values[event.key].append(event.value)
        assert values == self.model
        left = sum(event.offset > self.done[event.partition] for events in stored.values() for event in events)
        for _, consumer in self.members.values():
            assert self.run(consumer.lag()) == left

    def teardown(self) -> None:
        """Everybody leaves; a last member gets exactly what was not committed."""
        if not hasattr(self, "done"):
            return
        for member in list(self.members):
            self.leave(member)
        self.join(0)
        stored = self.stored()
        while self.run(self._drain_one()):
            continue
        for partition, events in stored.items():
            assert self.done[partition] == events[-1].offset
        self.leave(0)
        self.run(self.open.aclose())
        self.runner.close()
        self.folder.cleanup()

    async def _drain_one(self) -> bool:
        consumer = self.members[0][1]
        events = await consumer.poll(limit=3, wait_seconds=0)
        for event in events:
            assert event.offset > self.done[event.partition]
            self.done[event.partition] = event.offset
            await consumer.commit(event)
        return bool(events)
