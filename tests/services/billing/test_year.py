"""A year of many members, with everything that goes wrong in one, on one SQLite file."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.kit.errors import MatineeError
from matinee.kit.ids import AccountId
from matinee.services.billing.adapters.checks import INVARIANTS
from matinee.services.billing.model import Coupon, Payment
from matinee.services.billing.service.desk import Asked
from matinee.services.billing.service.office import Actor
from matinee.testing.billing import GOOD, HARD, LOST, SILENT, SOFT, BillingBench, FakeProcessor, assemble, open_bench

STAFF = Actor(name="operator", role="operator", address="192.0.2.1")
PLANS = ("basic", "standard", "premium")
ACTS = ("cancel", "resume", "pause", "unpause", "pay")

UNDO = {"cancel": "resume", "pause": "unpause"}


class KilledError(Exception):
    """The process ends here: before or after money moved."""


@dataclass
class World:
    bench: BillingBench
    random: random.Random
    accident_share: float
    serial: int = 0
    undoable: list[tuple[str, str]] = field(default_factory=list)
    gifts: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    @property
    def processor(self) -> FakeProcessor:
        return self.bench.processor

    def asked(self, account_id: str, route: str) -> Asked:
        self.serial += 1
        return Asked(account_id=AccountId(account_id), route=route, key=f"k{self.serial}")

    def accident(self, moment: str, _key: str) -> None:
        if self.random.random() < self.accident_share:
            self.happened[f"killed {moment}"] += 1
            raise KilledError

    def token(self) -> str:
        mood = self.random.choices((GOOD, SOFT, HARD, SILENT, LOST), (80, 8, 4, 5, 3))[0]
        return f"{mood}-{self.random.randrange(10**9)}"

    async def survive(self, what: str, doing) -> None:
        """Do something as a member would; a killed process comes back with nothing but its files."""
        try:
            await doing
            self.happened[what] += 1
        except KilledError:
            self.restart()
        except MatineeError as error:
            self.happened[f"{what}: {error.code}"] += 1

    def restart(self) -> None:
        old = self.bench
        self.bench = assemble(old.store, old.processor, old.clock, old.settings)

    async def renew(self) -> None:
        for _ in range(20):
            try:
                await self.bench.renewals.run()
                return
            except KilledError:
                self.restart()
        raise AssertionError("The renewal job never came through.")


async def join(world: World, account_id: str) -> None:
    chance = world.random
    doing = world.bench.service.subscribe(
        world.asked(account_id, "subscribe"),
        plan_id=chance.choice(PLANS),
        currency=chance.choice(("EUR", "USD")),
        token=world.token(),
        coupon=chance.choice((None, None, None, "HALF", "FIVER", "FOREVER")),
        try_first=chance.choice(("trial", "pay")),
    )
    await world.survive("join", doing)


async def do_something(world: World, account_id: str) -> None:
    chance, service = world.random, world.bench.service
    match chance.choices(("change", "act", "card", "gift", "credit", "refund", "rejoin"), (25, 30, 15, 6, 4, 8, 6))[0]:
        case "change":
            await world.survive("change", service.change(world.asked(account_id, "change"), chance.choice(PLANS)))
        case "act":
            await take_a_step(world, account_id)
        case "card":
            await world.survive("card", service.add_method(world.asked(account_id, "card"), world.token()))
        case "gift" if world.gifts:
            await world.survive("gift", service.redeem(world.asked(account_id, "gift"), world.gifts.pop()))
        case "credit":
            await world.survive(
                "credit",
                world.bench.office.grant_credit(
                    STAFF,
                    world.asked(account_id, "credit"),
                    amount=chance.randrange(1, 1500),
                    currency="EUR",
                    reason="late",
                ),
            )
        case "refund":
            await refund(world, account_id)
        case _:
            await join(world, account_id)


async def take_a_step(world: World, account_id: str) -> None:
    """Take a step, or one that takes an earlier one back."""
    verb = world.random.choice(ACTS)
    if world.undoable and verb in UNDO.values():
        account_id, verb = world.undoable.pop(world.random.randrange(len(world.undoable)))
    before = world.happened[verb]
    await world.survive(verb, world.bench.service.act(world.asked(account_id, verb), verb))
    if verb in UNDO and world.happened[verb] > before:
        world.undoable.append((account_id, UNDO[verb]))


async def refund(world: World, account_id: str) -> None:
    async with world.bench.store.reading() as rows:
        paid = [p for p in await rows.payments(AccountId(account_id), limit=50) if p.state == "succeeded"]
    if paid:
        payment = world.random.choice(paid)
        amount = world.random.randrange(1, payment.amount + 1)
        doing = world.bench.office.refund(
            STAFF, payment_id=payment.payment_id, amount=amount, reason="asked", key=f"r{world.serial}"
        )
        await world.survive("refund", doing)


async def prepare(bench: BillingBench, world: World) -> None:
    for code, percent, amount, periods in (("HALF", 50, None, 3), ("FIVER", None, 500, 1), ("FOREVER", 10, None, None)):
        coupon = Coupon(
            code=code,
            percent=percent,
            amount=amount,
            currency="EUR" if amount else None,
            periods=periods,
            max_redemptions=200,
            redeemed=0,
            expires_at=None,
            active=True,
            created_at=bench.clock.now(),
        )
        await bench.office.create_coupon(STAFF, coupon)
    made = await bench.office.create_gifts(STAFF, amount=2500, currency="EUR", count=200, expires_at=None)
    world.gifts = list(made.codes)


async def live(folder: Path, *, members: int, seed: int, events_a_day: float, days: int = 365) -> World:
    async with open_bench(folder) as bench:
        world = World(bench, random.Random(seed), accident_share=0.01)
        await prepare(bench, world)
        bench.processor.accident = world.accident
        names = [f"m{number}" for number in range(members)]
        unmet = list(names)
        for day in range(days):
            bench.processor.away = world.random.random() < 0.03
            for _ in range(min(len(unmet), max(1, members // 60))):
                await join(world, unmet.pop())
            for _ in range(int(events_a_day + world.random.random())):
                await do_something(world, world.random.choice(names))
            await world.renew()
            if day % 90 == 89:
                assert list(await world.bench.office.violations()) == []
            bench.clock.advance(timedelta(days=1, minutes=world.random.randrange(-60, 60)).total_seconds())
        await settle_down(world)
        await check(world)
        return world


async def settle_down(world: World) -> None:
    """Let the processor be reachable until nothing is left open."""
    world.accident_share, world.processor.away = 0, False
    for _ in range(10):
        await world.renew()
        world.bench.clock.advance(3700)
    await world.renew()


async def check(world: World) -> None:
    bench = world.bench
    assert list(await bench.office.violations()) == []
    books = await bench.office.books()
    assert books.balanced
    sums = {(one.ledger, one.currency): one.amount for one in books.balances}
    for currency in ("EUR", "USD"):
        taken = sum(r.amount for r in world.processor.taken.values() if r.currency == currency)
        returned = sum(r.amount for r in world.processor.given_back.values() if r.currency == currency)
        assert sums.get(("cash", currency), 0) == taken - returned
        assert sums.get(("receivable", currency), 0) == 0
        assert sums.get(("surplus", currency), 0) == 0
    async with bench.store.reading() as rows:
        payments = await rows.every(Payment, limit=10**6)
    kept = {p.idempotency_key for p in payments if p.state in {"succeeded", "surplus"}}
    assert kept == set(world.processor.taken)


async def test_a_season_of_many_members_balances(quick_folder: Path):
    world = await live(quick_folder, members=20, seed=3, events_a_day=0.5, days=75)
    assert len(world.processor.taken) > 15


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_year_of_a_thousand_members_balances_to_the_cent(quick_folder: Path):
    world = await live(quick_folder, members=1000, seed=11, events_a_day=4)
    assert len(INVARIANTS) >= 20
    for what in (
        "join",
        "change",
        "cancel",
        "resume",
        "pause",
        "unpause",
        "card",
        "gift",
        "refund",
        "killed before",
        "killed after",
    ):
        assert world.happened[what] >= 5, what
    assert len(world.processor.taken) > 3000
