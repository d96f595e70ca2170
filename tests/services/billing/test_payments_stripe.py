"""Stripe's adapter keeps the promises of the payments port, against a server that answers in Stripe's shapes."""

from datetime import UTC, datetime

import msgspec
import pytest
import stripe

from matinee.services.billing.adapters.stripe import ProviderSettingsError, stripe_client
from matinee.services.billing.adapters.stripe_words import charge_result, refund_result
from matinee.services.billing.ports import Challenged, Declined, Pending, Succeeded, Unknown
from matinee.services.billing.settings import BillingSettings
from matinee.testing.payments_suite import PaymentsSuite
from matinee.testing.stripe_fake import WEBHOOK_SECRET, fake_stripe


class TestStripePayments(PaymentsSuite):
    @pytest.fixture
    async def bench(self):
        async with fake_stripe() as running:
            yield running


def intent(status, **more):
    return {"id": "pi_1", "status": status, **more}


@pytest.mark.parametrize(
    ("thing", "result"),
    [
        (intent("succeeded"), Succeeded(processor_ref="pi_1")),
        (intent("processing"), Unknown()),
        (intent("requires_confirmation"), Unknown()),
        (intent("requires_payment_method"), Unknown()),
        (intent("canceled"), Declined(code="declined", hard=False)),
        (
            intent(
                "requires_payment_method", last_payment_error={"code": "card_declined", "decline_code": "lost_card"}
            ),
            Declined(code="lost-card", hard=True),
        ),
        (
            intent("requires_payment_method", last_payment_error={"code": "expired_card"}),
            Declined(code="expired-card", hard=True),
        ),
        (
            intent("requires_payment_method", last_payment_error={"code": "card_declined", "decline_code": "new_word"}),
            Declined(code="declined", hard=False),
        ),
        (
            intent("requires_action", next_action={"redirect_to_url": {"url": "https://bank.example"}}),
            Challenged(challenge_url="https://bank.example", processor_ref="pi_1"),
        ),
    ],
)
def test_statuses_of_intents(thing, result):
    assert charge_result(thing) == result


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("succeeded", Succeeded(processor_ref="re_1")),
        ("pending", Pending(processor_ref="re_1")),
        ("requires_action", Pending(processor_ref="re_1")),
        ("failed", Declined(code="refund-failed", hard=True)),
        ("canceled", Declined(code="refund-failed", hard=True)),
    ],
)
def test_statuses_of_refunds(status, meaning):
    assert refund_result({"id": "re_1", "status": status}) == meaning


@pytest.mark.parametrize("missing", ["stripe_secret_key", "stripe_webhook_secret"])
def test_stripe_needs_its_keys(missing):
    given = {"stripe_secret_key": "sk", "stripe_webhook_secret": "whsec", missing: ""}
    with pytest.raises(ProviderSettingsError):
        stripe_client(BillingSettings(provider="stripe", **given), None)


async def test_a_charge_that_needs_its_cardholder_is_not_declined_by_the_webhook_before_the_question():
    """Stripe tells of the refusal without cardholder at once; the question that follows must not find it final."""
    async with fake_stripe() as running:
        refused = {"type": "card_error", "code": "authentication_required"}
        about = intent("requires_payment_method", last_payment_error=refused, metadata={"matinee_key": "p-1"})
        event = {"id": "evt_1", "type": "payment_intent.payment_failed", "data": {"object": about}}
        body = msgspec.json.encode(event)
        now = datetime.now(UTC)
        secret = WEBHOOK_SECRET
        signed = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(now.timestamp()))
        heard = running.payments.verify_webhook({"stripe-signature": signed}, body, now=now)
        assert heard.kind == "other"
