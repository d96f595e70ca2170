"""What every payment processor's adapter must do. Each test quotes the promise of `billing.ports.Payments`."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import pytest

from matinee.contracts.billing import PaymentProviderError
from matinee.kit.ids import AccountId
from matinee.services.billing.ports import (
    AttachRequest,
    Challenged,
    ChargeRequest,
    Declined,
    Method,
    PaymentMethodError,
    Payments,
    RefundRequest,
    Succeeded,
    Unknown,
    WebhookError,
)

CardKind = Literal["good", "soft", "hard", "challenge", "silent"]
AMOUNT = 1299
UNKNOWN = "tok_nobody"
SKEW = timedelta(seconds=301)


class Bench(Protocol):
    """A processor to test against, and what only it can do."""

    @property
    def payments(self) -> Payments:
        """The adapter under test; its deadline is short."""
        ...

    async def token(self, kind: CardKind) -> str:
        """Return a token of a card of this kind."""
        ...

    async def charged(self, key: str) -> int:
        """Return how often money was taken under a key, as the processor's own books say."""
        ...

    async def answer(self, challenge_url: str, word: Literal["approve", "deny"]) -> None:
        """Be the cardholder."""
        ...

    async def webhook(self, key: str) -> tuple[Mapping[str, str], bytes]:
        """Return the headers and the body of the newest webhook about a charge or refund, signed just now."""
        ...

    async def stop(self) -> None:
        """Let the processor be away."""
        ...


def _charge(method: Method, key: str, amount: int = AMOUNT) -> ChargeRequest:
    return ChargeRequest(
        payment_id=f"payment-{key}",
        idempotency_key=key,
        amount=amount,
        currency="EUR",
        method_ref=method.method_ref,
        customer_ref=method.customer_ref,
        description="Standard, one month",
    )


def _refund(charge: Succeeded, key: str, amount: int) -> RefundRequest:
    return RefundRequest(
        refund_id=f"refund-{key}",
        idempotency_key=key,
        processor_ref=charge.processor_ref,
        amount=amount,
        currency="EUR",
    )


async def _kept(bench: Bench, kind: CardKind, customer: str = "") -> Method:
    token = await bench.token(kind)
    request = AttachRequest(
        account_id=AccountId("0account"), token=token, customer_ref=customer, idempotency_key=f"attach-{token[-12:]}"
    )
    return await bench.payments.attach(request)


async def _succeeded(bench: Bench, key: str) -> Succeeded:
    result = await bench.payments.charge(_charge(await _kept(bench, "good"), key))
    assert isinstance(result, Succeeded)
    return result


