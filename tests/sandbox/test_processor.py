"""Charges, refunds and kept cards over HTTP."""

import asyncio
import sqlite3

import pytest

from matinee.testing.clock import ManualClock
from matinee.testing.sandbox import ORIGIN, card, shop

GOOD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2099, "cvc": "123"}


async def test_the_same_key_and_body_give_the_stored_answer(till):
    method = await till.kept("Success")
    first = await till.charge(method, "k")
    assert await till.charge(method, "k") == first
    assert await till.charged("k") == 1


@pytest.mark.parametrize("change", [{"amount": 1000}, {"currency": "USD"}, {"reference": "other"}])
async def test_the_same_key_and_another_body_is_refused(till, change):
    method = await till.kept("Success")
    await till.charge(method, "k")
    status, problem = await till.charge(method, "k", **change)
    assert (status, problem["code"]) == (409, "idempotency-key-reused")
    assert await till.charged("k") == 1


async def test_a_decline_is_kept_under_its_key(till):
    method = await till.kept("Funds arrive")
    first = await till.charge(method, "k")
    assert await till.charge(method, "k") == first
    assert (await till.charge(method, "k2"))[1]["status"] == "succeeded"


async def test_many_at_once_under_one_key_charge_once(till):
    method = await till.kept("Success")
    answers = await asyncio.gather(*(till.charge(method, "k") for _ in range(20)))
    assert {status for status, _ in answers} == {201}
    assert len({charge["charge"] for _, charge in answers}) == 1
    assert await till.charged("k") == 1


@pytest.mark.parametrize(
    "change",
    [{"amount": 0}, {"amount": -1}, {"amount": 10**13}, {"amount": 9.99}, {"currency": "eur"}, {"surplus": 1}],
)
async def test_charges_that_cannot_be(till, change):
    status, problem = await till.charge(await till.kept("Success"), "k", **change)
    assert (status, problem["code"]) == (400, "invalid")
    assert await till.charged("k") == 0


async def test_a_charge_needs_a_key(till):
    status, _ = await till.charge(await till.kept("Success"), "")
    assert status == 400


async def test_another_customers_card_is_not_charged(till):
    mine, other = await till.kept("Success"), await till.kept("Success")
    status, problem = await till.charge(mine, "k", customer=other["customer"])
    assert (status, problem["code"]) == (404, "method-unknown")


async def test_refunds_end_at_what_was_taken(till):
    _, charge = await till.charge(await till.kept("Success"), "k")
    body = {"charge": charge["charge"], "amount": 600}
    assert (await till.call("POST", "/v1/refunds", body, key="r1"))[0] == 201
    status, problem = await till.call("POST", "/v1/refunds", body, key="r2")
    assert (status, problem["code"], problem["facts"]) == (422, "refund-refused", {"left": 399})
    assert (await till.call("POST", "/v1/refunds", {**body, "amount": 399}, key="r3"))[0] == 201
    charges = (await till.call("GET", "/v1/charges?idempotency_key=k"))[1]["items"]
    assert charges[0]["refunded"] == 999


async def test_a_refund_happens_once_under_its_key(till):
    _, charge = await till.charge(await till.kept("Success"), "k")
    body = {"charge": charge["charge"], "amount": 100}
    answers = await asyncio.gather(*(till.call("POST", "/v1/refunds", body, key="r") for _ in range(8)))
    assert len({answer["refund"] for _, answer in answers}) == 1
    assert (await till.call("POST", "/v1/refunds", {**body, "amount": 101}, key="r"))[0] == 409
    assert len(await till.running.till.refunds(key=None, after="", limit=9)) == 1


@pytest.mark.parametrize("name", ["Stolen", "Challenge once"])
async def test_nothing_is_given_back_that_was_not_taken(till, name):
    _, charge = await till.charge(await till.kept(name), "k")
    status, _ = await till.call("POST", "/v1/refunds", {"charge": charge["charge"], "amount": 1}, key="r")
    assert status == 422


