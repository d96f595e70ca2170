"""500 first payments while billing and the processor are killed again and again.

Nobody is charged twice, no payment is lost, nobody is let in without having paid, and the two sets of books agree.
"""

import asyncio
import contextlib
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from matinee.engines.keyring import Keyring
from matinee.engines.relational import open_database
from matinee.kit.clock import SystemClock
from matinee.kit.ids import AccountId
from matinee.kit.passport import Passport
from matinee.services.billing.adapters.rows import SqlBilling
from matinee.services.billing.model import Payment
from matinee.services.billing.settings import BillingSettings
from matinee.testing.billing import FakeProcessor, assemble
from matinee.testing.billing_process import PRELOADED, run_billing, run_sandbox
from matinee.testing.edge_process import free_port
from matinee.testing.sandbox import card
from matinee.testing.titles import Callers

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(list(PRELOADED))
MEMBERS = 500
KILLS = 22
ROUNDS = 15  # about as many as it takes
START_SECONDS = 40.0
SETTLED_SECONDS = 200.0  # far less on idle cores
CARDS = {
    "Success": 62,
    "Times out after charging": 9,
    "Times out before charging": 5,
    "Webhooks twice": 6,
    "Webhooks in reverse": 4,
    "Insufficient funds": 8,
    "Stolen": 6,
}
PAYING = {name for name in CARDS if name not in {"Insufficient funds", "Stolen"}}


@dataclass
class Killable:
    """A real process that can be killed and comes back on its own files."""

    target: Callable[..., None]
    arguments: tuple[Any, ...]
    log: Path
    url: str
    process: BaseProcess | None = None
    kills: int = 0

    async def start(self) -> None:
        self.process = FORKS.Process(target=self.target, args=self.arguments, daemon=True)
        self.process.start()
        ends_at = time.monotonic() + START_SECONDS
        while not await self._ready():
            assert self.process.is_alive(), self.log.read_text()[-3000:]
            assert time.monotonic() < ends_at, self.log.read_text()[-3000:]
            await asyncio.sleep(0.05)

    async def _ready(self) -> bool:
        # By a connection of its own: the members' are queued for.
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            waiting = aiohttp.ClientTimeout(total=2)
            async with aiohttp.ClientSession(timeout=waiting) as http, http.get(f"{self.url}/health/ready") as answer:
                return answer.status == 200
        return False

    async def kill(self) -> None:
        self.end()
        self.kills += 1
        await self.start()

    def end(self) -> None:
        """Send SIGKILL: nothing is flushed, closed or said goodbye to."""
        if self.process is not None:
            self.process.kill()
            self.process.join(20)
            self.process.close()
            self.process = None


@dataclass
class Run:
    """The members, the two processes, and how far it has come."""

    data: Path
    http: aiohttp.ClientSession
    billing: Killable
    processor: Killable
    callers: Callers
    chance: random.Random
    released: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def kills(self) -> int:
        return self.billing.kills + self.processor.kills

    async def until(self, ask) -> tuple[int, Any]:
        """Repeat a call until somebody answers it."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError):
                async with ask() as response:
                    body = await response.read()
                    if response.status < 500 and response.status not in {409, 429}:
                        return response.status, msgspec.json.decode(body) if body else None
                    self.answers[f"{response.status}"] += 1
            self.answers["again"] += 1
            await asyncio.sleep(self.chance.uniform(0.2, 0.8))

    async def member(self, account_id: str, card_name: str) -> None:
        """Join and pay, as often as it takes."""
        await self.released.acquire()
        body = {"number": card(card_name).number, "exp_month": 12, "exp_year": 2099, "cvc": "123"}
        _, token = await self.until(lambda: self.http.post(f"{self.processor.url}/v1/tokens", json=body))
        wish = {"plan_id": "basic", "currency": "EUR", "payment_method_token": token["token"], "trial": False}
        headers = {**self._passport(account_id), "idempotency-key": f"join-{account_id}"}
        url = f"{self.billing.url}/api/v1/billing/subscription"
        status, _ = await self.until(lambda: self.http.post(url, json=wish, headers=headers))
        self.answers[f"joined {status}"] += 1
        while True:
            _, view = await self.until(lambda: self.http.get(url, headers=self._passport(account_id)))
            if not view["payment_pending"]:
                return
            await asyncio.sleep(0.2)

    def _passport(self, account_id: str) -> dict[str, str]:
        passport = Passport(
            role="member", session="s", client_address="127.0.0.1", expires_at=2**33, account=AccountId(account_id)
        )
        return self.callers.headers(passport)

    async def accidents(self) -> None:
        """Let some members begin, then kill one side or both in the middle of it; again and again."""
        both = (self.billing, self.processor)
        while self.kills < KILLS:
            for _ in range(MEMBERS // ROUNDS):
                self.released.release()
            await asyncio.sleep(self.chance.uniform(0.1, 1.2))
            victims = self.chance.choice((both, both, both[:1], both[1:]))
            await asyncio.gather(*(self._strike(victim) for victim in victims))
        for _ in range(MEMBERS):
            self.released.release()

    async def _strike(self, victim: Killable) -> None:
        await asyncio.sleep(self.chance.uniform(0.0, 0.2))
        await victim.kill()

    async def charges(self) -> list[dict[str, Any]]:
        """Return the processor's books."""
        found: list[dict[str, Any]] = []
        key = Keyring(self.data / "keys").seed("sandbox-service").hex()
        while True:
            after = found[-1]["charge"] if found else ""
            url = f"{self.processor.url}/v1/charges?limit=500&after={after}"
            _, page = await self.until(lambda url=url: self.http.get(url, headers={"authorization": f"Bearer {key}"}))
            if not page["items"]:
                return found
            found += page["items"]


