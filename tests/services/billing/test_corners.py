"""Corners where two rules of billing meet."""

import msgspec
import pytest

from matinee.contracts.identity import AccountChanged
from matinee.kit.ids import AccountId
from matinee.services.billing.consumers import apply
from matinee.services.billing.model import Coupon, Payment, Period
from matinee.services.billing.ports import ChargeRequest
from matinee.services.billing.service.accounts import AccountNews
from matinee.services.billing.service.desk import Asked
from matinee.services.billing.service.errors import CouponUsedUpError, PaymentDeclinedError, PaymentMethodNeededError
from matinee.services.billing.service.office import Actor
from matinee.testing.billing import CHALLENGE, SILENT, BillingBench, an_account

ANN = AccountId("ann")
STAFF = Actor(name="operator", role="operator", address="192.0.2.1")
DAY = 86_400


def asked() -> Asked:
    return Asked(account_id=ANN, route="any", key="")


async def join(bench: BillingBench, *, card: str | None = "good-1", coupon: str | None = None, currency: str = "EUR"):
    return await bench.service.subscribe(
        asked(), plan_id="standard", currency=currency, token=card, coupon=coupon, try_first="pay"
    )


async def later(bench: BillingBench, *, days: int) -> None:
    for _ in range(days):
        bench.clock.advance(DAY)
        await bench.renewals.run()


async def offer(bench: BillingBench, *, periods: int) -> None:
    coupon = Coupon(
        code="HALF",
        percent=50,
        amount=None,
        currency=None,
        periods=periods,
        max_redemptions=None,
        redeemed=0,
        expires_at=None,
        active=True,
        created_at=bench.clock.now(),
    )
    await bench.office.create_coupon(STAFF, coupon)


def a_charge(payment: Payment) -> ChargeRequest:
    return ChargeRequest(
        payment_id=payment.payment_id,
        idempotency_key=payment.idempotency_key,
        amount=payment.amount,
        currency=payment.currency,
        method_ref=payment.method_ref,
        customer_ref="",
        description="",
    )


def taken(bench: BillingBench) -> list[int]:
    return [request.amount for request in bench.processor.taken.values()]


@pytest.fixture(autouse=True)
async def books_hold(bench: BillingBench):
    yield
    assert list(await bench.office.violations()) == []
    assert (await bench.office.books()).balanced


async def test_a_pause_does_not_lengthen_a_coupon(bench: BillingBench):
    await offer(bench, periods=2)
    await join(bench, coupon="HALF")
    await bench.service.act(asked(), "pause")
    await later(bench, days=32)
    await bench.service.act(asked(), "unpause")
    await later(bench, days=32)
    assert taken(bench) == [499, 499, 999]


async def test_a_failed_start_after_a_pause_leaves_the_coupon_as_it_was(bench: BillingBench):
    await offer(bench, periods=2)
    await join(bench, coupon="HALF")
    await bench.service.act(asked(), "pause")
    await later(bench, days=32)
    await bench.service.add_method(asked(), "soft-1")
    with pytest.raises(PaymentDeclinedError):
        await bench.service.act(asked(), "unpause")
    await bench.service.add_method(asked(), "good-2")
    await bench.service.act(asked(), "unpause")
    assert taken(bench) == [499, 499]
    assert (await bench.service.subscription(ANN)).discount is None


async def test_a_cheaper_plan_that_was_chosen_counts_after_a_pause(bench: BillingBench):
    await join(bench)
    await bench.service.change(asked(), "basic")
    await bench.service.act(asked(), "pause")
    await later(bench, days=32)
    await bench.service.act(asked(), "unpause")
    assert taken(bench) == [999, 599]
    assert (await bench.service.subscription(ANN)).plan.plan_id == "basic"


async def test_an_account_uses_a_coupon_once(bench: BillingBench):
    await offer(bench, periods=1)
    await join(bench, coupon="HALF")
    await bench.service.act(asked(), "cancel")
    await later(bench, days=32)
    with pytest.raises(CouponUsedUpError):
        await join(bench, card=None, coupon="HALF")


async def test_a_quote_refuses_the_coupons_that_joining_would_refuse(bench: BillingBench):
    await offer(bench, periods=1)
    wanted = {"plan_id": "standard", "currency": "EUR", "coupon": "HALF"}
    assert (await bench.service.quote(ANN, **wanted)).next_charge.amount == 499
    await join(bench, coupon="HALF")
    await bench.service.act(asked(), "cancel")
    await later(bench, days=32)
    with pytest.raises(CouponUsedUpError) as used:
        await bench.service.quote(ANN, **wanted)
    with pytest.raises(CouponUsedUpError) as refused:
        await join(bench, card=None, coupon="HALF")
    assert used.value.detail == refused.value.detail
    await bench.office.change_coupon(STAFF, "half", {"max_redemptions": 1})
    with pytest.raises(CouponUsedUpError):
        await bench.service.quote(AccountId("bob"), **wanted)


