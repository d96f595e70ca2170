"""Passkeys of accounts: added, named, removed, and signed in with."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from matinee.engines.relational import ConstraintError
from matinee.kit.ids import AccountId, Ids
from matinee.kit.paths import display_name
from matinee.kit.signing import decode_base64url
from matinee.services.identity.ports.method_errors import (
    LastMethodError,
    MethodStateError,
    PasskeyNotFoundError,
    PasskeyRefusedError,
)
from matinee.services.identity.ports.method_records import PasskeyRecord
from matinee.services.identity.ports.records import Device
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service import passkeys
from matinee.services.identity.service.callers import Caller
from matinee.services.identity.service.challenges import Challenges
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.passkeys import Credential, RelyingParty
from matinee.services.identity.service.security_notices import tell
from matinee.services.identity.service.sessions import Issued, Sessions

MAX_PASSKEYS = 20
MAX_NAME_CHARACTERS = 64
_SIGN_IN = "passkey-sign-in"
_UNKNOWN = "This passkey is not known here."


class PasskeyRules:
    """What members do with passkeys.

    Args:
        store: where public keys are.
        sessions: opened on success; asked whether a proof of identity is young enough.
        challenges: made and taken.
        party: the site.
        limits: on tries.
        notes: security logs, the time.
        ids: new identifiers.
    """

    def __init__(
        self,
        *,
        store: Store,
        sessions: Sessions,
        challenges: Challenges,
        party: RelyingParty,
        limits: Limits,
        notes: Notes,
        ids: Ids,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._challenges = challenges
        self._party = party
        self._limits = limits
        self._notes = notes
        self._ids = ids

    async def of(self, account_id: AccountId) -> Sequence[PasskeyRecord]:
        """Return an account's passkeys, oldest first."""
        async with self._store.reading() as tx:
            return await tx.passkeys.of(account_id)

    async def begin(self, caller: Caller) -> Mapping[str, Any]:
        """Return options for a new passkey.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
            MethodStateError: when the account has all it may have.
        """
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            account = await tx.accounts.get(caller.account_id)
            known = await tx.passkeys.of(caller.account_id)
        if account is None or len(known) >= MAX_PASSKEYS:
            raise MethodStateError(f"An account has at most {MAX_PASSKEYS} passkeys; remove one first.")
        challenge = self._challenges.make(_registering(caller), now=self._notes.now())
        return passkeys.registration_options(
            self._party,
            challenge=challenge,
            user_id=account.account_id,
            email=account.email,
            name=account.name,
            known=known,
        )

    async def add(self, caller: Caller, name: str, credential: Credential) -> PasskeyRecord:
        """Take a new passkey.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
            PasskeyRefusedError: when the answer does not fit, or its question was not asked or is too old.
            MethodStateError: when it is known already, or the account has all it may have.
        """
        challenge = passkeys.challenge_of(credential)
        verified = passkeys.verify_registration(self._party, credential, challenge=challenge)
        now = self._notes.now()
        record = PasskeyRecord(
            passkey_id=self._ids.new(),
            account_id=caller.account_id,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=_tidy(name),
            backed_up=verified.credential_backed_up,
            created_at=now,
        )
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            if not await self._challenges.take(tx, challenge, _registering(caller), now=now):
                raise PasskeyRefusedError("Too much time went by; add the passkey again.")
            if len(await tx.passkeys.of(caller.account_id)) >= MAX_PASSKEYS:
                raise MethodStateError(f"An account has at most {MAX_PASSKEYS} passkeys; remove one first.")
            try:
                await tx.passkeys.insert(record)
            except ConstraintError as error:
                raise MethodStateError("This passkey is registered already.") from error
            await tell(self._notes, tx, caller.account_id, "passkey-added", name=record.name)
        return record

    async def rename(self, caller: Caller, passkey_id: str, name: str) -> PasskeyRecord:
        """Give a passkey another name; PasskeyNotFoundError when the account has no such."""
        async with self._store.writing() as tx:
            record = await _one(tx, caller, passkey_id)
            renamed = msgspec.structs.replace(record, name=_tidy(name))
            await tx.passkeys.save(renamed)
        return renamed

    async def remove(self, caller: Caller, passkey_id: str) -> None:
        """Remove a passkey.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
            PasskeyNotFoundError: when the account has no such.
            LastMethodError: when it is the only way to sign in.
        """
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            record = await _one(tx, caller, passkey_id)
            await tx.passkeys.remove(passkey_id)
            await require_method(tx, caller.account_id)
            await tell(self._notes, tx, caller.account_id, "passkey-removed", name=record.name)

    def ask(self) -> Mapping[str, Any]:
        """Return options for signing in with any passkey of this site; nothing is kept of them."""
        challenge = self._challenges.make(_SIGN_IN, now=self._notes.now())
        return passkeys.sign_in_options(self._party, challenge=challenge)

    async def sign_in(self, credential: Credential, device: Device) -> Issued:
        """Open a session. The authenticator has verified the person, so no second factor is asked for.

        Raises:
            PasskeyRefusedError: when nothing is proved.
            WaitError: after too many tries.
        """
        subject = hashlib.sha256(credential.id.encode()).hexdigest()
        await self._limits.check("passkey", subject, device.address)
        async with self._store.writing() as tx:
            passkey = await self._proved(tx, credential, _SIGN_IN)
            account = await tx.accounts.get(passkey.account_id)
            if account is None:
                raise PasskeyRefusedError(_UNKNOWN)
            issued = await self._sessions.open(tx, account=account, method="passkey", device=device)
            await self._limits.forgive_in(tx, "passkey", subject, device.address)
        return issued

    async def ask_again(self, caller: Caller) -> Mapping[str, Any]:
        """Return options for confirming that it is still the same person, with one of the account's passkeys.

        Raises:
            MethodStateError: when the account has none.
        """
        known = await self.of(caller.account_id)
        if not known:
            raise MethodStateError("The account has no passkey.")
        challenge = self._challenges.make(_confirming(caller), now=self._notes.now())
        return passkeys.sign_in_options(self._party, challenge=challenge, known=known)

    async def confirm(self, caller: Caller, credential: Credential, *, address: str) -> Issued:
        """Renew the session's proof of identity.

        Raises:
            PasskeyRefusedError: when nothing is proved, or it is another account's passkey.
            WaitError: after too many tries.
        """
        await self._limits.check("passkey", caller.account_id, address)
        async with self._store.writing() as tx:
            passkey = await self._proved(tx, credential, _confirming(caller))
            if passkey.account_id != caller.account_id:
                raise PasskeyRefusedError("The passkey belongs to another account.")
            issued = await self._sessions.prove(tx, caller.session_id)
            await self._limits.forgive_in(tx, "passkey", caller.account_id, address)
        return issued

    async def _proved(self, tx: Transaction, credential: Credential, purpose: str) -> PasskeyRecord:
        challenge, now = passkeys.challenge_of(credential), self._notes.now()
        passkey = await tx.passkeys.by_credential(_raw_id(credential))
        if passkey is None:
            raise PasskeyRefusedError(_UNKNOWN)
        verified = passkeys.verify_sign_in(self._party, credential, passkey, challenge=challenge)
        if not await self._challenges.take(tx, challenge, purpose, now=now):
            raise PasskeyRefusedError("Too much time went by; try again.")
        used = msgspec.structs.replace(
            passkey,
            sign_count=verified.new_sign_count,
            backed_up=verified.credential_backed_up,
            last_used_at=now,
        )
        await tx.passkeys.save(used)
        return used


async def require_method(tx: Transaction, account_id: AccountId) -> None:
    """Return when an account has something left to sign in with.

    Raises:
        LastMethodError: when it has not; the transaction must not be committed.
    """
    if await tx.accounts.password(account_id) is not None:
        return
    if not await tx.passkeys.of(account_id) and not await tx.links.of(account_id):
        raise LastMethodError("Set a password first, else nothing would be left to sign in with.")


async def _one(tx: Transaction, caller: Caller, passkey_id: str) -> PasskeyRecord:
    for record in await tx.passkeys.of(caller.account_id):
        if record.passkey_id == passkey_id:
            return record
    raise PasskeyNotFoundError("There is no such passkey.")


def _registering(caller: Caller) -> str:
    return f"passkey-register:{caller.session_id}"


def _confirming(caller: Caller) -> str:
    return f"passkey-confirm:{caller.session_id}"


def _raw_id(credential: Credential) -> bytes:
    try:
        return decode_base64url(credential.rawId)
    except ValueError as error:
        raise PasskeyRefusedError(_UNKNOWN) from error


def _tidy(name: str) -> str:
    return display_name(name, limit=MAX_NAME_CHARACTERS) if name.strip() else "Passkey"
