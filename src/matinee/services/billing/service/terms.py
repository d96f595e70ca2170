"""What is the same for every account while one decision is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from matinee.kit.ids import Ids
from matinee.services.billing.model import Plan
from matinee.services.billing.service.errors import CurrencyError, PlanNotFoundError
from matinee.services.billing.settings import BillingSettings


@dataclass(frozen=True)
class Terms:
    """Time, plans, settings and a source of ids."""

    now: datetime
    plans: Mapping[str, Plan]
    settings: BillingSettings
    ids: Ids

    def plan(self, plan_id: str) -> Plan:
        """Return a plan.

        Raises:
            PlanNotFoundError: when there is none.
        """
        plan = self.plans.get(plan_id)
        if plan is None:
            raise PlanNotFoundError("There is no such plan; choose one of those listed.")
        return plan

    def price(self, plan_id: str, currency: str) -> int:
        """Return a plan's price.

        Raises:
            CurrencyError: when it has none in this currency.
        """
        price = self.plan(plan_id).prices.get(currency)
        if price is None:
            raise CurrencyError(f"This plan has no price in {currency}.", currency=currency)
        return price
