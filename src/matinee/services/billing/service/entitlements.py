"""May an account stream: a pure view of its subscription."""

from datetime import datetime, timedelta

from matinee.contracts.billing import Entitlement, PlanLimits
from matinee.services.billing.model import Plan, Subscription
from matinee.services.billing.service.terms import Terms


def limits_of(plan: Plan) -> PlanLimits:
    """Return what a plan allows."""
    return PlanLimits(
        plan_id=plan.plan_id,
        name=plan.name,
        max_height=plan.max_height,
        streams=plan.streams,
        download_devices=plan.download_devices,
    )


def entitled_until(subscription: Subscription, terms: Terms) -> datetime | None:
    """Return the end of access unless something is paid; None when there is none.

    A running subscription is trusted for the days of grace beyond what is paid: when the renewal is late it is our
    fault, and when it fails those days are granted anyhow.
    """
    through = subscription.paid_through
    ends = subscription.cancel_at_period_end or subscription.pause_at_period_end
    if subscription.state in {"trialing", "active"} and through is not None:
        return through if ends else through + timedelta(days=terms.settings.grace_days)
    if subscription.state == "past_due":
        return subscription.grace_until
    return None


def entitlement_of(subscription: Subscription, terms: Terms) -> Entitlement:
    """Return what an account may do now."""
    until = entitled_until(subscription, terms)
    plan = terms.plans.get(subscription.plan_id)
    return Entitlement(
        account_id=subscription.account_id,
        state=subscription.state,
        entitled=until is not None and terms.now < until,
        until=until,
        limits=None if plan is None else limits_of(plan),
        decided_at=terms.now,
    )