class PaymentsSuite:
    """Subclass it and give the fixture `bench`."""

    async def test_a_kept_card_is_charged(self, bench: Bench) -> None:
        """Take money."""
        charge = await _succeeded(bench, "k1")
        assert await bench.payments.find("k1") == charge
        assert await bench.charged("k1") == 1

    async def test_a_repeat_answers_with_the_first_result(self, bench: Bench) -> None:
        """Under one key money moves once at most; a repeat with the same key answers with the first one's result."""
        request = _charge(await _kept(bench, "good"), "k1")
        first = await bench.payments.charge(request)
        assert [await bench.payments.charge(request) for _ in range(3)] == [first] * 3
        assert await bench.charged("k1") == 1

    async def test_many_at_once_under_one_key_take_money_once(self, bench: Bench) -> None:
        """Under one key money moves once at most, whatever is repeated."""
        request = _charge(await _kept(bench, "good"), "k1")
        results = await asyncio.gather(*(bench.payments.charge(request) for _ in range(8)))
        assert await bench.charged("k1") == 1
        assert len({result.processor_ref for result in results if isinstance(result, Succeeded)}) == 1
        assert all(isinstance(result, (Succeeded, Unknown)) for result in results)

    async def test_a_key_used_for_another_amount_moves_nothing(self, bench: Bench) -> None:
        """Under one key money moves once at most."""
        method = await _kept(bench, "good")
        await bench.payments.charge(_charge(method, "k1"))
        again = await bench.payments.charge(_charge(method, "k1", AMOUNT + 1))
        assert not isinstance(again, Succeeded)
        assert await bench.charged("k1") == 1

    @pytest.mark.parametrize(("kind", "hard"), [("soft", False), ("hard", True)])
    async def test_declines_say_whether_to_try_again(
        self,
        bench: Bench,
        kind: CardKind,
        hard: bool,  # noqa: FBT001  # a parameter of a table
    ) -> None:
        """The money was not taken and will not be under this key."""
        request = _charge(await _kept(bench, kind), "k1")
        result = await bench.payments.charge(request)
        assert isinstance(result, Declined)
        assert result.hard is hard
        assert await bench.payments.charge(request) == result
        assert await bench.payments.find("k1") == result
        assert await bench.charged("k1") == 0

    async def test_an_unseen_key_is_none(self, bench: Bench) -> None:
        """None when the processor has never seen the key."""
        assert await bench.payments.find("never'\\seen") is None

    async def test_silence_is_unknown_and_then_found(self, bench: Bench) -> None:
        """`Unknown` when no answer came, never an exception for that."""
        request = _charge(await _kept(bench, "silent"), "k1")
        assert await bench.payments.charge(request) == Unknown()
        found = await bench.payments.find("k1")
        assert isinstance(found, Succeeded)
        assert await bench.payments.charge(request) == found
        assert await bench.charged("k1") == 1

    async def test_an_approved_challenge_takes_the_money(self, bench: Bench) -> None:
        """The bank wants the member to confirm; the outcome comes by webhook or when asked."""
        request = _charge(await _kept(bench, "challenge"), "k1")
        asked = await bench.payments.charge(request)
        assert isinstance(asked, Challenged)
        assert asked.challenge_url.startswith("http")
        assert await bench.charged("k1") == 0
        assert isinstance(await bench.payments.find("k1"), Challenged)
        await bench.answer(asked.challenge_url, "approve")
        assert isinstance(await bench.payments.find("k1"), Succeeded)
        assert await bench.charged("k1") == 1

    async def test_a_denied_challenge_takes_nothing(self, bench: Bench) -> None:
        """The bank wants the member to confirm."""
        asked = await bench.payments.charge(_charge(await _kept(bench, "challenge"), "k1"))
        assert isinstance(asked, Challenged)
        await bench.answer(asked.challenge_url, "deny")
        assert await bench.payments.find("k1") == Declined(code="challenge-failed", hard=False)
        assert await bench.charged("k1") == 0

    async def test_a_refund_is_made_once_under_its_key(self, bench: Bench) -> None:
        """Repeating it with the same key is safe."""
        charge = await _succeeded(bench, "k1")
        first = await bench.payments.refund(_refund(charge, "r1", 300))
        assert isinstance(first, Succeeded)
        assert await bench.payments.refund(_refund(charge, "r1", 300)) == first
        assert await bench.payments.find_refund(first.processor_ref) == first
        rest = await bench.payments.refund(_refund(charge, "r2", AMOUNT - 300))
        assert isinstance(rest, Succeeded)

    async def test_no_more_is_given_back_than_was_taken(self, bench: Bench) -> None:
        """Give back part or all of a charge."""
        charge = await _succeeded(bench, "k1")
        assert isinstance(await bench.payments.refund(_refund(charge, "r1", AMOUNT + 1)), Declined)

    async def test_a_kept_card_shows_what_is_safe_to_show(self, bench: Bench) -> None:
        """A payment method as the processor keeps it."""
        method = await _kept(bench, "good")
        assert (method.brand, method.last4) == ("Visa", "4242")
        assert method.customer_ref
        assert method.method_ref

    async def test_the_same_card_has_the_same_fingerprint(self, bench: Bench) -> None:
        """Equal for the same card, however often it is added."""
        first = await _kept(bench, "good")
        again = await _kept(bench, "good", first.customer_ref)
        other = await _kept(bench, "soft")
        assert again.customer_ref == first.customer_ref
        assert again.fingerprint == first.fingerprint != other.fingerprint

    async def test_an_unknown_token_is_refused(self, bench: Bench) -> None:
        """The token is unknown; nothing was kept."""
        request = AttachRequest(
            account_id=AccountId("a"), token=UNKNOWN, customer_ref="", idempotency_key="attach-nobody"
        )
        with pytest.raises(PaymentMethodError):
            await bench.payments.attach(request)

    async def test_a_forgotten_card_is_charged_no_more(self, bench: Bench) -> None:
        """Forget a payment method; idempotent."""
        method = await _kept(bench, "good")
        await bench.payments.detach(method.method_ref)
        await bench.payments.detach(method.method_ref)
        result = await bench.payments.charge(_charge(method, "k1"))
        assert isinstance(result, Declined)
        assert result.hard

    async def test_a_processor_that_is_away(self, bench: Bench) -> None:
        """Every call ends within its own deadline; charge and refund do not know, all others raise."""
        method = await _kept(bench, "good")
        charge = await bench.payments.charge(_charge(method, "k1"))
        assert isinstance(charge, Succeeded)
        await bench.stop()
        assert await bench.payments.charge(_charge(method, "k2")) == Unknown()
        assert await bench.payments.refund(_refund(charge, "r1", 1)) == Unknown()
        for call in (
            bench.payments.find("k1"),
            bench.payments.find_refund("re_1"),
            bench.payments.detach(method.method_ref),
        ):
            with pytest.raises(PaymentProviderError):
                await call
        request = AttachRequest(account_id=AccountId("a"), token=UNKNOWN, customer_ref="", idempotency_key="x")
        with pytest.raises(PaymentProviderError):
            await bench.payments.attach(request)

    async def test_a_webhook_says_what_became_of_a_charge(self, bench: Bench) -> None:
        """Return what a webhook says."""
        charge = await _succeeded(bench, "k1")
        headers, body = await bench.webhook("k1")
        event = bench.payments.verify_webhook(headers, body, now=datetime.now(UTC))
        assert (event.kind, event.idempotency_key, event.result) == ("charge", "k1", charge)
        assert event.event_id

    async def test_a_webhook_says_what_became_of_a_refund(self, bench: Bench) -> None:
        """Return what a webhook says."""
        charge = await _succeeded(bench, "k1")
        refund = await bench.payments.refund(_refund(charge, "r1", 300))
        headers, body = await bench.webhook("r1")
        event = bench.payments.verify_webhook(headers, body, now=datetime.now(UTC))
        assert (event.kind, event.idempotency_key, event.result) == ("refund", "r1", refund)

    async def test_webhooks_that_cannot_be_trusted(self, bench: Bench) -> None:
        """When its signature over `timestamp.body` is missing, wrong, or older than the tolerance."""
        await _succeeded(bench, "k1")
        headers, body = await bench.webhook("k1")
        now = datetime.now(UTC)
        bench.payments.verify_webhook(headers, body, now=now)
        refused = [
            ({}, body, now),
            (headers, body.replace(b"k1", b"k2"), now),
            (headers, body + b" ", now),
            (headers, b"", now),
            (headers, body, now + SKEW),
            (headers, body, now - SKEW),
            ({name: value.replace("v1=", "v0=") for name, value in headers.items()}, body, now),
            ({name: value.replace("t=", "t=1") for name, value in headers.items()}, body, now),
            ({name: f"{value},v1=é" for name, value in headers.items()}, body, now),
        ]
        for wrong_headers, wrong_body, moment in refused:
            with pytest.raises(WebhookError):
                bench.payments.verify_webhook(wrong_headers, wrong_body, now=moment)
