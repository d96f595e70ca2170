"""The price that each bill was agreed at."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BILLS = sa.table("billing_bills", *(sa.column(n) for n in ("bill_id", "period_id", "plan_id", "kind", "state",
                                                            "currency", "price")))  # fmt: skip
_PERIODS = sa.table("billing_periods", sa.column("period_id"), sa.column("price"))
_PLANS = sa.table("billing_plans", sa.column("plan_id"), sa.column("prices"))


def upgrade() -> None:
    """Add the column. Bills of today have their period's price; upgrades under way have the plan's present one."""
    op.add_column("billing_bills", sa.Column("price", sa.BigInteger(), nullable=False, server_default="0"))
    of_period = sa.select(_PERIODS.c.price).where(_PERIODS.c.period_id == _BILLS.c.period_id).scalar_subquery()
    op.execute(_BILLS.update().values(price=sa.func.coalesce(of_period, 0)))
    for plan_id, prices in op.get_bind().execute(sa.select(_PLANS.c.plan_id, _PLANS.c.prices)).all():
        for currency, price in json.loads(prices).items():
            op.execute(_BILLS.update().where(_under_way(plan_id, currency)).values(price=price))


def _under_way(plan_id: str, currency: str) -> Any:
    bills = _BILLS.c
    return sa.and_(bills.kind == "upgrade", bills.state == "open", bills.plan_id == plan_id, bills.currency == currency)


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("billing_bills", "price")
