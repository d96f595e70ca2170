"""Passkeys and open questions in a relational database."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.relational import ConstraintError
from matinee.kit.ids import AccountId
from matinee.services.identity.adapters.method_tables import ChallengeRow, PasskeyRow
from matinee.services.identity.adapters.rows import from_row, to_row
from matinee.services.identity.adapters.times import microseconds, moment
from matinee.services.identity.ports.method_records import ChallengeRecord, PasskeyRecord


def _hash(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def _values(passkey: PasskeyRecord) -> dict[str, Any]:
    return {**to_row(passkey), "credential_hash": _hash(passkey.credential_id)}


class SqlPasskeys:
    """The `PasskeyRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_credential(self, credential_id: bytes) -> PasskeyRecord | None:
        """Return the passkey with a credential id, or None."""
        row = await self._session.scalar(
            select(PasskeyRow).where(PasskeyRow.credential_hash == _hash(credential_id)).with_for_update()
        )
        return None if row is None else from_row(row, PasskeyRecord)

    async def of(self, account_id: AccountId) -> Sequence[PasskeyRecord]:
        """Return an account's passkeys, oldest first."""
        rows = await self._session.scalars(
            select(PasskeyRow)
            .where(PasskeyRow.account_id == account_id)
            .order_by(PasskeyRow.created_at_us, PasskeyRow.passkey_id)
        )
        return tuple(from_row(row, PasskeyRecord) for row in rows)

    async def insert(self, passkey: PasskeyRecord) -> None:
        """Add a passkey."""
        self._session.add(PasskeyRow(**_values(passkey)))
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise ConstraintError("This passkey is registered already.") from error

    async def save(self, passkey: PasskeyRecord) -> None:
        """Write back a passkey."""
        await self._session.merge(PasskeyRow(**_values(passkey)))
        await self._session.flush()

    async def remove(self, passkey_id: str) -> None:
        """Remove a passkey."""
        await self._session.execute(delete(PasskeyRow).where(PasskeyRow.passkey_id == passkey_id))


class SqlChallenges:
    """The `ChallengeRows` of one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, challenge: ChallengeRecord) -> None:
        """Add a question."""
        self._session.add(
            ChallengeRow(
                challenge_key=challenge.key,
                purpose=challenge.purpose,
                account_id=challenge.account_id,
                payload=challenge.payload,
                expires_at_us=microseconds(challenge.expires_at),
            )
        )
        await self._session.flush()

    async def take(self, key: str, *, purpose: str, now: datetime) -> ChallengeRecord | None:
        """Remove and return a question; one caller alone gets it, because its row is locked first."""
        row = await self._session.scalar(
            select(ChallengeRow)
            .where(ChallengeRow.challenge_key == key, ChallengeRow.purpose == purpose)
            .with_for_update()
        )
        if row is None:
            return None
        await self._session.delete(row)
        await self._session.flush()
        expires_at = moment(row.expires_at_us)
        if expires_at <= now:
            return None
        return ChallengeRecord(
            key=key,
            purpose=purpose,
            account_id=AccountId(row.account_id),
            payload=row.payload,
            expires_at=expires_at,
        )

    async def count(self, *, purpose: str) -> int:
        """Return how many questions are open."""
        counted = select(func.count()).select_from(ChallengeRow).where(ChallengeRow.purpose == purpose)
        return await self._session.scalar(counted) or 0

    async def sweep(self, *, now: datetime) -> None:
        """Remove expired questions."""
        await self._session.execute(delete(ChallengeRow).where(ChallengeRow.expires_at_us <= microseconds(now)))
