"""Charges and refunds: durable before they are answered, and at most one for each key."""

import hashlib
import secrets
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.relational import Database
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.sandbox.cards import RefundStatus, Stall, TestCard, kept_card
from matinee.sandbox.errors import (
    ChallengeError,
    ChargeUnknownError,
    IdempotencyError,
    MethodUnknownError,
    RefundError,
    RefundUnknownError,
    ReturnError,
)
from matinee.sandbox.messages import Charge, ChargeStatus, EventKind, NewCharge, NewRefund, Refund
from matinee.sandbox.outbox import MICROSECONDS, Outbox, microseconds
from matinee.sandbox.settings import SandboxSettings
from matinee.sandbox.tables import ChargeRow, MethodRow, RefundRow, StallRow

_CHALLENGE_BYTES = 24
_TURN_SECONDS = 5
_EVENT_KINDS: dict[ChargeStatus, EventKind] = {
    "succeeded": "charge.succeeded",
    "declined": "charge.declined",
    "requires-action": "charge.requires-action",
}
_REFUND_KINDS: dict[RefundStatus, EventKind] = {
    "pending": "refund.pending",
    "succeeded": "refund.succeeded",
    "failed": "refund.failed",
}


class Answer(msgspec.Struct, frozen=True):
    """What became of a request for a charge. `charge` is None when the caller is to be left waiting without one."""

    charge: Charge | None
    stall: Stall


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a cardholder is asked. `return_url` is the service's."""

    charge: Charge
    last4: str
    return_url: str


