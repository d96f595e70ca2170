"""What somebody began who had got into an account ends when its owner shuts them out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest

from matinee.testing.identity import PASSWORD, Room, open_identity

OTHER = "seven quiet lamps"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_identity(tmp_path) as opened:
        yield opened


async def reset(room: Room) -> None:
    """The owner chooses a new password by mail."""
    owner = room.browser(address="192.0.2.77")
    assert (await owner.post("/password/reset", {"email": "ada@example.org"})).status_code == 202
    answer = await owner.post("/password/reset/complete", {"token": await room.token("reset"), "password": OTHER})
    assert answer.status_code == 204


async def test_attack_20_a_new_password_stops_a_change_of_address(room: Room) -> None:
    thief = await room.joined()
    assert (await thief.post("/account/email", {"email": "thief@example.org"})).status_code == 202
    token = await room.token("email-change")
    await reset(room)
    answer = await room.browser().post("/account/email/complete", {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (410, "link")
    owner = room.browser()
    assert (await owner.post("/session", {"email": "ada@example.org", "password": OTHER})).status_code == 200


@pytest.mark.parametrize("how", ["reset", "sign-out-others", "staff"])
async def test_attack_20_a_device_let_in_but_not_yet_come_stays_out(room: Room, how: str) -> None:
    owner = await room.joined()
    thief = room.browser(address="198.51.100.9")
    assert (await thief.post("/session", {"email": "ada@example.org", "password": PASSWORD})).status_code == 200
    tv = room.browser(address="198.51.100.9")
    made = (await tv.post("/device/authorization", {"client_id": "matinee-tv"})).json()
    assert (await thief.post("/account/pairing", {"user_code": made["user_code"], "approve": True})).status_code == 204
    if how == "reset":
        await reset(room)
    elif how == "sign-out-others":
        assert (await owner.delete("/account/sessions")).status_code == 204
    else:
        operator = room.browser(role="operator")
        answer = await operator.post(f"/admin/accounts/{owner.account_id}/sign-out", {})
        assert answer.status_code < 300, answer.text
    asked = {"grant_type": GRANT, "device_code": made["device_code"], "client_id": "matinee-tv"}
    answer = await tv.post("/device/token", asked)
    assert (answer.status_code, answer.json().get("error")) == (400, "access_denied")


async def test_attack_20_good_sign_ins_with_a_second_factor_use_up_no_tries(room: Room) -> None:
    ada = await room.joined()
    secret = (await ada.post("/account/totp", {})).json()["secret"]
    code = pyotp.TOTP(secret)
    assert (await ada.post("/account/totp/confirm", {"code": code.at(room.clock.now())})).status_code == 200
    for number in range(32):
        room.clock.advance(3600)
        browser, given = room.browser(), {"email": "ada@example.org", "password": PASSWORD}
        asked = await browser.post("/session", given)
        assert (asked.status_code, asked.json()["code"]) == (401, "totp-needed"), number
        answer = await browser.post("/session", {**given, "totp": code.at(room.clock.now())})
        assert answer.status_code == 200, (number, answer.text)
