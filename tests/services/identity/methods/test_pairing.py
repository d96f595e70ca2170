"""Pairing of televisions (RFC 8628), through the room's own routes."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from matinee.testing.identity import PASSWORD, Room
from matinee.testing.members import Browser

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CLIENT = "matinee-web-tv"


async def begun(browser: Browser, name: str = "Living room") -> dict[str, Any]:
    answer = await browser.post("/device/authorization", {"client_id": CLIENT, "device_name": name})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def form(room: Room, path: str, **fields: str) -> Any:
    """Send a form as devices do that know nothing of JSON."""
    browser = room.browser(address="192.0.2.50")
    headers = {**room.callers.headers(await browser.passport()), "content-type": "application/x-www-form-urlencoded"}
    return await room.client.post(f"/api/v1{path}", content=urlencode(fields), headers=headers)


async def ask(room: Room, code: str) -> Any:
    return await form(room, "/device/token", grant_type=GRANT, device_code=code, client_id=CLIENT)


async def test_a_television_is_let_in_by_somebody_who_is_signed_in(room: Room) -> None:
    member, tv = await room.joined(), room.browser(address="192.0.2.50")
    made = await begun(tv)
    assert made["verification_uri"] == "https://watch.example/pair"
    assert made["verification_uri_complete"] == f"https://watch.example/pair?code={made['user_code']}"
    assert (made["expires_in"], made["interval"]) == (600, 5)
    assert made["qr_svg"].startswith("<svg")
    pending = await ask(room, made["device_code"])
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    seen = (await member.get(f"/account/pairing?code={made['user_code'].lower()}")).json()
    assert (seen["device_name"], seen["address_hint"], seen["client_id"]) == ("Living room", "192.0.2.x", CLIENT)
    answer = await member.post("/account/pairing", {"user_code": made["user_code"], "approve": True})
    assert answer.status_code == 204
    room.clock.advance(5)
    tokens = (await ask(room, made["device_code"])).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 300)
    room.clock.advance(5)
    assert (await ask(room, made["device_code"])).json()["error"] == "invalid_grant"
    devices = (await member.get("/account/sessions")).json()["items"]
    assert "Living room" in [device["device_name"] for device in devices]
    renewed = await form(room, "/device/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert renewed.json()["refresh_token"] != tokens["refresh_token"]


async def test_a_page_on_a_television_gets_cookies(room: Room) -> None:
    member, tv = await room.joined(), room.browser()
    made = await begun(tv)
    body = {"device_code": made["device_code"]}
    answer = await tv.post("/session/pairing", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "authorization_pending")
    answer = await tv.post("/session/pairing", body)
    assert (answer.json()["code"], answer.json()["facts"]) == ("slow_down", {"interval_seconds": 10})
    await member.post("/account/pairing", {"user_code": made["user_code"], "approve": True})
    room.clock.advance(10)
    assert (await tv.post("/session/pairing", body)).json()["account"]["email"] == "ada@example.org"
    claims = await tv.claims()
    assert claims is not None
    assert claims.ath == 0  # whoever sits in front of it has proved nothing
    assert (await tv.post("/account/totp")).json()["code"] == "confirm-needed"


async def test_a_refusal_reaches_the_television(room: Room) -> None:
    member, tv = await room.joined(), room.browser()
    made = await begun(tv)
    await member.post("/account/pairing", {"user_code": made["user_code"], "approve": False})
    assert (await ask(room, made["device_code"])).json()["error"] == "access_denied"
    again = await member.post("/account/pairing", {"user_code": made["user_code"], "approve": True})
    assert (again.status_code, again.json()["code"]) == (404, "pairing-not-found")


async def test_a_code_expires_for_both_sides(room: Room) -> None:
    member, tv = await room.joined(), room.browser()
    made = await begun(tv)
    room.clock.advance(600)
    await member.post("/session/refresh")
    assert (await ask(room, made["device_code"])).json()["error"] == "expired_token"
    assert (await member.get(f"/account/pairing?code={made['user_code']}")).status_code == 404


async def test_of_two_questions_at_once_one_gets_tokens(room: Room) -> None:
    member, tv = await room.joined(), room.browser()
    made = await begun(tv)
    await member.post("/account/pairing", {"user_code": made["user_code"], "approve": True})
    answers = await asyncio.gather(*(ask(room, made["device_code"]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


async def test_a_session_that_was_ended_approves_nothing(room: Room) -> None:
    member, tv = await room.joined(), room.browser()
    made = await begun(tv)
    other = room.browser()
    await other.post("/session", {"email": "ada@example.org", "password": PASSWORD})
    await other.delete("/account/sessions")
    answer = await member.post("/account/pairing", {"user_code": made["user_code"], "approve": True})
    assert answer.status_code == 401
    assert (await ask(room, made["device_code"])).json()["error"] == "authorization_pending"


async def test_refusals_are_those_of_the_standard(room: Room) -> None:
    for fields, error in (
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
        ({"grant_type": GRANT, "device_code": "x" * 43}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": GRANT, "device_code": "x" * 500}, "invalid_request"),
    ):
        answer = await form(room, "/device/token", **fields)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert answer.headers["cache-control"] == "no-store"
    assert (await form(room, "/device/authorization", client_id="other")).json()["error"] == "invalid_client"
    made = await begun(room.browser())
    answer = await form(
        room, "/device/token", grant_type=GRANT, device_code=made["device_code"], client_id="matinee-tv"
    )
    assert answer.json()["error"] == "invalid_grant"


async def test_waiting_devices_of_one_place_are_bounded(room: Room) -> None:
    tv = room.browser(address="2001:db8:1:2::1")
    for number in range(50):
        tv.address = f"2001:db8:1:2::{number:x}"
        await begun(tv)
    answer = await tv.post("/device/authorization", {"client_id": CLIENT})
    assert (answer.status_code, answer.json()["code"]) == (429, "wait")
    await begun(room.browser(address="192.0.2.77"))
    room.clock.advance(1000)
    await begun(tv)
