"""The rules against a simple model, over random lives of one member: what was paid for, what is entitled, who paid."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from matinee.kit.errors import MatineeError
from matinee.kit.ids import AccountId
from matinee.services.billing.service.desk import Asked
from matinee.testing.billing import GOOD, HARD, LOST, SILENT, SOFT, open_bench
from matinee.testing.billing_door import quick_place

ANN = AccountId("ann")
ENTITLED = {"trialing", "active", "past_due"}
NEXT = {
    "none": {"incomplete", "trialing", "active"},
    "incomplete": {"active", "incomplete_expired", "canceled", "trialing"},
    "incomplete_expired": {"incomplete", "trialing", "active"},
    "trialing": {"active", "past_due", "canceled"},
    "active": {"past_due", "paused", "canceled"},
    "past_due": {"active", "unpaid", "canceled", "paused"},
    "unpaid": {"active", "canceled"},
    "paused": {"active", "canceled"},
    "canceled": {"incomplete", "trialing", "active"},
}
STEPS = ("cancel", "resume", "pause", "unpause", "pay")


class Membership(RuleBasedStateMachine):
    """The model: the state before, the money that the processor holds, and when the last paid period ends."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.place = quick_place()
        self.opened = open_bench(self.place.__enter__())
        self.bench = self.run(self.opened.__aenter__())
        self.state = "none"
        self.hops = 1
        self.cards = 0

    def run(self, work):
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.opened.__aexit__(None, None, None))
        self.place.__exit__(None, None, None)
        self.loop.close()

    def attempt(self, work) -> bool:
        try:
            self.run(work)
        except MatineeError:
            return False
        return True

    def asked(self) -> Asked:
        return Asked(account_id=ANN, route="any", key="")

    def card(self, mood: str) -> str:
        self.cards += 1
        return f"{mood}-{self.cards}"

    @rule(
        plan=st.sampled_from(["basic", "standard", "premium"]),
        mood=st.sampled_from([GOOD, GOOD, SOFT, HARD, SILENT, LOST]),
        first=st.sampled_from(["trial", "pay"]),
    )
    def join(self, plan, mood, first):
        free = self.state in {"none", "canceled", "incomplete", "incomplete_expired"}
        joined = self.attempt(
            self.bench.service.subscribe(
                self.asked(), plan_id=plan, currency="EUR", token=self.card(mood), coupon=None, try_first=first
            )
        )
        assert free or not joined

    @precondition(lambda self: self.state != "none")
    @rule(step=st.sampled_from(STEPS))
    def step(self, step):
        self.attempt(self.bench.service.act(self.asked(), step))

    @precondition(lambda self: self.state in {"trialing", "active"})
    @rule(plan=st.sampled_from(["basic", "standard", "premium"]))
    def change(self, plan):
        self.attempt(self.bench.service.change(self.asked(), plan))

    @precondition(lambda self: self.state != "none" and self.cards < 5)
    @rule(mood=st.sampled_from([GOOD, SOFT, HARD]))
    def new_card(self, mood):
        self.attempt(self.bench.service.add_method(self.asked(), self.card(mood)))

    @rule(mood=st.sampled_from([GOOD, SOFT, HARD, SILENT]))
    def cards_turn(self, mood):
        for method in self.bench.processor.moods:
            self.bench.processor.moods[method] = mood

    @rule(away=st.booleans())
    def processor(self, away):
        self.bench.processor.away = away

    @rule(hours=st.sampled_from([1, 24, 72, 24 * 8, 24 * 16, 24 * 31]))
    def time_passes(self, hours):
        self.hops = 12  # much can happen when time leaps
        self.bench.clock.advance(timedelta(hours=hours).total_seconds())
        self.attempt(self.bench.renewals.run())

    @invariant()
    def states_follow_each_other(self):
        view = self.run(self.bench.service.subscription(ANN))
        reachable, edge = {self.state}, {self.state}
        for _ in range(self.hops):
            edge = {after for before in edge for after in NEXT[before]} - reachable
            reachable |= edge
        assert view.state in reachable
        self.state, self.hops = view.state, 1

    @invariant()
    def only_who_paid_or_has_grace_is_entitled(self):
        found = self.run(self.bench.service.entitlement(account_id=ANN))
        view = self.run(self.bench.service.subscription(ANN))
        now = self.bench.clock.now()
        assert not found.entitled or found.state in ENTITLED
        if found.state in {"trialing", "active"} and view.paid_through is not None and now < view.paid_through:
            assert found.entitled
        if found.entitled:
            assert now < view.paid_through + timedelta(days=60)

    @invariant()
    def the_books_hold_and_the_processor_agrees(self):
        assert list(self.run(self.bench.office.violations())) == []
        sums = {one.ledger: one.amount for one in self.run(self.bench.office.books()).balances}
        known = sums.get("cash", 0)
        taken = sum(r.amount for r in self.bench.processor.taken.values())
        returned = sum(r.amount for r in self.bench.processor.given_back.values())
        pending = self.run(self.bench.desk.read(ANN, lambda book, _: book.pending()))
        assert known == taken - returned or (pending is not None and known <= taken)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_random_lives_keep_the_rules():
    run_state_machine_as_test(
        Membership,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
