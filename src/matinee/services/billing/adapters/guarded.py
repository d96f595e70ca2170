"""The payment processor behind commands."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal, TypeVar

from matinee.contracts.billing import PaymentProviderError
from matinee.host.engines.guard import Guard
from matinee.resilience.command import Command, Commands
from matinee.services.billing.ports import (
    AttachRequest,
    ChargeRequest,
    ChargeResult,
    Method,
    Payments,
    ProviderEvent,
    ProviderView,
    RefundRequest,
    RefundResult,
    Unknown,
)

_AT_ONCE = 64
_FALLBACKS = 1024
_MOST_SECONDS = 3600.0
_SLEEP_SECONDS = 5.0
_SHARE = 0.9
_STEPS = 4
R = TypeVar("R")


class GuardedPayments:
    """A `Payments`: the commands `billing.payments.charge`, `.find`, `.refund` and `.methods`.

    A charge or refund that is refused here, or for which no answer comes, is `Unknown`, as from the processor itself:
    it is asked about by its key before anything else is done.

    Args:
        seconds: longest time that a charge is waited for; ours ends a little earlier, else it would never be seen.
    """

    def __init__(self, inner: Payments, commands: Commands, *, seconds: float) -> None:
        self._inner = inner
        self._guard = Guard(commands, "billing.payments", PaymentProviderError)
        self._charge = self._command("charge", _SHARE * seconds)
        self._find = self._command("find", _SHARE * seconds)
        self._refund = self._command("refund", _SHARE * seconds)
        self._methods = self._command("methods", _STEPS * seconds)

    def _command(self, what: str, seconds: float) -> Command:
        return self._guard.command(
            what,
            timeout_seconds=min(seconds, _MOST_SECONDS),
            max_concurrent=_AT_ONCE,
            fallback_max_concurrent=_FALLBACKS,
            sleep_window_seconds=_SLEEP_SECONDS,
        )

    @property
    def provider(self) -> Literal["sandbox", "stripe"]:
        """The name in webhooks."""
        return self._inner.provider

    def page(self) -> ProviderView:
        """Return what pages need."""
        return self._inner.page()

    async def charge(self, request: ChargeRequest) -> ChargeResult:
        """Take money."""
        return await self._settled(self._charge, lambda: self._inner.charge(request))

    async def find(self, idempotency_key: str) -> ChargeResult | None:
        """Return what became of a charge."""
        return await self._guard.run(self._find, lambda: self._inner.find(idempotency_key))

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back."""
        return await self._settled(self._refund, lambda: self._inner.refund(request))

    async def find_refund(self, refund_ref: str) -> RefundResult:
        """Return what has become of a refund."""
        return await self._guard.run(self._find, lambda: self._inner.find_refund(refund_ref))

    async def attach(self, request: AttachRequest) -> Method:
        """Keep a payment method."""
        return await self._guard.run(self._methods, lambda: self._inner.attach(request))

    async def detach(self, method_ref: str) -> None:
        """Forget a payment method."""
        await self._guard.run(self._methods, lambda: self._inner.detach(method_ref))

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> ProviderEvent:
        """Return what a webhook says."""
        return self._inner.verify_webhook(headers, body, now=now)

    async def _settled(self, command: Command, call: Callable[[], Awaitable[R]]) -> R | Unknown:
        async def known() -> R | Unknown:
            answer = await call()
            if isinstance(answer, Unknown):
                raise PaymentProviderError("The payment processor gave no answer.")
            return answer

        async def unknown(_: Exception) -> R | Unknown:
            return Unknown()

        return await command.run(known, fallback=unknown)
