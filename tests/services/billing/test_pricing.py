from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matinee.kit.ids import AccountId
from matinee.services.billing.model import Bill, Discount, Period
from matinee.services.billing.service.invoices import refunded_tax
from matinee.services.billing.service.office import FIRST_PLANS
from matinee.services.billing.service.pricing import (
    after_period,
    bill_for,
    discount_on,
    period_lines,
    remaining_share,
    upgrade_lines,
)
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.settings import BillingSettings
from matinee.testing.ids import CountingIds

START = datetime(2027, 3, 1, tzinfo=UTC)
END = START + timedelta(days=31)
PLANS = {plan.plan_id: plan for plan in FIRST_PLANS}
discounts = st.one_of(
    st.none(),
    st.builds(
        Discount,
        code=st.just("C"),
        percent=st.integers(1, 100),
        amount=st.none(),
        periods_left=st.none() | st.integers(1, 5),
    ),
    st.builds(
        Discount,
        code=st.just("C"),
        percent=st.none(),
        amount=st.integers(1, 5000),
        periods_left=st.none() | st.integers(1, 5),
    ),
)
moments = st.integers(0, 31 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))


def terms(now: datetime) -> Terms:
    return Terms(now=now, plans=PLANS, settings=BillingSettings(), ids=CountingIds())


def period(plan_id: str, discount: Discount | None) -> Period:
    price = PLANS[plan_id].prices["EUR"]
    return Period(
        period_id="p",
        account_id=AccountId("a"),
        subscription_id="s",
        plan_id=plan_id,
        currency="EUR",
        price=price,
        net_price=price - discount_on(price, discount),
        discount=discount,
        starts_at=START,
        ends_at=END,
    )


def bill(now: datetime, one: Period, territory: str) -> Bill:
    return bill_for(
        terms(now),
        one,
        kind="period",
        plan_id=one.plan_id,
        lines=period_lines(terms(now), one),
        territory=territory,
    )


@given(st.integers(0, 10**6), moments)
def test_what_is_used_and_what_is_left_are_the_whole(amount, now):
    left = remaining_share(amount, starts_at=START, ends_at=END, now=now)
    used = remaining_share(amount, starts_at=START, ends_at=END, now=END - (now - START))
    assert 0 <= left <= amount
    assert abs(left + used - amount) <= 1


@given(st.integers(0, 10**6), moments, moments)
def test_less_is_left_later(amount, one, two):
    early, late = sorted((one, two))
    assert remaining_share(amount, starts_at=START, ends_at=END, now=early) >= remaining_share(
        amount, starts_at=START, ends_at=END, now=late
    )


@given(st.integers(0, 10**6), discounts)
def test_a_discount_never_takes_more_than_the_price(price, discount):
    assert 0 <= discount_on(price, discount) <= price


def test_a_discount_is_used_up():
    discount = Discount(code="C", percent=10, amount=None, periods_left=2)
    once = after_period(discount)
    assert once.periods_left == 1
    assert after_period(once) is None
    forever = Discount(code="C", percent=10, amount=None, periods_left=None)
    assert after_period(forever) == forever


@given(st.sampled_from(sorted(PLANS)), discounts, st.sampled_from(["DE", "CA", "US", "FR", ""]))
def test_a_bills_amounts_agree(plan_id, discount, territory):
    made = bill(START, period(plan_id, discount), territory)
    net = made.gross - made.discount
    assert made.total == (net if made.tax_included else net + made.tax)
    assert 0 <= made.tax <= made.total
    assert sum(line.amount for line in made.lines) == net


@given(moments, discounts, st.sampled_from([("basic", "standard"), ("basic", "premium"), ("standard", "premium")]))
def test_an_upgrade_costs_at_most_the_difference_and_nothing_at_the_end(now, discount, plans):
    old, new = plans
    one = period(old, discount)
    cost = sum(line.amount for line in upgrade_lines(terms(now), one, new))
    price = PLANS[new].prices["EUR"]
    assert -1 <= cost <= price - discount_on(price, discount) - one.net_price + 1
    assert not sum(line.amount for line in upgrade_lines(terms(END), one, new))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_the_tax_of_all_refunds_is_the_bills_tax(parts):
    made = bill(START, period("premium", None), "DE")
    before, tax = 0, 0
    for part in [*parts, 10**9]:
        amount = min(part, made.total - before)
        tax += refunded_tax(made, before=before, amount=amount, returned=tax)
        before += amount
    assert (before, tax) == (made.total, made.tax)
