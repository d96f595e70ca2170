"""Who asks, and what is known of them before something is decided."""

from datetime import UTC, datetime

import msgspec

from matinee.kit.ids import AccountId, ProfileId, SessionId
from matinee.services.identity.ports.errors import SessionEndedError
from matinee.services.identity.ports.method_records import ProfileRecord
from matinee.services.identity.ports.records import Session
from matinee.services.identity.ports.store import Transaction

NO_PROOF = datetime(1970, 1, 1, tzinfo=UTC)
"""When a session's last proof of identity was, if there is none that counts."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: a session of an account, as its passport says."""

    account_id: AccountId
    session_id: SessionId


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision was made on, before the slow part."""

    session: Session
    profiles: tuple[ProfileRecord, ...]

    def get(self, profile_id: ProfileId) -> ProfileRecord | None:
        """Return one of the profiles, or None."""
        return next((profile for profile in self.profiles if profile.profile_id == profile_id), None)


async def seen_by(tx: Transaction, caller: Caller) -> Seen:
    """Return the caller's session and profiles.

    Raises:
        SessionEndedError: when the session is gone.
    """
    session = await tx.sessions.get(caller.session_id)
    if session is None or session.account_id != caller.account_id:
        raise SessionEndedError("This session has ended; sign in again.")
    return Seen(session=session, profiles=tuple(await tx.profiles.of(caller.account_id)))
