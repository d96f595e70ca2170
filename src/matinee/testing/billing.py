"""A processor that does what a test wants, and a billing room without its HTTP edge."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from matinee.contracts.billing import PaymentProviderError
from matinee.contracts.identity import Account, AccountNotFoundError
from matinee.engines.relational import migrate, open_database
from matinee.kit.cursors import Cursors
from matinee.kit.ids import AccountId, Ids, RandomIds
from matinee.services.billing import adapters
from matinee.services.billing.adapters.rows import SqlBilling
from matinee.services.billing.ports import (
    AttachRequest,
    Challenged,
    ChargeRequest,
    ChargeResult,
    Declined,
    Method,
    PaymentMethodError,
    Pending,
    ProviderEvent,
    ProviderView,
    RefundRequest,
    RefundResult,
    Succeeded,
    Unknown,
    WebhookError,
)
from matinee.services.billing.service.billing import BillingService
from matinee.services.billing.service.cashier import Cashier
from matinee.services.billing.service.desk import Desk
from matinee.services.billing.service.office import Office, seed_plans
from matinee.services.billing.service.renewals import Renewals
from matinee.services.billing.settings import BillingSettings
from matinee.testing.clock import ManualClock

GOOD, SOFT, HARD = "good", "soft", "hard"
SILENT = "silent"
"""Takes the money, then does not answer; knows it when asked."""
LOST = "lost"
"""Neither takes money nor answers the first time; works when asked again."""
CHALLENGE = "challenge"
_MOODS = {GOOD, SOFT, HARD, SILENT, LOST, CHALLENGE}
Moment = Literal["before", "after"]


def nothing_happens(_moment: Moment, _key: str) -> None:
    """The default of `FakeProcessor.accident`."""


@dataclass
class FakeProcessor:
    """Implements `ports.Payments` in memory: money moves once for each key.

    Attributes:
        moods: method → what happens to its charges, from the constants above; GOOD when it is not named.
        taken: key → the request whose money was taken.
        given_back: key → the refund, while it has not come back.
        slow_refunds: whether refunds are on their way until `finish_refund`.
        away: whether nothing is answered and nothing done.
        accident: called before and after a charge takes effect; what it raises ends the caller there.
    """

    moods: dict[str, str] = field(default_factory=dict)
    results: dict[str, ChargeResult] = field(default_factory=dict)
    taken: dict[str, ChargeRequest] = field(default_factory=dict)
    given_back: dict[str, RefundRequest] = field(default_factory=dict)
    refunds: dict[str, RefundResult] = field(default_factory=dict)
    slow_refunds: bool = False
    attached: dict[str, str] = field(default_factory=dict)
    detached: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    asked: int = 0
    away: bool = False
    accident: Callable[[Moment, str], None] = nothing_happens
    provider: Literal["sandbox", "stripe"] = "sandbox"

    def page(self) -> ProviderView:
        """Return a page that leads nowhere."""
        return ProviderView(provider="sandbox", tokenize_url="http://127.0.0.1:1/tokens")

    async def charge(self, request: ChargeRequest) -> ChargeResult:
        """Take money as the method's mood is."""
        self.asked += 1
        self.accident("before", request.idempotency_key)
        if self.away:
            return Unknown()
        answer = self._charged(request)
        self.accident("after", request.idempotency_key)
        return answer

    def _charged(self, request: ChargeRequest) -> ChargeResult:
        key, mood = request.idempotency_key, self.moods.get(request.method_ref, GOOD)
        if key in self.results:
            return self.results[key]
        if mood == LOST and key not in self.lost:
            self.lost.add(key)
            return Unknown()
        self.results[key] = self._decided(request, mood)
        return Unknown() if mood == SILENT else self.results[key]

    def _decided(self, request: ChargeRequest, mood: str) -> ChargeResult:
        if mood == SOFT:
            return Declined(code="insufficient-funds", hard=False)
        if mood == HARD:
            return Declined(code="stolen-card", hard=True)
        if mood == CHALLENGE:
            return Challenged(challenge_url="http://127.0.0.1:1/challenge")
        self.taken[request.idempotency_key] = request
        return Succeeded(processor_ref=f"ch-{request.idempotency_key}")

    def confirm(self, key: str, request: ChargeRequest) -> Succeeded:
        """Let a challenge be answered by the member."""
        self.taken[key] = request
        result = Succeeded(processor_ref=f"ch-{key}")
        self.results[key] = result
        return result

    async def find(self, idempotency_key: str) -> ChargeResult | None:
        """Return what became of a charge."""
        if self.away:
            raise PaymentProviderError("The processor is away.")
        return self.results.get(idempotency_key)

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back once for each key."""
        if self.away:
            return Unknown()
        key = request.idempotency_key
        if f"re-{key}" not in self.refunds:
            self.given_back[key] = request
            self.refunds[f"re-{key}"] = (Pending if self.slow_refunds else Succeeded)(processor_ref=f"re-{key}")
        return self.refunds[f"re-{key}"]

    async def find_refund(self, refund_ref: str) -> RefundResult:
        """Return what has become of a refund."""
        if self.away:
            raise PaymentProviderError("The processor is away.")
        return self.refunds[refund_ref]

    def finish_refund(self, key: str) -> None:
        """Let a slow refund arrive."""
        self.refunds[f"re-{key}"] = Succeeded(processor_ref=f"re-{key}")

    def fail_refund(self, key: str) -> Declined:
        """Let a refund come back; return what the processor says of it."""
        del self.given_back[key]
        failed = Declined(code="refund-failed", hard=True)
        self.refunds[f"re-{key}"] = failed
        return failed

    async def attach(self, request: AttachRequest) -> Method:
        """Keep a method: the token is `<mood>` or `<mood>-<number>`; any other is refused."""
        mood = request.token.split("-", 1)[0]
        if mood not in _MOODS:
            raise PaymentMethodError("The token is not known.")
        ref = self.attached.setdefault(request.idempotency_key, f"pm-{len(self.attached)}")
        self.moods.setdefault(ref, mood)
        return Method(
            method_ref=ref,
            customer_ref=f"cus-{request.account_id}",
            brand="Visa",
            last4="4242",
            expiry_month=12,
            expiry_year=2040,
            fingerprint=f"{request.account_id}-{request.token}",
        )

    async def detach(self, method_ref: str) -> None:
        """Note that a method was forgotten."""
        self.detached.append(method_ref)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> ProviderEvent:
        """Refuse every webhook: this processor sends none."""
        raise WebhookError(f"{now}: {len(headers)} headers, {len(body)} bytes, but this processor sends no webhooks.")


@dataclass
class FakeIdentity:
    """The part of identity that billing asks: accounts by id; every id is known unless `unknown` names it."""

    accounts: dict[str, Account] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    async def account(self, *, account_id: AccountId) -> Account:
        """Return an account, a plain one when none was put here."""
        if account_id in self.unknown:
            raise AccountNotFoundError("There is no such account.")
        return self.accounts.get(account_id, an_account(account_id))


def an_account(account_id: str, *, territory: str = "DE", time_zone: str = "Europe/Berlin") -> Account:
    """Return an account."""
    return Account(
        account_id=AccountId(account_id),
        email=f"{account_id}@example.org",
        name=f"Member {account_id}",
        role="member",
        state="active",
        language="en",
        territory=territory,
        time_zone=time_zone,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@dataclass
class BillingBench:
    """An open billing room, its clock and its processor."""

    store: SqlBilling
    service: BillingService
    desk: Desk
    cashier: Cashier
    office: Office
    renewals: Renewals
    processor: FakeProcessor
    identity: FakeIdentity
    clock: ManualClock
    ids: Ids
    settings: BillingSettings


def assemble(
    store: SqlBilling, processor: FakeProcessor, clock: ManualClock, settings: BillingSettings
) -> BillingBench:
    """Return a room over a store, as a process that has just started would have it."""
    ids, identity = RandomIds(clock), FakeIdentity()
    cashier = Cashier(store=store, payments=processor, clock=clock, ids=ids, settings=settings, wake=asyncio.Event())
    desk = Desk(store=store, cashier=cashier, identity=identity)  # type: ignore[arg-type]  # only `account` is asked
    cursors = Cursors(b"c" * 32)
    service = BillingService(store=store, desk=desk, payments=processor, cursors=cursors, clock=clock, ids=ids)
    return BillingBench(
        store=store,
        service=service,
        desk=desk,
        cashier=cashier,
        office=Office(store=store, desk=desk, cursors=cursors),
        renewals=Renewals(cashier=cashier, settings=settings),
        processor=processor,
        identity=identity,
        clock=clock,
        ids=ids,
        settings=settings,
    )


@asynccontextmanager
async def open_bench(
    folder: Path, *, clock: ManualClock | None = None, settings: BillingSettings | None = None
) -> AsyncIterator[BillingBench]:
    """Open a room on a SQLite file in a folder, with the first plans in it."""
    async with open_database(f"sqlite+aiosqlite:///{folder}/billing.db") as database:
        scripts = Path(adapters.__file__).parent / "migrations"
        await migrate(database, room="billing", script_location=scripts)
        store = SqlBilling(database)
        bench = assemble(store, FakeProcessor(), clock or ManualClock(), settings or BillingSettings())
        await seed_plans(bench.cashier)
        yield bench
