"""Profiles: made, changed and removed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from matinee.contracts.identity import Account, ProfileNotFoundError
from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId, Ids, ProfileId, SessionId
from matinee.kit.passport import MAX_MATURITY
from matinee.kit.paths import display_name
from matinee.services.identity.ports.crypto import PasswordHashes
from matinee.services.identity.ports.errors import FieldError
from matinee.services.identity.ports.method_errors import LastProfileError, ProfileChangedError, ProfileLimitError
from matinee.services.identity.ports.method_records import ProfileRecord
from matinee.services.identity.ports.methods import ProfileFacts
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service import profile_rules as rules
from matinee.services.identity.service.callers import NO_PROOF, Caller, Seen, seen_by
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.pins import acceptable
from matinee.services.identity.service.profile_locks import ProfileLocks, Unlock
from matinee.services.identity.settings import IdentitySettings

MAX_NAME_CHARACTERS = 40
_PUBLISHED_LONGER_SECONDS = 120


class Profiles:
    """The household of each account. Implements `Household` and `AccountPart`.

    Args:
        store: where profiles are.
        hashes: makes hashes of PINs.
        locks: opens locked profiles.
        notes: security logs.
        clock: the time.
        ids: new identifiers.
        settings: how long access tokens live.
    """

    def __init__(
        self,
        *,
        store: Store,
        hashes: PasswordHashes,
        locks: ProfileLocks,
        notes: Notes,
        clock: Clock,
        ids: Ids,
        settings: IdentitySettings,
    ) -> None:
        self._store = store
        self._hashes = hashes
        self._locks = locks
        self._notes = notes
        self._clock = clock
        self._ids = ids
        self._settings = settings

    async def profiles(self, tx: Transaction, account_id: AccountId) -> tuple[ProfileFacts, ...]:
        """Return an account's profiles in the order they were made."""
        return tuple(rules.facts(record) for record in await tx.profiles.of(account_id))

    async def profile(self, tx: Transaction, account_id: AccountId, profile_id: ProfileId) -> ProfileFacts | None:
        """Return one profile of an account, None when it has no such."""
        record = await tx.profiles.get(profile_id)
        return rules.facts(record) if record is not None and record.account_id == account_id else None

    async def export(self, tx: Transaction, account_id: AccountId) -> Mapping[str, Any]:
        """Return the account's profiles, without their PINs."""
        found = await self.profiles(tx, account_id)
        made = [{**msgspec.to_builtins(one.profile), "avatar": one.avatar, "has_pin": one.has_pin} for one in found]
        return {"profiles": made}

    async def all_of(self, account_id: AccountId) -> tuple[ProfileFacts, ...]:
        """Return an account's profiles in a transaction of its own."""
        async with self._store.reading() as tx:
            return await self.profiles(tx, account_id)

    async def welcome(self, tx: Transaction, account: Account) -> None:
        """Give an account that has no profile its first one, named like the account."""
        if await tx.profiles.for_change(account.account_id):
            return
        change = rules.ProfileChange(language=account.language)
        name = display_name(account.name, limit=MAX_NAME_CHARACTERS) if account.name.strip() else "Me"
        blank = self._blank(account.account_id, number=0, language=account.language)
        await tx.profiles.insert(rules.changed(msgspec.structs.replace(blank, name=name), change, pin_hash=None))

    async def create(self, caller: Caller, change: rules.ProfileChange, unlock: Unlock) -> ProfileFacts:
        """Make a profile; one for kids sees up to 7 years unless said otherwise, at most 12.

        Raises:
            ProfileLimitError: when there are five.
            ConfirmNeededError: when it would see more than anybody may see without a secret.
            FieldError: for a name, avatar or PIN that cannot be used.
        """
        seen = await self._seen(caller)
        profile = await self._made(seen, change)
        await self._locks.satisfy(rules.demanded(None, profile, seen.profiles), seen.session, None, unlock)
        async with self._store.writing() as tx:
            now_there = await tx.profiles.for_change(caller.account_id)
            if len(now_there) >= rules.MAX_PROFILES:
                raise ProfileLimitError(f"An account has at most {rules.MAX_PROFILES} profiles.")
            if rules.open_maturity(now_there) < rules.open_maturity(seen.profiles):
                raise ProfileChangedError("Somebody changed the profiles meanwhile; try again.")
            await tx.profiles.insert(profile)
            await self._notes.activity(tx, caller.account_id, "profile-added", profile=profile.name)
        return rules.facts(profile)

    async def change(
        self, caller: Caller, profile_id: ProfileId, change: rules.ProfileChange, unlock: Unlock
    ) -> ProfileFacts:
        """Change a profile. Sessions that use it get other limits at once; a new PIN sends others to the gate.

        Raises:
            ProfileNotFoundError: when the account has no such profile.
            ConfirmNeededError: when the change needs a proof of identity, or the profile's PIN.
            PinWrongError, CredentialsError, WaitError: when what was offered does not fit.
            FieldError: for a name, avatar or PIN that cannot be used.
        """
        seen = await self._seen(caller)
        before = self._wanted(seen, profile_id)
        after = rules.changed(before, _checked(change), pin_hash=await self._pin_hash(change, before.pin_hash))
        await self._locks.satisfy(rules.demanded(before, after, seen.profiles), seen.session, before, unlock)
        async with self._store.writing() as tx:
            fresh = await self._unchanged(tx, before, rules.open_maturity(seen.profiles))
            after = rules.changed(fresh, _checked(change), pin_hash=after.pin_hash)
            await tx.profiles.save(after)
            if rules.limits_differ(fresh, after):
                await self._limits_changed(tx, caller, fresh, new_pin=after.pin_hash not in {None, fresh.pin_hash})
                await self._notes.activity(tx, caller.account_id, "profile-limits-changed", profile=after.name)
        return rules.facts(after)

    async def remove(self, caller: Caller, profile_id: ProfileId, unlock: Unlock) -> None:
        """Remove a profile; sessions that use it go back to the gate.

        Raises:
            LastProfileError: when it is the only one.
            ProfileNotFoundError, ConfirmNeededError, PinWrongError, CredentialsError, WaitError: as with `change`.
        """
        seen = await self._seen(caller)
        profile = self._wanted(seen, profile_id)
        demand: rules.Demand = "pin" if profile.pin_hash is not None else "proof"
        await self._locks.satisfy(demand, seen.session, profile, unlock)
        async with self._store.writing() as tx:
            if len(await tx.profiles.for_change(caller.account_id)) <= 1:
                raise LastProfileError("An account keeps at least one profile.")
            fresh = await self._unchanged(tx, profile, 0)
            await tx.profiles.remove(profile_id)
            await self._limits_changed(tx, caller, fresh, new_pin=True)
            await self._notes.profile_erased(tx, caller.account_id, profile_id)
            await self._notes.activity(tx, caller.account_id, "profile-removed", profile=fresh.name)

    def _made_name(self, change: rules.ProfileChange) -> str:
        if change.name is msgspec.UNSET:
            raise FieldError("A profile needs a name.")
        return change.name

    async def _made(self, seen: Seen, change: rules.ProfileChange) -> ProfileRecord:
        self._made_name(change)
        tidy = _checked(change)
        blank = self._blank(seen.session.account_id, number=len(seen.profiles), language="en")
        if tidy.kids is True and tidy.maturity is msgspec.UNSET:
            tidy = msgspec.structs.replace(tidy, maturity=rules.KIDS_MATURITY)
        made = rules.changed(blank, tidy, pin_hash=await self._pin_hash(change, None))
        return msgspec.structs.replace(made, limits_version=1)

    def _blank(self, account_id: AccountId, *, number: int, language: str) -> ProfileRecord:
        return ProfileRecord(
            profile_id=ProfileId(self._ids.new()),
            account_id=account_id,
            name="",
            avatar=rules.AVATARS[number % len(rules.AVATARS)],
            language=language,
            maturity=MAX_MATURITY,
            kids=False,
            autoplay_next=True,
            autoplay_previews=True,
            created_at=self._clock.now(),
        )

    async def _seen(self, caller: Caller) -> Seen:
        async with self._store.reading() as tx:
            return await seen_by(tx, caller)

    def _wanted(self, seen: Seen, profile_id: ProfileId) -> ProfileRecord:
        profile = seen.get(profile_id)
        if profile is None:
            raise ProfileNotFoundError("There is no such profile.")
        return profile

    async def _unchanged(self, tx: Transaction, seen: ProfileRecord, free: int) -> ProfileRecord:
        """Return a profile for change, when what was demanded of the caller still fits it."""
        there = await tx.profiles.for_change(seen.account_id)
        fresh = next((profile for profile in there if profile.profile_id == seen.profile_id), None)
        if fresh is None or fresh.limits_version != seen.limits_version or rules.open_maturity(there) < free:
            raise ProfileChangedError("Somebody changed the profile meanwhile; try again.")
        return fresh

    async def _pin_hash(self, change: rules.ProfileChange, before: str | None) -> str | None:
        if change.pin is msgspec.UNSET:
            return before
        if change.pin is None:
            return None
        if not acceptable(change.pin):
            raise FieldError("A PIN has four to eight digits.")
        return await self._hashes.hash(change.pin)

    async def _limits_changed(self, tx: Transaction, caller: Caller, before: ProfileRecord, *, new_pin: bool) -> None:
        """End the access tokens that carry old limits, and let no old proof of identity open what is locked now."""
        now = self._clock.now()
        name = SessionId(f"{before.profile_id}:{before.limits_version}")
        lifetime = timedelta(seconds=self._settings.access_seconds + _PUBLISHED_LONGER_SECONDS)
        await tx.sessions.note_ended(name, until=now + lifetime)
        for living in await tx.sessions.live_of(before.account_id, now=now):
            session = await tx.sessions.for_change(living.session_id)
            if session is None or session.profile_id != before.profile_id or session.session_id == caller.session_id:
                continue
            stays = ProfileId("") if new_pin else session.profile_id
            await tx.sessions.save(msgspec.structs.replace(session, profile_id=stays, proof_at=NO_PROOF))


def _checked(change: rules.ProfileChange) -> rules.ProfileChange:
    """Return a change whose name is tidy.

    Raises:
        FieldError: when nothing is left of the name, or there is no such avatar.
    """
    if change.avatar is not msgspec.UNSET and change.avatar not in rules.AVATARS:
        raise FieldError(f"There is no such picture; there are: {', '.join(rules.AVATARS)}.")
    if change.name is msgspec.UNSET:
        return change
    if not change.name.strip():
        raise FieldError("A profile needs a name.")
    return msgspec.structs.replace(change, name=display_name(change.name, limit=MAX_NAME_CHARACTERS))
