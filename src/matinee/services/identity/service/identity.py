"""The contract: what other rooms may ask."""

from matinee.contracts.identity import (
    Account,
    AccountNotFoundError,
    EndedSessions,
    KeySet,
    Profile,
    ProfileNotFoundError,
)
from matinee.kit.ids import AccountId, ProfileId, SessionId
from matinee.services.identity.ports.store import Store
from matinee.services.identity.service.keys import SigningKeys
from matinee.services.identity.service.parts import Household
from matinee.services.identity.service.sessions import Sessions


class IdentityService:
    """Implements the contract.

    Args:
        store: accounts and sessions.
        keys: public keys.
        sessions: which have ended.
        household: profiles.
    """

    def __init__(self, *, store: Store, keys: SigningKeys, sessions: Sessions, household: Household) -> None:
        self._store = store
        self._keys = keys
        self._sessions = sessions
        self._household = household

    async def keys(self) -> KeySet:
        """Return the public keys that access tokens are verified with."""
        return await self._keys.published()

    async def ended_sessions(self, *, after: int = 0) -> EndedSessions:
        """Return sessions that ended after a position, oldest first."""
        return await self._sessions.ended(after=after)

    async def account(self, *, account_id: AccountId) -> Account:
        """Return an account."""
        async with self._store.reading() as tx:
            account = await tx.accounts.get(account_id)
        if account is None:
            raise AccountNotFoundError("There is no such account.")
        return account

    async def profile(self, *, account_id: AccountId, profile_id: ProfileId) -> Profile:
        """Return a profile of an account."""
        async with self._store.reading() as tx:
            facts = await self._household.profile(tx, account_id, profile_id)
        if facts is None:
            raise ProfileNotFoundError("There is no such profile.")
        return facts.profile

    async def session_lives(self, *, session_id: SessionId) -> bool:
        """Return whether a session has neither ended nor expired."""
        async with self._store.reading() as tx:
            session = await tx.sessions.get(session_id)
        return session is not None and self._sessions.lives(session)
