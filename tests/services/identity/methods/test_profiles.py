"""Profiles, PINs and kids mode, through the room's own routes."""

from typing import Any

import msgspec

from matinee.contracts.identity import AccountChanged, ProfileErased
from matinee.services.identity.jobs import send_events
from matinee.testing.identity import PASSWORD, Room
from matinee.testing.members import Browser
from matinee.testing.titles import RecordedEvents

STALE_SECONDS = 601


async def make(browser: Browser, **fields: Any) -> dict[str, Any]:
    answer = await browser.post("/profiles", {"name": "Somebody", **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def profiles(browser: Browser) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await browser.get("/profiles")).json()["items"]
    return items


async def enter(browser: Browser, profile: dict[str, Any], **proof: str) -> Any:
    return await browser.post("/session/profile", {"profile_id": profile["profile_id"], **proof})


async def let_proof_age(room: Room, browser: Browser) -> None:
    room.clock.advance(STALE_SECONDS)
    assert (await browser.post("/session/refresh")).status_code == 200


async def test_an_account_begins_with_one_profile_named_like_it(room: Room) -> None:
    browser = await room.joined(name="Ada")
    (first,) = await profiles(browser)
    assert (first["name"], first["maturity"], first["kids"], first["has_pin"]) == ("Ada", 18, False, False)
    assert (await browser.get("/session")).json()["profiles"] == [first]


async def test_choosing_a_profile_puts_it_into_the_access_token(room: Room) -> None:
    browser = await room.joined()
    kid = await make(browser, name="Kit", kids=True)
    assert (kid["maturity"], kid["kids"]) == (7, True)
    answer = await enter(browser, kid)
    assert answer.json()["profile"] == kid
    claims = await browser.claims()
    assert claims is not None
    assert (claims.pid, claims.mat, claims.kds, claims.ver) == (kid["profile_id"], 7, True, 1)
    assert claims.ath == 0  # whoever signed in has handed the screen over
    assert (await room.core.identity.profile(account_id=claims.sub, profile_id=claims.pid)).name == "Kit"


async def test_there_are_at_most_five(room: Room) -> None:
    browser = await room.joined()
    for number in range(4):
        await make(browser, name=f"P{number}")
    answer = await browser.post("/profiles", {"name": "Six"})
    assert (answer.status_code, answer.json()["code"]) == (409, "profile-limit")


async def test_kids_see_at_most_twelve_and_a_field_out_of_bounds_is_refused(room: Room) -> None:
    browser = await room.joined()
    assert (await make(browser, kids=True, maturity=18))["maturity"] == 12
    for bad in ({"maturity": 19}, {"pin": "123"}, {"pin": "abcd"}, {"avatar": "<svg>"}, {"name": ""}, {"name": " "}):
        assert (await browser.post("/profiles", {"name": "x", **bad})).status_code == 400
    assert (await browser.post("/profiles", {})).status_code == 400


async def test_one_profile_is_always_kept(room: Room) -> None:
    browser = await room.joined()
    (first,) = await profiles(browser)
    answer = await browser.delete(f"/profiles/{first['profile_id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "last-profile")
    await make(browser)
    assert (await browser.delete(f"/profiles/{first['profile_id']}")).status_code == 204
    assert [one["name"] for one in await profiles(browser)] == ["Somebody"]
    events = RecordedEvents()
    await send_events(room.store, events)
    told = msgspec.json.decode(events.appended[-1][1].value, type=AccountChanged | ProfileErased)
    assert told == ProfileErased(account_id=browser.account_id, profile_id=first["profile_id"])


async def test_a_pin_opens_its_profile_and_the_password_does_too(room: Room) -> None:
    browser = await room.joined()
    mine = await make(browser, name="Mine", pin="4321")
    assert mine["has_pin"]
    answer = await enter(browser, mine)
    assert (answer.status_code, answer.json()["code"]) == (403, "pin-needed")
    assert answer.json()["facts"] == {"profile_id": mine["profile_id"], "has_pin": True}
    answer = await enter(browser, mine, pin="1234")
    assert (answer.status_code, answer.json()["code"], answer.json()["facts"]) == (403, "pin-wrong", {"tries_left": 4})
    assert (await enter(browser, mine, password="wrong wrong wrong")).status_code == 401
    assert (await enter(browser, mine, pin="4321")).status_code == 200
    assert (await browser.post("/session/profile/leave", {"pin": "4321"})).status_code == 200
    assert (await enter(browser, mine, password=PASSWORD)).status_code == 200


async def test_a_kids_profile_is_left_with_the_password_only(room: Room) -> None:
    browser = await room.joined()
    (first,) = await profiles(browser)
    kid = await make(browser, kids=True)
    await enter(browser, kid)
    for path, body in (("/session/profile/leave", {}), ("/session/profile", {"profile_id": first["profile_id"]})):
        answer = await browser.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "pin-needed")
        assert answer.json()["facts"]["has_pin"] is False
    claims = await browser.claims()
    assert claims is not None
    assert claims.kds
    answer = await browser.post("/session/profile/leave", {"password": PASSWORD})
    assert answer.json()["profile"] is None


async def test_a_confirmation_opens_a_kids_profile_too(room: Room) -> None:
    browser = await room.joined()
    await enter(browser, await make(browser, kids=True))
    assert (await browser.post("/session/confirm", {"password": PASSWORD})).status_code == 204
    assert (await browser.post("/session/profile/leave", {})).status_code == 200


async def test_changes_of_a_locked_profile_need_its_pin_or_a_young_proof(room: Room) -> None:
    browser = await room.joined()
    mine = await make(browser, name="Mine", pin="4321")
    path = f"/profiles/{mine['profile_id']}"
    assert (await browser.patch(path, {"name": "Now"})).status_code == 200
    await let_proof_age(room, browser)
    answer = await browser.patch(path, {"name": "Later"})
    assert (answer.status_code, answer.json()["code"]) == (403, "confirm-needed")
    assert (await browser.patch(path, {"name": "Later", "current_pin": "0000"})).json()["code"] == "pin-wrong"
    assert (await browser.patch(path, {"name": "Later", "current_pin": "4321"})).json()["name"] == "Later"
    assert (await browser.patch(path, {"pin": None, "password": PASSWORD})).json()["has_pin"] is False


async def test_a_childs_pin_does_not_lift_the_childs_limits(room: Room) -> None:
    browser = await room.joined()
    (first,) = await profiles(browser)
    await browser.patch(f"/profiles/{first['profile_id']}", {"pin": "9999"})
    teen = await make(browser, name="Teen", maturity=12, pin="1212")
    await let_proof_age(room, browser)
    path = f"/profiles/{teen['profile_id']}"
    assert (await browser.patch(path, {"autoplay_next": False, "current_pin": "1212"})).status_code == 200
    for change in ({"maturity": 18}, {"maturity": 18, "pin": None}):
        answer = await browser.patch(path, {**change, "current_pin": "1212"})
        assert (answer.status_code, answer.json()["code"]) == (403, "confirm-needed")
    answer = await browser.post("/profiles", {"name": "Way round"})
    assert (answer.status_code, answer.json()["code"]) == (403, "confirm-needed")


async def test_other_limits_end_the_tokens_that_carry_the_old_ones(room: Room) -> None:
    browser = await room.joined()
    kid = await make(browser, kids=True)
    tablet = room.browser(address="192.0.2.8")
    await tablet.post("/session", {"email": "ada@example.org", "password": PASSWORD})
    await enter(tablet, kid)
    before = await tablet.claims()
    position = (await room.core.identity.ended_sessions()).position
    assert (await browser.patch(f"/profiles/{kid['profile_id']}", {"maturity": 0})).status_code == 200
    ended = await room.core.identity.ended_sessions(after=position)
    assert before is not None
    assert ended.sessions == (before.profile_version,)
    assert (await tablet.post("/session/refresh")).status_code == 200
    after = await tablet.claims()
    assert after is not None
    assert (after.mat, after.pid) == (0, kid["profile_id"])
    assert after.profile_version not in ended.sessions


async def test_a_name_changes_no_tokens(room: Room) -> None:
    browser = await room.joined()
    (first,) = await profiles(browser)
    position = (await room.core.identity.ended_sessions()).position
    await browser.patch(f"/profiles/{first['profile_id']}", {"name": "Other", "autoplay_previews": False})
    assert (await room.core.identity.ended_sessions(after=position)).sessions == ()


async def test_a_profile_says_what_its_player_does_with_intros_recaps_and_credits(room: Room) -> None:
    browser = await room.joined()
    (first,) = await profiles(browser)
    assert [first[f"skip_{part}"] for part in ("intro", "recap", "credits")] == ["ask", "ask", "ask"]
    path = f"/profiles/{first['profile_id']}"
    answer = await browser.patch(path, {"skip_intro": "always", "skip_credits": "never"})
    assert answer.status_code == 200
    (after,) = await profiles(browser)
    assert after == {**first, "skip_intro": "always", "skip_credits": "never"}
    assert (await browser.get("/session")).json()["profiles"] == [after]
    claims = await browser.claims()
    assert claims is not None
    kept = await room.core.identity.profile(account_id=claims.sub, profile_id=first["profile_id"])
    assert (kept.skip_intro, kept.skip_recap, kept.skip_credits) == ("always", "ask", "never")
    assert (await make(browser, skip_recap="never"))["skip_recap"] == "never"


async def test_another_word_than_ask_always_and_never_is_refused(room: Room) -> None:
    browser = await room.joined()
    (first,) = await profiles(browser)
    answer = await browser.patch(f"/profiles/{first['profile_id']}", {"skip_intro": "sometimes"})
    assert answer.status_code == 400
    assert await profiles(browser) == [first]


async def test_a_new_pin_and_a_removal_send_other_screens_to_the_gate(room: Room) -> None:
    browser = await room.joined()
    (first,) = await profiles(browser)
    other = await make(browser)
    tablet = room.browser()
    for profile, change in ((first, {"pin": "2468"}), (other, None)):
        await tablet.post("/session", {"email": "ada@example.org", "password": PASSWORD})
        await enter(tablet, profile)
        path = f"/profiles/{profile['profile_id']}"
        answer = await (browser.patch(path, change) if change else browser.delete(path))
        assert answer.status_code in {200, 204}
        assert (await tablet.post("/session/refresh")).json()["profile"] is None


async def test_the_export_tells_of_profiles_without_pins(room: Room) -> None:
    browser = await room.joined()
    room.clock.advance(1)
    await make(browser, name="Mine", pin="4321")
    answer = await browser.get("/account/export")
    assert [one["name"] for one in answer.json()["household"]["profiles"]] == ["Ada", "Mine"]
    assert "pin_hash" not in answer.text
    assert "argon2" not in answer.text
