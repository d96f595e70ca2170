"""Stripe as billing's payments, by its own library."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

import aiohttp
import msgspec
import stripe
import structlog

from matinee.contracts.billing import PaymentProviderError
from matinee.kit.errors import InvalidError
from matinee.services.billing.adapters.stripe_words import (
    charge_result,
    declined_by,
    escaped,
    method_of,
    refund_result,
)
from matinee.services.billing.adapters.webhooks import check_fresh, verified_timestamp
from matinee.services.billing.ports import (
    AttachRequest,
    ChargeRequest,
    ChargeResult,
    Declined,
    Method,
    PaymentMethodError,
    ProviderEvent,
    ProviderView,
    RefundRequest,
    RefundResult,
    Unknown,
    WebhookError,
)
from matinee.services.billing.settings import BillingSettings

_KEY = "matinee_key"
_MAX_ATTACH_STEPS = 3
_log = structlog.get_logger()
T = TypeVar("T")


class ProviderSettingsError(InvalidError):
    """The chosen processor lacks a setting; billing does not start."""

    code = "payment-settings"
    title = "Payments are not set up"


class _Data(msgspec.Struct, frozen=True):
    object: dict[str, Any]


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    type: str
    data: _Data


class StripePayments:
    """Implements `Payments`.

    Our idempotency keys go along as Stripe's own, and as metadata, by which charges are found again. Stripe keeps keys
    for 24 hours (https://docs.stripe.com/api/idempotent_requests) and its search lags by up to a minute
    (https://docs.stripe.com/search#data-freshness): a charge that is not found yet is repeated under its key, and
    Stripe then answers with the first one.

    Args:
        client: with a deadline of its own below `charge_seconds`.
    """

    def __init__(self, client: stripe.StripeClient, *, settings: BillingSettings) -> None:
        self._v1 = client.v1
        self._settings = settings

    @property
    def provider(self) -> Literal["sandbox", "stripe"]:
        """The name in the webhooks' path."""
        return "stripe"

    def page(self) -> ProviderView:
        """Return the key that Stripe's own script wants."""
        return ProviderView(provider="stripe", publishable_key=self._settings.stripe_publishable_key)

    async def charge(self, request: ChargeRequest) -> ChargeResult:
        """Take money, once under the key; ask the cardholder where the bank insists."""
        params: Any = {
            "amount": request.amount,
            "currency": request.currency.lower(),
            "customer": request.customer_ref,
            "payment_method": request.method_ref,
            "payment_method_types": ["card"],
            "description": request.description,
            "metadata": {_KEY: request.idempotency_key, "payment_id": request.payment_id},
            "confirm": True,
            "off_session": True,
        }
        try:
            intent = await self._timed(
                self._v1.payment_intents.create_async(params, {"idempotency_key": request.idempotency_key})
            )
        except stripe.CardError as error:
            if error.code != "authentication_required":
                return declined_by(error)
            return await self._challenge(request, error)
        except (stripe.StripeError, TimeoutError) as error:
            return _unsettled(error)
        return charge_result(intent)

    async def _challenge(self, request: ChargeRequest, error: stripe.CardError) -> ChargeResult:
        """Confirm again with the cardholder at hand, which gives the address where the bank asks."""
        refused: Any = error.error.payment_intent if error.error is not None else None
        if refused is None:
            return declined_by(error)
        params: Any = {
            "payment_method": request.method_ref,
            "return_url": f"{self._settings.public_url.rstrip('/')}{request.return_path}",
        }
        options: Any = {"idempotency_key": f"{request.idempotency_key}-ask"}
        try:
            intent = await self._timed(self._v1.payment_intents.confirm_async(refused["id"], params, options))
        except stripe.CardError as second:
            return declined_by(second)
        except (stripe.StripeError, TimeoutError) as second:
            return _unsettled(second)
        return charge_result(intent)

    async def find(self, idempotency_key: str) -> ChargeResult | None:
        """Return what became of a charge, or None.

        Raises:
            PaymentProviderError: when Stripe does not answer.
        """
        query = f"metadata['{_KEY}']:'{escaped(idempotency_key)}'"
        found = await self._answered(self._v1.payment_intents.search_async({"query": query, "limit": 1}))
        return charge_result(found.data[0]) if found.data else None

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, once under the key."""
        params: Any = {
            "payment_intent": request.processor_ref,
            "amount": request.amount,
            "metadata": {_KEY: request.idempotency_key, "refund_id": request.refund_id},
        }
        try:
            refund = await self._timed(
                self._v1.refunds.create_async(params, {"idempotency_key": request.idempotency_key})
            )
        except (stripe.StripeError, TimeoutError) as error:
            return _unsettled(error)
        return refund_result(refund)

    async def find_refund(self, refund_ref: str) -> RefundResult:
        """Return what has become of a refund.

        Raises:
            PaymentProviderError: when Stripe does not answer.
        """
        return refund_result(await self._answered(self._v1.refunds.retrieve_async(refund_ref)))

    async def attach(self, request: AttachRequest) -> Method:
        """Keep a card for charges without its holder.

        Raises:
            PaymentMethodError: when the token cannot be used.
            PaymentProviderError: when Stripe does not answer.
        """
        key = request.idempotency_key
        try:
            async with asyncio.timeout(self._settings.charge_seconds * _MAX_ATTACH_STEPS):
                method = await self._method(request.token, key)
                customer = request.customer_ref or await self._customer(request, key)
                await self._set_up(method, customer, key)
                kept = await self._v1.payment_methods.retrieve_async(method)
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            raise PaymentMethodError(error.user_message or "This card cannot be used; enter it again.") from error
        except (stripe.StripeError, TimeoutError) as error:
            raise PaymentProviderError("The payment processor does not answer; try again in a moment.") from error
        return method_of(kept, customer)

    async def _method(self, token: str, key: str) -> str:
        if token.startswith("pm_"):
            return token
        params: Any = {"type": "card", "card": {"token": token}}
        made = await self._v1.payment_methods.create_async(params, {"idempotency_key": f"{key}-method"})
        return made.id

    async def _customer(self, request: AttachRequest, key: str) -> str:
        params: Any = {"metadata": {"account_id": request.account_id}}
        made = await self._v1.customers.create_async(params, {"idempotency_key": f"{key}-customer"})
        return made.id

    async def _set_up(self, method: str, customer: str, key: str) -> None:
        """Announce later charges to the bank; where it wants to ask first, it will do so at the first charge."""
        params: Any = {
            "customer": customer,
            "payment_method": method,
            "payment_method_types": ["card"],
            "usage": "off_session",
            "confirm": True,
        }
        intent = await self._v1.setup_intents.create_async(params, {"idempotency_key": f"{key}-setup"})
        if intent.status != "succeeded":
            attach: Any = {"customer": customer}
            await self._v1.payment_methods.attach_async(method, attach, {"idempotency_key": f"{key}-attach"})

    async def detach(self, method_ref: str) -> None:
        """Forget a card; one that is gone or never was is fine.

        Raises:
            PaymentProviderError: when Stripe does not answer.
        """
        try:
            await self._timed(self._v1.payment_methods.detach_async(method_ref))
        except stripe.InvalidRequestError as error:
            _log.info("stripe_nothing_to_detach", code=error.code)
        except (stripe.StripeError, TimeoutError) as error:
            raise PaymentProviderError("The payment processor does not answer; try again in a moment.") from error

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> ProviderEvent:
        """Return what a webhook says.

        Raises:
            WebhookError: when it is not Stripe's, too old, or unreadable.
        """
        # The library's check reads the machine's clock and lets the future pass; ours takes both and the same header.
        secret = self._settings.stripe_webhook_secret.encode()
        timestamp = verified_timestamp(headers.get("stripe-signature"), body, secret)
        check_fresh(timestamp, now=now, tolerance_seconds=self._settings.webhook_tolerance_seconds)
        try:
            event = msgspec.json.decode(body, type=_Event)
            return _provider_event(event)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError) as error:
            raise WebhookError("The webhook's body cannot be read.") from error

    async def _timed(self, call: Awaitable[T]) -> T:
        async with asyncio.timeout(self._settings.charge_seconds):
            return await call

    async def _answered(self, call: Awaitable[T]) -> T:
        try:
            return await self._timed(call)
        except (stripe.StripeError, TimeoutError) as error:
            raise PaymentProviderError("The payment processor does not answer; try again in a moment.") from error


def _unsettled(error: Exception) -> Declined | Unknown:
    """Return what an error other than a decline means for money that was asked for."""
    _log.warning("stripe_unsettled", reason=type(error).__name__, code=getattr(error, "code", None))
    if isinstance(error, stripe.InvalidRequestError) and error.http_status in {400, 404}:
        return Declined(code="refused", hard=True)
    return Unknown()


def _asks_next(intent: Mapping[str, Any]) -> bool:
    """Return whether the bank wants the cardholder, whom `charge` asks next; that refusal is no outcome yet."""
    last = intent.get("last_payment_error") or {}
    return intent["status"] == "requires_payment_method" and last.get("code") == "authentication_required"


def _provider_event(event: _Event) -> ProviderEvent:
    thing = event.data.object
    key = (thing.get("metadata") or {}).get(_KEY, "")
    if not key:
        return ProviderEvent(event_id=event.id, kind="other")
    if event.type.startswith("payment_intent.") and not _asks_next(thing):
        return ProviderEvent(event_id=event.id, kind="charge", idempotency_key=key, result=charge_result(thing))
    if event.type in {"refund.created", "refund.updated", "refund.failed"}:
        return ProviderEvent(event_id=event.id, kind="refund", idempotency_key=key, result=refund_result(thing))
    return ProviderEvent(event_id=event.id, kind="other")


def stripe_client(settings: BillingSettings, http: aiohttp.ClientSession) -> stripe.StripeClient:
    """Return Stripe's client over our connections.

    Raises:
        ProviderSettingsError: when the secret key or the webhooks' secret is not set.
    """
    if not settings.stripe_secret_key or not settings.stripe_webhook_secret:
        raise ProviderSettingsError("Set billing.stripe_secret_key and billing.stripe_webhook_secret, or use sandbox.")
    return stripe.StripeClient(
        settings.stripe_secret_key,
        base_addresses={"api": settings.stripe_api_base} if settings.stripe_api_base else None,
        max_network_retries=0,  # repeats are billing's business: it asks first
        http_client=stripe.AIOHTTPClient(timeout=settings.charge_seconds, session=http),
    )
