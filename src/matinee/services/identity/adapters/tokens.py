"""Tokens of mails, counted tries, waiting requests and the claim, in a relational database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.kit.ids import AccountId
from matinee.services.identity.adapters.tables import AttemptRow, ClaimRow, MailTokenRow, RequestRow
from matinee.services.identity.adapters.times import microseconds, moment
from matinee.services.identity.ports.records import Attempts, MailToken, QueuedRequest, TokenPurpose

_THE_CLAIM = 1


def _token(row: MailTokenRow) -> MailToken:
    fields = {
        "token_hash": row.token_hash,
        "purpose": row.purpose,
        "account_id": row.account_id or "",
        "email_key": row.email_key,
        "payload": row.payload,
        "created_at": moment(row.created_at_us),
        "expires_at": moment(row.expires_at_us),
    }
    return msgspec.convert(fields, MailToken)


class SqlTokens:
    """Tokens of mails inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, token: MailToken) -> None:
        """Add a token."""
        row = MailTokenRow(
            token_hash=token.token_hash,
            purpose=token.purpose,
            account_id=token.account_id or None,
            email_key=token.email_key,
            payload=token.payload,
            created_at_us=microseconds(token.created_at),
            expires_at_us=microseconds(token.expires_at),
        )
        self._session.add(row)
        await self._session.flush()

    async def look(self, token_hash: str, *, purpose: TokenPurpose, now: datetime) -> MailToken | None:
        """Return a token that has not expired, or None."""
        row = await self._session.get(MailTokenRow, token_hash, with_for_update=True)
        if row is None or row.purpose != purpose or row.expires_at_us <= microseconds(now):
            return None
        return _token(row)

    async def take(self, token_hash: str, *, purpose: TokenPurpose, now: datetime) -> MailToken | None:
        """Remove and return a token that has not expired, or None."""
        token = await self.look(token_hash, purpose=purpose, now=now)
        if token is not None:
            await self._session.execute(delete(MailTokenRow).where(MailTokenRow.token_hash == token_hash))
        return token

    async def newest_join(self, email_key: str, *, now: datetime) -> MailToken | None:
        """Return the newest sign-up of an address that waits, or None."""
        row = await self._session.scalar(
            select(MailTokenRow)
            .where(MailTokenRow.email_key == email_key, MailTokenRow.purpose == "join")
            .where(MailTokenRow.expires_at_us > microseconds(now))
            .order_by(MailTokenRow.created_at_us.desc(), MailTokenRow.token_hash)
            .limit(1)
        )
        return None if row is None else _token(row)

    async def drop(self, *, email_key: str, purpose: TokenPurpose, keep: int = 0) -> None:
        """Remove an address's tokens of a purpose but for the newest `keep`."""
        mine = (MailTokenRow.email_key == email_key, MailTokenRow.purpose == purpose)
        newest = select(MailTokenRow.token_hash).where(*mine).order_by(MailTokenRow.created_at_us.desc()).limit(keep)
        kept = list(await self._session.scalars(newest)) if keep else []
        await self._session.execute(delete(MailTokenRow).where(*mine, MailTokenRow.token_hash.not_in(kept)))

    async def drop_of(self, account_id: AccountId) -> None:
        """Remove an account's tokens."""
        await self._session.execute(delete(MailTokenRow).where(MailTokenRow.account_id == account_id))

    async def sweep(self, *, now: datetime) -> None:
        """Remove expired tokens."""
        await self._session.execute(delete(MailTokenRow).where(MailTokenRow.expires_at_us <= microseconds(now)))


class SqlAttempts:
    """Counted tries inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def for_change(self, keys: Sequence[str]) -> Sequence[Attempts]:
        """Return what is known of these keys, locked in one order, so that two never wait for each other."""
        rows = await self._session.scalars(
            select(AttemptRow)
            .where(AttemptRow.attempt_key.in_(keys))
            .order_by(AttemptRow.attempt_key)
            .with_for_update()
        )
        return tuple(Attempts(key=row.attempt_key, count=row.count, last_at=moment(row.last_at_us)) for row in rows)

    async def save(self, attempts: Attempts) -> None:
        """Add or replace one."""
        row = AttemptRow(attempt_key=attempts.key, count=attempts.count, last_at_us=microseconds(attempts.last_at))
        await self._session.merge(row)
        await self._session.flush()

    async def remove(self, keys: Sequence[str]) -> None:
        """Forget keys."""
        await self._session.execute(delete(AttemptRow).where(AttemptRow.attempt_key.in_(keys)))

    async def sweep(self, *, before: datetime) -> None:
        """Forget those last tried before a moment."""
        await self._session.execute(delete(AttemptRow).where(AttemptRow.last_at_us < microseconds(before)))


class SqlRequests:
    """Waiting requests and the claim, inside one transaction. `added` tells whether it left requests."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.added = False

    async def add(self, request: QueuedRequest) -> None:
        """Add a request."""
        self.added = True
        row = RequestRow(
            request_id=request.request_id,
            kind=request.kind,
            payload=request.payload,
            at_us=microseconds(request.at),
        )
        self._session.add(row)
        await self._session.flush()

    async def count(self) -> int:
        """Return how many wait."""
        return await self._session.scalar(select(func.count()).select_from(RequestRow)) or 0

    async def oldest(self, *, limit: int) -> Sequence[QueuedRequest]:
        """Return the oldest."""
        rows = await self._session.scalars(
            select(RequestRow).order_by(RequestRow.at_us, RequestRow.request_id).limit(limit)
        )
        fields = (
            {"request_id": row.request_id, "kind": row.kind, "payload": row.payload, "at": moment(row.at_us)}
            for row in rows
        )
        return tuple(msgspec.convert(values, QueuedRequest) for values in fields)

    async def remove(self, request_id: str) -> bool:
        """Forget one; False when it was gone already."""
        row = await self._session.get(RequestRow, request_id, with_for_update=True)
        if row is None:
            return False
        await self._session.delete(row)
        await self._session.flush()
        return True

    async def claimed(self) -> bool:
        """Return whether the installation has been claimed."""
        return await self._session.get(ClaimRow, _THE_CLAIM) is not None

    async def claim(self, *, at: datetime) -> bool:
        """Claim the installation; two at once fail at the primary key, and the second's transaction with it."""
        if await self.claimed():
            return False
        self._session.add(ClaimRow(number=_THE_CLAIM, at_us=microseconds(at)))
        await self._session.flush()
        return True
