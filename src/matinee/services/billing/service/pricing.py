"""Prices, discounts, tax and proration: arithmetic without memory."""

from datetime import datetime, timedelta

from matinee.kit.money import share, tax_inside, tax_on_top
from matinee.services.billing.model import Bill, BillKind, Discount, Period
from matinee.services.billing.ports import InvoiceLine
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.settings import TaxRule

NO_TAX = TaxRule(name="Tax", basis_points=0)
_MICROSECOND = timedelta(microseconds=1)


def discount_on(price: int, discount: Discount | None) -> int:
    """Return how much a discount takes off a price, at most all of it."""
    if discount is None or discount.periods_left == 0:
        return 0
    if discount.percent is not None:
        return share(price, discount.percent, 100)
    return min(price, discount.amount or 0)


def after_period(discount: Discount | None) -> Discount | None:
    """Return what is left of a discount after one period used it."""
    if discount is None or discount.periods_left is None:
        return discount
    left = discount.periods_left - 1
    if left <= 0:
        return None
    return Discount(code=discount.code, percent=discount.percent, amount=discount.amount, periods_left=left)


def remaining_share(amount: int, *, starts_at: datetime, ends_at: datetime, now: datetime) -> int:
    """Return the part of a period's amount that falls on what is left of it at `now`, by time."""
    whole = (ends_at - starts_at) // _MICROSECOND
    left = (ends_at - min(max(now, starts_at), ends_at)) // _MICROSECOND
    return share(amount, left, whole)


def taxed(amount: int, rule: TaxRule) -> tuple[int, int]:
    """Return the tax of a listed amount, and what is to be paid in all."""
    if rule.prices_include_it:
        return tax_inside(amount, rule.basis_points), amount
    tax = tax_on_top(amount, rule.basis_points)
    return tax, amount + tax


def tax_rule(terms: Terms, territory: str) -> TaxRule:
    """Return a territory's tax, none where the table has none."""
    return terms.settings.taxes.get(territory, NO_TAX)


def period_lines(terms: Terms, period: Period) -> tuple[InvoiceLine, ...]:
    """Return the lines of a whole period."""
    when = {"period_start": period.starts_at, "period_end": period.ends_at}
    plan_line = InvoiceLine(description=terms.plan(period.plan_id).name, amount=period.price, **when)
    if period.discount is None or period.net_price == period.price:
        return (plan_line,)
    less = InvoiceLine(description=f"Coupon {period.discount.code}", amount=period.net_price - period.price, **when)
    return (plan_line, less)


def upgrade_lines(terms: Terms, period: Period, plan_id: str) -> tuple[InvoiceLine, ...]:
    """Return the rest of a period on a better plan, less the rest on the present one as it was paid."""
    price = terms.price(plan_id, period.currency)
    new = price - discount_on(price, period.discount)
    span = {"starts_at": period.starts_at, "ends_at": period.ends_at, "now": terms.now}
    when = {"period_start": terms.now, "period_end": period.ends_at}
    return (
        InvoiceLine(description=terms.plan(plan_id).name, amount=remaining_share(new, **span), **when),
        InvoiceLine(
            description=f"Rest of {terms.plan(period.plan_id).name}",
            amount=-remaining_share(period.net_price, **span),
            **when,
        ),
    )


def bill_for(
    terms: Terms, period: Period, *, kind: BillKind, plan_id: str, lines: tuple[InvoiceLine, ...], territory: str
) -> Bill:
    """Return an open bill over lines; its amounts follow from them, and never go below zero.

    The price of the plan, the discount and the tax are those of this moment, however late the bill is paid.
    """
    rule = tax_rule(terms, territory)
    listed = max(0, sum(line.amount for line in lines))
    discount = -sum(line.amount for line in lines if line.amount < 0) if kind == "period" else 0
    tax, total = taxed(listed, rule)
    return Bill(
        bill_id=terms.ids.new(),
        account_id=period.account_id,
        period_id=period.period_id,
        kind=kind,
        plan_id=plan_id,
        price=period.price if kind == "period" else terms.price(plan_id, period.currency),
        currency=period.currency,
        lines=lines,
        gross=listed + discount,
        discount=discount,
        tax_name=rule.name,
        tax_basis_points=rule.basis_points,
        tax_included=rule.prices_include_it,
        tax=tax,
        total=total,
        created_at=terms.now,
        next_attempt_at=terms.now,
    )