class Till:
    """Takes money and gives it back.

    Args:
        public_url: this processor as browsers reach it, for challenges.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        *,
        settings: SandboxSettings,
        clock: Clock,
        ids: Ids,
        public_url: str,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._public_url = public_url

    async def charge(self, key: str, new: NewCharge) -> Answer:
        """Charge a kept card once under this key.

        Raises:
            IdempotencyError: when the key named another charge.
            MethodUnknownError: when the card is not kept by this customer.
            ReturnError: when a challenge would send the browser elsewhere than to the service.
        """
        self._check_return(new.return_url)
        digest = _digest(new)
        async with self._database.write() as session:
            before = await self._by_key(session, key)
            if before is not None:
                if before.body_digest != digest:
                    raise IdempotencyError("This key named another charge; take a new one.")
                return Answer(self._shown(before), "never")
            card = await self._card(session, new)
            if card.stall == "before" and await _first_time(session, key):
                return Answer(None, "before")
            row = await self._decided(session, key, digest, new, card)
            session.add(row)
            self._outbox.put(session, _EVENT_KINDS[_status(row)], self._shown(row), card.postage)
            return Answer(self._shown(row), card.stall if card.stall == "after" else "never")

    async def _by_key(self, session: AsyncSession, key: str) -> ChargeRow | None:
        found = await session.scalars(select(ChargeRow).where(ChargeRow.idempotency_key == key))
        row: ChargeRow | None = found.one_or_none()
        return row

    async def _card(self, session: AsyncSession, new: NewCharge) -> TestCard:
        method = await session.get(MethodRow, new.method)
        if method is None or method.detached or method.customer != new.customer:
            raise MethodUnknownError("This customer keeps no such card.")
        return kept_card(method.last4)

    async def _decided(
        self, session: AsyncSession, key: str, digest: bytes, new: NewCharge, card: TestCard
    ) -> ChargeRow:
        counted = select(func.count()).select_from(ChargeRow).where(ChargeRow.method == new.method)
        before = int((await session.scalar(counted)) or 0)
        outcome = card.outcome(before)
        asks = card.asks_cardholder(before)
        now_us = microseconds(self._clock.now())
        return ChargeRow(
            charge=f"ch_{self._ids.new()}",
            idempotency_key=key,
            body_digest=digest,
            status="requires-action" if asks else "declined" if outcome.decline_code else "succeeded",
            amount=new.amount,
            currency=new.currency,
            method=new.method,
            customer=new.customer,
            reference=new.reference,
            refunded=0,
            created_at_us=now_us,
            decline_code="" if asks else outcome.decline_code,
            hard=not asks and outcome.hard,
            challenge=secrets.token_urlsafe(_CHALLENGE_BYTES) if asks else None,
            challenge_ends_at_us=now_us + self._settings.challenge_seconds * MICROSECONDS if asks else 0,
            return_url=new.return_url,
        )

    def _check_return(self, url: str) -> None:
        if not url:
            return
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" not in self._settings.web_origins:
            raise ReturnError("A browser is sent back to the service's own pages only.")

    async def charges(self, *, key: str | None, after: str, limit: int) -> tuple[Charge, ...]:
        """Return charges by name, which is oldest first, or the one under a key."""
        wanted = select(ChargeRow).where(ChargeRow.charge > after).order_by(ChargeRow.charge).limit(limit)
        if key is not None:
            wanted = wanted.where(ChargeRow.idempotency_key == key)
        async with self._database.read() as session:
            return tuple(self._shown(row) for row in await session.scalars(wanted))

    async def refund(self, key: str, new: NewRefund) -> Refund:
        """Give money back once under this key; a repeat says how it stands by then.

        Raises:
            IdempotencyError: when the key named another refund.
            ChargeUnknownError: when there is no such charge.
            RefundError: when it took no money, or not so much is left of it.
        """
        digest = _digest(new)
        async with self._database.write() as session:
            found = await session.scalars(select(RefundRow).where(RefundRow.idempotency_key == key))
            before = found.one_or_none()
            if before is not None:
                if before.body_digest != digest:
                    raise IdempotencyError("This key named another refund; take a new one.")
                return _refund(before)
            charge = await self._refundable(session, new)
            charge.refunded += new.amount
            first, *later = (await _card_of(session, charge.method)).refund
            now_us = microseconds(self._clock.now())
            row = RefundRow(
                refund=f"re_{self._ids.new()}",
                idempotency_key=key,
                body_digest=digest,
                charge=charge.charge,
                amount=new.amount,
                currency=charge.currency,
                reference=new.reference,
                created_at_us=now_us,
                status=first,
                next_status=later[0] if later else "",
                turns_at_us=now_us + _TURN_SECONDS * MICROSECONDS if later else 0,
            )
            session.add(row)
            return await self._told(session, row, charge)

    async def _told(self, session: AsyncSession, row: RefundRow, charge: ChargeRow) -> Refund:
        shown = _refund(row)
        card = await _card_of(session, charge.method)
        self._outbox.put(session, _REFUND_KINDS[shown.status], shown, card.postage)
        return shown

    async def turn_refunds(self, limit: int = 100) -> int:
        """Let refunds whose time has come arrive or come back; return how many did."""
        now_us = microseconds(self._clock.now())
        due = select(RefundRow).where(RefundRow.next_status != "", RefundRow.turns_at_us <= now_us).limit(limit)
        async with self._database.read() as session:
            if not (await session.scalars(due)).all():
                return 0
        async with self._database.write() as session:
            rows = (await session.scalars(due)).all()
            for row in rows:
                row.status, row.next_status = row.next_status, ""
                charge = await session.get_one(ChargeRow, row.charge)
                if row.status == "failed":
                    charge.refunded -= row.amount
                await self._told(session, row, charge)
            return len(rows)

    async def find_refund(self, refund: str) -> Refund:
        """Return a refund by its name.

        Raises:
            RefundUnknownError: when there is none.
        """
        async with self._database.read() as session:
            row = await session.get(RefundRow, refund)
        if row is None:
            raise RefundUnknownError("There is no such refund.")
        return _refund(row)

    async def _refundable(self, session: AsyncSession, new: NewRefund) -> ChargeRow:
        charge = await session.get(ChargeRow, new.charge)
        if charge is None:
            raise ChargeUnknownError("There is no such charge.")
        if charge.status != "succeeded" or charge.refunded + new.amount > charge.amount:
            left = charge.amount - charge.refunded if charge.status == "succeeded" else 0
            raise RefundError(f"Of this charge {left} can be given back.", left=left)
        return charge

    async def refunds(self, *, key: str | None, after: str, limit: int) -> tuple[Refund, ...]:
        """Return refunds by name, which is oldest first, or the one under a key."""
        wanted = select(RefundRow).where(RefundRow.refund > after).order_by(RefundRow.refund).limit(limit)
        if key is not None:
            wanted = wanted.where(RefundRow.idempotency_key == key)
        async with self._database.read() as session:
            return tuple(_refund(row) for row in await session.scalars(wanted))

    async def question(self, challenge: str) -> Question:
        """Return what a cardholder is asked.

        Raises:
            ChallengeError: when there is no such question, or it is over.
        """
        async with self._database.read() as session:
            row = await self._open_question(session, challenge)
            method = await session.get(MethodRow, row.method)
        last4 = "" if method is None else method.last4
        return Question(charge=self._shown(row), last4=last4, return_url=row.return_url)

    async def _open_question(self, session: AsyncSession, challenge: str) -> ChargeRow:
        row = (await session.scalars(select(ChargeRow).where(ChargeRow.challenge == challenge))).one_or_none()
        late = row is not None and row.challenge_ends_at_us < microseconds(self._clock.now())
        if row is None or row.status != "requires-action" or late:
            raise ChallengeError("There is nothing to confirm here any more. Go back to the service and try again.")
        return row

    async def approve(self, challenge: str) -> Charge:
        """Go through with the charge as if the card had not asked; return it.

        Raises:
            ChallengeError: when there is no such question, or it is over.
        """
        return await self._answer(challenge, status="succeeded", decline_code="")

    async def deny(self, challenge: str) -> Charge:
        """Decline the charge; return it.

        Raises:
            ChallengeError: when there is no such question, or it is over.
        """
        return await self._answer(challenge, status="declined", decline_code="challenge-failed")

    async def _answer(self, challenge: str, *, status: ChargeStatus, decline_code: str) -> Charge:
        async with self._database.write() as session:
            row = await self._open_question(session, challenge)
            return await self._resolve(session, row, status, decline_code)

    async def _resolve(self, session: AsyncSession, row: ChargeRow, status: ChargeStatus, decline_code: str) -> Charge:
        row.status, row.decline_code = status, decline_code
        shown = self._shown(row)
        self._outbox.put(session, _EVENT_KINDS[status], shown, (await _card_of(session, row.method)).postage)
        return shown

    async def expire_questions(self, limit: int = 100) -> int:
        """Decline charges whose cardholder did not answer in time; return how many."""
        now_us = microseconds(self._clock.now())
        late = (
            select(ChargeRow)
            .where(ChargeRow.status == "requires-action", ChargeRow.challenge_ends_at_us < now_us)
            .limit(limit)
        )
        async with self._database.read() as session:
            if not (await session.scalars(late)).all():
                return 0
        async with self._database.write() as session:
            rows = (await session.scalars(late)).all()
            for row in rows:
                await self._resolve(session, row, "declined", "challenge-failed")
            return len(rows)

    def _shown(self, row: ChargeRow) -> Charge:
        asks = row.status == "requires-action"
        return Charge(
            charge=row.charge,
            idempotency_key=row.idempotency_key,
            status=_status(row),
            amount=row.amount,
            currency=row.currency,
            method=row.method,
            customer=row.customer,
            reference=row.reference,
            refunded=row.refunded,
            created_at=_moment(row.created_at_us),
            decline_code=row.decline_code,
            hard=row.hard,
            challenge_url=f"{self._public_url}/challenge/{row.challenge}" if asks else "",
        )


async def _first_time(session: AsyncSession, key: str) -> bool:
    """Return whether this key has not been left waiting yet, and remember it."""
    if await session.get(StallRow, key) is not None:
        return False
    session.add(StallRow(idempotency_key=key))
    return True


async def _card_of(session: AsyncSession, method: str) -> TestCard:
    return kept_card((await session.get_one(MethodRow, method)).last4)


def _digest(request: msgspec.Struct) -> bytes:
    return hashlib.sha256(msgspec.msgpack.encode(request)).digest()


def _status(row: ChargeRow) -> ChargeStatus:
    status: ChargeStatus = msgspec.convert(row.status, ChargeStatus)
    return status


def _moment(microseconds_since_1970: int) -> datetime:
    return datetime.fromtimestamp(microseconds_since_1970 / MICROSECONDS, UTC)


def _refund(row: RefundRow) -> Refund:
    return Refund(
        refund=row.refund,
        idempotency_key=row.idempotency_key,
        status=msgspec.convert(row.status, RefundStatus),
        charge=row.charge,
        amount=row.amount,
        currency=row.currency,
        reference=row.reference,
        created_at=_moment(row.created_at_us),
    )
