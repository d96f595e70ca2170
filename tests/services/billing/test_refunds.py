"""Refunds that take their time, and refunds that come back."""

import pytest

from matinee.kit.ids import AccountId
from matinee.services.billing.model import Payment, Refund
from matinee.services.billing.ports import Declined, Pending, ProviderEvent, RefundResult, Succeeded
from matinee.services.billing.service.attempts import request_of
from matinee.services.billing.service.desk import Asked
from matinee.services.billing.service.errors import RefundTooLargeError
from matinee.services.billing.service.office import Actor
from matinee.testing.billing import CHALLENGE, BillingBench, assemble

ANN = AccountId("ann")
STAFF = Actor(name="operator", role="operator", address="192.0.2.1")
DAY = 86_400
FAILED = Declined(code="refund-failed", hard=True)


@pytest.fixture(autouse=True)
async def books_hold(bench: BillingBench):
    yield
    assert list(await bench.office.violations()) == []
    assert await sums(bench, "cash") == held(bench)


def held(bench: BillingBench) -> int:
    """Return what the processor holds for us."""
    taken = sum(request.amount for request in bench.processor.taken.values())
    return taken - sum(request.amount for request in bench.processor.given_back.values())


async def sums(bench: BillingBench, ledger: str) -> int:
    return sum(one.amount for one in (await bench.office.books()).balances if one.ledger == ledger)


async def join(bench: BillingBench, *, card: str = "good-1") -> Payment:
    await bench.service.subscribe(
        Asked(account_id=ANN, route="subscribe", key=""),
        plan_id="standard",
        currency="EUR",
        token=card,
        coupon=None,
        try_first="pay",
    )
    return (await bench.office.account(ANN)).payments[0]


async def give_back(bench: BillingBench, payment: Payment, *, amount: int = 999) -> Refund:
    return await bench.office.refund(STAFF, payment_id=payment.payment_id, amount=amount, reason="late", key="")


async def refunds(bench: BillingBench) -> list[Refund]:
    return list((await bench.office.account(ANN)).refunds)


async def documents(bench: BillingBench) -> list[tuple[str, int, str, str]]:
    page, _ = await bench.service.invoices(ANN, limit=9, cursor=None)
    shown = [(one.kind, one.total, one.number, one.document.corrects) for one in page]
    return sorted(shown, key=lambda one: ("invoice", "credit-note", "reversal").index(one[0]))


async def tell(bench: BillingBench, refund: Refund, result: RefundResult, *, name: str) -> None:
    event = ProviderEvent(event_id=name, kind="refund", idempotency_key=f"refund-{refund.refund_id}", result=result)
    await bench.service.apply(provider="sandbox", event=event)


async def run_for(bench: BillingBench, *, days: int) -> None:
    for _ in range(days):
        bench.clock.advance(DAY)
        await bench.renewals.run()


@pytest.mark.parametrize("slow", [True, False])
async def test_a_refund_that_fails_later_is_taken_back_once(bench: BillingBench, slow: bool):
    payment = await join(bench)
    bench.processor.slow_refunds = slow
    refund = await give_back(bench, payment)
    assert (refund.state, await sums(bench, "cash")) == ("pending" if slow else "succeeded", 0)
    failed = bench.processor.fail_refund(f"refund-{refund.refund_id}")
    for name in ("e1", "e1", "e2"):
        await tell(bench, refund, failed, name=name)
    (after,) = await refunds(bench)
    assert (after.state, after.decline_code, after.ask_at) == ("failed", "refund-failed", None)
    assert [await sums(bench, ledger) for ledger in ("cash", "refunds", "tax")] == [999, 0, -160]
    assert await documents(bench) == [
        ("invoice", 999, "MT-2026-000001", ""),
        ("credit-note", -999, "MTC-2026-000001", "MT-2026-000001"),
        ("reversal", 999, "MTR-2026-000001", "MTC-2026-000001"),
    ]


async def test_a_failure_is_told_to_the_member_and_shown_to_staff(bench: BillingBench):
    refund = await give_back(bench, await join(bench))
    bench.clock.advance(DAY)
    await tell(bench, refund, bench.processor.fail_refund(f"refund-{refund.refund_id}"), name="e1")
    async with bench.store.reading() as rows:
        letters = [letter.notice for letter in await rows.letters(limit=9)]
    (told,) = [notice for notice in letters if notice.kind == "refund-failed"]
    assert (told.amount, told.invoice.kind, told.to) == (999, "reversal", "ann@example.org")
    lines, _ = await bench.office.audit(limit=1, cursor=None)
    facts = {"amount": 999, "currency": "EUR", "refund_id": refund.refund_id, "decline_code": "refund-failed"}
    assert (lines[0].actor, lines[0].action, lines[0].subject) == ("sandbox", "refund-failed", refund.payment_id)
    assert lines[0].facts == facts


