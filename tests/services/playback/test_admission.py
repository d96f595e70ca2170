"""Who may play what: each refusal, their order, and what the grant is bound to."""

from datetime import timedelta

import pytest

from matinee.contracts.billing import NotEntitledError
from matinee.contracts.catalogue import SignInNeededError, TitleNotFoundError, Window
from matinee.contracts.edge import DeliveryToken
from matinee.contracts.playback import (
    DeviceError,
    EntitlementUnknownError,
    MaturityError,
    ProfileNeededError,
    TerritoryError,
    TooManyStreamsError,
)
from matinee.kit.errors import InternalError
from matinee.kit.ids import TitleId
from matinee.kit.signing import Verifier
from matinee.testing.titles import OPERATOR, STRANGER, member

MEMBERS = {"audience": "members"}


async def play(room, passport, title_id="film", **more):
    return await room.service.open_stream(title_id=TitleId(title_id), passport=passport, **more)


async def test_members_play_what_is_for_members_within_their_plan(room):
    await room.film(**MEMBERS)
    grant = await play(room, member())
    assert (grant.max_height, grant.heartbeat_seconds) == (1080, room.settings.heartbeat_seconds)
    assert [stream.session_id for stream in await room.service.streams()] == [grant.session_id]


async def test_free_titles_ask_nothing_and_take_no_place(room):
    await room.film()
    for passport in (STRANGER, member(), member(profile=""), OPERATOR):
        grant = await play(room, passport)
        assert (grant.max_height, grant.heartbeat_seconds) == (None, None)
    assert await room.service.streams() == ()
    assert room.till.asked == 0


async def test_strangers_are_asked_to_sign_in_and_members_who_is_watching(room):
    await room.film(**MEMBERS)
    with pytest.raises(SignInNeededError):
        await play(room, STRANGER)
    with pytest.raises(ProfileNeededError):
        await play(room, member(profile=""))


async def test_an_episode_of_a_members_series_is_for_members_even_when_it_says_everyone(room):
    place = {"kind": "episode", "series_id": TitleId("series"), "season_number": 1, "episode_number": 1}
    await room.film("episode", **place)
    room.shelf.put("series", kind="series", audience="members")
    with pytest.raises(SignInNeededError):
        await play(room, STRANGER, "episode")


@pytest.mark.parametrize("state", ["none", "incomplete", "incomplete_expired", "unpaid", "paused", "canceled"])
async def test_who_has_not_paid_is_told_what_to_do(room, state):
    await room.film(**MEMBERS)
    room.till.states["account-1"] = state
    with pytest.raises(NotEntitledError) as refusal:
        await play(room, member())
    assert refusal.value.facts == {"state": state}
    assert refusal.value.detail.endswith(".")


async def test_a_trial_and_the_grace_after_a_failed_payment_play(room):
    await room.film(**MEMBERS)
    for state in ("trialing", "past_due"):
        room.till.states["account-1"] = state
        assert await play(room, member())


async def test_a_profile_plays_nothing_over_its_ceiling_series_included(room):
    place = {"kind": "episode", "series_id": TitleId("series"), "season_number": 1, "episode_number": 1}
    await room.film("episode", **place, **MEMBERS)
    room.shelf.put("series", kind="series", audience="members", maturity=16)
    with pytest.raises(MaturityError) as refusal:
        await play(room, member(maturity=7, kids=True), "episode")
    assert refusal.value.facts == {"rating": 16, "ceiling": 7}
    assert await play(room, member(maturity=16), "episode")


async def test_even_free_titles_respect_a_kids_profile(room):
    await room.film(maturity=16)
    with pytest.raises(MaturityError):
        await play(room, member(maturity=7, kids=True))


async def test_windows_of_territory_and_time_are_kept(room):
    soon = room.clock.now() + timedelta(days=1)
    await room.film(**MEMBERS, availability=(Window(territories=("DE",), starts_at=soon),))
    with pytest.raises(TerritoryError) as refusal:
        await play(room, member(territory="DE"))
    assert refusal.value.facts == {"starts_at": soon.isoformat()}
    with pytest.raises(TerritoryError) as refusal:
        await play(room, member(territory="FR"))
    assert refusal.value.facts == {"starts_at": None}
    room.clock.advance(86_400)
    assert await play(room, member(territory="DE"))


