"""Refresh tokens rotate; sessions end everywhere; devices are listed and ended."""

import asyncio

import pytest

from matinee.services.identity.ports.errors import SessionEndedError
from matinee.services.identity.ports.records import Device

PASSWORD = "violet tram umbrella"
HERE = Device(address="192.0.2.7")


async def test_the_token_just_replaced_gives_the_same_successor_for_ten_seconds(room):
    browser = await room.joined()
    first = browser.cookies["matinee_refresh"]
    second = (await room.core.sessions.refresh(first, HERE)).refresh_token
    room.clock.advance(10)
    assert (await room.core.sessions.refresh(first, HERE)).refresh_token == second
    third = (await room.core.sessions.refresh(second, HERE)).refresh_token
    assert len({first, second, third}) == 3


async def test_two_tabs_at_once_get_the_same_successor(room):
    token = (await room.joined()).cookies["matinee_refresh"]
    one, two = await asyncio.gather(*(room.core.sessions.refresh(token, HERE) for _ in range(2)))
    assert one.refresh_token == two.refresh_token


@pytest.mark.parametrize("wait", [10.001, 3600])
async def test_reuse_ends_the_whole_family(room, wait):
    browser = await room.joined()
    first = browser.cookies["matinee_refresh"]
    second = (await room.core.sessions.refresh(first, HERE)).refresh_token
    room.clock.advance(wait)
    with pytest.raises(SessionEndedError):
        await room.core.sessions.refresh(first, HERE)
    with pytest.raises(SessionEndedError):
        await room.core.sessions.refresh(second, HERE)
    assert browser.session_id in (await room.core.identity.ended_sessions()).sessions
    assert not await room.core.identity.session_lives(session_id=browser.session_id)
    async with room.store.reading() as tx:
        kinds = [line.kind for line in await tx.logs.activity(browser.account_id, limit=5)]
    assert "refresh-token-reused" in kinds


async def test_the_one_before_the_last_is_reuse_at_once(room):
    browser = await room.joined()
    first = browser.cookies["matinee_refresh"]
    second = (await room.core.sessions.refresh(first, HERE)).refresh_token
    await room.core.sessions.refresh(second, HERE)
    with pytest.raises(SessionEndedError):
        await room.core.sessions.refresh(first, HERE)
    assert not await room.core.identity.session_lives(session_id=browser.session_id)


async def test_sessions_expire_unused_and_after_a_year_of_use(room):
    browser = await room.joined()
    for _ in range(13):
        room.clock.advance(29 * 86_400)
        answer = await browser.post("/session/refresh")
        if answer.status_code != 200:
            break
    assert answer.json()["code"] == "session-ended"
    assert 365 * 86_400 <= (room.clock.now() - type(room.clock)().now()).total_seconds() <= 394 * 86_400
    other = await room.joined("other@example.org")
    room.clock.advance(30 * 86_400)
    assert (await other.post("/session/refresh")).json()["code"] == "session-ended"


async def test_devices_are_listed_named_and_ended(room):
    phone, laptop = await room.joined(), room.browser(address="2001:db8:1:2:3::4")
    laptop.user_agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X) Chrome/140.0 Safari/537.36 <script>"
    body = {"email": "ada@example.org", "password": PASSWORD, "device_name": "  The\nlaptop "}
    assert (await laptop.post("/session", body)).status_code == 200
    items = (await phone.get("/account/sessions")).json()["items"]
    assert [(one["device_name"], one["user_agent_name"], one["address_hint"], one["current"]) for one in items] in (
        [("The laptop", "Chrome on Mac", "2001:db8:1::", False), ("", "Firefox on Linux", "192.0.2.x", True)],
        [("", "Firefox on Linux", "192.0.2.x", True), ("The laptop", "Chrome on Mac", "2001:db8:1::", False)],
    )
    renamed = await phone.patch(f"/account/sessions/{phone.session_id}", {"device_name": "Phone"})
    assert renamed.json()["device_name"] == "Phone"
    assert (await phone.delete(f"/account/sessions/{laptop.session_id}")).status_code == 204
    assert (await laptop.post("/session/refresh")).json()["code"] == "session-ended"
    assert (await laptop.get("/session")).json()["role"] == "stranger"
    assert len((await phone.get("/account/sessions")).json()["items"]) == 1


