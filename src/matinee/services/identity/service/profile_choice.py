"""Choosing who is watching, and going back to the gate."""

import msgspec

from matinee.contracts.identity import ProfileNotFoundError
from matinee.kit.ids import ProfileId
from matinee.services.identity.ports.method_errors import ProfileChangedError
from matinee.services.identity.ports.method_records import ProfileRecord
from matinee.services.identity.ports.store import Store
from matinee.services.identity.service import profile_rules as rules
from matinee.services.identity.service.callers import NO_PROOF, Caller, Seen, seen_by
from matinee.services.identity.service.profile_locks import ProfileLocks, Unlock
from matinee.services.identity.service.sessions import Issued, Sessions


class ProfileChoice:
    """Chooses and leaves profiles.

    Args:
        store: where profiles and sessions are.
        locks: opens locked profiles.
        sessions: makes the new access token.
    """

    def __init__(self, *, store: Store, locks: ProfileLocks, sessions: Sessions) -> None:
        self._store = store
        self._locks = locks
        self._sessions = sessions

    async def enter(self, caller: Caller, profile_id: ProfileId, unlock: Unlock) -> Issued:
        """Choose who is watching.

        A locked profile that is left opens with its PIN, the password, or a proof of identity younger than entering
        it; one with a PIN that is entered opens with its PIN or the password.

        Raises:
            ProfileNotFoundError: when the account has no such profile.
            PinNeededError, PinWrongError, CredentialsError, WaitError: when a lock stays shut.
            ProfileChangedError: when something changed meanwhile.
        """
        seen = await self._seen(caller)
        target = seen.get(profile_id)
        if target is None:
            raise ProfileNotFoundError("There is no such profile.")
        if seen.session.profile_id != profile_id:
            entering = () if target.pin_hash is None else (target,)
            await self._locks.open((*self._leaving(seen), *entering), unlock)
        return await self._choose(caller, seen, target)

    async def leave(self, caller: Caller, unlock: Unlock) -> Issued:
        """Go back to the gate.

        Raises:
            PinNeededError, PinWrongError, CredentialsError, WaitError: when the profile is locked and stays shut.
            ProfileChangedError: when something changed meanwhile.
        """
        seen = await self._seen(caller)
        await self._locks.open(self._leaving(seen), unlock)
        return await self._choose(caller, seen, None)

    def _leaving(self, seen: Seen) -> tuple[ProfileRecord, ...]:
        current = seen.get(seen.session.profile_id)
        shut = current is not None and rules.locked(current) and not self._locks.proved(seen.session)
        return (current,) if current is not None and shut else ()

    async def _seen(self, caller: Caller) -> Seen:
        async with self._store.reading() as tx:
            return await seen_by(tx, caller)

    async def _choose(self, caller: Caller, seen: Seen, target: ProfileRecord | None) -> Issued:
        async with self._store.writing() as tx:
            session = await self._sessions.living(tx, caller.session_id, account_id=caller.account_id)
            fresh = None if target is None else await tx.profiles.get(target.profile_id)
            same = target is None or (fresh is not None and fresh.limits_version == target.limits_version)
            if session.profile_id != seen.session.profile_id or not same:
                raise ProfileChangedError("Somebody changed the profile meanwhile; try again.")
            if target is not None and rules.locked(target) and target.profile_id != session.profile_id:
                # Whoever signed in hands the screen over; the proof of identity is not theirs who watch now.
                await tx.sessions.save(msgspec.structs.replace(session, proof_at=NO_PROOF))
            return await self._sessions.with_profile(tx, caller.session_id, target.profile_id if target else None)
