"""Attacks on profiles, second factors, passkeys and pairing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from matinee.kit.errors import MatineeError
from matinee.kit.ids import AccountId, ProfileId
from matinee.services.identity.service.pins import FREE_TRIES
from matinee.testing.authenticator import Authenticator
from matinee.testing.identity import PASSWORD, Room, open_identity
from matinee.testing.members import Browser

ORIGIN = "https://watch.example"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_identity(tmp_path) as room:
        yield room


async def profile(browser: Browser, **fields: Any) -> str:
    answer = await browser.post("/profiles", {"name": "Somebody", **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["profile_id"])


async def test_attack_09_other_peoples_profiles_are_not_there(room: Room) -> None:
    ada, eve = await room.joined(), await room.joined("eve@example.org")
    theirs = await profile(ada)
    missing = "0" * 22
    for wanted in (theirs, missing):
        path = f"/profiles/{wanted}"
        answers = [
            await eve.patch(path, {"name": "Mine"}),
            await eve.delete(path),
            await eve.post("/session/profile", {"profile_id": wanted, "password": PASSWORD}),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "profile-not-found")] * 3
    assert theirs in (await ada.get("/profiles")).text


async def test_attack_09_other_peoples_passkeys_are_not_there(room: Room) -> None:
    ada, eve, device = await room.joined(), await room.joined("eve@example.org"), Authenticator(ORIGIN)
    options = (await ada.post("/account/passkeys/options", {})).json()
    made = (await ada.post("/account/passkeys", {"credential": device.create(options)})).json()
    path = f"/account/passkeys/{made['passkey_id']}"
    assert (await eve.patch(path, {"name": "Mine"})).json()["code"] == "passkey-not-found"
    assert (await eve.delete(path)).json()["code"] == "passkey-not-found"
    assert (await eve.get("/account/passkeys")).json()["items"] == []


async def test_attack_09_a_question_put_to_one_member_is_not_answered_by_another(room: Room) -> None:
    ada, eve, device = await room.joined(), await room.joined("eve@example.org"), Authenticator(ORIGIN)
    options = (await ada.post("/account/passkeys/options", {})).json()
    answer = await eve.post("/account/passkeys", {"credential": device.create(options)})
    assert (answer.status_code, answer.json()["code"]) == (401, "passkey")


async def test_attack_09_a_passkey_of_one_account_is_not_taken_into_another(room: Room) -> None:
    ada, eve, device = await room.joined(), await room.joined("eve@example.org"), Authenticator(ORIGIN)
    options = (await ada.post("/account/passkeys/options", {})).json()
    assert (await ada.post("/account/passkeys", {"credential": device.create(options)})).status_code == 201
    options = (await eve.post("/account/passkeys/options", {})).json()
    forged = Authenticator(ORIGIN).create(options, credential_id=device.stored[-1].credential_id)
    answer = await eve.post("/account/passkeys", {"credential": forged})
    assert (answer.status_code, answer.json()["code"]) == (409, "method-state")
    question = (await room.browser().post("/session/passkey/options", {})).json()
    answer = await room.browser().post("/session/passkey", {"credential": device.get(question)})
    assert answer.json()["account"]["email"] == "ada@example.org"


@pytest.mark.parametrize(
    "field", ["account_id", "profile_id", "limits_version", "pin_hash", "pin_failures", "has_pin", "created_at", "role"]
)
async def test_attack_10_fields_that_are_not_ones_to_set(room: Room, field: str) -> None:
    browser = await room.joined()
    mine = await profile(browser)
    assert (await browser.post("/profiles", {"name": "x", field: "1"})).status_code == 400
    assert (await browser.patch(f"/profiles/{mine}", {field: "1"})).status_code == 400
    body = {"profile_id": mine, "account_id": "1"}
    assert (await browser.post("/session/profile", body)).status_code == 400


async def test_attack_20_a_pin_is_not_found_by_trying(room: Room) -> None:
    browser = await room.joined()
    mine = await profile(browser, pin="7777")

    async def attempt(pin: str) -> Any:
        return await browser.post("/session/profile", {"profile_id": mine, "pin": pin})

    codes = [(await attempt(f"{number:04}")).json()["code"] for number in range(FREE_TRIES + 3)]
    assert codes == ["pin-wrong"] * FREE_TRIES + ["wait"] * 3
    right = await attempt("7777")
    assert (right.status_code, right.json()["facts"]["retry_after_seconds"]) == (429, 60)
    room.clock.advance(60)
    assert (await attempt("7777")).status_code == 200


async def test_attack_20_many_pins_at_once_are_counted_each(room: Room) -> None:
    browser = await room.joined()
    mine = await profile(browser, pin="7777")
    account = AccountId(browser.account_id)
    tries = [room.core.locks.check_pin(account, ProfileId(mine), f"{number:04}") for number in range(20)]
    failures = await asyncio.gather(*tries, return_exceptions=True)
    codes = [failure.code for failure in failures if isinstance(failure, MatineeError)]
    assert sorted(codes) == ["pin-wrong"] * FREE_TRIES + ["wait"] * (20 - FREE_TRIES)


async def test_attack_20_the_password_has_no_side_door_at_the_gate(room: Room) -> None:
    browser = await room.joined()
    mine = await profile(browser, pin="7777")
    tries = [
        await browser.post("/session/profile", {"profile_id": mine, "password": f"wrong password {number}"})
        for number in range(8)
    ]
    assert [answer.status_code for answer in tries] == [401] * 5 + [429] * 3


async def test_attack_20_a_second_factor_is_not_found_by_trying(room: Room) -> None:
    browser = await room.joined()
    secret = (await browser.post("/account/totp")).json()["secret"]
    codes = [
        (await browser.post("/account/totp/confirm", {"code": f"{number:06}"})).json()["code"] for number in range(8)
    ]
    assert set(codes) <= {"code-wrong", "wait"}
    assert codes[-1] == "wait"
    assert secret not in "".join(codes)


async def test_attack_20_a_televisions_code_is_not_found_by_trying(room: Room) -> None:
    eve = await room.joined("eve@example.org")
    tries = [await eve.get(f"/account/pairing?code=BCDF-GHJ{letter}") for letter in "BCDFGHJK"]
    assert [answer.status_code for answer in tries][:5] == [404] * 5
    assert tries[-1].status_code == 429
    answer = await eve.post("/account/pairing", {"user_code": "BCDF-GHJL", "approve": True})
    assert answer.status_code == 429


async def test_attack_20_passkeys_do_not_tell_who_has_an_account(room: Room) -> None:
    options = (await room.browser().post("/session/passkey/options", {})).json()
    assert not options.get("allowCredentials")


async def test_attack_20_strangers_leave_nothing_behind_by_asking_for_questions(room: Room) -> None:
    stranger = room.browser()
    for _ in range(30):
        await stranger.post("/session/passkey/options", {})
    async with room.store.writing() as tx:
        assert await tx.pairings.count() == 0
    assert stranger.cookies == {}


async def test_attack_20_a_kids_profile_is_not_left_by_another_way(room: Room) -> None:
    browser = await room.joined()
    (first,) = (await browser.get("/profiles")).json()["items"]
    kid = await profile(browser, kids=True)
    await browser.post("/session/profile", {"profile_id": kid})
    for body in ({"pin": ""}, {"pin": "0000"}, {"password": ""}):
        assert (await browser.post("/session/profile/leave", body)).json()["code"] == "pin-needed"
        there = {"profile_id": first["profile_id"], **body}
        assert (await browser.post("/session/profile", there)).json()["code"] == "pin-needed"
    answer = await browser.patch(f"/profiles/{kid}", {"maturity": 18, "kids": False})
    assert (answer.status_code, answer.json()["code"]) == (403, "confirm-needed")
    assert (await browser.delete(f"/profiles/{kid}")).json()["code"] == "confirm-needed"
    assert (await browser.post("/session/refresh")).json()["profile"]["profile_id"] == kid


async def test_attack_25_codes_and_pins_are_not_in_answers_or_logs(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = await room.joined()
    mine = await profile(browser, pin="73519")
    secret = (await browser.post("/account/totp")).json()["secret"]
    await browser.post("/session/profile", {"profile_id": mine, "pin": "73510"})
    seen = [
        (await browser.get(path)).text for path in ("/profiles", "/session", "/account/export", "/account/activity")
    ]
    written = "".join(capsys.readouterr())
    assert not any(word in text for text in (*seen, written) for word in ("73519", "73510", secret, "argon2"))
