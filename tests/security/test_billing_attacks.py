"""Attacks on money: other people's things, prices of one's own, letters that are code, codes by guessing."""

from collections.abc import AsyncIterator

import pytest

from matinee.kit.ids import AccountId
from matinee.kit.passport import Passport
from matinee.services.billing.model import Subscription
from matinee.services.billing.ports import Declined, ProviderEvent, Succeeded
from matinee.testing.billing_door import Door, open_door, quick_place

JOIN = {"plan_id": "basic", "currency": "EUR", "payment_method_token": "good-1", "trial": False}
NASTY = (
    "' OR 1=1 --",
    '"; DROP TABLE billing_plans; --',
    "%",
    "_",
    "\u0000",
    "a' UNION SELECT 1--",
    "%27",
    "\u202ex",
    "A" * 300,
)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    with quick_place() as folder:
        async with open_door(folder) as opened:
            yield opened


async def test_attack_09_invoices_of_others(door: Door):
    await door.ask("POST", "/billing/subscription", by="ann", body=JOIN)
    mine = (await door.ask("GET", "/billing/invoices", by="ann")).json()["items"][0]["invoice_id"]
    for form in ("", "/html", "/pdf"):
        assert (await door.ask("GET", f"/billing/invoices/{mine}{form}", by="ann")).status_code == 200
        stolen = await door.ask("GET", f"/billing/invoices/{mine}{form}", by="eve")
        absent = await door.ask("GET", f"/billing/invoices/nothing{form}", by="eve")
        assert (stolen.status_code, absent.status_code) == (404, 404)
        assert stolen.json()["detail"] == absent.json()["detail"]
    assert (await door.ask("GET", "/billing/invoices", by="eve")).json()["items"] == []


async def test_attack_09_payment_methods_of_others(door: Door):
    method = (await door.ask("POST", "/billing/payment-methods", by="ann", body={"token": "good-1"})).json()
    path = f"/billing/payment-methods/{method['method_id']}"
    assert (await door.ask("DELETE", path, by="eve")).status_code == 404
    assert (await door.ask("POST", f"{path}/default", by="eve")).status_code == 404
    assert len((await door.ask("GET", "/billing/payment-methods", by="ann")).json()["items"]) == 1
    assert door.bench.processor.detached == []


async def test_attack_09_answers_of_others_by_their_key(door: Door):
    await door.ask("POST", "/billing/subscription", by="ann", body=JOIN, key="shared")
    eve = await door.ask("POST", "/billing/subscription", by="eve", body=JOIN, key="shared")
    assert eve.status_code == 201
    assert len(door.bench.processor.taken) == 2


async def test_attack_09_an_account_named_by_the_caller_is_ignored(door: Door):
    await door.ask("POST", "/billing/subscription", by="ann", body=JOIN)
    for path in ("/billing/subscription?account_id=ann", "/billing/export?account=ann"):
        assert "active" not in (await door.ask("GET", path, by="eve")).text
    refused = await door.ask("POST", "/billing/subscription", by="eve", body={**JOIN, "account_id": "ann"})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    "extra",
    [
        {"price": 1},
        {"amount": 0},
        {"prices": {"EUR": 1}},
        {"owner": "boss"},
        {"account_id": "boss"},
        {"state": "active"},
        {"paid_through": "2099-01-01T00:00:00Z"},
        {"trial_used": False},
        {"gift_balance": 10_000},
        {"discount": {"percent": 100}},
        {"version": 7},
    ],
)
async def test_attack_10_mass_assignment_of_price_plan_or_owner(door: Door, extra):
    for path, body in (
        ("/billing/subscription", JOIN),
        ("/billing/subscription/change", {"plan_id": "premium"}),
        ("/billing/quote", {"plan_id": "premium"}),
        ("/billing/payment-methods", {"token": "good-1"}),
        ("/billing/gifts/redeem", {"code": "AAAA-BBBB"}),
    ):
        answer = await door.ask("POST", path, body={**body, **extra})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), path
    assert door.bench.processor.asked == 0


