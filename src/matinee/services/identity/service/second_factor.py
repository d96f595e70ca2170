"""The authenticator app of an account, and its recovery codes. Which methods there are beside the password."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from matinee.kit.ids import AccountId
from matinee.services.identity.ports.crypto import Seal
from matinee.services.identity.ports.errors import CredentialsError, TotpNeededError
from matinee.services.identity.ports.method_errors import CodeWrongError, MethodStateError
from matinee.services.identity.ports.method_records import TotpRecord
from matinee.services.identity.ports.methods import MethodFacts
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service import totp
from matinee.services.identity.service.callers import Caller
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.passwords import WRONG
from matinee.services.identity.service.security_notices import tell
from matinee.services.identity.service.sessions import Sessions

_ISSUER = "Matinee"


class NewTotp(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator app is fed with; shown once."""

    secret: str
    otpauth_uri: str
    qr_svg: str


def _purpose(account_id: AccountId) -> str:
    return f"totp:{account_id}"


class SecondFactors:
    """Checks second factors, and knows what an account has. Implements `Methods` and `AccountPart`.

    Args:
        seal: opens and closes secrets.
        code_key: 32 secret bytes; recovery codes are stored as digests under it.
        notes: security logs, the time.
    """

    def __init__(self, *, seal: Seal, code_key: bytes, notes: Notes) -> None:
        self._seal = seal
        self._code_key = code_key
        self._notes = notes

    async def facts(self, tx: Transaction, account_id: AccountId) -> MethodFacts:
        """Return what an account has."""
        record = await tx.totp.get(account_id)
        links = await tx.links.of(account_id)
        return MethodFacts(
            totp=record is not None and record.confirmed,
            passkeys=len(await tx.passkeys.of(account_id)),
            providers=tuple(link.provider for link in links),
        )

    async def check_second(
        self, tx: Transaction, account_id: AccountId, *, totp: str, recovery_code: str, now: datetime
    ) -> None:
        """Return when the second factor fits or the account has none.

        Raises:
            TotpNeededError: when there is one and neither code was given.
            CredentialsError: when the code does not fit or was used before.
        """
        record = await tx.totp.get(account_id)
        if record is None or not record.confirmed:
            return
        if recovery_code:
            await self._use_recovery_code(tx, account_id, recovery_code)
            return
        if not totp:
            raise TotpNeededError("Enter the code that your authenticator app shows, or a recovery code.")
        step = self.step(record, totp, now)
        if step is None:
            raise CredentialsError(WRONG)
        await tx.totp.put(msgspec.structs.replace(record, last_step=step))

    async def export(self, tx: Transaction, account_id: AccountId) -> Mapping[str, Any]:
        """Return what an account has, without secrets."""
        record = await tx.totp.get(account_id)
        passkeys = await tx.passkeys.of(account_id)
        return {
            "authenticator_app": record is not None and record.confirmed,
            "recovery_codes_left": await tx.totp.codes_left(account_id),
            "passkeys": [
                {"name": key.name, "created_at": key.created_at, "last_used_at": key.last_used_at} for key in passkeys
            ],
            "providers": [
                {"provider": link.provider, "subject": link.subject, "email": link.email, "linked_at": link.created_at}
                for link in await tx.links.of(account_id)
            ],
        }

    def sealed(self, account_id: AccountId, secret: str) -> bytes:
        """Return a secret as it is stored."""
        return self._seal.seal(secret.encode(), purpose=_purpose(account_id))

    def step(self, record: TotpRecord, code: str, now: datetime) -> int | None:
        """Return the time step that a code proves, or None."""
        secret = self._seal.open(record.sealed, purpose=_purpose(record.account_id)).decode()
        return totp.accepted_step(secret, code, at_seconds=now.timestamp(), last_step=record.last_step)

    async def new_codes(self, tx: Transaction, account_id: AccountId) -> tuple[str, ...]:
        """Replace an account's recovery codes and return the new ones."""
        codes = tuple(totp.new_recovery_code() for _ in range(totp.RECOVERY_CODES))
        await tx.totp.set_codes(account_id, [totp.recovery_digest(code, key=self._code_key) for code in codes])
        return codes

    async def _use_recovery_code(self, tx: Transaction, account_id: AccountId, code: str) -> None:
        if not await tx.totp.take_code(account_id, totp.recovery_digest(code, key=self._code_key)):
            raise CredentialsError(WRONG)
        await tell(self._notes, tx, account_id, "recovery-code-used", left=str(await tx.totp.codes_left(account_id)))


