"""Every call that we make is one that Stripe's published API takes, as its own mock server knows it."""

import asyncio
import shutil
import subprocess
import time
from pathlib import Path

import aiohttp
import pytest
import stripe

from matinee.kit.ids import AccountId
from matinee.services.billing.adapters.stripe import StripePayments, stripe_client
from matinee.services.billing.ports import AttachRequest, ChargeRequest, Declined, RefundRequest, Succeeded
from matinee.services.billing.settings import BillingSettings

ROOT = Path(__file__).parents[3]
REFUSED = Declined(code="refused", hard=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    program = shutil.which("stripe-mock", path=str(ROOT / ".tools" / "bin")) or shutil.which("stripe-mock")
    if program is None:
        pytest.skip("stripe-mock: run tools/install-stripe-mock")
    log = tmp_path_factory.mktemp("stripe") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([program, "-http-addr", "127.0.0.1:0"], stdout=output, stderr=output)
    try:
        ends_at = time.monotonic() + 20
        while "Listening for HTTP at address:" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < ends_at, log.read_text()
            time.sleep(0.05)
        yield "http://" + log.read_text().split("Listening for HTTP at address:")[1].split()[0]
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
async def payments(server):
    settings = BillingSettings(
        provider="stripe",
        stripe_secret_key="sk_test_123",
        stripe_webhook_secret="whsec_1",
        stripe_api_base=server,
        public_url="https://films.example",
    )
    async with aiohttp.ClientSession() as http:
        yield StripePayments(stripe_client(settings, http), settings=settings)


@pytest.mark.parametrize("token", ["tok_visa", "pm_card_visa"])
async def test_a_card_is_kept(payments, token):
    method = await payments.attach(
        AttachRequest(account_id=AccountId("account"), token=token, customer_ref="", idempotency_key=f"a-{token}")
    )
    assert len(method.last4) == 4
    await payments.detach(method.method_ref)


async def test_a_charge_is_asked_for(payments):
    result = await payments.charge(
        ChargeRequest(
            payment_id="payment",
            idempotency_key="k1",
            amount=1299,
            currency="EUR",
            method_ref="pm_card_visa",
            customer_ref="cus_123",
            description="Standard, one month",
        )
    )
    # The mock answers every call with one example; what counts is that it did not refuse ours.
    assert result != REFUSED


async def test_a_charge_is_looked_for(payments):
    assert await payments.find("k'1") != REFUSED


async def test_a_refund_is_asked_for(payments):
    result = await payments.refund(
        RefundRequest(refund_id="r", idempotency_key="r1", processor_ref="pi_123", amount=100, currency="EUR")
    )
    assert isinstance(result, Succeeded)


async def test_a_challenge_is_asked_for(payments):
    request = ChargeRequest(
        payment_id="payment",
        idempotency_key="k2",
        amount=1299,
        currency="EUR",
        method_ref="pm_card_visa",
        customer_ref="cus_123",
        description="Standard, one month",
    )
    refused = {"error": {"code": "authentication_required", "payment_intent": {"id": "pi_123"}}}
    error = stripe.CardError("Asked.", None, "authentication_required", json_body=refused, http_status=402)
    result = await payments._challenge(request, error)
    assert result != REFUSED


async def test_the_mock_does_refuse_what_the_api_does_not_take(payments):
    async with asyncio.timeout(5):
        with pytest.raises(stripe.InvalidRequestError):
            await payments._v1.payment_intents.create_async({"amount": 100, "no_such_parameter": "x"})
