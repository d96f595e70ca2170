"""The processor behind commands: what nobody knows stays what nobody knows."""

import asyncio
from datetime import UTC, datetime

import pytest

from matinee.contracts.billing import PaymentProviderError
from matinee.resilience.command import Commands
from matinee.resilience.events import Event
from matinee.resilience.faults import fault_from
from matinee.resilience.settings import Tuning
from matinee.services.billing.adapters.guarded import GuardedPayments
from matinee.services.billing.ports import ChargeRequest, Declined, RefundRequest, Succeeded, Unknown
from matinee.testing.clock import ManualClock

CHARGE = ChargeRequest(
    payment_id="p",
    idempotency_key="b-1",
    amount=999,
    currency="EUR",
    method_ref="m",
    customer_ref="",
    description="A month",
)
REFUND = RefundRequest(refund_id="r", idempotency_key="r-1", processor_ref="c", amount=1, currency="EUR")


class Processor:
    provider = "sandbox"

    def __init__(self):
        self.answer, self.asked, self.silent = Succeeded(processor_ref="c"), 0, False

    async def _say(self):
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        return self.answer

    async def charge(self, request):
        return await self._say()

    async def refund(self, request):
        return await self._say()

    async def find(self, idempotency_key):
        return await self._say()

    async def find_refund(self, refund_ref):
        return await self._say()

    async def detach(self, method_ref):
        await self._say()

    def page(self):
        return "page"

    def verify_webhook(self, headers, body, *, now):
        return (headers, body, now)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def commands(clock):
    return Commands(Tuning(allow_faults=True), clock.monotonic)


async def test_answers_pass_as_they_are(commands):
    processor = Processor()
    payments = GuardedPayments(processor, commands, seconds=20.0)
    for answer in (Succeeded(processor_ref="c"), Declined(code="lost-card", hard=True)):
        processor.answer = answer
        assert await payments.charge(CHARGE) == answer
        assert await payments.refund(REFUND) == answer
        assert await payments.find("b-1") == answer
    await payments.detach("m")
    now = datetime.now(UTC)
    assert (payments.provider, payments.page()) == ("sandbox", "page")
    assert payments.verify_webhook({}, b"x", now=now) == ({}, b"x", now)
    assert commands.get("billing.payments.charge").metrics.requests_and_errors(commands.monotonic()) == (2, 0)


async def test_no_answer_is_unknown_to_who_asked_and_a_failure_of_the_processor(commands, clock):
    processor = Processor()
    payments = GuardedPayments(processor, commands, seconds=20.0)
    processor.answer = Unknown()
    for _ in range(40):
        assert await payments.charge(CHARGE) == Unknown()
    clock.advance(0.6)
    assert await payments.charge(CHARGE) == Unknown()
    assert processor.asked == 40
    assert commands.get("billing.payments.charge").breaker.state == "open"


async def test_silence_ends_before_the_one_who_waits_gives_up(commands):
    processor = Processor()
    processor.silent = True
    payments = GuardedPayments(processor, commands, seconds=0.05)
    async with asyncio.timeout(5):
        assert await asyncio.gather(*(payments.charge(CHARGE) for _ in range(100))) == [Unknown()] * 100
        with pytest.raises(PaymentProviderError):
            await payments.find("b-1")
    ever = commands.get("billing.payments.charge").metrics.counts.ever()
    assert (ever[Event.TIMEOUT], ever[Event.REJECTED], ever[Event.FALLBACK_SUCCESS]) == (64, 36, 100)


async def test_failures_on_purpose_are_the_ports_own(commands):
    payments = GuardedPayments(Processor(), commands, seconds=20.0)
    commands.tuning.inject([fault_from("billing.payments.*=fail")])
    assert await payments.refund(REFUND) == Unknown()
    with pytest.raises(PaymentProviderError):
        await payments.detach("m")
