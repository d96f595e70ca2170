"""An identity room that is not there."""

from matinee.contracts.identity import (
    Account,
    AccountNotFoundError,
    EndedSessions,
    KeySet,
    Profile,
    ProfileNotFoundError,
)
from matinee.kit.ids import AccountId, ProfileId, SessionId


class NoMembers:
    """Knows no keys, so every access token is nobody's: a deployment that only the operator uses."""

    async def keys(self) -> KeySet:
        """Return none."""
        return KeySet(keys=())

    async def ended_sessions(self, *, after: int = 0) -> EndedSessions:
        """Return none."""
        return EndedSessions(sessions=(), position=after)

    async def account(self, *, account_id: AccountId) -> Account:
        """Find nobody."""
        raise AccountNotFoundError("There are no accounts here.", account_id=account_id)

    async def profile(self, *, account_id: AccountId, profile_id: ProfileId) -> Profile:
        """Find nobody."""
        raise ProfileNotFoundError("There are no accounts here.", account_id=account_id, profile_id=profile_id)

    async def session_lives(self, *, session_id: SessionId) -> bool:  # noqa: ARG002  # the contract's
        """Return that none does."""
        return False
