"""Subscriptions through time, seen from outside."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from matinee.contracts.billing import EntitlementChanged
from matinee.kit.ids import AccountId
from matinee.services.billing.model import Coupon, Outgoing
from matinee.services.billing.ports import Declined, ProviderEvent, Succeeded
from matinee.services.billing.service.attempts import request_of
from matinee.services.billing.service.desk import Asked
from matinee.services.billing.service.errors import (
    CouponNotFoundError,
    CurrencyError,
    PaymentDeclinedError,
    PaymentInProgressError,
    PaymentMethodNeededError,
    RequestOpenError,
    SubscriptionStateError,
)
from matinee.services.billing.service.office import Actor
from matinee.services.billing.service.outcomes import Waiting
from matinee.services.billing.settings import BillingSettings
from matinee.testing.billing import GOOD, HARD, SOFT, BillingBench, assemble, open_bench

ANN = AccountId("ann")
STAFF = Actor(name="operator", role="operator", address="192.0.2.1")
DAY = 86_400


def asked(route: str = "any", key: str = "") -> Asked:
    return Asked(account_id=ANN, route=route, key=key)


async def join(bench: BillingBench, *, plan="standard", card="good-1", trial="pay", coupon=None, currency="EUR"):
    return await bench.service.subscribe(
        asked("subscribe"), plan_id=plan, currency=currency, token=card, coupon=coupon, try_first=trial
    )


async def later(bench: BillingBench, *, days: float) -> None:
    """Let time pass, with the renewal job looking in four times a day."""
    for _ in range(int(days * 4)):
        bench.clock.advance(DAY / 4)
        await bench.renewals.run()


async def view(bench: BillingBench):
    return await bench.service.subscription(ANN)


async def entitled(bench: BillingBench) -> bool:
    return (await bench.service.entitlement(account_id=ANN)).entitled


def mood(bench: BillingBench, wanted: str) -> None:
    """Make every card behave like this from now on."""
    for method in bench.processor.moods:
        bench.processor.moods[method] = wanted


@pytest.fixture(autouse=True)
async def books_hold(bench: BillingBench):
    yield
    assert list(await bench.office.violations()) == []
    assert (await bench.office.books()).balanced


async def test_a_trial_charges_nothing_until_it_ends_and_then_once(bench: BillingBench):
    await join(bench, trial="trial")
    assert ((await view(bench)).state, await entitled(bench), bench.processor.asked) == ("trialing", True, 0)
    await later(bench, days=6.5)
    assert bench.processor.asked == 0
    await later(bench, days=1)
    assert ((await view(bench)).state, len(bench.processor.taken)) == ("active", 1)
    with pytest.raises(SubscriptionStateError):
        await join(bench, trial="trial")


async def test_there_is_one_trial_for_an_account(bench: BillingBench):
    await join(bench, trial="trial")
    await bench.service.act(asked(), "cancel")
    await later(bench, days=8)
    assert ((await view(bench)).state, await entitled(bench)) == ("canceled", False)
    await join(bench, trial="trial", card=None)
    assert ((await view(bench)).state, len(bench.processor.taken)) == ("active", 1)


async def test_without_means_nothing_begins(bench: BillingBench):
    with pytest.raises(PaymentMethodNeededError):
        await join(bench, card=None, trial="trial")


async def test_renewals_keep_the_anchor_through_short_months(bench: BillingBench):
    bench.clock.advance((datetime(2026, 1, 31, 12, tzinfo=UTC) - bench.clock.now()).total_seconds())
    await join(bench)
    ends = []
    for _ in range(4):
        ends.append((await view(bench)).period_end)
        bench.clock.advance((ends[-1] - bench.clock.now()).total_seconds())
        await bench.renewals.run()
    assert [(end.month, end.day) for end in ends] == [(2, 28), (3, 31), (4, 30), (5, 31)]
    assert [end.hour for end in ends] == [12, 11, 11, 11]  # one o'clock in Berlin, in summer as in winter
    assert len(bench.processor.taken) == 5


async def test_a_soft_decline_is_tried_on_days_1_3_5_7_within_grace_then_held_then_canceled(bench: BillingBench):
    await join(bench)
    mood(bench, SOFT)
    await later(bench, days=31)
    assert ((await view(bench)).state, await entitled(bench), bench.processor.asked) == ("past_due", True, 2)
    tries = []
    for day in range(1, 14):
        await later(bench, days=1)
        if bench.processor.asked > 2 + len(tries):
            tries.append(day)
    assert tries == [1, 3, 5, 7]
    await later(bench, days=1.25)
    assert ((await view(bench)).state, await entitled(bench)) == ("unpaid", False)
    await later(bench, days=31)
    assert ((await view(bench)).state, bench.processor.asked) == ("canceled", 6)


async def test_a_hard_decline_waits_for_a_new_card_which_pays_at_once_and_keeps_the_anchor(bench: BillingBench):
    await join(bench)
    anchor_day = (await view(bench)).period_end.day
    mood(bench, HARD)
    await later(bench, days=36)
    assert ((await view(bench)).state, bench.processor.asked) == ("past_due", 2)
    assert (await view(bench)).next_retry_at is None
    await bench.service.add_method(asked(), "good-2")
    after = await view(bench)
    assert (after.state, after.period_end.day, len(bench.processor.taken)) == ("active", anchor_day, 2)


async def test_a_card_on_hold_pays_what_still_runs_and_begins_anew_when_it_is_over(bench: BillingBench):
    await join(bench)
    mood(bench, HARD)
    await later(bench, days=31 + 15)
    assert (await view(bench)).state == "unpaid"
    await later(bench, days=20)
    await bench.service.add_method(asked(), "good-2")
    assert ((await view(bench)).state, len(bench.processor.taken)) == ("unpaid", 1)
    await bench.service.act(asked(), "pay")
    after = await view(bench)
    assert (after.state, after.period_start, len(bench.processor.taken)) == ("active", bench.clock.now(), 2)


async def test_an_upgrade_charges_the_rest_of_the_period_and_a_second_one_gives_that_back(bench: BillingBench):
    await join(bench, plan="basic")
    whole = (await view(bench)).period_end - bench.clock.now()
    bench.clock.advance(whole.total_seconds() / 2)
    quoted = await bench.service.quote(ANN, plan_id="standard", currency="EUR", coupon=None)
    await bench.service.change(asked(), "standard")
    assert [r.amount for r in bench.processor.taken.values()] == [599, 500 - 300]
    assert quoted.due_now == 200
    assert (await bench.service.entitlement(account_id=ANN)).limits.streams == 2
    await bench.service.change(asked(), "premium")
    assert [r.amount for r in bench.processor.taken.values()][-1] == 750 - 500
    assert (await view(bench)).price == 1499


async def test_a_declined_upgrade_changes_nothing(bench: BillingBench):
    await join(bench, plan="basic")
    mood(bench, SOFT)
    with pytest.raises(PaymentDeclinedError):
        await bench.service.change(asked(), "premium")
    assert ((await view(bench)).plan.plan_id, (await view(bench)).state) == ("basic", "active")


async def test_a_downgrade_waits_for_the_periods_end_and_can_be_dropped(bench: BillingBench):
    await join(bench, plan="premium")
    await bench.service.change(asked(), "basic")
    assert ((await view(bench)).plan.plan_id, (await view(bench)).pending_plan.plan_id) == ("premium", "basic")
    await bench.service.drop_change(asked())
    assert (await view(bench)).pending_plan is None
    await bench.service.change(asked(), "basic")
    await later(bench, days=31.5)
    assert ((await view(bench)).plan.plan_id, (await view(bench)).price) == ("basic", 599)


async def test_a_new_price_counts_from_the_next_period(bench: BillingBench):
    await join(bench)
    await bench.office.change_plan(STAFF, "standard", {"prices": {"EUR": 1199, "USD": 1099}}, if_version=1)
    assert ((await view(bench)).price, (await view(bench)).next_charge.amount) == (999, 1199)
    await later(bench, days=31.5)
    assert [r.amount for r in bench.processor.taken.values()] == [999, 1199]


async def test_cancel_keeps_what_is_paid_and_resume_goes_on(bench: BillingBench):
    await join(bench)
    await bench.service.act(asked(), "cancel")
    await later(bench, days=20)
    assert await entitled(bench)
    await bench.service.act(asked(), "resume")
    await bench.service.act(asked(), "cancel")
    await later(bench, days=12)
    assert ((await view(bench)).state, await entitled(bench), bench.processor.asked) == ("canceled", False, 1)


async def test_a_pause_opens_no_periods_and_ends_with_a_new_one(bench: BillingBench):
    await join(bench)
    await bench.service.act(asked(), "pause")
    assert await entitled(bench)
    await later(bench, days=80)
    assert ((await view(bench)).state, await entitled(bench), bench.processor.asked) == ("paused", False, 1)
    mood(bench, SOFT)
    with pytest.raises(PaymentDeclinedError):
        await bench.service.act(asked(), "unpause")
    assert (await view(bench)).state == "paused"
    mood(bench, GOOD)
    await bench.service.act(asked(), "unpause")
    assert ((await view(bench)).state, len(bench.processor.taken)) == ("active", 2)


async def test_an_unfinished_first_payment_expires_after_23_hours(bench: BillingBench):
    with pytest.raises(PaymentDeclinedError):
        await join(bench, card="soft-1")
    assert ((await view(bench)).state, await entitled(bench)) == ("incomplete", False)
    bench.clock.advance(22.9 * 3600)
    await bench.renewals.run()
    assert (await view(bench)).state == "incomplete"
    bench.clock.advance(0.2 * 3600)
    await bench.renewals.run()
    assert ((await view(bench)).state, bench.processor.asked) == ("incomplete_expired", 1)


async def test_a_payment_that_nobody_answered_is_asked_about_and_never_taken_twice(bench: BillingBench):
    await join(bench, card="silent-1")
    assert (await view(bench)).payment_pending
    with pytest.raises(PaymentInProgressError):
        await bench.service.act(asked(), "pay")
    bench.clock.advance(60)
    await bench.renewals.run()
    assert ((await view(bench)).state, len(bench.processor.taken), bench.processor.asked) == ("active", 1, 1)


async def test_a_request_whose_payment_nobody_answered_is_answered_once_it_is_known(bench: BillingBench):
    request = Asked(account_id=ANN, route="subscribe", key="k")
    wanted = {"plan_id": "basic", "currency": "EUR", "token": "silent-1", "coupon": None, "try_first": "pay"}
    first = await bench.service.subscribe(request, **wanted)
    assert isinstance(first, Waiting)
    bench.clock.advance(1)
    with pytest.raises(RequestOpenError):
        await bench.service.subscribe(request, **wanted)
    bench.clock.advance(60)
    await bench.renewals.run()
    again = await bench.service.subscribe(request, **wanted)
    assert (again.view.state, len(bench.processor.taken)) == ("active", 1)


async def test_a_payment_that_never_arrived_is_sent_again_under_its_own_key(bench: BillingBench):
    await join(bench, card="lost-1")
    bench.clock.advance(60)
    await bench.renewals.run()
    assert ((await view(bench)).state, len(bench.processor.taken), bench.processor.asked) == ("active", 1, 2)


async def test_a_payment_older_than_the_processors_memory_is_not_sent_again(bench: BillingBench):
    bench.processor.away = True
    await join(bench, card="good-1")
    bench.clock.advance(13 * 3600)
    bench.processor.away = False
    await bench.renewals.run()
    assert ((await view(bench)).state, len(bench.processor.taken)) == ("incomplete", 0)
    await bench.service.act(asked(), "pay")
    assert ((await view(bench)).state, len(bench.processor.taken)) == ("active", 1)


async def test_a_challenge_that_nobody_answers_gives_way_and_a_late_answer_is_paid_back(bench: BillingBench):
    await join(bench, card="challenge-1")
    (key,) = bench.processor.results
    bench.clock.advance(31 * 60)
    await bench.renewals.run()
    assert not (await view(bench)).payment_pending
    await bench.service.add_method(asked(), "good-1")
    assert (await view(bench)).state == "active"
    async with bench.store.reading() as rows:
        payment = await rows.payment_by_key(key)
        book = (await rows.books([ANN], payments=[payment.payment_id]))[ANN]
        terms = await bench.cashier.terms(rows)

    result = bench.processor.confirm(key, request_of(book, payment))
    for number in (1, 2):
        event = ProviderEvent(event_id=f"e{number}", kind="charge", idempotency_key=key, result=result)
        await bench.service.apply(provider="sandbox", event=event)
    await bench.renewals.run()
    assert [refund.amount for refund in bench.processor.given_back.values()] == [999]
    assert terms.now == bench.clock.now()


async def test_a_webhook_counts_once_and_what_is_final_stays(bench: BillingBench):

    await join(bench, card="silent-1")
    (key,) = bench.processor.results
    good = ProviderEvent(event_id="e1", kind="charge", idempotency_key=key, result=Succeeded(processor_ref="ch-1"))
    for event in (good, good, ProviderEvent(event_id="e2", kind="other")):
        await bench.service.apply(provider="sandbox", event=event)
    assert (await view(bench)).state == "active"
    bad = ProviderEvent(event_id="e3", kind="charge", idempotency_key=key, result=Declined(code="declined", hard=False))
    await bench.service.apply(provider="sandbox", event=bad)
    strange = ProviderEvent(
        event_id="e4", kind="charge", idempotency_key="no-such", result=Succeeded(processor_ref="x")
    )
    await bench.service.apply(provider="sandbox", event=strange)
    assert (await view(bench)).state == "active"


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_process_that_dies_while_paying_leaves_one_payment(bench: BillingBench, moment: str):
    class DiedError(Exception):
        pass

    def accident(now: str, _key: str) -> None:
        if now == moment:
            raise DiedError

    bench.processor.accident = accident
    with pytest.raises(DiedError):
        await join(bench)
    bench.processor.accident = lambda _moment, _key: None
    again = assemble(bench.store, bench.processor, bench.clock, bench.settings)
    again.clock.advance(60)
    await again.renewals.run()
    assert ((await view(again)).state, len(again.processor.taken)) == ("active", 1)


async def test_the_repeat_of_a_request_that_died_finds_its_own_payment(bench: BillingBench):
    class DiedError(Exception):
        pass

    def accident(now: str, _key: str) -> None:
        if now == "after":
            raise DiedError

    request = Asked(account_id=ANN, route="subscribe", key="k", body=b"{}")
    wanted = {"plan_id": "basic", "currency": "EUR", "token": "good-1", "coupon": None, "try_first": "pay"}
    bench.processor.accident = accident
    with pytest.raises(DiedError):
        await bench.service.subscribe(request, **wanted)
    bench.processor.accident = lambda _moment, _key: None
    bench.clock.advance(60)
    outcome = await bench.service.subscribe(request, **wanted)
    assert (outcome.view.state, len(bench.processor.taken)) == ("active", 1)


async def test_coupons_end_and_are_in_a_currency(bench: BillingBench):

    coupon = Coupon(
        code="TWO",
        percent=None,
        amount=200,
        currency="EUR",
        periods=2,
        max_redemptions=None,
        redeemed=0,
        expires_at=bench.clock.now() + timedelta(days=1),
        active=True,
        created_at=bench.clock.now(),
    )
    await bench.office.create_coupon(STAFF, coupon)
    with pytest.raises(CouponNotFoundError):
        await join(bench, currency="USD", coupon="TWO")
    await join(bench, coupon="two")
    await later(bench, days=92)
    assert [r.amount for r in bench.processor.taken.values()] == [799, 799, 999, 999]
    await bench.service.act(asked(), "cancel")
    await later(bench, days=32)
    with pytest.raises(CouponNotFoundError):
        await join(bench, coupon="TWO", card=None)


async def test_gift_covers_periods_without_the_processor_and_comes_back_when_a_card_fails(bench: BillingBench):
    codes = (await bench.office.create_gifts(STAFF, amount=1500, currency="EUR", count=1, expires_at=None)).codes
    await bench.service.redeem(asked(), codes[0])
    await join(bench, card=None)
    assert ((await view(bench)).state, bench.processor.asked, (await view(bench)).gift_balance) == ("active", 0, 501)
    await bench.service.add_method(asked(), "soft-1")
    await later(bench, days=31)
    assert ((await view(bench)).state, (await view(bench)).gift_balance) == ("past_due", 501)
    await bench.service.add_method(asked(), "good-2")
    assert ((await view(bench)).state, (await view(bench)).gift_balance) == ("active", 0)
    assert [r.amount for r in bench.processor.taken.values()] == [498]


async def test_a_balance_keeps_its_currency(bench: BillingBench):
    codes = (await bench.office.create_gifts(STAFF, amount=100, currency="USD", count=1, expires_at=None)).codes
    await bench.service.redeem(asked(), codes[0])
    with pytest.raises(CurrencyError):
        await join(bench, currency="EUR")


async def test_overlapping_periods_the_latest_decides(quick_folder):

    (quick_folder / "long").mkdir()
    async with open_bench(quick_folder / "long", settings=BillingSettings(grace_days=60, retry_days=(40,))) as bench:
        await join(bench)
        mood(bench, SOFT)
        await later(bench, days=45)
        assert (await view(bench)).state == "past_due"
        mood(bench, GOOD)
        await later(bench, days=18)
        assert ((await view(bench)).state, len(bench.processor.taken)) == ("active", 2)
        await later(bench, days=10)
        assert ((await view(bench)).state, len(bench.processor.taken)) == ("active", 3)
        assert list(await bench.office.violations()) == []


async def test_entitlements_are_told_when_they_change(bench: BillingBench):
    await join(bench, trial="trial")
    await bench.service.act(asked(), "cancel")
    await later(bench, days=8)
    async with bench.store.reading() as rows:
        told = [msgspec.json.decode(one.value, type=EntitlementChanged) for one in await rows.every(Outgoing, limit=50)]
    states = [(one.entitlement.state, one.entitlement.entitled) for one in told]
    assert states[0] == ("trialing", True)
    assert states[-1] == ("canceled", False)


async def test_an_account_that_billing_never_met_is_entitled_to_nothing(bench: BillingBench):
    found = await bench.service.entitlement(account_id=AccountId("stranger"))
    assert (found.state, found.entitled, found.limits) == ("none", False, None)
