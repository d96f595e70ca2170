"""Signing in, waiting, confirming."""

import asyncio

import msgspec
import pytest

from matinee.services.identity.adapters.hashing import Argon2Hashes
from matinee.services.identity.ports.errors import HashingBusyError
from matinee.services.identity.settings import IdentitySettings

PASSWORD = "violet tram umbrella"


def credentials(email="ada@example.org", password=PASSWORD, **more):
    return {"email": email, "password": password, **more}


async def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(room):
    browser = await room.joined()
    await browser.post("/session", credentials())
    access, refresh = browser.set_cookie
    for line in (access, refresh):
        assert {"HttpOnly", "Secure", "SameSite=strict"} <= {part.strip() for part in line.split(";")}
    assert "Path=/;" in f"{access};"
    assert "Path=/api/v1/session;" in f"{refresh};"
    assert "matinee_refresh" in refresh


async def test_unverified_people_learn_so_only_with_the_right_password(room):
    browser = room.browser()
    await browser.post("/accounts", credentials(name="Ada"))
    await room.post_mail()
    assert (await browser.post("/session", credentials())).json()["code"] == "verification-needed"
    assert (await browser.post("/session", credentials(password="something else"))).json()["code"] == "credentials"


async def test_an_old_hash_is_renewed_at_sign_in(room):
    browser = await room.joined()
    stronger = Argon2Hashes(msgspec.structs.replace(room.settings, hash_memory_kib=8192))
    async with room.store.writing() as tx:
        account = await tx.accounts.by_email("ada@example.org")
        await tx.accounts.set_password(account.account_id, await stronger.hash(PASSWORD), at=room.clock.now())
    stronger.close()
    assert (await browser.post("/session", credentials())).status_code == 200
    async with room.store.reading() as tx:
        assert "m=7168" in await tx.accounts.password(account.account_id)
    assert (await browser.post("/session", credentials())).status_code == 200


async def test_waits_double_and_end(room):
    await room.joined()
    browser = room.browser(address="198.51.100.9")
    waits = []
    for _ in range(9):
        answer = await browser.post("/session", credentials(password="wrong wrong"))
        if answer.status_code == 429:
            wait = answer.json()["facts"]["retry_after_seconds"]
            assert answer.headers["retry-after"] == str(wait)
            waits.append(wait)
            room.clock.advance(wait)
            answer = await browser.post("/session", credentials(password="wrong wrong"))
        assert answer.json()["code"] == "credentials"
    assert waits == [1, 2, 4, 8]


async def test_a_restart_forgives_nothing(room):
    await room.joined()
    browser = room.browser(address="198.51.100.9")
    for _ in range(5):
        await browser.post("/session", credentials(password="wrong wrong"))
    again = type(room.core)(room.settings, room.core.outside)
    with pytest.raises(Exception, match="Too many tries"):
        await again.limits.check("sign-in", "ada@example.org", "198.51.100.9")


async def test_the_right_password_is_refused_while_waiting_and_success_forgives(room):
    await room.joined()
    browser = room.browser(address="198.51.100.9")
    for _ in range(5):
        await browser.post("/session", credentials(password="wrong wrong"))
    assert (await browser.post("/session", credentials())).json()["code"] == "wait"
    room.clock.advance(1)
    assert (await browser.post("/session", credentials())).status_code == 200
    lines = (await browser.get("/account/activity")).json()["items"]
    assert {"kind": "failed-sign-ins", "count": "5"} in [{"kind": x["kind"], **x["facts"]} for x in lines]
    assert (await browser.post("/session", credentials(password="wrong wrong"))).json()["code"] == "credentials"


async def test_waits_of_one_place_do_not_lock_the_owner_out_elsewhere(room):
    await room.joined()
    stranger = room.browser(address="198.51.100.9")
    for _ in range(6):
        await stranger.post("/session", credentials(password="wrong wrong"))
    owner = room.browser(address="203.0.113.5")
    assert (await owner.post("/session", credentials())).status_code == 200


async def test_closed_accounts_stay_out(room):
    browser = await room.joined()
    operator = room.browser(role="operator")
    assert (await operator.post(f"/admin/accounts/{browser.account_id}/close")).status_code == 200
    assert (await browser.post("/session/refresh")).json()["code"] == "session-ended"
    assert (await browser.post("/session", credentials())).json()["code"] == "account-closed"
    await operator.post(f"/admin/accounts/{browser.account_id}/reopen")
    assert (await browser.post("/session", credentials())).status_code == 200


async def test_confirmation_is_needed_after_ten_minutes_and_renews_the_token(room):
    browser = await room.joined()
    room.clock.advance(601)
    await browser.post("/session/refresh")
    assert (await browser.post("/account/email", {"email": "new@example.org"})).json()["code"] == "confirm-needed"
    assert (await browser.post("/session/confirm", {"password": "wrong wrong"})).json()["code"] == "credentials"
    assert (await browser.post("/session/confirm", {"totp": "123456"})).json()["code"] == "credentials"
    before = (await browser.claims()).ath
    assert (await browser.post("/session/confirm", {"password": PASSWORD})).status_code == 204
    assert (await browser.claims()).ath == before + 601
    assert (await browser.post("/account/email", {"email": "new@example.org"})).status_code == 202


@pytest.mark.slow
async def test_a_full_queue_answers_at_once():
    settings = IdentitySettings(hash_memory_kib=65536, hash_passes=4, hash_queue=1, hash_threads=1)
    hashes = Argon2Hashes(settings)
    try:
        both = [asyncio.create_task(hashes.hash("one")), asyncio.create_task(hashes.hash("two"))]
        await asyncio.sleep(0)
        with pytest.raises(HashingBusyError) as refused:
            await hashes.hash("three")
        assert refused.value.facts["retry_after_seconds"] == 2
        assert all(made.startswith("$argon2id$v=19$m=65536,t=4,p=1$") for made in await asyncio.gather(*both))
        assert await hashes.verify(await hashes.hash("one"), "one")
    finally:
        await asyncio.to_thread(hashes.close)


async def test_hashing_leaves_the_loop_free(room):
    """The loop turns many times while one password is hashed."""
    strong = Argon2Hashes(IdentitySettings(hash_memory_kib=65536, hash_passes=4))
    hashing = asyncio.create_task(strong.hash("anything"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0.001)
        turns += 1
    await asyncio.to_thread(strong.close)
    assert turns > 3
