"""Webhooks come late, twice, in any order and again and again, and each is signed."""

import hashlib
import hmac

import pytest

from matinee.testing.clock import ManualClock
from matinee.testing.sandbox import SECRETS, shop


async def refunded(till, name):
    method = await till.kept(name)
    _, charge = await till.charge(method, "k")
    await till.call("POST", "/v1/refunds", {"charge": charge["charge"], "amount": 1}, key="r")


def kinds(till):
    return [event["kind"] for event in till.box.events()]


async def test_an_event_is_signed_over_timestamp_and_body(till):
    await till.charge(await till.kept("Success"), "k")
    await till.box.until(1)
    headers, body = till.box.got[0]
    timestamp, _, mac = headers["sandbox-signature"].removeprefix("t=").partition(",v1=")
    expected = hmac.new(SECRETS.webhooks, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert mac == expected


@pytest.mark.parametrize("name", ["Stolen", "Success"])
async def test_every_outcome_is_told(till, name):
    await till.charge(await till.kept(name), "k")
    await till.box.until(1)
    assert kinds(till) == ["charge.declined" if name == "Stolen" else "charge.succeeded"]


async def test_a_repeat_under_the_same_key_tells_nothing_new(till):
    method = await till.kept("Success")
    for _ in range(3):
        await till.charge(method, "k")
    await till.charge(method, "last")
    await till.box.until(2)
    assert [event["charge"]["idempotency_key"] for event in till.box.events()] == ["k", "last"]


async def test_an_event_is_sent_until_it_is_taken(tmp_path):
    async with shop(tmp_path, webhook_first_retry_seconds=0.05) as till:
        till.box.status = 500
        await till.charge(await till.kept("Success"), "k")
        await till.box.until(3)
        till.box.status = 204
        tries = len(till.box.got)
        await till.box.until(tries + 1)
        await till.charge(await till.kept("Success"), "last")
        await till.box.until(tries + 2)
        first, *others, last = till.box.events()
        assert all(other["event"] == first["event"] for other in others)
        assert last["event"] != first["event"]


async def test_what_nobody_takes_is_given_up(tmp_path):
    clock = ManualClock()
    async with shop(tmp_path, clock=clock, webhook_give_up_seconds=60) as till:
        till.box.status = 500
        await till.charge(await till.kept("Success"), "k")
        await till.box.until(1)
        clock.advance(61)
        await till.box.until(2)
        clock.advance(3600)
        till.box.status = 204
        await till.charge(await till.kept("Success"), "last")
        await till.box.until(3)
        assert till.box.events()[2]["charge"]["idempotency_key"] == "last"


async def test_events_outlive_a_restart(tmp_path):
    async with shop(tmp_path, webhook_delay_seconds=3600) as till:
        await till.charge(await till.kept("Success"), "k")
    clock = ManualClock()
    clock.advance(10 * 365 * 86_400)
    async with shop(tmp_path, clock=clock) as again:
        await again.box.until(1)
        assert again.box.events()[0]["charge"]["idempotency_key"] == "k"


async def test_late(tmp_path):
    clock = ManualClock()
    async with shop(tmp_path, clock=clock) as till:
        await till.charge(await till.kept("Late webhooks"), "late")
        await till.charge(await till.kept("Success"), "now")
        await till.box.until(1)
        assert till.box.events()[0]["charge"]["idempotency_key"] == "now"
        clock.advance(10)
        await till.box.until(2)


async def test_twice(till):
    await till.charge(await till.kept("Webhooks twice"), "k")
    await till.box.until(2)
    first, second = till.box.events()
    assert first == second


async def test_in_reverse(tmp_path):
    clock = ManualClock()
    async with shop(tmp_path, clock=clock) as till:
        await refunded(till, "Webhooks in reverse")
        await till.box.until(1)
        clock.advance(3)
        await till.box.until(2)
        assert kinds(till) == ["refund.succeeded", "charge.succeeded"]


async def test_settings_make_all_of_them_late_and_many(tmp_path):
    clock = ManualClock()
    async with shop(tmp_path, clock=clock, webhook_copies=3, webhook_delay_seconds=5) as till:
        await till.charge(await till.kept("Success"), "k")
        clock.advance(4)
        assert await till.running.postman.deliver_due() == 0
        clock.advance(2)
        await till.box.until(3)


@pytest.mark.parametrize(
    ("name", "first", "last", "left"),
    [
        ("Refund comes back", "succeeded", "failed", 999),
        ("Slow refund", "pending", "succeeded", 998),
        ("Refund fails", "pending", "failed", 999),
    ],
)
async def test_a_refund_turns_after_five_seconds(tmp_path, name, first, last, left):
    clock = ManualClock()
    async with shop(tmp_path, clock=clock) as till:
        await refunded(till, name)
        await till.box.until(2)
        clock.advance(5)
        await till.box.until(3)
        assert sorted(kinds(till)) == sorted(["charge.succeeded", f"refund.{first}", f"refund.{last}"])
        (refund,) = await till.running.till.refunds(key="r", after="", limit=2)
        status, found = await till.call("GET", f"/v1/refunds/{refund.refund}")
        assert (status, found["status"]) == (200, last)
        again = {"charge": refund.charge, "amount": left}
        assert (await till.call("POST", "/v1/refunds", again, key="r2"))[0] == 201
        assert (await till.call("GET", "/v1/refunds/re_none"))[0] == 404