async def test_attack_10_members_and_support_cannot_do_what_admins_do(door: Door):
    doors = [
        ("POST", "/admin/plans", {"plan_id": "mine", "name": "Mine", "prices": {"EUR": 1}}),
        ("PATCH", "/admin/plans/basic", {"prices": {"EUR": 1}}),
        ("POST", "/admin/coupons", {"code": "FREE", "percent": 100}),
        ("POST", "/admin/gifts", {"amount": 10**6, "currency": "EUR"}),
        ("POST", "/admin/accounts/ann/billing/credit", {"amount": 1, "currency": "EUR", "reason": "x"}),
        ("POST", "/admin/payments/x/refund", {"amount": 1, "reason": "x"}),
        ("GET", "/admin/ledger/balance", None),
        ("GET", "/admin/billing/audit", None),
    ]
    for method, path, body in doors:
        for role in ("member", "support", "editor"):
            assert (await door.ask(method, path, role=role, body=body)).status_code == 403, (role, path)
        assert (await door.ask(method, path, by="", role="stranger", body=body)).status_code == 401
    assert (await door.ask("GET", "/admin/accounts/ann/billing", role="member")).status_code == 403


@pytest.mark.parametrize("amount", [0, -1, -(10**12), 10**30, 1.5, "a lot", True, None])
async def test_attack_10_refunds_of_impossible_amounts(door: Door, amount):
    answer = await door.staff("POST", "/admin/payments/x/refund", {"amount": amount, "reason": "x"})
    assert answer.status_code == 400


@pytest.mark.parametrize("text", NASTY)
async def test_attack_18_text_that_would_be_sql(door: Door, text):
    bodies = [
        ("/billing/quote", {"plan_id": text}),
        ("/billing/quote", {"plan_id": "basic", "coupon": text}),
        ("/billing/gifts/redeem", {"code": text + "0000"}),
        ("/billing/payment-methods", {"token": text}),
        ("/billing/subscription", {**JOIN, "currency": text}),
    ]
    for path, body in bodies:
        assert (await door.ask("POST", path, body=body)).status_code in {400, 404}, path
    answers = [
        await door.client.request("GET", "/api/v1/billing/invoices", params={"cursor": text}, headers=_who(door)),
        await door.ask("POST", "/billing/subscription/cancel", key=text.encode().hex()[:200]),
    ]
    assert [answer.status_code for answer in answers] == [400, 409]
    assert len((await door.ask("GET", "/plans", by="", role="stranger")).json()["items"]) == 3


def _who(door: Door) -> dict[str, str]:
    passport = Passport(
        role="member", session="s", client_address="192.0.2.9", expires_at=2**33, account=AccountId("ann")
    )
    return door.callers.headers(passport)


async def test_attack_21_events_forged_repeated_and_reordered_change_nothing_twice(door: Door):
    await door.ask("POST", "/billing/subscription", body={**JOIN, "payment_method_token": "silent-1"})
    (key,) = door.bench.processor.results
    paid, failed = Succeeded(processor_ref="ch-1"), Declined(code="declined", hard=True)
    events = [
        ProviderEvent(event_id="e1", kind="charge", idempotency_key=key, result=paid),
        ProviderEvent(event_id="e1", kind="charge", idempotency_key=key, result=paid),
        ProviderEvent(event_id="e2", kind="charge", idempotency_key=key, result=paid),
        ProviderEvent(event_id="e0", kind="charge", idempotency_key=key, result=failed),
        ProviderEvent(event_id="e3", kind="refund", idempotency_key=f"refund-{key}", result=paid),
        ProviderEvent(event_id="e4", kind="charge", idempotency_key="somebody-elses-1", result=paid),
    ]
    for event in events:
        await door.bench.service.apply(provider="sandbox", event=event)
    assert (await door.ask("GET", "/billing/subscription")).json()["state"] == "active"
    assert len((await door.ask("GET", "/billing/invoices")).json()["items"]) == 1
    ledger = (await door.staff("GET", "/admin/ledger/balance")).json()["balances"]
    assert {"ledger": "cash", "currency": "EUR", "amount": 599} in ledger
    assert (await door.staff("GET", "/admin/invariants")).json() == {"items": []}


async def test_attack_25_gift_codes_and_cards_are_not_kept_in_clear(door: Door):
    code = (await door.staff("POST", "/admin/gifts", {"amount": 500, "currency": "EUR"})).json()["codes"][0]
    await door.ask("POST", "/billing/gifts/redeem", body={"code": code})
    async with door.bench.store.reading() as rows:
        kept = await rows.get(Subscription, "ann")
        assert kept is not None
        assert kept.gift_balance == 500
    text = (await door.staff("GET", "/admin/billing/audit")).text + (await door.ask("GET", "/billing/export")).text
    assert code not in text
