"""Every committed change is told once or more, in the order of its versions, whatever dies in between."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.contracts.catalogue import NewTitle, TitleChange, TitleFieldsError
from matinee.contracts.library import CHANGES_TOPIC, Change
from matinee.contracts.metadata import Credit
from matinee.engines.relational import open_database
from matinee.events.port import EventLogError
from matinee.services.catalogue.adapters.titles import SqlTitles
from matinee.services.catalogue.jobs import keep_sending, send_events
from matinee.testing.titles import RecordedEvents, picture, release


def told(events):
    return [msgspec.msgpack.decode(event.value, type=Change) for event in events.on(CHANGES_TOPIC)]


async def tell(room):
    await send_events(room.store, room.events)
    return told(room.events)


async def test_each_way_to_change_a_title_is_told_with_the_title_as_it_is_then(room):
    film = await room.service.create_title(new=NewTitle(name="Film", people=(Credit(name="Ada"),)))
    changed = await room.service.change_title(title_id=film.title_id, change=TitleChange(hot=True))
    published = await room.service.publish(release=release(film.title_id, frames=0))
    pictured = await room.service.put_artwork(title_id=film.title_id, kind="poster", picture=picture(400, 600))
    await room.service.delete_title(title_id=film.title_id)
    changes = await tell(room)
    assert [(change.op, change.version) for change in changes] == [("c", 1), ("u", 2), ("u", 3), ("u", 4), ("d", 5)]
    assert [change.after for change in changes] == [film, changed, published, pictured, None]
    assert {event.key for event in room.events.on(CHANGES_TOPIC)} == {film.title_id}


async def test_a_change_that_changes_nothing_is_no_change(room):
    film = await room.service.create_title(new=NewTitle(name="Film", people=(Credit(name="Ada"),)))
    same = TitleChange(name=" Film ", hot=False, people=(Credit(name="ada"),))
    assert await room.service.change_title(title_id=film.title_id, change=same) == film
    assert len(await tell(room)) == 1


async def a_series(room, episodes=3):
    series = await room.service.create_title(new=NewTitle(name="S", kind="series"))
    place = {"kind": "episode", "series_id": series.title_id, "season_number": 1}
    made = [
        await room.service.create_title(new=NewTitle(name=f"E{n}", episode_number=n, **place))
        for n in range(1, episodes + 1)
    ]
    return series, made


@pytest.mark.parametrize(
    ("change", "reaches"),
    [
        (TitleChange(maturity=16), True),
        (TitleChange(audience="members"), True),
        (TitleChange(listed=False), True),
        (TitleChange(synopsis="Words"), False),
    ],
)
async def test_what_decides_who_sees_a_series_is_told_of_its_episodes_too(room, change, reaches):
    series, episodes = await a_series(room)
    await tell(room)
    room.events.appended.clear()
    await room.service.change_title(title_id=series.title_id, change=change)
    changes = await tell(room)
    wanted = {episode.title_id for episode in episodes} if reaches else set()
    assert {change.title_id for change in changes} == {series.title_id, *wanted}
    for one in changes:
        assert (one.op, one.version) == ("u", 2)
        assert one.after == await room.service.title(title_id=one.title_id)


async def test_a_deleted_series_is_told_episode_by_episode(room):
    series, episodes = await a_series(room)
    await room.service.delete_title(title_id=series.title_id)
    gone = [change for change in await tell(room) if change.op == "d"]
    assert {change.title_id for change in gone} == {series.title_id, *(one.title_id for one in episodes)}
    assert {change.version for change in gone} == {2}


async def test_a_refused_change_is_not_told(room):
    film = await room.service.create_title(new=NewTitle(name="Film"))
    with pytest.raises(TitleFieldsError):
        await room.service.change_title(title_id=film.title_id, change=TitleChange(hot=True, name="\u200b"))
    assert [change.version for change in await tell(room)] == [1]


async def test_the_revision_grows_with_each_committed_change_and_with_nothing_else(room):
    revisions = [await room.library.revision()]

    async def grown():
        revisions.append(await room.library.revision())
        return revisions[-1] > revisions[-2]

    film = await room.service.create_title(new=NewTitle(name="Film"))
    assert await grown()
    await room.service.change_title(title_id=film.title_id, change=TitleChange(maturity=16))
    assert await grown()
    await room.service.change_title(title_id=film.title_id, change=TitleChange(maturity=16))
    assert not await grown()
    with pytest.raises(TitleFieldsError):
        await room.service.change_title(title_id=film.title_id, change=TitleChange(name="\u200b"))
    await tell(room)
    assert not await grown()
    await room.service.delete_title(title_id=film.title_id)
    assert await grown()


async def test_a_change_is_on_its_way_at_once(room):
    sending = asyncio.create_task(keep_sending(room.store, room.events, room.wake, poll_seconds=60))
    loop = asyncio.get_running_loop()
    try:
        for number in range(5):
            await room.service.create_title(new=NewTitle(name=f"Film {number}"))
            began = loop.time()
            async with asyncio.timeout(5):
                while len(told(room.events)) <= number:
                    await asyncio.sleep(0.005)
            assert loop.time() - began < 1
    finally:
        sending.cancel()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crashes=st.lists(st.sampled_from(["append", "forget"]), max_size=4), changes=st.integers(1, 5))
async def test_a_sender_that_dies_anywhere_neither_loses_nor_reorders(room, crashes, changes):
    events = RecordedEvents()
    film = await room.service.create_title(new=NewTitle(name="Film"))
    for number in range(changes):
        await room.service.change_title(title_id=film.title_id, change=TitleChange(year=2000 + number))
        for crash in crashes:
            events.away = crash == "append"
            await fails_to_send(room, events, crash)
            events.away = False
    await send_events(room.store, events)
    versions = [change.version for change in told(events) if change.title_id == film.title_id]
    assert first_seen(versions) == list(range(1, changes + 2))


async def fails_to_send(room, events, crash):
    with pytest.MonkeyPatch.context() as patched, suppress(RuntimeError, EventLogError):
        if crash == "forget":
            patched.setattr("matinee.services.catalogue.adapters.titles.SqlTitleRows.remove_events", dies)
        await send_events(room.store, events)


async def dies(self, *_):
    raise RuntimeError("dies here")


def first_seen(versions):
    return list(dict.fromkeys(versions))


_EDITOR = """
import asyncio, os, sys
from pathlib import Path
from matinee.blobs.local import LocalBlobs
from matinee.contracts.catalogue import NewTitle, TitleChange
from matinee.engines.relational import open_database
from matinee.kit.clock import SystemClock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import RandomIds
from matinee.services.catalogue.adapters.pictures import ConfinedPictures
from matinee.services.catalogue.adapters.titles import SqlTitles
from matinee.services.catalogue.artwork import Artwork
from matinee.services.catalogue.jobs import keep_sending
from matinee.services.catalogue.service import CatalogueService
from matinee.services.catalogue.settings import CatalogueSettings