@pytest.fixture
async def run(tmp_path):
    callers = Callers()
    billing_port, processor_port = free_port(), free_port()
    billing_url, processor_url = f"http://127.0.0.1:{billing_port}", f"http://127.0.0.1:{processor_port}"
    settings = BillingSettings(
        sandbox_url=processor_url,
        public_url="http://127.0.0.1:8400",
        charge_seconds=1.5,
        ask_seconds=1.0,
        renewal_seconds=0.3,
    )
    room = (str(tmp_path), billing_port, callers.key.public, msgspec.json.encode(settings))
    billing = Killable(run_billing, room, tmp_path / "billing.log", billing_url)
    environment = {
        "MATINEE_SERVICE__DATA_FOLDER": str(tmp_path),
        "MATINEE_SERVICE__SANDBOX_PORT": str(processor_port),
        "MATINEE_SERVICE__LOG_LEVEL": "warning",
        "MATINEE_SANDBOX__WEBHOOK_URL": f"{billing_url}/api/v1/webhooks/sandbox",
        "MATINEE_SANDBOX__WEBHOOK_COPIES": "2",
        "MATINEE_SANDBOX__WEBHOOK_SHUFFLE_SECONDS": "1.0",
        "MATINEE_SANDBOX__STALL_SECONDS": "4",
    }
    processor = Killable(run_sandbox, (str(tmp_path), environment), tmp_path / "sandbox.log", processor_url)
    connector = aiohttp.TCPConnector(limit=24, force_close=True)
    timeout = aiohttp.ClientTimeout(total=8)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        try:
            await asyncio.gather(billing.start(), processor.start())
            yield Run(tmp_path, http, billing, processor, callers, random.Random(20_260))
        finally:
            billing.end()
            processor.end()


def dealt() -> dict[str, str]:
    """Return each member's card."""
    names = list(CARDS)
    cards = random.Random(7).choices(names, list(CARDS.values()), k=MEMBERS)
    return {f"member{number:04d}": name for number, name in enumerate(cards)}


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_500_payments_while_both_sides_are_killed(run):
    members = dealt()
    async with asyncio.timeout(SETTLED_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(run.accidents())
        for account_id, name in members.items():
            group.create_task(run.member(account_id, name))
    assert run.kills >= 20
    charges = await run.charges()
    run.billing.end()
    run.processor.end()
    await compare(run, members, charges)


async def compare(run: Run, members: dict[str, str], charges: list[dict[str, Any]]) -> None:
    """Hold billing's books against the processor's."""
    taken = {one["idempotency_key"]: one for one in charges if one["status"] == "succeeded"}
    async with open_database(f"sqlite+aiosqlite:///{run.data}/billing.db") as database:
        bench = assemble(SqlBilling(database), FakeProcessor(), SystemClock(), BillingSettings())
        payments: dict[str, list[Payment]] = {}
        entitled: set[str] = set()
        invoices: Counter[str] = Counter()
        for account_id in members:
            async with bench.store.reading() as rows:
                payments[account_id] = list(await rows.payments(AccountId(account_id), limit=20))
                issued = await rows.issued(AccountId(account_id), limit=20, after=None)
            invoices[account_id] = len(issued)
            if (await bench.service.entitlement(account_id=AccountId(account_id))).entitled:
                entitled.add(account_id)
        violations = await bench.office.violations()
    charged = {
        account_id: [one.idempotency_key for one in theirs if one.idempotency_key in taken]
        for account_id, theirs in payments.items()
    }
    expected = {account_id for account_id, name in members.items() if name in PAYING}
    assert {account_id for account_id, keys in charged.items() if len(keys) > 1} == set(), "charged twice"
    assert {account_id for account_id, keys in charged.items() if keys} == expected, "lost, or charged for nothing"
    known = {one.idempotency_key: one for theirs in payments.values() for one in theirs}
    assert set(taken) <= set(known), "money that billing knows nothing of"
    settled = {key for key, one in known.items() if one.state == "succeeded"}
    assert settled == set(taken), "the two books disagree"
    assert all(known[key].amount == one["amount"] and not one["refunded"] for key, one in taken.items())
    assert entitled == expected, "let in without paying, or kept out after it"
    assert {account_id for account_id, count in invoices.items() if count == 1} == expected
    assert not violations
