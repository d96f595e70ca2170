"""Opens locked profiles: by their PIN, by the account's password, or by a proof of identity that is young enough."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from matinee.contracts.identity import ProfileNotFoundError
from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId, ProfileId
from matinee.services.identity.ports.crypto import PasswordHashes
from matinee.services.identity.ports.errors import ConfirmNeededError, WaitError
from matinee.services.identity.ports.method_errors import PinNeededError, PinWrongError
from matinee.services.identity.ports.method_records import ProfileRecord
from matinee.services.identity.ports.records import Session
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service import pins
from matinee.services.identity.service.passwords import Passwords
from matinee.services.identity.service.profile_rules import Demand
from matinee.services.identity.settings import IdentitySettings


class Unlock(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller offers to open a lock; empty for nothing. `address` is the client's, for limits on tries."""

    pin: str = ""
    password: str = ""
    address: str = ""


class ProfileLocks:
    """Checks what is offered.

    Args:
        store: where PINs and their tries are.
        hashes: checks PINs.
        passwords: checks the account's password, with its own limits.
        clock: the time.
        settings: how long a proof of identity counts.
    """

    def __init__(
        self, *, store: Store, hashes: PasswordHashes, passwords: Passwords, clock: Clock, settings: IdentitySettings
    ) -> None:
        self._store = store
        self._hashes = hashes
        self._passwords = passwords
        self._clock = clock
        self._settings = settings

    def proved(self, session: Session) -> bool:
        """Return whether the session's last proof of identity still counts."""
        return self._clock.now() - session.proof_at <= timedelta(seconds=self._settings.confirm_seconds)

    async def open(self, locks: Sequence[ProfileRecord], unlock: Unlock) -> None:
        """Return when every one of these profiles is opened by the password or its PIN.

        Raises:
            PinNeededError: when nothing was offered that could open one of them.
            PinWrongError: when a PIN does not fit.
            CredentialsError: when the password does not fit.
            WaitError: after too many tries.
        """
        if not locks:
            return
        if unlock.password:
            await self._password(locks[0].account_id, unlock)
            return
        for profile in locks:
            if not unlock.pin or profile.pin_hash is None:
                raise _needed(profile)
        for profile in locks:
            await self.check_pin(profile.account_id, profile.profile_id, unlock.pin)

    async def satisfy(self, demand: Demand, session: Session, profile: ProfileRecord | None, unlock: Unlock) -> None:
        """Return when the caller may make a change that demands this.

        Raises:
            ConfirmNeededError: when nothing that would do was offered.
            PinWrongError, CredentialsError, WaitError: as with `open`.
        """
        if demand == "nothing" or self.proved(session):
            return
        if unlock.password:
            await self._password(session.account_id, unlock)
        elif demand == "pin" and profile is not None and unlock.pin:
            await self.check_pin(profile.account_id, profile.profile_id, unlock.pin)
        else:
            raise ConfirmNeededError("Enter the account's password, or confirm that it is you, to go on.")

    async def check_pin(self, account_id: AccountId, profile_id: ProfileId, pin: str) -> None:
        """Return when a PIN fits; the try is counted before it is made.

        Raises:
            PinWrongError: when it does not.
            WaitError: after too many tries.
        """
        async with self._store.writing() as tx:
            profile = await _of(tx, account_id, profile_id)
            now = self._clock.now()
            tries = pins.PinTries(failures=profile.pin_failures, wait_until=profile.pin_wait_until)
            if wait := pins.wait_seconds(tries, now):
                raise WaitError(f"Too many tries; wait {wait} seconds and try again.", retry_after_seconds=wait)
            counted = pins.after_try(tries, now)
            await tx.profiles.save(_with(profile, counted))
        if not await self._hashes.verify(profile.pin_hash, pin):
            left = max(0, pins.FREE_TRIES - counted.failures)
            raise PinWrongError("That is not the profile's PIN.", tries_left=left)
        async with self._store.writing() as tx:
            fresh = await _of(tx, account_id, profile_id)
            if fresh.pin_hash == profile.pin_hash:
                await tx.profiles.save(_with(fresh, pins.PinTries()))

    async def _password(self, account_id: AccountId, unlock: Unlock) -> None:
        await self._passwords.verify(account_id=account_id, password=unlock.password, address=unlock.address)


def _needed(profile: ProfileRecord) -> PinNeededError:
    has_pin = profile.pin_hash is not None
    ways = "its PIN or the account's password" if has_pin else "the account's password"
    return PinNeededError(f"This profile opens with {ways}.", profile_id=profile.profile_id, has_pin=has_pin)


def _with(profile: ProfileRecord, tries: pins.PinTries) -> ProfileRecord:
    return msgspec.structs.replace(profile, pin_failures=tries.failures, pin_wait_until=tries.wait_until)


async def _of(tx: Transaction, account_id: AccountId, profile_id: ProfileId) -> ProfileRecord:
    for profile in await tx.profiles.for_change(account_id):
        if profile.profile_id == profile_id:
            return profile
    raise ProfileNotFoundError("There is no such profile.")
