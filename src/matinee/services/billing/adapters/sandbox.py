"""The sandbox processor as billing's payments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import aiohttp
import msgspec
import structlog

from matinee.contracts.billing import PaymentProviderError
from matinee.services.billing.adapters.webhooks import check_fresh, verified_timestamp
from matinee.services.billing.ports import (
    AttachRequest,
    Challenged,
    ChargeRequest,
    ChargeResult,
    Declined,
    Method,
    PaymentMethodError,
    Pending,
    ProviderEvent,
    ProviderView,
    RefundRequest,
    RefundResult,
    Succeeded,
    Unknown,
    WebhookError,
)
from matinee.services.billing.settings import BillingSettings

_SIGNATURE_HEADER = "sandbox-signature"
_MAX_ANSWER_BYTES = 256 * 1024
_CREATED = 201
_UNSETTLED = frozenset({401, 408, 409, 429})  # refusals after which the key may still name a charge
_log = structlog.get_logger()


class _Charge(msgspec.Struct, frozen=True, kw_only=True):
    charge: str
    idempotency_key: str
    status: Literal["succeeded", "declined", "requires-action"]
    decline_code: str = ""
    hard: bool = False
    challenge_url: str = ""


class _Refund(msgspec.Struct, frozen=True, kw_only=True):
    refund: str
    idempotency_key: str
    status: Literal["pending", "succeeded", "failed"]


class _Charges(msgspec.Struct, frozen=True):
    items: tuple[_Charge, ...]


class _Method(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    customer: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    event: str
    kind: str
    charge: _Charge | None = None
    refund: _Refund | None = None


class _Refusal(msgspec.Struct, frozen=True):
    code: str = ""
    detail: str = ""


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes

    def refusal(self) -> _Refusal:
        try:
            return msgspec.json.decode(self.body, type=_Refusal)
        except msgspec.DecodeError:
            return _Refusal()


class SandboxPayments:
    """Implements `Payments` over the sandbox processor's HTTP.

    Args:
        http: kept open by the caller.
        service_key: what the processor knows this service by.
        webhook_secret: what it signs events with.
    """

    def __init__(
        self, http: aiohttp.ClientSession, *, settings: BillingSettings, service_key: str, webhook_secret: bytes
    ) -> None:
        self._http = http
        self._settings = settings
        self._service_key = service_key
        self._webhook_secret = webhook_secret

    @property
    def provider(self) -> Literal["sandbox", "stripe"]:
        """The name in the webhooks' path."""
        return "sandbox"

    def page(self) -> ProviderView:
        """Return where pages send cards."""
        return ProviderView(provider="sandbox", tokenize_url=f"{self._settings.sandbox_url}/v1/tokens")

    async def charge(self, request: ChargeRequest) -> ChargeResult:
        """Take money, once under the key."""
        public = self._settings.public_url.rstrip("/")
        body = {
            "amount": request.amount,
            "currency": request.currency,
            "method": request.method_ref,
            "customer": request.customer_ref,
            "description": request.description,
            "reference": request.payment_id,
            "return_url": f"{public}{request.return_path}" if public else "",
        }
        answer = await self._try("POST", "/v1/charges", body=body, key=request.idempotency_key)
        if answer is None:
            return Unknown()
        if answer.status == _CREATED:
            return _read_charge(answer.body)
        return _refused("charge", answer)

    async def find(self, idempotency_key: str) -> ChargeResult | None:
        """Return what became of a charge, or None.

        Raises:
            PaymentProviderError: when the processor does not answer.
        """
        answer = await self._ask("GET", "/v1/charges", query={"idempotency_key": idempotency_key})
        try:
            items = msgspec.json.decode(answer.body, type=_Charges).items
        except msgspec.DecodeError as error:
            raise PaymentProviderError("The payment processor's answer cannot be read.") from error
        return _result(items[0]) if items else None

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, once under the key."""
        body = {"charge": request.processor_ref, "amount": request.amount, "reference": request.refund_id}
        answer = await self._try("POST", "/v1/refunds", body=body, key=request.idempotency_key)
        if answer is None:
            return Unknown()
        if answer.status != _CREATED:
            return _refused("refund", answer)
        return _read_refund(answer.body)

    async def find_refund(self, refund_ref: str) -> RefundResult:
        """Return what has become of a refund.

        Raises:
            PaymentProviderError: when the processor does not answer.
        """
        return _read_refund((await self._ask("GET", f"/v1/refunds/{refund_ref}")).body)

    async def attach(self, request: AttachRequest) -> Method:
        """Keep a card.

        Raises:
            PaymentMethodError: when the token cannot be used.
            PaymentProviderError: when the processor does not answer.
        """
        body = {"token": request.token, "customer": request.customer_ref, "reference": request.account_id}
        answer = await self._try("POST", "/v1/methods", body=body)
        if answer is not None and answer.status == 422:  # noqa: PLR2004  # the processor's word for an unusable token
            raise PaymentMethodError(answer.refusal().detail or "This card cannot be used; enter it again.")
        try:
            kept = msgspec.json.decode(_good(answer).body, type=_Method)
        except msgspec.DecodeError as error:
            raise PaymentProviderError("The payment processor's answer cannot be read.") from error
        return Method(
            method_ref=kept.method,
            customer_ref=kept.customer,
            brand=kept.brand,
            last4=kept.last4,
            expiry_month=kept.exp_month,
            expiry_year=kept.exp_year,
            fingerprint=kept.fingerprint,
        )

    async def detach(self, method_ref: str) -> None:
        """Forget a card.

        Raises:
            PaymentProviderError: when the processor does not answer.
        """
        await self._ask("DELETE", f"/v1/methods/{method_ref}")

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> ProviderEvent:
        """Return what a webhook says.

        Raises:
            WebhookError: when it is not the processor's, too old, or unreadable.
        """
        timestamp = verified_timestamp(headers.get(_SIGNATURE_HEADER), body, self._webhook_secret)
        check_fresh(timestamp, now=now, tolerance_seconds=self._settings.webhook_tolerance_seconds)
        try:
            event = msgspec.json.decode(body, type=_Event)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise WebhookError("The webhook's body cannot be read.") from error
        if event.charge is not None:
            result = _result(event.charge)
            key = event.charge.idempotency_key
            return ProviderEvent(event_id=event.event, kind="charge", idempotency_key=key, result=result)
        if event.refund is not None:
            given = _refund_result(event.refund)
            key = event.refund.idempotency_key
            return ProviderEvent(event_id=event.event, kind="refund", idempotency_key=key, result=given)
        return ProviderEvent(event_id=event.event, kind="other")

    async def _ask(self, method: str, path: str, *, query: Mapping[str, str] | None = None) -> _Answer:
        return _good(await self._try(method, path, query=query))

    async def _try(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        key: str = "",
    ) -> _Answer | None:
        """Return the processor's answer, whatever it says; None when there is none in time or it is our side's 5xx."""
        headers = {"authorization": f"Bearer {self._service_key}", **({"idempotency-key": key} if key else {})}
        timeout = aiohttp.ClientTimeout(total=self._settings.charge_seconds)
        url = f"{self._settings.sandbox_url}{path}"
        try:
            async with self._http.request(
                method, url, json=body, params=query, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                answer = _Answer(response.status, await response.content.read(_MAX_ANSWER_BYTES))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("sandbox_silent", method=method, path=path, reason=type(error).__name__)
            return None
        return None if answer.status >= 500 else answer  # noqa: PLR2004  # from here on it is a broken server


def _good(answer: _Answer | None) -> _Answer:
    if answer is None or not 200 <= answer.status < 300:  # noqa: PLR2004  # HTTP's range of success
        raise PaymentProviderError("The payment processor does not answer; try again in a moment.")
    return answer


def _refused(what: str, answer: _Answer) -> Declined | Unknown:
    """Return what a 4xx means: mostly that no money moved and none will."""
    refusal = answer.refusal()
    _log.warning("sandbox_refused", what=what, status=answer.status, code=refusal.code)
    if answer.status in _UNSETTLED:
        return Unknown()
    return Declined(code=refusal.code or "refused", hard=True)


def _read_charge(body: bytes) -> ChargeResult:
    try:
        return _result(msgspec.json.decode(body, type=_Charge))
    except (msgspec.DecodeError, ValueError):
        return Unknown()


def _read_refund(body: bytes) -> RefundResult:
    try:
        return _refund_result(msgspec.json.decode(body, type=_Refund))
    except (msgspec.DecodeError, ValueError):
        return Unknown()


def _refund_result(refund: _Refund) -> RefundResult:
    if refund.status == "failed":
        return Declined(code="refund-failed", hard=True)
    result = Succeeded if refund.status == "succeeded" else Pending
    return result(processor_ref=refund.refund)


def _result(charge: _Charge) -> ChargeResult:
    if charge.status == "succeeded":
        return Succeeded(processor_ref=charge.charge)
    if charge.status == "declined":
        return Declined(code=charge.decline_code or "declined", hard=charge.hard)
    return Challenged(challenge_url=charge.challenge_url, processor_ref=charge.charge)
