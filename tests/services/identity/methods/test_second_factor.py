"""Authenticator apps and recovery codes, through the room's own routes."""

from typing import Any

import pyotp
import pytest

from matinee.testing.identity import PASSWORD, Room
from matinee.testing.members import Browser


def code(room: Room, secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(room.clock.now().timestamp()) + 30 * steps)


async def sign_in(room: Room, **codes: str) -> Any:
    return await room.browser().post("/session", {"email": "ada@example.org", "password": PASSWORD, **codes})


@pytest.fixture
async def member(room: Room) -> Browser:
    return await room.joined()


async def turned_on(room: Room, member: Browser) -> tuple[str, list[str]]:
    secret = (await member.post("/account/totp")).json()["secret"]
    answer = await member.post("/account/totp/confirm", {"code": code(room, secret)})
    assert answer.status_code == 200, answer.text
    room.clock.advance(60)
    return secret, answer.json()["recovery_codes"]


async def test_a_secret_protects_nothing_before_its_first_code(room: Room, member: Browser) -> None:
    made = (await member.post("/account/totp")).json()
    assert made["otpauth_uri"].startswith("otpauth://totp/Matinee:ada%40example.org?secret=")
    assert made["qr_svg"].startswith("<svg")
    assert (await member.post("/account/totp/confirm", {"code": "000000"})).json()["code"] == "code-wrong"
    assert (await sign_in(room)).status_code == 200
    assert (await member.post("/account/recovery-codes")).json()["code"] == "method-state"


async def test_signing_in_asks_for_a_code_only_after_the_password_fits(room: Room, member: Browser) -> None:
    secret, codes = await turned_on(room, member)
    assert len(set(codes)) == 10
    assert (await member.get("/session")).json()["methods"]["totp"] is True
    assert (await sign_in(room)).json()["code"] == "totp-needed"
    wrong = {"email": "ada@example.org", "password": "another one entirely"}
    assert (await room.browser().post("/session", wrong)).json()["code"] == "credentials"
    assert (await sign_in(room, totp="000000")).json()["code"] == "credentials"
    assert (await sign_in(room, totp=code(room, secret))).status_code == 200


async def test_a_code_counts_once(room: Room, member: Browser) -> None:
    secret, _ = await turned_on(room, member)
    shown = code(room, secret)
    assert (await sign_in(room, totp=shown)).status_code == 200
    assert (await sign_in(room, totp=shown)).json()["code"] == "credentials"
    assert (await sign_in(room, totp=code(room, secret, steps=-1))).json()["code"] == "credentials"
    assert (await sign_in(room, totp=code(room, secret, steps=1))).status_code == 200


async def test_the_code_that_turned_it_on_counts_no_more(room: Room, member: Browser) -> None:
    secret = (await member.post("/account/totp")).json()["secret"]
    shown = code(room, secret)
    await member.post("/account/totp/confirm", {"code": shown})
    assert (await sign_in(room, totp=shown)).json()["code"] == "credentials"


async def test_a_recovery_code_counts_once_and_new_ones_replace_the_old(room: Room, member: Browser) -> None:
    _, codes = await turned_on(room, member)
    assert (await sign_in(room, recovery_code=codes[0].upper())).status_code == 200
    assert (await sign_in(room, recovery_code=codes[0])).json()["code"] == "credentials"
    fresh = (await member.post("/account/recovery-codes")).json()["recovery_codes"]
    assert (await sign_in(room, recovery_code=codes[1])).json()["code"] == "credentials"
    assert (await sign_in(room, recovery_code=fresh[1])).status_code == 200
    lines = [line["kind"] for line in (await member.get("/account/activity")).json()["items"]]
    assert "recovery-code-used" in lines


async def test_it_is_turned_off_with_a_young_proof_only(room: Room, member: Browser) -> None:
    secret, _ = await turned_on(room, member)
    room.clock.advance(601)
    await member.post("/session/refresh")
    for method, path in (("DELETE", "/account/totp"), ("POST", "/account/recovery-codes")):
        assert (await member.call(method, path)).json()["code"] == "confirm-needed"
    assert (await member.post("/session/confirm", {"totp": code(room, secret)})).status_code == 204
    assert (await member.delete("/account/totp")).status_code == 204
    assert (await sign_in(room)).status_code == 200


async def test_a_second_app_is_not_slipped_in(room: Room, member: Browser) -> None:
    secret, _ = await turned_on(room, member)
    assert (await member.post("/account/totp")).json()["code"] == "method-state"
    assert (await member.post("/account/totp/confirm", {"code": code(room, secret)})).json()["code"] == "method-state"


async def test_secrets_are_not_in_the_database_as_they_are(room: Room, member: Browser) -> None:
    secret, codes = await turned_on(room, member)
    async with room.store.reading() as tx:
        record = await tx.totp.get(member.account_id)  # type: ignore[arg-type]
    assert record is not None
    assert secret.encode() not in record.sealed
    raw = b"".join(path.read_bytes() for path in room.keyring._folder.parent.glob("identity.db*"))
    assert secret.encode() not in raw
    assert not any(one.encode() in raw or one.replace("-", "").encode() in raw for one in codes)


async def test_the_owner_is_told_by_mail_of_what_changed(room: Room, member: Browser) -> None:
    await turned_on(room, member)
    await room.post_mail()
    (mail,) = room.mail.of("security-changed")
    assert mail.to == "ada@example.org"
    assert "An authenticator app was set up" in mail.text
    await member.delete("/account/totp")
    await room.post_mail()
    assert "was removed" in room.mail.of("security-changed")[-1].text