async def test_what_came_back_can_be_given_back_again_with_the_whole_tax(bench: BillingBench):
    payment = await join(bench)
    first = await give_back(bench, payment, amount=500)
    await give_back(bench, payment, amount=499)
    await tell(bench, first, bench.processor.fail_refund(f"refund-{first.refund_id}"), name="e1")
    with pytest.raises(RefundTooLargeError):
        await give_back(bench, payment, amount=501)
    await give_back(bench, payment, amount=500)
    assert [await sums(bench, ledger) for ledger in ("cash", "tax")] == [0, 0]


async def test_a_late_word_of_success_does_not_bring_a_failed_refund_back(bench: BillingBench):
    bench.processor.slow_refunds = True
    refund = await give_back(bench, await join(bench))
    await tell(bench, refund, bench.processor.fail_refund(f"refund-{refund.refund_id}"), name="e1")
    for name, result in (("e2", Pending(processor_ref="re-1")), ("e3", Succeeded(processor_ref="re-1"))):
        await tell(bench, refund, result, name=name)
    assert [one.state for one in await refunds(bench)] == ["failed"]


async def test_a_failure_that_overtakes_our_own_answer_leaves_nothing_to_take_back(bench: BillingBench):
    payment = await join(bench)
    bench.processor.away = True
    refund = await give_back(bench, payment)
    await tell(bench, refund, FAILED, name="e1")
    bench.processor.away = False
    await run_for(bench, days=2)
    assert [(one.state, one.decline_code) for one in await refunds(bench)] == [("declined", "refund-failed")]
    assert [kind for kind, *_ in await documents(bench)] == ["invoice"]


@pytest.mark.parametrize("slow", [True, False])
async def test_a_failure_is_found_by_asking_when_no_webhook_comes(bench: BillingBench, slow: bool):
    bench.processor.slow_refunds = slow
    refund = await give_back(bench, await join(bench))
    bench.processor.fail_refund(f"refund-{refund.refund_id}")
    again = assemble(bench.store, bench.processor, bench.clock, bench.settings)
    again.processor.away = True
    await run_for(again, days=1)
    again.processor.away = False
    await run_for(again, days=3)
    assert [one.state for one in await refunds(again)] == ["failed"]


async def test_a_slow_refund_that_arrives_is_asked_about_no_more_after_a_month(bench: BillingBench):
    bench.processor.slow_refunds = True
    refund = await give_back(bench, await join(bench))
    await run_for(bench, days=2)
    assert [one.state for one in await refunds(bench)] == ["pending"]
    bench.processor.finish_refund(f"refund-{refund.refund_id}")
    await bench.service.act(Asked(account_id=ANN, route="cancel", key=""), "cancel")
    await run_for(bench, days=40)
    (after,) = await refunds(bench)
    assert (after.state, after.ask_at) == ("succeeded", None)
    assert [kind for kind, *_ in await documents(bench)] == ["invoice", "credit-note"]


async def test_a_surplus_whose_return_failed_is_ours_to_give_back_again(bench: BillingBench):
    payment = await join(bench, card=CHALLENGE)
    await run_for(bench, days=1)
    async with bench.store.reading() as rows:
        book = (await rows.books([ANN], payments=[payment.payment_id]))[ANN]
    bench.processor.confirm(payment.idempotency_key, request_of(book, payment))
    event = ProviderEvent(
        event_id="late",
        kind="charge",
        idempotency_key=payment.idempotency_key,
        result=Succeeded(processor_ref=f"ch-{payment.idempotency_key}"),
    )
    await bench.service.apply(provider="sandbox", event=event)
    await run_for(bench, days=1)
    (refund,) = await refunds(bench)
    await tell(bench, refund, bench.processor.fail_refund(f"refund-{refund.refund_id}"), name="e1")
    assert [await sums(bench, ledger) for ledger in ("cash", "surplus")] == [999, -999]
    assert (await give_back(bench, payment)).surplus
    assert [await sums(bench, ledger) for ledger in ("cash", "surplus")] == [0, 0]
    assert await documents(bench) == []
