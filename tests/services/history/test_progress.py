"""What is recorded, which report wins, and where a profile resumes."""

import asyncio
import itertools
import random

import pytest

from matinee.contracts.history import Progress
from matinee.kit.errors import InvalidError
from matinee.kit.ids import ProfileId, TitleId

ANN, FILM = ProfileId("ann"), TitleId("film")


async def where(room, profile=ANN, title=FILM):
    found = await room.service.watched(profile_id=profile, title_ids=(title,))
    return found[0] if found else None


async def test_a_position_is_kept_and_resumed(room):
    await room.play("ann", "film", 30.5)
    seen = await where(room)
    assert (seen.position_seconds, seen.resume_seconds, seen.completed) == (30.5, 30.5, False)
    assert seen.watched_at == room.clock.now()


@pytest.mark.parametrize(("position", "resume"), [(94.9, 94.9), (95.0, 0.0), (100.0, 0.0)])
async def test_from_95_percent_on_it_resumes_at_0_and_the_position_stays(room, position, resume):
    await room.play("ann", "film", position)
    seen = await where(room)
    assert (seen.position_seconds, seen.resume_seconds, seen.completed) == (position, resume, resume == 0)


async def test_a_position_beyond_the_end_is_the_end(room):
    await room.play("ann", "film", 500.0)
    assert (await where(room)).position_seconds == 100.0


async def test_without_a_duration_nothing_is_completed_and_a_known_one_stays(room):
    await room.play("ann", "film", 5000.0, duration=0.0)
    assert not (await where(room)).completed
    room.clock.advance(1)
    await room.play("ann", "film", 40.0)
    room.clock.advance(1)
    await room.play("ann", "film", 96.0, duration=0.0)
    seen = await where(room)
    assert (seen.duration_seconds, seen.completed) == (100.0, True)


async def test_a_late_report_does_not_move_the_viewer_back(room):
    await room.play("ann", "film", 50.0)
    await room.play("ann", "film", 10.0, ago_ms=3_600_000)
    assert (await where(room)).position_seconds == 50.0


async def test_a_clock_that_is_ahead_counts_as_now(room):
    await room.play("ann", "film", 20.0, ago_ms=-86_400_000)
    assert (await where(room)).watched_at == room.clock.now()
    room.clock.advance(4)
    await room.play("ann", "film", 24.0)
    assert (await where(room)).position_seconds == 24.0


async def test_equal_moments_are_decided_alike_whoever_comes_first(room, tmp_path):
    reports = [
        Progress(
            profile_id=ANN,
            title_id=FILM,
            position_seconds=position,
            event_ms=moment,
            session_id=session,
            duration_seconds=100.0,
        )
        for position, moment, session in itertools.product((10.0, 20.0), (1000, 2000), ("a", "b"))
    ]
    outcomes = set()
    for round_ in range(12):
        profile = ProfileId(f"ann{round_}")
        order = random.Random(round_).sample(reports, len(reports))
        for one in order:
            mine = Progress(**{name: getattr(one, name) for name in one.__struct_fields__} | {"profile_id": profile})
            await room.service.record(entries=(mine,))
        row = (await room.store.live(profile))[0]
        outcomes.add(row.stamp)
    assert outcomes == {(2000, 20.0, "b")}


async def test_one_batch_holds_many_profiles_in_any_order(room):
    entries = tuple(
        Progress(
            profile_id=ProfileId(f"p{n % 50}"),
            title_id=FILM,
            position_seconds=float(n),
            event_ms=n,
            duration_seconds=10_000.0,
        )
        for n in random.Random(1).sample(range(1000), 1000)
    )
    await room.service.record(entries=entries)
    for n in range(50):
        assert (await where(room, ProfileId(f"p{n}"))).position_seconds == 950.0 + n


async def test_too_many_at_once_are_refused(room):
    entry = Progress(profile_id=ANN, title_id=FILM, position_seconds=1.0, event_ms=1)
    with pytest.raises(InvalidError):
        await room.service.record(entries=(entry,) * 10_001)


async def test_concurrent_calls_share_commits(room):
    before = room.store.writer.commits
    await asyncio.gather(*(room.play("ann", f"film{n}", 10.0) for n in range(400)))
    assert room.store.writer.commits - before < 100


async def test_a_version_changes_with_every_write_and_never_comes_back(room):
    seen = [await room.service.version(profile_id=ANN)]
    for step in range(5):
        await room.play("ann", "film", 10.0 + step)
        seen.append(await room.service.version(profile_id=ANN))
    await room.service.delete_all(ANN)
    seen.append(await room.service.version(profile_id=ANN))
    assert len(set(seen)) == len(seen)
    other = await room.service.version(profile_id=ProfileId("bob"))
    await room.play("ann", "film", 1.0)
    assert await room.service.version(profile_id=ProfileId("bob")) == other


async def test_plays_are_counted_once_for_a_profile_a_title_and_a_day(room):
    for profile, title in [("ann", "film"), ("bob", "film"), ("ann", "film"), ("ann", "other")]:
        await room.play(profile, title, 1.0)
    await room.play("ann", "e1", 1.0, series="show")
    await room.play("ann", "e2", 1.0, series="show")
    found = await room.service.popular(window="day")
    assert [(one.title_id, one.plays) for one in found] == [("film", 2), ("other", 1), ("show", 1)]


async def test_windows_move_on(room):
    await room.play("ann", "film", 1.0)
    room.clock.advance(3 * 86_400)
    await room.play("ann", "other", 1.0)
    assert [one.title_id for one in await room.service.popular(window="day")] == ["other"]
    assert [one.title_id for one in await room.service.popular(window="week")] == ["film", "other"]
    room.clock.advance(7 * 86_400)
    assert [one.title_id for one in await room.service.popular(window="week")] == ["other"]
