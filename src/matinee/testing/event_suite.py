"""What every event log must do. Each test quotes the promise of `matinee.events.port` that it checks."""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.events.port import (
    MAX_VALUE_BYTES,
    Consumer,
    Event,
    EventKeyError,
    EventLog,
    EventTooLargeError,
    NewEvent,
    TopicNameError,
)
from matinee.testing.capabilities import Suite
from matinee.testing.clock import ManualClock

TOPIC = "films.published"
PATIENCE_SECONDS = 10.0


def numbered(count: int, *, keys: int = 8, start: int = 0) -> list[NewEvent]:
    """Return events whose values count up, spread over some keys."""
    return [NewEvent(key=f"key-{number % keys}", value=str(number).encode()) for number in range(start, start + count)]


def by_key(events: Iterable[Event | NewEvent]) -> dict[str, list[bytes]]:
    """Return the values of each key in the order met."""
    values: dict[str, list[bytes]] = defaultdict(list)
    for event in events:
        values[event.key].append(event.value)
    return dict(values)


async def everything(log: EventLog, topic: str = TOPIC) -> list[Event]:
    """Return what the topic holds."""
    return [event async for event in log.read(topic)]


async def drain(consumers: Sequence[Consumer], count: int, *, commit: bool = True) -> list[list[Event]]:
    """Poll the members until they have `count` events together; fail when that takes too long."""
    got: list[list[Event]] = [[] for _ in consumers]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(len(events) for events in got) < count:
            for consumer, events in zip(consumers, got, strict=True):
                polled = await consumer.poll(limit=50, wait_seconds=0.05)
                events.extend(polled)
                if commit:
                    await commit_all(consumer, polled)
    return got


async def commit_all(consumer: Consumer, events: Iterable[Event]) -> None:
    """Commit the last event of each partition."""
    for event in {event.partition: event for event in events}.values():
        await consumer.commit(event)


async def settle(consumers: Sequence[Consumer]) -> None:
    """Let each member look at its share a few times."""
    for _ in range(3):
        for consumer in consumers:
            await consumer.poll(limit=1, wait_seconds=0)


