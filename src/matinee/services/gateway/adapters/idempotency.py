"""Keys and answers in a relational database; answers are sealed, because they may tell of people."""

import secrets
from datetime import UTC, datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import BigInteger, Boolean, LargeBinary, String, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from matinee.engines.relational import Database
from matinee.services.gateway.ports import Attempt, Earlier, KeptAnswer, TooManyKeysError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NONCE_BYTES = 12
_SWEPT_AT_ONCE = 1_000


class Base(DeclarativeBase):
    """Root of the gateway's tables."""


class KeyRow(Base):
    """A request with a key. `place` and `caller` are digests; times are Unix microseconds."""

    __tablename__ = "gateway_idempotency"

    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    caller: Mapped[str] = mapped_column(String(64), index=True)
    claim: Mapped[str] = mapped_column(String(32))
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    finished: Mapped[bool] = mapped_column(Boolean)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    started_at_us: Mapped[int] = mapped_column(BigInteger, index=True)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


class SqlIdempotency:
    """The `IdempotencyStore` on any database.

    Args:
        seed: 32 secret bytes; seals answers with AES-256-GCM, each bound to its place.
    """

    def __init__(self, database: Database, seed: bytes) -> None:
        self._database = database
        self._cipher = AESGCM(seed)

    async def begin(
        self, attempt: Attempt, *, stale_before: datetime, old_before: datetime, keys: int
    ) -> Earlier | None:
        """Claim the place of a request, or return what stands there."""
        async with self._database.write() as session:
            row = await session.get(KeyRow, attempt.place)
            if row is None:
                await self._insert(session, attempt, keys)
                return None
            if not self._takes_over(row, attempt, stale_before, old_before):
                return self._earlier(row)
            row.claim, row.fingerprint, row.finished, row.answer = attempt.claim, attempt.fingerprint, False, None
            row.started_at_us = _microseconds(attempt.started_at)
            return None

    def _takes_over(self, row: KeyRow, attempt: Attempt, stale_before: datetime, old_before: datetime) -> bool:
        if row.started_at_us < _microseconds(old_before):
            return True
        other = None not in {row.fingerprint, attempt.fingerprint} and row.fingerprint != attempt.fingerprint
        return not row.finished and not other and row.started_at_us < _microseconds(stale_before)

    async def _insert(self, session: AsyncSession, attempt: Attempt, keys: int) -> None:
        owned = select(func.count()).select_from(KeyRow).where(KeyRow.caller == attempt.caller)
        if (await session.execute(owned)).scalar_one() >= keys:
            raise TooManyKeysError(f"A caller has at most {keys} keys a day; send fewer or leave the header out.")
        session.add(
            KeyRow(
                place=attempt.place,
                caller=attempt.caller,
                claim=attempt.claim,
                fingerprint=attempt.fingerprint,
                finished=False,
                started_at_us=_microseconds(attempt.started_at),
            )
        )

    def _earlier(self, row: KeyRow) -> Earlier:
        return Earlier(
            finished=row.finished,
            fingerprint=row.fingerprint,
            answer=None if row.answer is None else self._open(row.place, row.answer),
        )

    async def finish(self, attempt: Attempt, *, fingerprint: bytes | None, answer: KeptAnswer | None) -> None:
        """Keep an answer, unless somebody else has taken the place over."""
        sealed = None if answer is None else self._seal(attempt.place, answer)
        change = update(KeyRow).where(KeyRow.place == attempt.place, KeyRow.claim == attempt.claim)
        async with self._database.write() as session:
            await session.execute(change.values(finished=True, fingerprint=fingerprint, answer=sealed))

    async def release(self, attempt: Attempt) -> None:
        """Forget an attempt that came to nothing."""
        async with self._database.write() as session:
            mine = (KeyRow.place == attempt.place, KeyRow.claim == attempt.claim, KeyRow.finished.is_(False))
            await session.execute(delete(KeyRow).where(*mine))

    async def sweep(self, *, old_before: datetime) -> int:
        """Remove what is over its time, at most a thousand rows; return how many."""
        old = select(KeyRow.place).where(KeyRow.started_at_us < _microseconds(old_before)).limit(_SWEPT_AT_ONCE)
        async with self._database.write() as session:
            places = list((await session.execute(old)).scalars())
            await session.execute(delete(KeyRow).where(KeyRow.place.in_(places)))
        return len(places)

    def _seal(self, place: str, answer: KeptAnswer) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, msgspec.msgpack.encode(answer), place.encode())

    def _open(self, place: str, sealed: bytes) -> KeptAnswer | None:
        """Return the answer; None when another installation's key sealed it, for then it cannot be read again."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except InvalidTag:
            return None
        return msgspec.msgpack.decode(plain, type=KeptAnswer)