class Log:
    async def append(self, topic, events):
        lines = "".join(f"{topic} {event.key} {event.value.hex()}\\n" for event in events)
        file = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, lines.encode())  # in one piece, or not at all
        os.close(file)

async def main():
    async with open_database(sys.argv[1]) as database:
        pictures = ConfinedPictures(workers=1, seconds=30, memory_mib=1024)
        wake, store = asyncio.Event(), SqlTitles(database)
        service = CatalogueService(
            store=store, artwork=Artwork(LocalBlobs(Path(sys.argv[2])), pictures), cursors=Cursors(b"s" * 32),
            clock=SystemClock(), ids=RandomIds(), settings=CatalogueSettings(), outbox_wake=wake,
        )
        sending = asyncio.create_task(keep_sending(store, Log(), wake, poll_seconds=1))
        while True:
            series = await service.create_title(new=NewTitle(name="S", kind="series"))
            print(series.title_id, series.version, flush=True)
            for number in range(1, 4):
                new = NewTitle(
                    name="E", kind="episode", series_id=series.title_id, season_number=1, episode_number=number
                )
                episode = await service.create_title(new=new)
                print(episode.title_id, episode.version, flush=True)
            for maturity in (6, 12):
                changed = await service.change_title(title_id=series.title_id, change=TitleChange(maturity=maturity))
                print(changed.title_id, changed.version, flush=True)
            await service.delete_title(title_id=series.title_id)
            print(series.title_id, changed.version + 1, flush=True)

asyncio.run(main())
"""


def edits_before_a_kill(url, folder, log, lines):
    child = subprocess.Popen([sys.executable, "-c", _EDITOR, url, str(folder), str(log)], stdout=-1, text=True)
    answered = [child.stdout.readline() for _ in range(lines)]
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate(timeout=10)
    whole = [line for line in (*answered, *rest.splitlines(keepends=True)) if line.endswith("\n")]
    return [(title_id, int(version)) for title_id, version in (line.split() for line in whole)]


@pytest.mark.slow
async def test_kills_at_any_moment_neither_lose_nor_reorder_a_change(room, tmp_path: Path):
    url, log = f"sqlite+aiosqlite:///{tmp_path}/catalogue.db", tmp_path / "log"
    answered = []
    for _ in range(6):
        lines = random.randrange(1, 60)
        answered += await asyncio.to_thread(edits_before_a_kill, url, tmp_path / "blobs", log, lines)
    last = RecordedEvents()
    async with open_database(url) as database:
        await send_events(SqlTitles(database), last)
    values = [bytes.fromhex(line.split()[2]) for line in log.read_text().splitlines()]
    changes = [*(msgspec.msgpack.decode(value, type=Change) for value in values), *told(last)]
    versions = defaultdict(list)
    for change in changes:
        versions[change.title_id].append(change.version)
    for found in versions.values():
        assert first_seen(found) == list(range(1, max(found) + 1))
    for title_id, version in answered:
        assert version in versions[title_id]
    deleted = {change.title_id for change in changes if change.op == "d"}
    async with room.store.reading() as rows:
        left = {title.title_id for title in await rows.page(limit=1000, after=None, query="")}
    assert left == versions.keys() - deleted
