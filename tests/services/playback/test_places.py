"""Places on leases: races, silence, ends; and a state machine against a model."""

import asyncio
import random
from datetime import timedelta

import pytest

from matinee.contracts.catalogue import SignInNeededError
from matinee.contracts.playback import ActiveStream, StreamEndedError, StreamProgress, TooManyStreamsError
from matinee.kit.ids import AccountId, ProfileId, SessionId, TitleId
from matinee.services.playback.adapters.places import SqlPlaces
from matinee.services.playback.ports import Place
from matinee.testing.titles import OPERATOR, STRANGER, member

MEMBERS = {"audience": "members"}


async def play(room, passport):
    return await room.service.open_stream(title_id=TitleId("film"), passport=passport)


async def tell(room, grant, passport, position=1.0):
    progress = StreamProgress(session_id=grant.session_id, movie_id=grant.title_id, position_seconds=position)
    await room.service.progress(progress=progress, passport=passport)


@pytest.mark.parametrize("limit", [1, 3])
async def test_of_many_starts_at_once_exactly_as_many_win_as_there_are_places(room, limit):
    await room.film(**MEMBERS)
    room.till.limits = type(room.till.limits)(plan_id="p", name="P", max_height=720, streams=limit, download_devices=1)
    tries = [play(room, member(session=f"device-{number}")) for number in range(12)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, TooManyStreamsError) for answer in answers) == 12 - limit
    assert len(await room.service.streams()) == limit


async def test_progress_keeps_a_place_and_silence_gives_it_back_within_thirty_seconds(room):
    await room.film(**MEMBERS)
    room.till.limits = type(room.till.limits)(plan_id="p", name="P", max_height=720, streams=1, download_devices=1)
    first = await play(room, member(session="a"))
    for _ in range(20):
        room.clock.advance(room.settings.heartbeat_seconds)
        await tell(room, first, member(session="a"))
    with pytest.raises(TooManyStreamsError):
        await play(room, member(session="b"))
    room.clock.advance(30)
    assert await play(room, member(session="b"))
    with pytest.raises(StreamEndedError) as refusal:
        await tell(room, first, member(session="a"))
    assert refusal.value.facts == {"reason": "expired"}


async def test_a_player_that_slept_goes_on_when_its_place_is_free(room):
    await room.film(**MEMBERS)
    grant = await play(room, member())
    room.clock.advance(600)
    assert await room.service.streams() == ()
    await tell(room, grant, member(), position=42.0)
    assert [stream.position_seconds for stream in await room.service.streams()] == [42.0]


async def test_a_reload_takes_the_place_of_the_page_before(room):
    await room.film(**MEMBERS)
    room.till.limits = type(room.till.limits)(plan_id="p", name="P", max_height=720, streams=1, download_devices=1)
    before = await play(room, member())
    assert await play(room, member())
    with pytest.raises(StreamEndedError) as refusal:
        await tell(room, before, member())
    assert refusal.value.facts == {"reason": "replaced"}


async def test_staff_and_household_end_streams_with_their_own_reasons(room):
    await room.film(**MEMBERS)
    for ender, reason in (
        (member(role="support", account="staff"), "stopped-by-staff"),
        (OPERATOR, "stopped-by-staff"),
        (member(session="other"), "stopped-by-member"),
        (member(session="tv"), "stopped"),
    ):
        grant = await play(room, member(session="tv"))
        await room.service.end_stream(session_id=grant.session_id, passport=ender)
        await room.service.end_stream(session_id=grant.session_id, passport=OPERATOR)
        with pytest.raises(StreamEndedError) as refusal:
            await tell(room, grant, member(session="tv"))
        assert refusal.value.facts == {"reason": reason}


async def test_a_members_stream_without_its_member_is_told_to_sign_in(room):
    await room.film(**MEMBERS)
    grant = await play(room, member(session="laptop"))
    await tell(room, grant, member(session="laptop"))
    with pytest.raises(SignInNeededError):
        await tell(room, grant, STRANGER)


async def test_nobody_counts_strangers_and_unknown_streams(room):
    await room.film()
    grant = await room.service.open_stream(title_id=TitleId("film"), passport=STRANGER)
    await tell(room, grant, STRANGER)
    await tell(room, grant, member())
    assert await room.service.streams() == ()


async def test_what_ended_long_ago_is_forgotten(room):
    await room.film(**MEMBERS)
    await play(room, member())
    places = SqlPlaces(room.database)
    assert await places.sweep(before=room.clock.now()) == 0
    room.clock.advance(3600)
    assert await places.sweep(before=room.clock.now()) == 1


async def test_a_walk_of_random_steps_agrees_with_a_model(room):
    """Starts, renewals, ends and silence over a few devices, against plain dictionaries."""
    dice, places, now = random.Random(20_300_601), SqlPlaces(room.database), room.clock.now()
    lease, limit, account = timedelta(seconds=20), 2, AccountId("a")
    await room.entitlements.of(account)
    held: dict[str, tuple[str, object]] = {}
    for step in range(400):
        now += timedelta(seconds=dice.choice((0, 1, 5, 11)))
        live = {session: device for session, (device, until) in held.items() if until > now}
        device, move = f"device-{dice.randrange(4)}", dice.choice(("start", "start", "renew", "renew", "end"))
        if move == "start":
            session = f"s{step}"
            stream = ActiveStream(
                session_id=SessionId(session),
                account_id=account,
                profile_id=ProfileId("p"),
                sign_in=device,
                title_id=TitleId("t"),
                title_name="T",
                user_agent="",
                position_seconds=0.0,
                started_at=now,
                seen_at=now,
            )
            others = {other for other, owner in live.items() if owner != device}
            refused = await places.take(Place(stream=stream, expires_at=now + lease), limit=limit, now=now)
            assert {one.session_id for one in refused} == (others if len(others) >= limit else set())
            if not refused:
                held = {other: kept for other, kept in held.items() if kept[0] != device}
                held[session] = (device, now + lease)
        elif held:
            session = dice.choice(sorted(held))
            if move == "end":
                await places.end(SessionId(session), account_id=account, reason="stopped")
                del held[session]
            else:
                full = session not in live and len(live) >= limit
                got = await places.renew(
                    SessionId(session), account, position_seconds=1.0, expires_at=now + lease, limit=limit, now=now
                )
                assert got == ("expired" if full else None)
                if full:
                    del held[session]
                else:
                    held[session] = (held[session][0], now + lease)
        active = await places.active(account_id=account, limit=100, now=now)
        assert {one.session_id for one in active} == {s for s, (_, until) in held.items() if until > now}
        assert len(active) <= limit
