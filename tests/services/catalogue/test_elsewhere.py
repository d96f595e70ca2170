"""The catalogue called from another process, as its contract says."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from matinee.contracts.catalogue import (
    PUBLISHED_TOPIC,
    Catalogue,
    NewTitle,
    PictureError,
    TitleChange,
    TitleNotFoundError,
    Viewer,
)
from matinee.contracts.library import CHANGES_TOPIC
from matinee.engines.relational import open_database
from matinee.host.remote import CallerSigner, ContractServer, remote
from matinee.kit.ids import TitleId
from matinee.kit.signing import SigningKey
from matinee.services.catalogue.adapters.titles import SqlTitles
from matinee.services.catalogue.jobs import keep_sending, send_events
from matinee.testing.doors import listening
from matinee.testing.titles import RecordedEvents, picture, release


@pytest.fixture
async def far(room):
    key = SigningKey(SigningKey.generate())
    server = ContractServer({Catalogue: room.service}, key.public)
    async with listening(server) as url, aiohttp.ClientSession() as http:
        yield remote(Catalogue, url, http, CallerSigner("test", key))


async def test_titles_releases_and_pictures_travel_whole(room, far):
    title = await far.create_title(new=NewTitle(name="Film", genres=("Drama",), audience="everyone"))
    changed = await far.change_title(title_id=title.title_id, change=TitleChange(year=1999))
    published = await far.publish(release=release(title.title_id, frames=0))
    assert (changed.year, published.release.release_id) == (1999, "a" * 32)
    pictured = await far.put_artwork(title_id=title.title_id, kind="poster", picture=picture(400, 600))
    assert await far.title(title_id=title.title_id) == pictured == await room.service.title(title_id=title.title_id)
    assert (await far.artwork(title_id=title.title_id, kind="poster", width=240))[8:12] == b"WEBP"
    assert (await far.browse(viewer=Viewer(audience="everyone"))).featured == pictured
    assert (await far.titles(query="fil")).items == (pictured,)


async def test_refusals_come_out_as_they_went_in(far):
    with pytest.raises(TitleNotFoundError):
        await far.title(title_id=TitleId("none"))
    title = await far.create_title(new=NewTitle(name="Film"))
    with pytest.raises(PictureError, match="not a JPEG"):
        await far.put_artwork(title_id=title.title_id, kind="poster", picture=b"<svg/>")


async def test_a_publish_is_sent_at_once_and_leftovers_at_the_start(room):
    title = await room.service.create_title(new=NewTitle(name="Film"))
    await room.service.publish(release=release(title.title_id, frames=0))
    sending = asyncio.create_task(keep_sending(room.store, room.events, room.wake, poll_seconds=60))
    try:
        for count, release_id in ((1, None), (2, "b" * 32), (3, "c" * 32)):
            if release_id is not None:
                await room.service.publish(release=release(title.title_id, release_id=release_id, frames=0))
            async with asyncio.timeout(5):
                while len(room.events.on(PUBLISHED_TOPIC)) < count:
                    await asyncio.sleep(0.01)
    finally:
        sending.cancel()


_PUBLISHER = """
import asyncio, sys
from pathlib import Path
from matinee.blobs.local import LocalBlobs
from matinee.contracts.catalogue import NewTitle
from matinee.engines.relational import open_database
from matinee.kit.clock import SystemClock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import RandomIds
from matinee.services.catalogue.adapters.pictures import ConfinedPictures
from matinee.services.catalogue.adapters.titles import SqlTitles
from matinee.services.catalogue.artwork import Artwork
from matinee.services.catalogue.service import CatalogueService
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.testing.titles import release

async def main():
    async with open_database(sys.argv[1]) as database:
        pictures = ConfinedPictures(workers=1, seconds=30, memory_mib=1024)
        service = CatalogueService(
            store=SqlTitles(database), artwork=Artwork(LocalBlobs(Path(sys.argv[2])), pictures),
            cursors=Cursors(b"s" * 32), clock=SystemClock(), ids=RandomIds(), settings=CatalogueSettings(),
            outbox_wake=asyncio.Event(),
        )
        title = await service.create_title(new=NewTitle(name="Film"))
        for number in range(100_000):
            await service.publish(release=release(title.title_id, release_id=f"{number:032d}", frames=0))
            print(title.title_id, f"{number:032d}", flush=True)

asyncio.run(main())
"""


def publishes_before_a_kill(url, folder):
    arguments = [sys.executable, "-c", _PUBLISHER, url, str(folder)]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    answered = [child.stdout.readline().split() for _ in range(20)]
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate(timeout=10)
    return answered + [line.split() for line in rest.splitlines() if line.count(" ") == 1]


async def test_publishes_that_were_answered_survive_a_kill_with_their_events(room, tmp_path: Path):
    url = f"sqlite+aiosqlite:///{tmp_path}/catalogue.db"
    answered = await asyncio.to_thread(publishes_before_a_kill, url, tmp_path / "blobs")
    events = RecordedEvents()
    async with open_database(url) as database:
        await send_events(SqlTitles(database), events)
    assert len(answered) >= 20
    sent = [event.value.partition(b"release_id")[2][2:34].decode() for event in events.on(PUBLISHED_TOPIC)]
    published = [release_id for _, release_id in answered]
    assert sent[: len(published)] == published
    # At most the one publish that was under way when the kill came had no answer yet.
    assert len(sent) <= len(published) + 1
    title = await room.service.title(title_id=TitleId(answered[0][0]))
    assert title.release.release_id == sent[-1]


async def test_events_sent_but_not_forgotten_are_sent_again_in_order(room, monkeypatch):
    title = await room.service.create_title(new=NewTitle(name="Film"))
    await send_events(room.store, RecordedEvents())
    for release_id in ("1" * 32, "2" * 32):
        await room.service.publish(release=release(title.title_id, release_id=release_id, frames=0))

    async def dies(self, *_):
        raise RuntimeError("between sending and forgetting")

    with monkeypatch.context() as patched:
        patched.setattr("matinee.services.catalogue.adapters.titles.SqlTitleRows.remove_events", dies)
        with pytest.raises(RuntimeError):
            await send_events(room.store, room.events)
    assert await send_events(room.store, room.events) == 4
    order = [event.headers["outbox-sequence"] for event in room.events.on(CHANGES_TOPIC)]
    assert order == ["2", "4", "2", "4"]
    assert len(room.events.on(PUBLISHED_TOPIC)) == 4