class TotpSetup:
    """Turns the second factor on and off.

    Args:
        store: where secrets are, sealed.
        factors: makes and checks them.
        sessions: says whether a proof of identity is young enough.
        limits: on tries.
        notes: security logs, the time.
    """

    def __init__(
        self, *, store: Store, factors: SecondFactors, sessions: Sessions, limits: Limits, notes: Notes
    ) -> None:
        self._store = store
        self._factors = factors
        self._sessions = sessions
        self._limits = limits
        self._notes = notes

    async def start(self, caller: Caller) -> NewTotp:
        """Make a secret; it protects nothing before a first code was right. One begun before is replaced.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
            MethodStateError: when the account has an app already.
        """
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            account = await tx.accounts.get(caller.account_id)
            known = await tx.totp.get(caller.account_id)
            if account is None or (known is not None and known.confirmed):
                raise MethodStateError("The account has an authenticator app; remove it first.")
            secret = totp.new_secret()
            sealed = self._factors.sealed(caller.account_id, secret)
            record = TotpRecord(
                account_id=caller.account_id, sealed=sealed, confirmed=False, last_step=0, created_at=self._notes.now()
            )
            await tx.totp.put(record)
        uri = totp.provisioning_uri(secret, account_name=account.email, issuer=_ISSUER)
        return NewTotp(secret=secret, otpauth_uri=uri, qr_svg=totp.qr_svg(uri))

    async def confirm(self, caller: Caller, code: str, *, address: str) -> tuple[str, ...]:
        """Turn the app on with its first code, and return the recovery codes.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
            MethodStateError: when nothing was begun, or it is on already.
            CodeWrongError: when the code does not fit.
            WaitError: after too many tries.
        """
        await self._limits.check("totp-confirm", caller.account_id, address)
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            record = await tx.totp.get(caller.account_id)
            if record is None or record.confirmed:
                raise MethodStateError("No authenticator app is being set up; begin again.")
            step = self._factors.step(record, code, self._notes.now())
            if step is None:
                raise CodeWrongError("The code does not fit; check the clock of the device that shows it.")
            await tx.totp.put(msgspec.structs.replace(record, confirmed=True, last_step=step))
            codes = await self._factors.new_codes(tx, caller.account_id)
            await tell(self._notes, tx, caller.account_id, "second-factor-on")
        await self._limits.forgive("totp-confirm", caller.account_id, address)
        return codes

    async def remove(self, caller: Caller) -> None:
        """Turn the app off and forget the recovery codes; nothing happens when there is none.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
        """
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            record = await tx.totp.get(caller.account_id)
            await tx.totp.remove(caller.account_id)
            if record is not None and record.confirmed:
                await tell(self._notes, tx, caller.account_id, "second-factor-off")

    async def renew_codes(self, caller: Caller) -> tuple[str, ...]:
        """Replace the recovery codes.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
            MethodStateError: when the account has no authenticator app.
        """
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            record = await tx.totp.get(caller.account_id)
            if record is None or not record.confirmed:
                raise MethodStateError("Recovery codes belong to an authenticator app; set one up first.")
            codes = await self._factors.new_codes(tx, caller.account_id)
            await tell(self._notes, tx, caller.account_id, "recovery-codes-renewed")
        return codes
