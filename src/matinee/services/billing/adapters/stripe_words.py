"""Stripe's words in ours: statuses, declines, cards."""

from collections.abc import Mapping
from typing import Any, Final

import stripe

from matinee.services.billing.ports import (
    Challenged,
    ChargeResult,
    Declined,
    Method,
    Pending,
    RefundResult,
    Succeeded,
    Unknown,
)

# Stripe's codes (https://docs.stripe.com/declines/codes) that have a word here; all others are `declined`, soft.
_DECLINES: Final[Mapping[str, Declined]] = {
    "insufficient_funds": Declined(code="insufficient-funds", hard=False),
    "expired_card": Declined(code="expired-card", hard=True),
    "lost_card": Declined(code="lost-card", hard=True),
    "stolen_card": Declined(code="stolen-card", hard=True),
    "pickup_card": Declined(code="stolen-card", hard=True),
    "restricted_card": Declined(code="restricted-card", hard=True),
    "fraudulent": Declined(code="declined", hard=True),
    "invalid_account": Declined(code="closed-account", hard=True),
    "new_account_information_available": Declined(code="closed-account", hard=True),
    "stop_payment_order": Declined(code="stopped", hard=True),
    "revocation_of_all_authorizations": Declined(code="stopped", hard=True),
    "authentication_required": Declined(code="challenge-failed", hard=False),
    "payment_intent_authentication_failure": Declined(code="challenge-failed", hard=False),
}
_SOFT: Final = Declined(code="declined", hard=False)


def declined_by(error: stripe.CardError) -> Declined:
    """Return what a card error says."""
    detail = None if error.error is None else error.error.decline_code
    return _declined(detail, error.code)


def _declined(*codes: str | None) -> Declined:
    return next((_DECLINES[code] for code in codes if code is not None and code in _DECLINES), _SOFT)


def charge_result(intent: Any) -> ChargeResult:
    """Return what a payment intent's status means for us; `intent` reads like a mapping."""
    status = intent["status"]
    if status in {"succeeded", "requires_capture"}:
        return Succeeded(processor_ref=intent["id"])
    if status == "requires_action":
        action = _get(intent, "next_action") or {}
        redirect = _get(action, "redirect_to_url") or {}
        return Challenged(challenge_url=_get(redirect, "url") or "", processor_ref=intent["id"])
    if status == "canceled":
        return _SOFT
    last = _get(intent, "last_payment_error")
    if status == "requires_payment_method" and last:
        return _declined(_get(last, "decline_code"), _get(last, "code"))
    return Unknown()


def refund_result(refund: Any) -> RefundResult:
    """Return what a refund's status means (https://docs.stripe.com/api/refunds/object#refund_object-status)."""
    if refund["status"] in {"failed", "canceled"}:
        return Declined(code="refund-failed", hard=True)
    if refund["status"] == "succeeded":
        return Succeeded(processor_ref=refund["id"])
    return Pending(processor_ref=refund["id"])


def method_of(kept: Any, customer: str) -> Method:
    """Return a card as billing knows it."""
    card = kept["card"]
    return Method(
        method_ref=kept["id"],
        customer_ref=customer,
        brand=_BRANDS.get(card["brand"], str(card["brand"]).title()),
        last4=card["last4"],
        expiry_month=card["exp_month"],
        expiry_year=card["exp_year"],
        fingerprint=_get(card, "fingerprint") or "",
    )


_BRANDS: Final = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "jcb": "JCB"}


def escaped(text: str) -> str:
    """Return text for inside the quotes of a search (https://docs.stripe.com/search#search-syntax)."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _get(thing: Any, name: str) -> Any:
    """Return a member, or None: Stripe leaves out what does not apply."""
    return thing[name] if name in thing else None  # noqa: SIM401  # its objects have no get