async def test_a_quote_takes_the_coupon_of_a_payment_that_was_declined(bench: BillingBench):
    await offer(bench, periods=1)
    await bench.office.change_coupon(STAFF, "half", {"max_redemptions": 1})
    with pytest.raises(PaymentDeclinedError):
        await join(bench, card="soft-1", coupon="HALF")
    quoted = await bench.service.quote(ANN, plan_id="standard", currency="EUR", coupon="half")
    assert quoted.next_charge.amount == 499


async def test_a_coupon_whose_payment_was_declined_can_be_tried_again(bench: BillingBench):
    await offer(bench, periods=1)
    with pytest.raises(PaymentDeclinedError):
        await join(bench, card="soft-1", coupon="HALF")
    await join(bench, coupon="HALF")
    assert taken(bench) == [499]


async def test_news_that_an_account_closed_do_not_wait_for_its_payment(bench: BillingBench):
    await join(bench, card="challenge-1")
    news = AccountNews(store=bench.store, cashier=bench.cashier, payments=bench.processor)
    closed = AccountChanged(account=msgspec.structs.replace(an_account("ann"), state="closed"))
    await apply(closed, news)
    assert (await bench.service.subscription(ANN)).cancel_at_period_end
    await later(bench, days=2)
    assert taken(bench) == []


async def test_a_balance_that_covers_the_price_but_not_the_tax_is_not_enough(bench: BillingBench):
    bench.identity.accounts["ann"] = an_account("ann", territory="CA")
    codes = (await bench.office.create_gifts(STAFF, amount=1099, currency="USD", count=1, expires_at=None)).codes
    await bench.service.redeem(asked(), codes[0])
    with pytest.raises(PaymentMethodNeededError):
        await join(bench, card=None, currency="USD")


async def test_a_challenge_that_is_answered_late_is_given_back_though_no_webhook_comes(bench: BillingBench):
    await join(bench, card=CHALLENGE)
    bench.clock.advance(31 * 60)
    await bench.renewals.run()
    (payment,) = (await bench.office.account(ANN)).payments
    assert payment.state == "abandoned"
    bench.processor.confirm(payment.idempotency_key, a_charge(payment))
    await later(bench, days=2)
    assert [back.amount for back in bench.processor.given_back.values()] == [999]


async def test_what_staff_changed_is_noted_from_what_to_what(bench: BillingBench):
    await offer(bench, periods=1)
    await bench.office.change_plan(STAFF, "basic", {"prices": {"EUR": 1, "USD": 1}}, if_version=None)
    await bench.office.change_coupon(STAFF, "half", {"active": False})
    lines, _ = await bench.office.audit(limit=10, cursor=None)
    noted = {line.action: (line.subject, line.facts.get("before"), line.facts.get("after")) for line in lines}
    assert noted["plan-changed"] == ("basic", '{"prices":{"EUR":599,"USD":599}}', '{"prices":{"EUR":1,"USD":1}}')
    assert noted["coupon-changed"] == ("HALF", '{"active":true}', '{"active":false}')


async def test_a_challenge_that_nobody_answers_is_asked_about_for_a_day_and_never_charged(bench: BillingBench):
    await join(bench, card=CHALLENGE)
    bench.clock.advance(31 * 60)
    await bench.renewals.run()
    bench.processor.results.clear()
    await later(bench, days=3)
    (payment,) = (await bench.office.account(ANN)).payments
    assert (payment.state, payment.ask_at, bench.processor.asked) == ("abandoned", None, 1)


@pytest.mark.parametrize("mood", [SILENT, CHALLENGE])
async def test_an_upgrade_is_booked_at_the_price_that_was_asked_for_it(bench: BillingBench, mood: str):
    await join(bench)
    await bench.service.add_method(asked(), f"{mood}-2")
    await bench.service.change(asked(), "premium")
    await bench.office.change_plan(STAFF, "premium", {"prices": {"EUR": 1999, "USD": 1999}}, if_version=None)
    payment = next(one for one in (await bench.office.account(ANN)).payments if one.state != "succeeded")
    bench.processor.confirm(payment.idempotency_key, a_charge(payment))
    await later(bench, days=1)
    seen = await bench.service.subscription(ANN)
    assert (seen.plan.plan_id, seen.price, seen.next_charge.amount, taken(bench)) == ("premium", 1499, 1999, [999, 500])
    async with bench.store.reading() as rows:
        (period,) = await rows.every(Period, limit=2)
    assert (period.price, period.net_price) == (1499, 1499)
