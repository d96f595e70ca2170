"""Event logs: the suite on every adapter, and what is the embedded one's own."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from matinee.engines.sqlite_files import WriterLock
from matinee.events.opened import EventLogUrlError, open_events
from matinee.events.port import EventLogError, NewEvent
from matinee.events.sqlite import open_sqlite_log
from matinee.kit.clock import SystemClock
from matinee.kit.ids import RandomIds
from matinee.testing.clock import ManualClock
from matinee.testing.event_machine import EventMachine
from matinee.testing.event_suite import EventLogSuite, drain, everything, numbered, settle

TOPIC = "films.published"


class TestSqliteEvents(EventLogSuite):
    capabilities = frozenset({"durable", "multi_process"})

    @asynccontextmanager
    async def open_log(self, folder: Path, clock: ManualClock):
        url = f"sqlite://{folder}/events.db"
        async with open_events(url, clock=clock, ids=RandomIds(), partitions=4) as log:
            yield log


class SqliteMachine(EventMachine):
    @staticmethod
    @asynccontextmanager
    async def open_pair(folder: Path):
        clock, ids = ManualClock(), RandomIds()
        path = folder / "events.db"
        async with (
            open_sqlite_log(path, clock=clock, ids=ids, partitions=4) as one,
            open_sqlite_log(path, clock=clock, ids=ids, partitions=4) as two,
        ):
            yield one, two


SqliteMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestSqliteMachine = pytest.mark.slow(SqliteMachine.TestCase)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def log(tmp_path: Path, clock: ManualClock):
    async with open_sqlite_log(tmp_path / "events.db", clock=clock, ids=RandomIds(), partitions=4) as opened:
        yield opened


async def test_a_topic_keeps_its_number_of_partitions(log, tmp_path, clock):
    await log.append(TOPIC, numbered(64, keys=64))
    async with open_sqlite_log(tmp_path / "events.db", clock=clock, ids=RandomIds(), partitions=64) as other:
        await other.append(TOPIC, numbered(64, keys=64))
        assert {event.partition for event in await everything(other)} == {0, 1, 2, 3}
        await other.append("new.topic", numbered(640, keys=640))
        assert max(event.partition for event in await everything(other, "new.topic")) == 63


async def test_a_member_whose_lease_ran_out_loses_its_partitions_and_its_commits(log, tmp_path, clock):
    await log.append(TOPIC, numbered(8, keys=1))
    path = tmp_path / "events.db"
    async with log.consumer(TOPIC, group="g", lease_seconds=60) as sleeper:
        events = await sleeper.poll(limit=4, wait_seconds=0)
        assert len(events) == 4
        clock.advance(60 * 0.6 + 60 * 0.2)  # the member was stopped for that long
        async with (
            open_sqlite_log(path, clock=clock, ids=RandomIds()) as other,
            other.consumer(TOPIC, group="g", lease_seconds=60) as heir,
        ):
            (again,) = await drain([heir], 8, commit=False)
            assert [event.offset for event in again][:4] == [event.offset for event in events]
            await sleeper.commit(events[-1])
            assert await heir.lag() == 8
            assert await sleeper.poll(limit=8, wait_seconds=0) == []


async def test_a_member_that_works_without_polling_keeps_its_lease(log, clock):
    def renewed_at(connection):
        return connection.execute("SELECT min(renewed_at) FROM members").fetchone()[0]

    await log.append(TOPIC, numbered(8, keys=8))
    async with log.consumer(TOPIC, group="g", lease_seconds=0.5) as busy:
        events = await busy.poll(limit=8, wait_seconds=0)
        for _ in range(6):
            clock.advance(0.25)
            async with asyncio.timeout(10):
                while await log.readers.run(renewed_at) != clock.now().timestamp():
                    await asyncio.sleep(0.01)
        async with log.consumer(TOPIC, group="g", lease_seconds=0.5) as newcomer:
            assert await newcomer.poll(limit=8, wait_seconds=0) == []
            await busy.commit(events[-1])
            assert await busy.lag() < 8


async def test_a_partition_lost_and_regained_starts_at_the_mark_again(log, clock):
    await log.append(TOPIC, numbered(8, keys=1))
    async with log.consumer(TOPIC, group="g", lease_seconds=60) as sleeper:
        events = await sleeper.poll(limit=8, wait_seconds=0)
        clock.advance(60)
        async with log.consumer(TOPIC, group="g", lease_seconds=60) as heir:
            (taken,) = await drain([heir], 8, commit=False)
            await heir.commit(taken[2])
        again = await sleeper.poll(limit=8, wait_seconds=0)
        assert [event.offset for event in again] == [event.offset for event in events[3:]]


async def test_a_clock_that_was_set_back_does_not_keep_the_dead_alive(log, tmp_path, clock):
    path = tmp_path / "events.db"
    async with log.consumer(TOPIC, group="g", lease_seconds=60):
        clock.set_back(7200)
        async with (
            open_sqlite_log(path, clock=clock, ids=RandomIds()) as other,
            other.consumer(TOPIC, group="g", lease_seconds=60) as heir,
        ):
            await log.append(TOPIC, numbered(20, keys=20))
            await drain([heir], 20)


async def test_members_settle_to_equal_shares_as_they_come_and_go(log):
    async with log.consumer(TOPIC, group="g") as one:
        assert len(one._held) == 4
        async with log.consumer(TOPIC, group="g") as two, log.consumer(TOPIC, group="g") as three:
            await settle([one, two, three])
            assert sorted(len(member._held) for member in (one, two, three)) == [1, 1, 2]
        await settle([one])
        assert len(one._held) == 4


async def test_every_commit_is_synced(log):
    assert await log.writer.run(lambda connection: connection.execute("PRAGMA synchronous").fetchone()) == (2,)
    assert await log.writer.run(lambda connection: connection.execute("PRAGMA journal_mode").fetchone()) == ("wal",)


async def test_writers_that_wait_go_to_the_disk_together(log):
    await log.append(TOPIC, numbered(1))
    before = log.writer.commits
    await asyncio.gather(*(log.append(TOPIC, numbered(1)) for _ in range(500)))
    assert log.writer.commits - before < 50
    assert len(await everything(log)) == 501


async def test_a_write_given_up_while_it_waits_is_not_done(log, tmp_path):
    await log.append(TOPIC, numbered(1))
    lock = WriterLock(tmp_path / "events.db")
    with lock.held():
        first = asyncio.create_task(log.append(TOPIC, numbered(1, start=1)))
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            while log.writer._jobs.qsize():  # until the writer has taken the first, to wait for the lock
                await asyncio.sleep(0.001)
        second = asyncio.create_task(log.append(TOPIC, numbered(1, start=2)))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
    await first
    lock.close()
    assert {event.value for event in await everything(log)} == {b"0", b"1"}


async def test_a_closed_log_says_so(tmp_path, clock):
    async with open_sqlite_log(tmp_path / "events.db", clock=clock, ids=RandomIds()) as log:
        await log.append(TOPIC, numbered(1))
    with pytest.raises(EventLogError):
        await log.append(TOPIC, numbered(1))
    with pytest.raises(EventLogError):
        await everything(log)


async def test_a_file_that_is_no_log_is_refused(tmp_path, clock):
    (tmp_path / "events.db").write_bytes(b"no database" * 1000)
    with pytest.raises(EventLogError):
        async with open_sqlite_log(tmp_path / "events.db", clock=clock, ids=RandomIds()):
            pytest.fail("opened")


async def test_an_engine_that_fails_is_reported_with_its_cause_and_recovers(log, clock):
    def broken(_connection):
        raise ValueError("as if the disk were full")

    with pytest.raises(EventLogError) as caught:
        await log.writer.run(broken)
    assert isinstance(caught.value.__cause__, ValueError)
    await log.append(TOPIC, numbered(1))
    assert len(await everything(log)) == 1


async def test_large_values_wait_for_room_and_all_arrive(log, tmp_path):
    value = bytes(1024 * 1024)
    await asyncio.gather(*(log.append(TOPIC, [NewEvent(key="k", value=value)]) for _ in range(96)))
    count = 0
    async for event in log.read(TOPIC):
        assert len(event.value) == len(value)
        count += 1
    assert count == 96


@pytest.mark.parametrize("url", ["", "events.db", "sqlite://host/x.db", "kafka://x", "sqlite:events.db"])
async def test_urls_that_name_no_log_are_refused(url):
    with pytest.raises(EventLogUrlError):
        async with open_events(url, clock=SystemClock(), ids=RandomIds()):
            pytest.fail("opened")