async def test_all_other_devices_are_ended(room):
    here = await room.joined()
    others = [room.browser() for _ in range(3)]
    for other in others:
        await other.post("/session", {"email": "ada@example.org", "password": PASSWORD})
    assert (await here.delete("/account/sessions")).status_code == 204
    assert [(await other.post("/session/refresh")).status_code for other in others] == [401] * 3
    assert (await here.post("/session/refresh")).status_code == 200


async def test_signing_out_works_with_the_refresh_cookie_alone(room):
    browser = await room.joined()
    room.clock.advance(400)
    session = browser.session_id
    assert (await browser.delete("/session")).status_code == 204
    assert not await room.core.identity.session_lives(session_id=session)
    assert (await room.browser().delete("/session")).status_code == 204


async def test_ends_are_published_in_order_until_no_token_is_left(room):
    browsers = [await room.joined(f"member{number}@example.org") for number in range(3)]
    seen, position = [], 0
    for browser in browsers:
        session = browser.session_id
        await browser.delete("/session")
        ended = await room.core.identity.ended_sessions(after=position)
        assert ended.position == position + 1
        assert ended.sessions == (session,)
        seen, position = [*seen, session], ended.position
    assert (await room.core.identity.ended_sessions()).sessions == tuple(seen)
    room.clock.advance(301 + 120)
    async with room.store.writing() as tx:
        await tx.sessions.sweep(before=room.clock.now(), ended_before=room.clock.now())
    after = await room.core.identity.ended_sessions()
    assert (after.sessions, after.position) == ((), 3)


async def test_too_many_sessions_end_the_least_used(room):
    browser = await room.joined()
    first = browser.session_id
    for _ in range(room.settings.sessions_per_account):
        room.clock.advance(1)
        await room.browser().post("/session", {"email": "ada@example.org", "password": PASSWORD})
    assert not await room.core.identity.session_lives(session_id=first)
    async with room.store.reading() as tx:
        living = await tx.sessions.live_of(browser.account_id, now=room.clock.now())
    assert len(living) == room.settings.sessions_per_account


@pytest.mark.parametrize("token", ["", "x", "a.1.", "../../x.1." + "A" * 43, "a" * 32 + ".1." + "A" * 43, "é" * 400])
async def test_strange_tokens_are_no_tokens(room, token):
    with pytest.raises(SessionEndedError):
        await room.core.sessions.refresh(token, HERE)


async def test_a_forged_token_does_not_end_the_session(room):
    browser = await room.joined()
    session, _, mac = browser.cookies["matinee_refresh"].split(".")
    for forged in (f"{session}.0.{mac}", f"{session}.7.{mac}", f"{session}.1.{'A' * 43}"):
        with pytest.raises(SessionEndedError):
            await room.core.sessions.refresh(forged, HERE)
    assert (await browser.post("/session/refresh")).status_code == 200


def lifetimes(browser):
    pairs = [cookie.split("; ") for cookie in browser.set_cookie]
    ages = {one[0].partition("=")[0]: next(a for a in one if a.lower().startswith("max-age=")) for one in pairs}
    return {name: int(age.partition("=")[2]) for name, age in ages.items()}


async def test_an_access_token_that_has_run_out_is_still_shown_to_the_door(room):
    """So that it answers that the session can be renewed, and not that nobody is there."""
    browser = await room.joined()
    ages = lifetimes(browser)
    assert ages["matinee_access"] == ages["matinee_refresh"] == 30 * 86_400


async def test_a_session_that_cannot_be_renewed_leaves_no_cookies(room):
    browser = await room.joined()
    await browser.delete(f"/account/sessions/{browser.session_id}")
    still = await browser.post("/session/refresh", {})
    assert (still.status_code, "matinee_access" in browser.cookies) == (401, True)
    room.clock.advance(301)
    answer = await browser.post("/session/refresh", {})
    assert (answer.status_code, answer.json()["code"]) == (401, "session-ended")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert browser.cookies == {}
