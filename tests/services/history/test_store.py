"""The embedded store: group commit, its bounds, and what happens when a part of a group cannot be done."""

import asyncio
import sqlite3
import threading

import pytest

from matinee.kit.ids import ProfileId, TitleId
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.history.adapters.embedded import open_store
from matinee.services.history.ports import Archive, HistoryStoreError, Viewing
from matinee.services.history.settings import HistorySettings

ANN = ProfileId("ann")


def viewing(title="film", position=1.0, moment=1):
    return Viewing(TitleId(title), TitleId(""), position, 100.0, moment)


@pytest.fixture
async def blocked(room):
    """Hold the writing thread in a job until the event is set."""
    free, held = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(_):
        loop.call_soon_threadsafe(held.set)
        free.wait(10)

    holding = asyncio.create_task(room.store.writer.run(hold))
    await held.wait()
    yield free
    free.set()
    await holding


async def test_what_waits_for_the_disk_goes_together(room, blocked):
    before = room.store.writer.commits
    writing = [asyncio.create_task(room.store.record([(ANN, viewing(f"t{n}"))], ())) for n in range(100)]
    await asyncio.sleep(0)
    blocked.set()
    await asyncio.gather(*writing)
    assert room.store.writer.commits - before <= 3
    assert len(await room.store.live(ANN)) == 100


async def test_a_job_that_cannot_be_done_fails_alone(room, blocked):
    def broken(db):
        db.execute("INSERT INTO nothing VALUES (1)")

    jobs = [
        asyncio.create_task(room.store.record([(ANN, viewing())], ())),
        asyncio.create_task(room.store.writer.run(broken)),
        asyncio.create_task(room.store.set_thumb(ANN, TitleId("film"), "up", 1)),
    ]
    await asyncio.sleep(0)
    blocked.set()
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), HistoryStoreError, type(None)]
    assert len(await room.store.live(ANN)) == 1
    assert await room.store.thumbs(ANN, limit=5) == {"film": "up"}


async def test_more_than_may_wait_is_refused_at_once(tmp_path):
    async with open_store(HistorySettings(data_folder=str(tmp_path), waiting_entries=1_000)) as store:
        many = [(ANN, viewing(f"t{number}")) for number in range(1_000)]
        with pytest.raises(HistoryStoreError):
            await store.record(many, ())
        await store.record(many[:500], ())
        await store.record(many[:500], ())


async def test_a_disk_that_hangs_is_told_in_time(tmp_path):
    async with open_store(HistorySettings(data_folder=str(tmp_path), write_seconds=0.2)) as store:
        free = threading.Event()
        holding = asyncio.create_task(store.writer.run(lambda _: free.wait(10)))
        await asyncio.sleep(0)
        with pytest.raises(HistoryStoreError):
            await store.record([(ANN, viewing())], ())
        free.set()
        with pytest.raises(HistoryStoreError):
            await holding


async def test_every_commit_is_on_the_disk_when_it_is_answered(room, tmp_path):
    synchronous = await room.store.writer.run(lambda db: db.execute("PRAGMA synchronous").fetchone()[0])
    assert synchronous == 2  # FULL: the log is flushed before a commit returns
    await room.store.record([(ANN, viewing(position=7.0))], ())
    other = sqlite3.connect(tmp_path / "history.db")
    assert other.execute("SELECT position_seconds FROM history_live").fetchone() == (7.0,)
    other.close()


async def test_after_it_was_closed_nothing_is_taken(tmp_path):
    async with open_store(HistorySettings(data_folder=str(tmp_path))) as store:
        assert await store.answers()
    with pytest.raises(HistoryStoreError):
        await store.record([(ANN, viewing())], ())
    assert not await store.answers()


async def test_calls_are_commands_that_say_history_store_when_they_refuse(tmp_path):
    commands = Commands(Tuning(), asyncio.get_running_loop().time)
    async with open_store(HistorySettings(data_folder=str(tmp_path)), commands) as store:
        await store.record([(ANN, viewing())], ())
        assert len(await store.live(ANN)) == 1
        assert {"history.store.read", "history.store.write"} <= {command.name for command in commands.all()}
        commands.tuning.change("history.store.write", breaker_force="open")
        with pytest.raises(HistoryStoreError):
            await store.record([(ANN, viewing())], ())


async def test_the_archive_row_is_switched_only_from_what_it_was_and_with_every_piece(room):
    assert not await room.store.switch(ANN, Archive(version="a", chunks=2), expected=None)
    for number in range(2):
        await room.store.put_chunk(ANN, "a", number, b"x")
    assert not await room.store.switch(ANN, Archive(version="a", chunks=2), expected="other")
    assert await room.store.switch(ANN, Archive(version="a", chunks=2), expected=None)
    assert not await room.store.switch(ANN, Archive(version="b"), expected=None)
    assert await room.store.switch(ANN, Archive(version="b", blob=b"y"), expected="a")
    assert (await room.store.archive(ANN)).blob == b"y"
    await room.store.note_version(ANN, "b", due_ms=1)
    await room.store.note_version(ANN, "a", due_ms=1)
    for old in await room.store.due_versions(now_ms=2, limit=10):
        await room.store.remove_version(old.profile_id, old.version)
    assert (await room.store.archive(ANN)).version == "b"
    assert await room.store.chunks(ANN, "a", 2) is None


async def test_a_row_that_changed_meanwhile_is_not_removed(room):
    await room.store.record([(ANN, viewing(moment=1))], ())
    old = await room.store.live(ANN)
    await room.store.record([(ANN, viewing(moment=2))], ())
    await room.store.remove_live(ANN, old)
    assert [one.event_ms for one in await room.store.live(ANN)] == [2]
