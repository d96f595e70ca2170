import asyncio
from itertools import permutations

import msgspec
import pytest

from matinee.contracts.catalogue import PUBLISHED_TOPIC, NewTitle, Published, TitleFieldsError, TitleNotFoundError
from matinee.contracts.edge import release_prefix
from matinee.contracts.library import CHANGES_TOPIC, Change
from matinee.kit.ids import ReleaseId, TitleId
from matinee.services.catalogue.jobs import remove_files, send_events
from matinee.testing.titles import picture, release


def changed(event):
    return msgspec.msgpack.decode(event.value, type=Change)


async def film(room, name="Film"):
    return await room.service.create_title(new=NewTitle(name=name))


async def put_frames(room, wanted):
    for path in wanted.artwork_paths:
        key = f"{release_prefix(wanted.title_id, wanted.release_id)}/{path}"
        await room.blobs.put(key, picture(1280, 720))


async def test_publishing_makes_a_title_playable_with_artwork_from_its_frames(room):
    title = await film(room)
    wanted = release(title.title_id)
    await put_frames(room, wanted)
    published = await room.service.publish(release=wanted)
    assert published.release == wanted
    assert set(published.artwork) == {"poster", "backdrop"}
    assert published.version == title.version + 1
    assert await room.service.title(title_id=title.title_id) == published


async def test_publishing_without_usable_frames_still_publishes(room):
    title = await film(room)
    wanted = release(title.title_id)
    await room.blobs.put(f"{release_prefix(title.title_id, wanted.release_id)}/artwork/frame-0.jpg", b"not a picture")
    published = await room.service.publish(release=wanted)
    assert published.release == wanted
    assert published.artwork == {}


async def test_publishing_twice_changes_once_and_sends_once(room):
    title = await film(room)
    first = await room.service.publish(release=release(title.title_id, frames=0))
    second = await room.service.publish(release=release(title.title_id, frames=0))
    assert first == second
    await send_events(room.store, room.events)
    assert len(room.events.on(PUBLISHED_TOPIC)) == 1


async def test_racing_publishers_leave_one_release_and_one_event(room):
    title = await film(room)
    same = release(title.title_id, frames=0)
    answers = await asyncio.gather(*(room.service.publish(release=same) for _ in range(8)))
    assert {answer.version for answer in answers} == {2}
    await send_events(room.store, room.events)
    assert len(room.events.on(PUBLISHED_TOPIC)) == 1
    assert [changed(event).version for event in room.events.on(CHANGES_TOPIC)] == [1, 2]


async def test_an_early_release_never_replaces_a_complete_one(room):
    title = await film(room)
    early = release(title.title_id, release_id="e" * 32, complete=False, frames=0)
    whole = release(title.title_id, release_id="c" * 32, frames=0)
    for order in permutations((early, whole)):
        for one in order:
            await room.service.publish(release=one)
        assert (await room.service.title(title_id=title.title_id)).release == whole


async def test_chosen_artwork_survives_the_next_release(room):
    title = await film(room)
    chosen = await room.service.put_artwork(title_id=title.title_id, kind="poster", picture=picture(500, 750))
    wanted = release(title.title_id)
    await put_frames(room, wanted)
    published = await room.service.publish(release=wanted)
    assert published.artwork["poster"] == chosen.artwork["poster"]
    assert "backdrop" in published.artwork


async def test_a_series_and_a_missing_title_cannot_be_published(room):
    series = await room.service.create_title(new=NewTitle(name="S", kind="series"))
    with pytest.raises(TitleFieldsError):
        await room.service.publish(release=release(series.title_id))
    with pytest.raises(TitleNotFoundError):
        await room.service.publish(release=release(TitleId("gone")))


async def test_events_go_out_in_order_of_commits_after_the_log_was_away(room):
    title = await film(room)
    ids = ["1" * 32, "2" * 32, "3" * 32]
    room.events.away = True
    for release_id in ids:
        await room.service.publish(release=release(title.title_id, release_id=release_id, frames=0))
        with pytest.raises(Exception, match="away"):
            await send_events(room.store, room.events)
    room.events.away = False
    assert await send_events(room.store, room.events) == 7
    assert await send_events(room.store, room.events) == 0
    sent = [
        (event.key, msgspec.msgpack.decode(event.value, type=Published)) for event in room.events.on(PUBLISHED_TOPIC)
    ]
    assert sent == [
        (title.title_id, Published(title_id=title.title_id, release_id=ReleaseId(i), complete=True)) for i in ids
    ]
    assert [changed(event).version for event in room.events.on(CHANGES_TOPIC)] == [1, 2, 3, 4]


async def test_a_publish_that_fails_leaves_neither_release_nor_event(room, monkeypatch):
    title = await film(room)
    await send_events(room.store, room.events)

    async def broken(self, *_):
        raise RuntimeError("the process dies here")

    monkeypatch.setattr("matinee.services.catalogue.adapters.titles.SqlTitleRows.add_events", broken)
    with pytest.raises(RuntimeError, match="dies"):
        await room.service.publish(release=release(title.title_id, frames=0))
    assert (await room.service.title(title_id=title.title_id)).release is None
    assert await send_events(room.store, room.events) == 0


async def test_replaced_files_stay_for_viewers_and_go_later(room):
    title = await film(room)
    old, new = (release(title.title_id, release_id=i * 32, frames=0) for i in "12")
    for one in (old, new):
        await room.blobs.put(f"{release_prefix(title.title_id, one.release_id)}/index.json", b"{}")
        await room.service.publish(release=one)
    assert await remove_files(room.store, room.blobs, room.clock) == 0
    room.clock.advance(86_401)
    assert await remove_files(room.store, room.blobs, room.clock) == 1
    left = [info.key async for info in room.blobs.list("releases")]
    assert left == [f"{release_prefix(title.title_id, new.release_id)}/index.json"]


async def test_a_release_that_came_back_keeps_its_files(room):
    title = await film(room)
    old, new = (release(title.title_id, release_id=i * 32, frames=0) for i in "12")
    await room.blobs.put(f"{release_prefix(title.title_id, old.release_id)}/index.json", b"{}")
    for one in (old, new, old):
        await room.service.publish(release=one)
    room.clock.advance(86_401)
    await remove_files(room.store, room.blobs, room.clock)
    assert await room.blobs.get(f"{release_prefix(title.title_id, old.release_id)}/index.json") == b"{}"


async def test_deleting_a_series_takes_episodes_and_later_their_files(room):
    series = await room.service.create_title(new=NewTitle(name="S", kind="series"))
    new = NewTitle(name="E", kind="episode", series_id=series.title_id, season_number=1, episode_number=1)
    episode = await room.service.create_title(new=new)
    await room.blobs.put(f"releases/{episode.title_id}/x/index.json", b"{}")
    await room.service.delete_title(title_id=series.title_id)
    await room.service.delete_title(title_id=series.title_id)
    with pytest.raises(TitleNotFoundError):
        await room.service.title(title_id=episode.title_id)
    room.clock.advance(86_401)
    await remove_files(room.store, room.blobs, room.clock)
    assert [info async for info in room.blobs.list("")] == []
