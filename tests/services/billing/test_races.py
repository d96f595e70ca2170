"""Many at once on one account: one charge, whoever wins."""

import asyncio

from matinee.kit.errors import MatineeError
from matinee.kit.ids import AccountId
from matinee.services.billing.model import Coupon
from matinee.services.billing.service.desk import Asked
from matinee.services.billing.service.office import Actor
from matinee.services.billing.service.outcomes import Done
from matinee.testing.billing import BillingBench, assemble

ANN = AccountId("ann")


def joining(bench: BillingBench, key: str, plan: str = "standard"):
    return bench.service.subscribe(
        Asked(account_id=ANN, route="subscribe", key=key),
        plan_id=plan,
        currency="EUR",
        token=None,
        coupon=None,
        try_first="pay",
    )


async def with_card(bench: BillingBench) -> None:
    await bench.service.add_method(Asked(account_id=ANN, route="card", key=""), "good-1")


async def test_eight_requests_to_subscribe_make_one_subscription_and_one_charge(bench: BillingBench):
    await with_card(bench)
    results = await asyncio.gather(*(joining(bench, f"k{n}") for n in range(8)), return_exceptions=True)
    assert sum(isinstance(one, Done) for one in results) == 1
    refused = {one.code for one in results if isinstance(one, MatineeError)}
    assert refused <= {"payment-in-progress", "subscription-state"}
    assert len(bench.processor.taken) == 1


async def test_eight_repeats_of_one_request_get_one_answer_and_one_charge(bench: BillingBench):
    await with_card(bench)
    results = await asyncio.gather(*(joining(bench, "same") for _ in range(8)), return_exceptions=True)
    answers = {one.view.state for one in results if isinstance(one, Done)}
    refused = {one.code for one in results if isinstance(one, MatineeError)}
    assert answers == {"active"}
    assert refused <= {"idempotency-in-progress"}
    assert len(bench.processor.taken) == 1


async def test_two_processes_renewing_at_once_charge_once(bench: BillingBench):
    await with_card(bench)
    await joining(bench, "k")
    other = assemble(bench.store, bench.processor, bench.clock, bench.settings)
    bench.clock.advance(32 * 86_400)
    await asyncio.gather(*(one.renewals.run() for one in (bench, other, bench, other)))
    assert sorted(request.amount for request in bench.processor.taken.values()) == [999, 999]
    assert list(await bench.office.violations()) == []


async def test_one_gift_for_two_accounts_goes_to_one(bench: BillingBench):
    codes = await bench.office.create_gifts(_staff(), amount=500, currency="EUR", count=1, expires_at=None)
    tries = [
        bench.service.redeem(Asked(account_id=AccountId(name), route="gift", key=""), codes.codes[0])
        for name in ("ann", "bob", "cat")
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(getattr(one, "code", "redeemed") for one in results) == ["gift-redeemed"] * 2 + ["redeemed"]
    assert list(await bench.office.violations()) == []


async def test_the_last_redemption_of_a_coupon_goes_to_one(bench: BillingBench):
    coupon = Coupon(
        code="LAST",
        percent=50,
        amount=None,
        currency=None,
        periods=1,
        max_redemptions=1,
        redeemed=0,
        expires_at=None,
        active=True,
        created_at=bench.clock.now(),
    )
    await bench.office.create_coupon(_staff(), coupon)
    tries = [
        bench.service.subscribe(
            Asked(account_id=AccountId(name), route="subscribe", key=""),
            plan_id="basic",
            currency="EUR",
            token="good-1",
            coupon="LAST",
            try_first="pay",
        )
        for name in ("ann", "bob", "cat")
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(getattr(one, "code", "joined") for one in results) == ["coupon-used-up"] * 2 + ["joined"]
    assert [request.amount for request in bench.processor.taken.values()] == [299]


def _staff():
    return Actor(name="operator", role="operator", address="192.0.2.1")