class EventLogSuite(Suite, ABC):
    """Subclass it, name the capabilities, and give `open_log`; partitions of new topics: 4."""

    @abstractmethod
    def open_log(self, folder: Path, clock: ManualClock) -> AbstractAsyncContextManager[EventLog]:
        """Open an instance on the folder's data."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The time of all instances."""
        return ManualClock()

    @pytest.fixture
    async def log(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[EventLog]:
        """The empty log under test."""
        async with self.open_log(tmp_path, clock) as log:
            yield log

    @pytest.fixture
    async def behind(self, log: EventLog, tmp_path: Path, clock: ManualClock) -> AsyncIterator[EventLog]:
        """A second instance on the same data; the same one where instances share nothing."""
        if "multi_process" not in self.capabilities:
            yield log
            return
        async with self.open_log(tmp_path, clock) as other:
            yield other

    async def test_an_append_is_there_when_it_returns(
        self, log: EventLog, behind: EventLog, clock: ManualClock
    ) -> None:
        """'an append is durable and visible as a whole when it returns'."""
        sent = NewEvent(key="title", value=bytes(range(256)), headers={"trace": "ü", "empty": ""})
        await log.append(TOPIC, [sent])
        (event,) = await everything(behind)
        assert (event.topic, event.key, event.value) == (TOPIC, sent.key, sent.value)
        assert event.headers == sent.headers
        assert event.written_at == clock.now()

    async def test_a_reopened_log_holds_what_was_acknowledged(self, tmp_path: Path, clock: ManualClock) -> None:
        """'an append is durable and visible as a whole when it returns'."""
        self.require("durable")
        async with self.open_log(tmp_path, clock) as log:
            await log.append(TOPIC, numbered(20))
            before = await everything(log)
        async with self.open_log(tmp_path, clock) as log:
            assert await everything(log) == before

    async def test_events_of_a_key_keep_their_order(self, log: EventLog, behind: EventLog) -> None:
        """'events of one key are read in the order'."""
        sent = numbered(500, keys=13)
        for start in range(0, 500, 7):
            await log.append(TOPIC, sent[start : start + 7])
        assert by_key(await everything(behind)) == by_key(sent)

    async def test_a_key_stays_in_its_partition(self, log: EventLog, behind: EventLog) -> None:
        """'Topics of a fixed number of partitions; a key always falls in the same one.'."""
        for number in range(3):
            await (log, behind)[number % 2].append(TOPIC, numbered(64, keys=32))
        places = {(event.key, event.partition) for event in await everything(log)}
        assert len(places) == 32
        assert {partition for _, partition in places} == {0, 1, 2, 3}

    async def test_offsets_grow_within_a_partition(self, log: EventLog) -> None:
        """'`offset` grows within a partition, without promise of being dense.'."""
        await log.append(TOPIC, numbered(100))
        offsets: dict[int, list[int]] = defaultdict(list)
        for event in await everything(log):
            offsets[event.partition].append(event.offset)
        for numbers in offsets.values():
            assert numbers == sorted(set(numbers))

    async def test_topics_are_apart(self, log: EventLog) -> None:
        """'Yield what the topic holds now'."""
        await log.append(TOPIC, numbered(5))
        await log.append("films.other", numbered(7))
        assert len(await everything(log)) == 5
        assert len(await everything(log, "films.other")) == 7
        assert await everything(log, "films.third") == []

    async def test_reading_goes_on_after_offsets_and_stops(self, log: EventLog, behind: EventLog) -> None:
        """'partition by partition, after the given offsets; then stop'."""
        await log.append(TOPIC, numbered(40))
        first = await everything(log)
        assert [event.partition for event in first] == sorted(event.partition for event in first)
        after = {event.partition: event.offset for event in first}
        assert [event async for event in behind.read(TOPIC, after=after)] == []
        await log.append(TOPIC, numbered(40, start=40))
        later = [event async for event in behind.read(TOPIC, after=after)]
        assert by_key(later) == by_key(numbered(40, start=40))
        reading = log.read(TOPIC)
        assert await anext(reading) == first[0]
        await log.append(TOPIC, numbered(40, start=80))
        assert sum([1 async for _ in reading]) == 79

    @pytest.mark.parametrize(
        ("bad", "error"),
        [
            (NewEvent(key="k", value=bytes(MAX_VALUE_BYTES + 1)), EventTooLargeError),
            (NewEvent(key="", value=b""), EventKeyError),
            (NewEvent(key="k" * 257, value=b""), EventKeyError),
        ],
        ids=["value", "no key", "long key"],
    )
    async def test_over_a_bound_nothing_is_written(self, log: EventLog, bad: NewEvent, error: type[Exception]) -> None:
        """'when one is over the bound; nothing is written'."""
        with pytest.raises(error):
            await log.append(TOPIC, [*numbered(3), bad])
        assert await everything(log) == []
        await log.append(TOPIC, [NewEvent(key="k" * 256, value=bytes(MAX_VALUE_BYTES))])
        assert len(await everything(log)) == 1

    @pytest.mark.parametrize("topic", ["", "Films", "a..b", ".a", "a.", "a b", "a" * 101, "a;drop table events"])
    async def test_topics_have_names_of_one_form(self, log: EventLog, topic: str) -> None:
        """'when there can be no such topic'."""
        with pytest.raises(TopicNameError):
            await log.append(topic, numbered(1))

    async def test_appends_at_once_are_all_there(self, log: EventLog, behind: EventLog) -> None:
        """'Write events, all or none.'."""
        await asyncio.gather(
            *((log, behind)[part % 2].append(TOPIC, numbered(10, start=part * 10)) for part in range(60))
        )
        events = await everything(log)
        assert sorted(int(event.value) for event in events) == list(range(600))

    async def test_a_new_group_reads_from_the_beginning(self, log: EventLog, behind: EventLog) -> None:
        """'a group reads from the beginning when it is new'."""
        await log.append(TOPIC, numbered(50))
        for group in ("one", "two"):
            async with behind.consumer(TOPIC, group=group) as consumer:
                (events,) = await drain([consumer], 50)
                assert by_key(events) == by_key(numbered(50))
                assert await consumer.lag() == 0

    async def test_polling_goes_on_where_it_was(self, log: EventLog) -> None:
        """'Return up to `limit` events after those polled before, in order within each partition.'."""
        await log.append(TOPIC, numbered(30))
        async with log.consumer(TOPIC, group="g") as consumer:
            seen: list[Event] = []
            for _ in range(10):
                events = await consumer.poll(limit=3, wait_seconds=0)
                assert len(events) == 3
                seen += events
            assert await consumer.poll(limit=3, wait_seconds=0) == []
        assert by_key(seen) == by_key(numbered(30))

    async def test_an_empty_poll_waits_and_a_write_wakes_it(self, log: EventLog, behind: EventLog) -> None:
        """'Waits when there are none, and returns an empty sequence after `wait_seconds`.'."""
        loop = asyncio.get_running_loop()
        async with log.consumer(TOPIC, group="g") as consumer:
            started = loop.time()
            assert len(await consumer.poll(limit=5, wait_seconds=0.2)) == 0
            assert 0.2 <= loop.time() - started < 2
            for writer in (log, behind):
                polling = asyncio.create_task(consumer.poll(limit=5, wait_seconds=PATIENCE_SECONDS))
                await asyncio.sleep(0)
                await writer.append(TOPIC, numbered(1))
                written = loop.time()
                assert len(await polling) == 1
                assert loop.time() - written < 0.8

    async def test_uncommitted_work_comes_again(self, log: EventLog, behind: EventLog) -> None:
        """'Delivery is at'."""
        await log.append(TOPIC, numbered(40))
        async with log.consumer(TOPIC, group="g") as consumer:
            (events,) = await drain([consumer], 40, commit=False)
            done: dict[int, Event] = {}
            for event in events[:20]:
                done[event.partition] = event
            await commit_all(consumer, done.values())
            assert await consumer.lag() == 40 - sum(
                event.offset <= done[event.partition].offset for event in events if event.partition in done
            )
        again = [
            event for event in events if event.partition not in done or event.offset > done[event.partition].offset
        ]
        async with behind.consumer(TOPIC, group="g") as consumer:
            (rest,) = await drain([consumer], len(again))
            assert sorted(event.offset for event in rest) == sorted(event.offset for event in again)
            assert len(await consumer.poll(limit=5, wait_seconds=0)) == 0

    async def test_a_commit_never_moves_back(self, log: EventLog) -> None:
        """'Never moves back; a commit for a partition that this member has lost is ignored.'."""
        await log.append(TOPIC, numbered(10, keys=1))
        async with log.consumer(TOPIC, group="g") as consumer:
            (events,) = await drain([consumer], 10, commit=False)
            await consumer.commit(events[7])
            await consumer.commit(events[2])
            assert await consumer.lag() == 2

    async def test_members_share_the_partitions(self, log: EventLog, behind: EventLog) -> None:
        """'Partitions are shared out among living members'."""
        async with log.consumer(TOPIC, group="g") as one, behind.consumer(TOPIC, group="g") as two:
            await settle([one, two])
            await log.append(TOPIC, numbered(200, keys=64))
            got = await drain([one, two], 200)
            partitions = [{event.partition for event in events} for events in got]
            assert [len(owned) for owned in partitions] == [2, 2]
            assert not partitions[0] & partitions[1]
            assert by_key([*got[0], *got[1]]) == by_key(numbered(200, keys=64))

    async def test_more_members_than_partitions(self, log: EventLog, behind: EventLog) -> None:
        """'Partitions are shared out among living members'."""
        async with AsyncExitStack() as stack:
            members = [
                await stack.enter_async_context((log, behind)[number % 2].consumer(TOPIC, group="g"))
                for number in range(6)
            ]
            await settle(members)
            await log.append(TOPIC, numbered(100, keys=64))
            got = await drain(members, 100)
            assert sorted(len({event.partition for event in events}) for events in got) == [0, 0, 1, 1, 1, 1]

    async def test_leaving_frees_the_partitions_at_once(self, log: EventLog, behind: EventLog) -> None:
        """'leaving frees its partitions at once'."""
        async with log.consumer(TOPIC, group="g") as staying:
            async with behind.consumer(TOPIC, group="g") as leaving:
                await settle([staying, leaving])
                await log.append(TOPIC, numbered(40, keys=32))
                await leaving.poll(limit=100, wait_seconds=PATIENCE_SECONDS)
            (events,) = await drain([staying], 40)
            assert sorted(int(event.value) for event in events) == list(range(40))

    async def test_work_under_way_is_not_given_to_a_newcomer(self, log: EventLog, behind: EventLog) -> None:
        """'a member may take as long as it likes over one event'."""
        await log.append(TOPIC, numbered(64, keys=64))
        async with log.consumer(TOPIC, group="g", lease_seconds=0.5) as busy:
            under_way = await busy.poll(limit=64, wait_seconds=0)
            assert len(under_way) == 64
            async with behind.consumer(TOPIC, group="g", lease_seconds=0.5) as newcomer:
                assert await newcomer.poll(limit=64, wait_seconds=0.6) == []
                await commit_all(busy, under_way)
                await settle([busy, newcomer])
                await log.append(TOPIC, numbered(64, keys=64, start=64))
                got = await drain([busy, newcomer], 64)
                assert all(got)
                assert Counter(int(event.value) for events in got for event in events) == Counter(range(64, 128))

    async def test_trim_takes_what_is_old_and_done_by_all(
        self, log: EventLog, behind: EventLog, clock: ManualClock
    ) -> None:
        """'Delete events written before a moment that every group has committed; return how many went.'."""
        await log.append(TOPIC, numbered(40))
        clock.advance(60)
        await log.append(TOPIC, numbered(40, start=40))
        moment = clock.now()
        async with log.consumer(TOPIC, group="fast") as fast, log.consumer(TOPIC, group="slow") as slow:
            await drain([fast], 80)
            assert await log.trim(TOPIC, older_than=moment) == 0
            events = await slow.poll(limit=80, wait_seconds=0)
            early = [event for event in events if event.written_at < moment]
            await commit_all(slow, early[:10])
            went = await log.trim(TOPIC, older_than=moment)
            assert 0 < went <= 40
            await commit_all(slow, events)
            assert went + await behind.trim(TOPIC, older_than=moment) == 40
        left = await everything(behind)
        assert by_key(left) == by_key(numbered(40, start=40))
        await log.trim(TOPIC, older_than=clock.now() + timedelta(days=1))
        await log.append(TOPIC, numbered(1))
        assert (await everything(log))[0].offset > max(event.offset for event in left)
