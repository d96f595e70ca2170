"""Passkeys, with an authenticator in software."""

from typing import Any

import pytest

from matinee.services.identity.service.passkeys import RelyingParty
from matinee.testing.authenticator import Authenticator
from matinee.testing.identity import Room
from matinee.testing.members import Browser

ORIGIN = "https://watch.example"


async def options(browser: Browser, path: str = "/session/passkey/options") -> dict[str, Any]:
    answer = await browser.post(path, {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def added(browser: Browser, device: Authenticator, name: str = "Phone") -> dict[str, Any]:
    credential = device.create(await options(browser, "/account/passkeys/options"))
    answer = await browser.post("/account/passkeys", {"name": name, "credential": credential})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def signed_in(browser: Browser, device: Authenticator, **changes: Any) -> Any:
    return await browser.post("/session/passkey", {"credential": device.get(await options(browser), **changes)})


async def test_a_passkey_signs_in_without_a_name_or_a_second_factor(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    made = await added(browser, device)
    other = room.browser()
    answer = await signed_in(other, device)
    assert answer.status_code == 200
    assert (answer.json()["account"]["email"], answer.json()["methods"]["passkeys"]) == ("ada@example.org", 1)
    assert other.account_id == browser.account_id
    (listed,) = (await browser.get("/account/passkeys")).json()["items"]
    assert (listed["passkey_id"], listed["name"]) == (made["passkey_id"], "Phone")
    assert listed["last_used_at"] is not None


async def test_options_ask_for_a_discoverable_credential_and_the_person(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    wanted = await options(browser, "/account/passkeys/options")
    assert wanted["rp"]["id"] == "watch.example"
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    assert wanted["authenticatorSelection"]["userVerification"] == "required"
    assert wanted["attestation"] == "none"
    await added(browser, device)
    again = await options(browser, "/account/passkeys/options")
    assert len(again["excludeCredentials"]) == 1
    asked = await options(room.browser())
    assert (asked["userVerification"], asked.get("allowCredentials", [])) == ("required", [])


async def test_several_passkeys_are_named_and_removed_one_by_one(room: Room) -> None:
    browser, phone, laptop = await room.joined(), Authenticator(ORIGIN), Authenticator(ORIGIN)
    first, second = await added(browser, phone), await added(browser, laptop, "")
    assert second["name"] == "Passkey"
    answer = await browser.patch(f"/account/passkeys/{second['passkey_id']}", {"name": "Laptop"})
    assert answer.json()["name"] == "Laptop"
    assert (await browser.delete(f"/account/passkeys/{first['passkey_id']}")).status_code == 204
    assert (await signed_in(room.browser(), phone)).json()["code"] == "passkey"
    assert (await signed_in(room.browser(), laptop)).status_code == 200


async def test_the_person_must_be_verified(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    device.verifies = False
    credential = device.create(await options(browser, "/account/passkeys/options"))
    assert (await browser.post("/account/passkeys", {"credential": credential})).json()["code"] == "passkey"
    device.verifies = True
    await added(browser, device)
    device.verifies = False
    assert (await signed_in(room.browser(), device)).json()["code"] == "passkey"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://watch.example", "https://watch.example:8443"])
async def test_answers_given_to_another_page_are_refused(room: Room, origin: str) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    await added(browser, device)
    assert (await signed_in(room.browser(), device, origin=origin)).status_code == 401


async def test_a_counter_that_goes_back_is_refused(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    await added(browser, device)
    assert (await signed_in(room.browser(), device)).status_code == 200
    device.stored[0].sign_count = 0
    assert (await signed_in(room.browser(), device)).status_code == 401


async def test_an_answer_counts_once_and_not_for_long(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    await added(browser, device)
    device.stored[0].sign_count = -1  # authenticators that do not count always say 0
    answer = {"credential": device.get(await options(browser))}
    assert (await room.browser().post("/session/passkey", answer)).status_code == 200
    assert (await room.browser().post("/session/passkey", answer)).json()["code"] == "passkey"
    device.stored[0].sign_count = -1
    late = {"credential": device.get(await options(browser))}
    room.clock.advance(601)
    assert (await room.browser().post("/session/passkey", late)).json()["code"] == "passkey"


async def test_a_question_of_one_kind_is_not_answered_by_another(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    await added(browser, device)
    confirming = device.get(await options(browser, "/session/confirm/passkey/options"))
    assert (await room.browser().post("/session/passkey", {"credential": confirming})).status_code == 401
    asked = await options(browser)
    registering = await options(browser, "/account/passkeys/options")
    made = device.create({**registering, "challenge": asked["challenge"]})
    assert (await browser.post("/account/passkeys", {"credential": made})).status_code == 401


async def test_a_changed_signature_is_refused(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    await added(browser, device)
    credential = device.get(await options(browser))
    stranger = Authenticator(ORIGIN)
    stranger.stored = [type(device.stored[0])("watch.example", b"x", credential_id=device.stored[0].credential_id)]
    forged = stranger.get(await options(browser))
    assert (await room.browser().post("/session/passkey", {"credential": forged})).status_code == 401
    credential["response"]["signature"] = forged["response"]["signature"]
    assert (await room.browser().post("/session/passkey", {"credential": credential})).status_code == 401


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"clientDataJSON": "AAAA"},
        {"clientDataJSON": "e30"},
        {"authenticatorData": "AAAA"},
        {"signature": "AAAA"},
        {"userHandle": "AAAA"},
    ],
)
async def test_broken_answers_are_refused_and_never_crash(room: Room, broken: dict[str, str]) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    await added(browser, device)
    credential = device.get(await options(browser))
    credential["response"] = {**credential["response"], **broken} if broken else {"clientDataJSON": "AAAA"}
    assert (await room.browser().post("/session/passkey", {"credential": credential})).status_code == 401


async def test_a_passkey_confirms_that_it_is_still_the_same_person(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    await added(browser, device)
    room.clock.advance(601)
    await browser.post("/session/refresh")
    assert (await browser.post("/account/passkeys/options", {})).json()["code"] == "confirm-needed"
    credential = device.get(await options(browser, "/session/confirm/passkey/options"))
    assert (await browser.post("/session/confirm/passkey", {"credential": credential})).status_code == 204
    assert (await browser.post("/account/passkeys/options", {})).status_code == 200


async def test_another_members_passkey_confirms_nothing(room: Room) -> None:
    ada, device = await room.joined(), Authenticator(ORIGIN)
    await added(ada, device)
    eve, own = await room.joined("eve@example.org"), Authenticator(ORIGIN)
    await added(eve, own)
    asked = await options(ada, "/session/confirm/passkey/options")
    theirs = own.get({**asked, "allowCredentials": []})
    assert (await ada.post("/session/confirm/passkey", {"credential": theirs})).status_code == 401


async def test_a_closed_account_does_not_come_in_by_passkey(room: Room) -> None:
    browser, device = await room.joined(), Authenticator(ORIGIN)
    await added(browser, device)
    await room.browser(role="operator").post(f"/admin/accounts/{browser.account_id}/close")
    assert (await signed_in(room.browser(), device)).json()["code"] == "account-closed"


def test_a_site_known_by_loopback_answers_to_localhost() -> None:
    assert RelyingParty.of("http://127.0.0.1:8400") == RelyingParty(
        "localhost", ("http://127.0.0.1:8400", "http://localhost:8400")
    )
    assert RelyingParty.of("https://watch.example/") == RelyingParty("watch.example", ("https://watch.example",))