async def test_a_device_that_decodes_nothing_of_it_is_told_so(room):
    await room.film(**MEMBERS)
    with pytest.raises(DeviceError):
        await play(room, member(), codecs=("vp8",))
    assert await play(room, member(), codecs=("vp8", "h264"))


async def test_the_first_thing_that_is_wrong_is_named(room):
    closed = Window(ends_at=room.clock.now())
    wrong = {"maturity": 18, "availability": (closed,), **MEMBERS}
    await room.film(**wrong)
    room.till.states["account-1"] = "unpaid"
    bad = {"maturity": 7, "territory": "DE"}
    with pytest.raises(SignInNeededError):
        await play(room, STRANGER, codecs=("vp8",))
    with pytest.raises(NotEntitledError):
        await play(room, member(**bad), codecs=("vp8",))
    room.till.states.clear()
    with pytest.raises(MaturityError):
        await play(room, member(**bad), codecs=("vp8",))
    with pytest.raises(TerritoryError):
        await play(room, member(), codecs=("vp8",))
    assert await room.service.streams() == ()


async def test_staff_looks_at_the_work_without_a_plan_but_not_through_a_kids_profile(room):
    await room.film(audience="operators", listed=False, maturity=18)
    assert await play(room, OPERATOR)
    assert await play(room, member(role="editor", profile=""))
    with pytest.raises(TitleNotFoundError):
        await play(room, member(role="editor", kids=True, maturity=7))
    with pytest.raises(TitleNotFoundError):
        await play(room, member(role="support"))
    assert room.till.asked == 0


async def test_the_token_opens_no_picture_over_the_plan(room):
    title = await room.film(**MEMBERS)
    heights = {one.name: one.height for one in title.release.renditions}
    assert set(heights.values()) == {360, 720}
    for max_height, opened in ((1080, None), (720, None), (480, {360}), (100, {360})):
        room.till.limits = type(room.till.limits)(
            plan_id="p", name="P", max_height=max_height, streams=2, download_devices=1
        )
        room.clock.advance(60)
        grant = await play(room, member())
        token = grant.stream_url.partition("/v1/")[2].partition("/")[0]
        scope = Verifier(room.delivery.public, DeliveryToken).verify(token, now=room.clock.now()).scope
        if opened is None:
            assert scope == ()
        else:
            assert {heights[p.removeprefix("video/")] for p in scope if p.startswith("video/")} == opened
            assert {"master-360.m3u8", "manifest-360.mpd", "audio", "text", "subtitles", "trickplay"} <= set(scope)
            assert grant.stream_url.endswith("/master-360.m3u8")


async def test_billing_away_leaves_in_whoever_was_entitled_and_nobody_else(room):
    await room.film(**MEMBERS)
    room.till.states["account-2"] = "unpaid"
    await play(room, member())
    with pytest.raises(NotEntitledError):
        await play(room, member(account="account-2"))
    room.till.away = True
    room.clock.advance(3600)
    assert await play(room, member())
    with pytest.raises(NotEntitledError):
        await play(room, member(account="account-2"))
    with pytest.raises(EntitlementUnknownError):
        await play(room, member(account="account-3"))


async def test_billing_that_breaks_is_as_good_as_away(room, monkeypatch):
    async def broken(**_asked):
        raise InternalError("Something broke on our side.")

    await room.film(**MEMBERS)
    await play(room, member())
    monkeypatch.setattr(room.till, "entitlement", broken)
    room.clock.advance(3600)
    assert await play(room, member())
    with pytest.raises(EntitlementUnknownError):
        await play(room, member(account="account-3"))


async def test_who_has_just_paid_plays_at_once(room):
    await room.film(**MEMBERS)
    room.till.states["account-1"] = "unpaid"
    with pytest.raises(NotEntitledError):
        await play(room, member())
    del room.till.states["account-1"]
    assert await play(room, member())


async def test_the_third_stream_of_two_is_refused_and_plays_when_one_has_ended(room):
    await room.film(**MEMBERS)
    first = await play(room, member(session="a"))
    await play(room, member(session="b"))
    with pytest.raises(TooManyStreamsError) as refusal:
        await play(room, member(session="c"))
    assert refusal.value.facts == {"streams": 2, "playing": 2}
    await room.service.end_stream(session_id=first.session_id, passport=member(session="a"))
    assert await play(room, member(session="c"))