async def test_charges_are_listed_from_the_oldest_in_pages(till):
    method = await till.kept("Success")
    for number in range(5):
        await till.charge(method, f"k{number}")
    seen, after = [], ""
    while page := (await till.call("GET", f"/v1/charges?limit=2&after={after}"))[1]["items"]:
        seen += [one["idempotency_key"] for one in page]
        after = page[-1]["charge"]
    assert sorted(seen) == [f"k{number}" for number in range(5)]


async def test_a_token_is_attached_once(till):
    token = await till.token("good")
    first = await till.call("POST", "/v1/methods", {"token": token})
    again = await till.call("POST", "/v1/methods", {"token": token, "customer": first[1]["customer"]})
    assert again == first
    status, problem = await till.call("POST", "/v1/methods", {"token": token, "customer": "cus_somebody"})
    assert (status, problem["code"]) == (422, "token-unusable")


async def test_a_used_token_gives_nobody_else_the_card(till):
    token = await till.token("good")
    mine = {"token": token, "reference": "ann"}
    first = await till.call("POST", "/v1/methods", mine)
    assert await till.call("POST", "/v1/methods", mine) == first
    status, problem = await till.call("POST", "/v1/methods", {"token": token, "reference": "mallory"})
    assert (status, problem["code"]) == (422, "token-unusable")


async def test_a_token_lives_for_a_while(tmp_path):
    clock = ManualClock()
    async with shop(tmp_path, clock=clock, token_seconds=60) as till:
        token = await till.token("good")
        clock.advance(61)
        assert (await till.call("POST", "/v1/methods", {"token": token}))[0] == 422


@pytest.mark.parametrize(
    "change",
    [{"exp_year": 2020}, {"exp_month": 13}, {"cvc": "12"}, {"number": "4111111111111111"}, {"number": "x" * 16}],
)
async def test_cards_that_are_refused_leave_no_trace(till, change, tmp_path):
    card = {**GOOD, **change}
    status, problem = await till.call("POST", "/v1/tokens", card, service="")
    assert status == 400
    assert card["number"] not in str(problem)


async def test_no_number_is_kept(till, tmp_path):
    for kind in ("good", "hard", "challenge"):
        await till.call("POST", "/v1/methods", {"token": await till.token(kind)})
    with sqlite3.connect(tmp_path / "sandbox.db") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert "4242" in dump
    assert card("Success").number not in dump


@pytest.mark.parametrize("path", ["/v1/charges", "/v1/refunds"])
@pytest.mark.parametrize("key", ["", "wrong", "é"])
async def test_only_the_service_sees_the_books(till, path, key):
    status, problem = await till.call("GET", path, service=key.encode().decode("latin-1"))
    assert (status, problem["code"]) == (401, "service-key")


async def test_only_the_services_pages_may_send_cards(till):
    ask = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    for origin, allowed in ((ORIGIN, True), ("http://elsewhere.example", False), ("null", False)):
        async with till.http.options(f"{till.url}/v1/tokens", headers={"origin": origin, **ask}) as response:
            assert (response.headers.get("access-control-allow-origin") == origin) is allowed
        async with till.http.post(f"{till.url}/v1/tokens", json=GOOD, headers={"origin": origin}) as response:
            assert (response.headers.get("access-control-allow-origin") == origin) is allowed
            assert "access-control-allow-credentials" not in response.headers


async def test_a_refused_card_tells_the_page_why(till):
    body = {**GOOD, "number": "4111111111111111"}
    async with till.http.post(f"{till.url}/v1/tokens", json=body, headers={"origin": ORIGIN}) as response:
        assert response.headers["access-control-allow-origin"] == ORIGIN
        assert (await response.json())["code"] == "card"


async def test_huge_and_broken_bodies_are_refused(till):
    for data, status in ((b"{" * 20_000, 413), (b"[" * 9_000, 400), (b"\xff\xfe", 400), (b"", 400), (b"null", 400)):
        async with till.http.post(
            f"{till.url}/v1/tokens", data=data, headers={"content-type": "application/json"}
        ) as r:
            assert r.status == status, (data[:10], await r.text())
