"""Signing in with a password, and confirming that it is still the same person."""

import msgspec

from matinee.contracts.identity import Account
from matinee.kit.ids import AccountId
from matinee.services.identity.ports.addresses import email_key
from matinee.services.identity.ports.errors import CredentialsError, TotpNeededError, VerificationNeededError
from matinee.services.identity.ports.records import Device, Joining
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.parts import Methods
from matinee.services.identity.service.passwords import WRONG, Passwords
from matinee.services.identity.service.sessions import Issued, Sessions


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody shows: a password, and the code of a second factor where there is one."""

    password: str = ""
    totp: str = ""
    recovery_code: str = ""


# Asked for where there is no account, so that as many statements run.
_NOBODY = AccountId("")


class _Known(msgspec.Struct, frozen=True):
    """What is known of an address: an account, or a sign-up that waits, or neither; and the hash to check."""

    account: Account | None
    password_hash: str | None


class SignIn:
    """Signs in by password.

    Whoever the address belongs to, or nobody, exactly one password is hashed and the same answer given.

    Args:
        store: accounts.
        passwords: checks them.
        methods: second factors.
        sessions: opened on success.
        limits: on tries.
        notes: the time.
    """

    def __init__(
        self,
        *,
        store: Store,
        passwords: Passwords,
        methods: Methods,
        sessions: Sessions,
        limits: Limits,
        notes: Notes,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._methods = methods
        self._sessions = sessions
        self._limits = limits
        self._notes = notes

    async def with_password(self, email: str, proof: Proof, device: Device) -> Issued:
        """Open a session.

        Raises:
            CredentialsError: when anything does not fit.
            TotpNeededError: when the password fits and a code is missing.
            VerificationNeededError: when the password fits a sign-up that is not verified.
            WaitError: after too many tries.
        """
        key = email_key(email)
        await self._limits.check("sign-in", key, device.address)
        async with self._store.reading() as tx:
            known = await self._known(tx, email, key)
        if not await self._passwords.fits(known.password_hash, proof.password) or known.password_hash is None:
            raise CredentialsError(WRONG)
        if known.account is None:
            raise VerificationNeededError("Open the link in the mail that was sent to this address first.")
        renewed = await self._passwords.renewed(known.password_hash, proof.password)
        try:
            async with self._store.writing() as tx:
                return await self._signed_in(tx, known, proof, device, renewed)
        except TotpNeededError:
            # The question for a code is half of every good sign-in with one.
            await self._limits.take_back("sign-in", key, device.address)
            raise

    async def _known(self, tx: Transaction, email: str, key: str) -> _Known:
        account = await tx.accounts.by_email(email)
        waiting = await tx.tokens.newest_join(key, now=self._notes.now())
        stored = await tx.accounts.password(account.account_id if account else _NOBODY)
        if account is not None or waiting is None:
            return _Known(account, stored)
        return _Known(None, msgspec.json.decode(waiting.payload, type=Joining).password_hash)

    async def _signed_in(
        self, tx: Transaction, known: _Known, proof: Proof, device: Device, renewed: str | None
    ) -> Issued:
        account = None if known.account is None else await tx.accounts.get(known.account.account_id)
        if account is None or await tx.accounts.password(account.account_id) != known.password_hash:
            raise CredentialsError(WRONG)  # it was changed while this one was checked
        await self._methods.check_second(
            tx, account.account_id, totp=proof.totp, recovery_code=proof.recovery_code, now=self._notes.now()
        )
        issued = await self._sessions.open(tx, account=account, method="password", device=device)
        if renewed is not None:
            await self._passwords.set(tx, account.account_id, renewed)
        failed = await self._limits.forgive_in(tx, "sign-in", email_key(account.email), device.address)
        if failed:
            await self._notes.activity(tx, account.account_id, "failed-sign-ins", count=str(failed))
        return issued
