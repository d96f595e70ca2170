"""What members do with their own account: password, e-mail, facts about them, sessions, export, erasure."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matinee.contracts.identity import Account, AccountNotFoundError
from matinee.kit.errors import NotFoundError
from matinee.kit.ids import AccountId, SessionId
from matinee.services.identity.ports.addresses import checked_email, email_key
from matinee.services.identity.ports.errors import CredentialsError, EmailTakenError, LastAdminError, LinkError
from matinee.services.identity.ports.records import Activity, EmailChange, Session
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.devices import device_name
from matinee.services.identity.service.fields import checked_language, checked_territory, checked_zone, clean_name
from matinee.services.identity.service.joining import Resend, room_in_queue
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.parts import AccountPart, Methods
from matinee.services.identity.service.passwords import Passwords
from matinee.services.identity.service.sessions import Issued, Sessions
from matinee.services.identity.service.sign_in import Proof
from matinee.services.identity.service.tokens import token_hash
from matinee.services.identity.settings import IdentitySettings

_EXPORTED_ACTIVITIES = 1_000


class SessionNotFoundError(NotFoundError):
    """The account has no such session, or it has ended."""

    code = "session-not-found"
    title = "No such session"


class AccountChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts that members may change of themselves; what is left out stays."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    language: Annotated[str, Meta(max_length=35)] | UnsetType = UNSET
    territory: Annotated[str, Meta(max_length=2)] | UnsetType = UNSET
    time_zone: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class AccountRules:
    """What members may do with their own account.

    Args:
        store: accounts and sessions.
        passwords: rules and hashes.
        methods: second factors, as proofs.
        sessions: their sessions.
        limits: on tries and mails.
        notes: events, logs and letters.
        parts: what else belongs to an account, for its export.
        settings: bounds.
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
        parts: Sequence[tuple[str, AccountPart]],
        settings: IdentitySettings,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._methods = methods
        self._sessions = sessions
        self._limits = limits
        self._notes = notes
        self._parts = tuple(parts)
        self._settings = settings

    async def confirm(self, session_id: str, account_id: AccountId, proof: Proof, *, address: str) -> Issued:
        """Note a fresh proof of identity: the password, or a code of the second factor.

        Raises:
            CredentialsError: when it does not fit.
            WaitError: after too many tries.
        """
        if proof.password:
            await self._passwords.verify(account_id=account_id, password=proof.password, address=address)
            async with self._store.writing() as tx:
                return await self._sessions.prove(tx, session_id)
        await self._limits.check("confirm", account_id, address)
        async with self._store.writing() as tx:
            await self._code_fits(tx, account_id, proof)
            await self._limits.forgive_in(tx, "confirm", account_id, address)
            return await self._sessions.prove(tx, session_id)

    async def _code_fits(self, tx: Transaction, account_id: AccountId, proof: Proof) -> None:
        facts = await self._methods.facts(tx, account_id)
        if not facts.totp or not (proof.totp or proof.recovery_code):
            raise CredentialsError("Enter your password, or a code of your authenticator.")
        await self._methods.check_second(
            tx, account_id, totp=proof.totp, recovery_code=proof.recovery_code, now=self._notes.now()
        )

    async def change_password(
        self, session_id: str, account_id: AccountId, *, current: str, new: str, address: str
    ) -> None:
        """Set another password; every other session ends, and a letter tells the owner.

        Args:
            current: may be empty when the last proof of identity is young.

        Raises:
            ConfirmNeededError, CredentialsError, WeakPasswordError, WaitError.
        """
        async with self._store.reading() as tx:
            account = await self._existing(tx, account_id)
        self._passwords.check(new, words=(account.email, account.name))
        if current:
            await self._passwords.verify(account_id=account_id, password=current, address=address)
        else:
            async with self._store.writing() as tx:
                await self._sessions.require_proof(tx, session_id)
        hashed = await self._passwords.hashed(new, words=(account.email, account.name))
        async with self._store.writing() as tx:
            await self._set_password(tx, account, hashed, but=session_id)

    async def _set_password(self, tx: Transaction, account: Account, hashed: str, *, but: str | None) -> None:
        await self._passwords.set(tx, account.account_id, hashed)
        # Links to other addresses too: whoever asked for one may be who is being shut out.
        await tx.tokens.drop_of(account.account_id)
        await self._sessions.end_all(tx, account.account_id, reason="password-changed", but=but)
        await self._notes.activity(tx, account.account_id, "password-changed")
        await self._notes.letter(tx, "password-changed", to=account.email, name=account.name)

    async def ask_reset(self, email: str, *, address: str) -> None:
        """Have a link for a new password sent, if the address has an account; the answer is always the same."""
        tidy = checked_email(email)
        await self._limits.check_mail("reset", email_key(tidy), address)
        async with self._store.writing() as tx:
            await room_in_queue(tx, self._settings)
            await self._notes.request(tx, "reset", Resend(email=tidy))

    async def reset(self, token: str, password: str, *, address: str) -> None:
        """Set a new password with the token of a mail; all sessions end.

        Raises:
            LinkError: when the link was used, has expired, or never was.
            WeakPasswordError: with a reason; the link still works then.
        """
        await self._limits.check_address("reset-token", address)
        async with self._store.reading() as tx:
            found = await tx.tokens.look(token_hash(token), purpose="reset", now=self._notes.now())
            account = None if found is None else await tx.accounts.get(found.account_id)
        if account is None or account.state != "active":
            raise LinkError("The link was used before or has expired; ask for another one.")
        hashed = await self._passwords.hashed(password, words=(account.email, account.name))
        async with self._store.writing() as tx:
            if await tx.tokens.take(token_hash(token), purpose="reset", now=self._notes.now()) is None:
                raise LinkError("The link was used before or has expired; ask for another one.")
            await self._set_password(tx, account, hashed, but=None)
        await self._limits.forgive_address("reset-token", address)

    async def ask_email(self, session_id: str, account_id: AccountId, email: str, *, address: str) -> None:
        """Begin the change of address: a link to the new one, a notice to the old one.

        Raises:
            ConfirmNeededError, EmailError, WaitError.
        """
        tidy = checked_email(email)
        await self._limits.check_mail("email", email_key(tidy), address)
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, session_id)
            account = await self._existing(tx, account_id)
            await self._notes.request(tx, "email", EmailChange(account_id=account_id, email=tidy))
            await self._notes.letter(tx, "email-notice", to=account.email, name=account.name, address=tidy)

    async def complete_email(self, token: str, *, address: str) -> None:
        """Finish the change of address with the token of the mail to the new one; LinkError when it does not work."""
        await self._limits.check_address("email-token", address)
        async with self._store.writing() as tx:
            found = await tx.tokens.take(token_hash(token), purpose="email", now=self._notes.now())
            account = None if found is None else await tx.accounts.for_change(found.account_id)
            if found is None or account is None:
                raise LinkError("The link was used before or has expired; ask for another one.")
            change = msgspec.json.decode(found.payload, type=EmailChange)
            other = await tx.accounts.by_email(change.email)
            if other is not None and other.account_id != account.account_id:
                raise EmailTakenError("Another account has this e-mail address by now.")
            changed = msgspec.structs.replace(account, email=change.email)
            await tx.accounts.save(changed)
            await tx.tokens.drop_of(account.account_id)
            await self._notes.changed(tx, changed)
            await self._notes.activity(tx, account.account_id, "email-changed")
            await self._notes.letter(tx, "email-changed", to=account.email, name=account.name)
        await self._limits.forgive_address("email-token", address)

    async def change(self, session_id: str, account_id: AccountId, change: AccountChange) -> Issued:
        """Change facts about oneself and return a new access token, which carries the territory.

        Raises:
            FieldError: when one cannot be used.
        """
        fields = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
        checks = {"language": checked_language, "territory": checked_territory, "time_zone": checked_zone}
        for name, check in checks.items():
            if name in fields:
                check(fields[name])
        async with self._store.writing() as tx:
            account = await tx.accounts.for_change(account_id)
            if account is None:
                raise AccountNotFoundError("There is no such account.")
            if "name" in fields:
                fields["name"] = clean_name(fields["name"], email=account.email)
            changed = msgspec.structs.replace(account, **fields)
            await tx.accounts.save(changed)
            await self._notes.changed(tx, changed)
            session = await self._sessions.living(tx, session_id, account_id=account_id)
            return await self._sessions.issue(tx, session, with_refresh=False)

    async def sessions(self, account_id: AccountId) -> Sequence[Session]:
        """Return an account's living sessions, last used first."""
        async with self._store.reading() as tx:
            return await tx.sessions.live_of(account_id, now=self._notes.now())

    async def _own_session(self, tx: Transaction, account_id: AccountId, session_id: str) -> Session:
        session = await tx.sessions.for_change(SessionId(session_id))
        if session is None or session.account_id != account_id or not self._sessions.lives(session):
            raise SessionNotFoundError("There is no such session.")
        return session

    async def rename_session(self, account_id: AccountId, session_id: str, name: str) -> Session:
        """Give one of one's own devices a name; SessionNotFoundError for any other's."""
        async with self._store.writing() as tx:
            session = await self._own_session(tx, account_id, session_id)
            renamed = msgspec.structs.replace(session, device_name=device_name(name))
            await tx.sessions.save(renamed)
            return renamed

    async def end_session(self, account_id: AccountId, session_id: str) -> None:
        """Sign one of one's own devices out; SessionNotFoundError for any other's."""
        async with self._store.writing() as tx:
            session = await self._own_session(tx, account_id, session_id)
            await self._sessions.end(tx, session, reason="ended-by-owner")
            await self._notes.activity(tx, account_id, "session-ended", device=session.user_agent_name)

    async def end_others(self, account_id: AccountId, session_id: str) -> None:
        """Sign every other device out."""
        async with self._store.writing() as tx:
            await self._sessions.end_all(tx, account_id, reason="ended-by-owner", but=session_id)
            await self._notes.activity(tx, account_id, "other-sessions-ended")

    async def sign_out(self, session_id: str) -> None:
        """End a session; nothing happens when it has ended before."""
        async with self._store.writing() as tx:
            session = await tx.sessions.for_change(SessionId(session_id))
            if session is not None and session.ended_at is None:
                await self._sessions.end(tx, session, reason="signed-out")

    async def activity(self, account_id: AccountId, *, limit: int) -> Sequence[Activity]:
        """Return the newest lines of one's own security log."""
        async with self._store.reading() as tx:
            return await tx.logs.activity(account_id, limit=limit)

    async def export(self, account_id: AccountId) -> dict[str, Any]:
        """Return everything that identity keeps about an account, without secrets, ready for JSON."""
        async with self._store.reading() as tx:
            account = await self._existing(tx, account_id)
            living = await tx.sessions.live_of(account_id, now=self._notes.now())
            lines = await tx.logs.activity(account_id, limit=_EXPORTED_ACTIVITIES)
            parts = {name: await part.export(tx, account_id) for name, part in self._parts}
        hidden = {"salt", "generation"}
        sessions = [
            {name: value for name, value in msgspec.structs.asdict(one).items() if name not in hidden} for one in living
        ]
        return {
            "exported_at": self._notes.now(),
            "account": account,
            "sessions": sessions,
            "activity": lines,
            **parts,
        }

    async def erase(self, session_id: str, account_id: AccountId, proof: Proof, *, address: str) -> None:
        """Remove an account and all that belongs to it, here now and in other rooms soon.

        Raises:
            ConfirmNeededError, CredentialsError: without a proof.
            LastAdminError: when nobody would be left to look after the service.
        """
        if proof.password:
            await self._passwords.verify(account_id=account_id, password=proof.password, address=address)
        async with self._store.writing() as tx:
            if not proof.password:
                await self._sessions.require_proof(tx, session_id)
            admins = await tx.accounts.admins()
            if list(admins) == [account_id]:
                raise LastAdminError("You are the only admin; make somebody else one first.")
            await self.erase_in(tx, await self._existing(tx, account_id))

    async def erase_in(self, tx: Transaction, account: Account) -> None:
        """Remove an account in a transaction."""
        await self._sessions.end_all(tx, account.account_id, reason="erased")
        profiles = await tx.profiles.for_change(account.account_id)
        await tx.accounts.remove(account.account_id)
        await self._notes.erased(tx, account.account_id, tuple(profile.profile_id for profile in profiles))
        await self._notes.letter(tx, "erased", to=account.email, name=account.name)

    async def _existing(self, tx: Transaction, account_id: AccountId) -> Account:
        account = await tx.accounts.get(account_id)
        if account is None:
            raise AccountNotFoundError("There is no such account.")
        return account
