"""The invariants of the books, asked of the database behind the rules' back.

Each query returns the subjects that break its rule, with what was found; an empty answer is a proof.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.services.billing.adapters.columns import microseconds
from matinee.services.billing.store import Balance, Violation

_STUCK = timedelta(days=1)

INVARIANTS: Final[dict[str, str]] = {
    "transactions-balance": """
        SELECT transaction_id, SUM(amount) FROM billing_entries
        GROUP BY transaction_id, currency HAVING SUM(amount) <> 0""",
    "currencies-balance": "SELECT currency, SUM(amount) FROM billing_entries GROUP BY currency HAVING SUM(amount) <> 0",
    "nothing-receivable": """
        SELECT account_id, SUM(amount) FROM billing_entries WHERE ledger IN ('receivable')
        GROUP BY account_id, currency HAVING SUM(amount) <> 0""",
    "paid-period-has-one-settled-bill": """
        SELECT p.period_id, COUNT(b.bill_id) FROM billing_periods p
        LEFT JOIN billing_bills b ON b.period_id = p.period_id AND b.kind = 'period' AND b.state = 'paid'
        WHERE p.state = 'paid' GROUP BY p.period_id HAVING COUNT(b.bill_id) <> 1""",
    "unpaid-period-has-no-settled-bill": """
        SELECT p.period_id, p.state FROM billing_periods p
        JOIN billing_bills b ON b.period_id = p.period_id AND b.kind = 'period' AND b.state = 'paid'
        WHERE p.state <> 'paid'""",
    "settled-bill-has-one-charge": """
        SELECT b.bill_id, COUNT(p.payment_id) FROM billing_bills b
        LEFT JOIN billing_payments p ON p.bill_id = b.bill_id AND p.state = 'succeeded'
        WHERE b.state = 'paid' AND b.card_part > 0 GROUP BY b.bill_id HAVING COUNT(p.payment_id) <> 1""",
    "charge-belongs-to-settled-bill": """
        SELECT p.payment_id, p.amount FROM billing_payments p
        JOIN billing_bills b ON b.bill_id = p.bill_id
        WHERE p.state = 'succeeded'
            AND (b.state <> 'paid' OR b.card_part <> p.amount OR b.payment_id <> p.payment_id)""",
    "bill-is-covered-exactly": """
        SELECT bill_id, total - gift_part - credit_part - card_part FROM billing_bills
        WHERE state = 'paid' AND total <> gift_part + credit_part + card_part""",
    "closed-bill-holds-nothing": """
        SELECT bill_id, gift_part + credit_part FROM billing_bills
        WHERE state IN ('void', 'uncollectible') AND (gift_part <> 0 OR credit_part <> 0)""",
    "one-payment-under-way": """
        SELECT account_id, COUNT(*) FROM billing_payments WHERE state IN ('started', 'challenged')
        GROUP BY account_id HAVING COUNT(*) > 1""",
    "balances-not-negative": """
        SELECT account_id, gift_balance + credit_balance FROM billing_subscriptions
        WHERE gift_balance < 0 OR credit_balance < 0""",
    "gift-equals-ledger": """
        SELECT s.account_id, s.gift_balance + COALESCE(SUM(e.amount), 0) FROM billing_subscriptions s
        LEFT JOIN billing_entries e ON e.account_id = s.account_id AND e.ledger = 'gift'
        GROUP BY s.account_id, s.gift_balance HAVING s.gift_balance + COALESCE(SUM(e.amount), 0) <> 0""",
    "credit-equals-ledger": """
        SELECT s.account_id, s.credit_balance + COALESCE(SUM(e.amount), 0) FROM billing_subscriptions s
        LEFT JOIN billing_entries e ON e.account_id = s.account_id AND e.ledger = 'credit'
        GROUP BY s.account_id, s.credit_balance HAVING s.credit_balance + COALESCE(SUM(e.amount), 0) <> 0""",
    "held-equals-open-bills": """
        SELECT h.account_id, h.held FROM (
            SELECT account_id, SUM(amount) AS held FROM (
                SELECT account_id, amount FROM billing_entries WHERE ledger = 'held'
                UNION ALL
                SELECT account_id, gift_part + credit_part AS amount FROM billing_bills WHERE state = 'open'
            ) AS both_sides GROUP BY account_id
        ) AS h WHERE h.held <> 0""",
    "cash-equals-payments": """
        SELECT c.currency, c.rest FROM (
            SELECT currency, SUM(amount) AS rest FROM (
                SELECT currency, amount FROM billing_entries WHERE ledger = 'cash'
                UNION ALL
                SELECT currency, -amount AS amount FROM billing_payments WHERE state IN ('succeeded', 'surplus')
                UNION ALL
                SELECT currency, amount FROM billing_refunds WHERE state IN ('pending', 'succeeded')
            ) AS sides GROUP BY currency
        ) AS c WHERE c.rest <> 0""",
    "refunds-within-payments": """
        SELECT p.payment_id, p.refunded FROM billing_payments p
        LEFT JOIN billing_refunds r ON r.payment_id = p.payment_id AND r.state NOT IN ('declined', 'failed')
        GROUP BY p.payment_id, p.refunded, p.amount
        HAVING p.refunded <> COALESCE(SUM(r.amount), 0) OR p.refunded > p.amount""",
    "paid-periods-do-not-overlap": """
        SELECT a.period_id, b.period_id FROM billing_periods a
        JOIN billing_periods b ON b.account_id = a.account_id AND b.period_id <> a.period_id
            AND b.starts_at >= a.starts_at AND b.starts_at < a.ends_at
        WHERE a.state = 'paid' AND b.state = 'paid'""",
    "active-means-paid": """
        SELECT s.account_id, p.state FROM billing_subscriptions s
        JOIN billing_periods p ON p.period_id = s.period_id
        LEFT JOIN billing_payments u ON u.account_id = s.account_id AND u.state IN ('started', 'challenged')
        WHERE s.state = 'active' AND p.state <> 'paid' AND u.payment_id IS NULL""",
    "paid-period-is-priced-as-agreed": """
        SELECT p.period_id, p.price FROM billing_periods p
        WHERE p.state = 'paid' AND NOT EXISTS (
            SELECT b.bill_id FROM billing_bills b
            WHERE b.period_id = p.period_id AND b.state = 'paid' AND b.plan_id = p.plan_id AND b.price = p.price)""",
    "settled-bill-has-one-invoice": """
        SELECT b.bill_id, COUNT(i.invoice_id) FROM billing_bills b
        LEFT JOIN billing_issued i ON i.bill_id = b.bill_id AND i.kind = 'invoice'
        WHERE b.state = 'paid' GROUP BY b.bill_id HAVING COUNT(i.invoice_id) <> 1""",
    "refund-has-its-documents": """
        SELECT d.bill_id, d.missing FROM (
            SELECT bill_id, kind, SUM(number) AS missing FROM (
                SELECT bill_id, kind, -1 AS number FROM billing_issued WHERE kind IN ('credit-note', 'reversal')
                UNION ALL
                SELECT bill_id, 'credit-note' AS kind, 1 AS number FROM billing_refunds
                WHERE state IN ('pending', 'succeeded', 'failed') AND NOT surplus
                UNION ALL
                SELECT bill_id, 'reversal' AS kind, 1 AS number FROM billing_refunds
                WHERE state = 'failed' AND NOT surplus
            ) AS both_sides GROUP BY bill_id, kind
        ) AS d WHERE d.missing <> 0""",
    "invoice-numbers-have-no-gaps": """
        SELECT c.name, c.value FROM billing_counters c
        LEFT JOIN billing_issued i ON i.series = c.name
        GROUP BY c.name, c.value HAVING COUNT(i.invoice_id) <> c.value""",
    "nobody-is-forgotten": """
        SELECT account_id, next_action_at FROM billing_subscriptions WHERE next_action_at < :stuck_before""",
}


async def find_violations(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Violation]:
    """Return up to `limit` violations of each invariant."""
    found: list[Violation] = []
    for name, query in INVARIANTS.items():
        values = {"stuck_before": microseconds(now - _STUCK)} if ":stuck_before" in query else {}
        rows = (await session.execute(text(query), values)).fetchmany(limit)
        found += [Violation(invariant=name, subject=str(row[0]), found=str(row[1])) for row in rows]
    return tuple(found)


async def find_balances(session: AsyncSession) -> Sequence[Balance]:
    """Return the sums of the ledger's accounts, by name and currency."""
    query = "SELECT ledger, currency, SUM(amount) FROM billing_entries GROUP BY ledger, currency ORDER BY 1, 2"
    rows = (await session.execute(text(query))).all()
    return tuple(Balance(ledger=row[0], currency=row[1], amount=int(row[2])) for row in rows)
