"""Accounts that a provider vouches for: made, found, linked."""

from matinee.contracts.identity import Account
from matinee.engines.relational import ConstraintError
from matinee.kit.ids import AccountId, Ids
from matinee.services.identity.ports.addresses import checked_email
from matinee.services.identity.ports.errors import EmailError, FieldError
from matinee.services.identity.ports.method_errors import (
    ProviderEmailError,
    ProviderLinkedError,
    ProviderNotFoundError,
    ProviderStateError,
)
from matinee.services.identity.ports.method_records import LinkRecord
from matinee.services.identity.ports.records import Device
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.callers import Caller
from matinee.services.identity.service.fields import DEFAULT_ZONE, checked_language, clean_name
from matinee.services.identity.service.id_tokens import Vouched
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.passkey_rules import require_method
from matinee.services.identity.service.provider_messages import Attempt, PendingLink
from matinee.services.identity.service.security_notices import tell
from matinee.services.identity.service.sessions import Issued, Sessions
from matinee.services.identity.settings import IdentitySettings

_LANGUAGE = "en"
_LINKED = "This account of the provider is linked to another account here."


class ProviderAccounts:
    """Decides what a provider's word is good for.

    Args:
        store: accounts and links.
        sessions: opened on success.
        notes: events, security logs, the time.
        ids: new identifiers.
        settings: the territory of those who did not say theirs.
    """

    def __init__(self, *, store: Store, sessions: Sessions, notes: Notes, ids: Ids, settings: IdentitySettings) -> None:
        self._store = store
        self._sessions = sessions
        self._notes = notes
        self._ids = ids
        self._settings = settings

    async def require_proof(self, caller: Caller) -> None:
        """Return when the caller's last proof of identity is young enough; ConfirmNeededError when not."""
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)

    async def take(self, attempt: Attempt, vouched: Vouched, device: Device) -> Issued | PendingLink:
        """Return tokens for whom a provider vouched, or a link that waits for its owner.

        Raises:
            ProviderEmailError: when somebody new comes without a confirmed e-mail address.
            ProviderLinkedError: when it is linked elsewhere.
            ProviderAnswerError, SessionEndedError, AccountClosedError: when it cannot be used.
        """
        async with self._store.writing() as tx:
            if attempt.purpose == "sign-in":
                return await self._sign_in(tx, attempt, vouched, device)
            session = await self._sessions.living(tx, attempt.session_id, account_id=attempt.account_id)
            if attempt.purpose == "link":
                await self._sessions.require_proof(tx, session.session_id)
                await self._insert(tx, attempt.account_id, attempt.provider, vouched)
                return await self._sessions.issue(tx, session, with_refresh=False)
            link = await tx.links.get(attempt.provider, vouched.subject)
            if link is None or link.account_id != attempt.account_id:
                raise ProviderLinkedError("That is not the provider's account that is linked here.")
            return await self._sessions.prove(tx, session.session_id)

    async def link(self, caller: Caller, provider: str, vouched: Vouched) -> None:
        """Link a provider's account to the caller's.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
            ProviderLinkedError: when it is linked to another account, or another is linked to this one.
        """
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            await self._insert(tx, caller.account_id, provider, vouched)

    async def unlink(self, caller: Caller, provider: str) -> None:
        """Take a link away.

        Raises:
            ConfirmNeededError: when the last proof of identity is too old.
            ProviderNotFoundError: when there is no such link.
            LastMethodError: when it is the only way to sign in.
        """
        async with self._store.writing() as tx:
            await self._sessions.require_proof(tx, caller.session_id)
            if not any(link.provider == provider for link in await tx.links.of(caller.account_id)):
                raise ProviderNotFoundError("The account is not linked to this provider.")
            await tx.links.remove(caller.account_id, provider)
            await require_method(tx, caller.account_id)
            await tell(self._notes, tx, caller.account_id, "provider-unlinked", provider=provider)

    async def _sign_in(
        self, tx: Transaction, attempt: Attempt, vouched: Vouched, device: Device
    ) -> Issued | PendingLink:
        link = await tx.links.get(attempt.provider, vouched.subject)
        if link is not None:
            account = await tx.accounts.get(link.account_id)
            if account is None:
                raise ProviderStateError("The account is gone; start again.")
            return await self._sessions.open(tx, account=account, method="provider", device=device)
        email = _address(vouched)
        known = await tx.accounts.by_email(email)
        if known is not None:
            # The provider's word is not enough to enter an account that somebody made without it.
            return PendingLink(
                provider=attempt.provider,
                subject=vouched.subject,
                email=email,
                account_id=known.account_id,
                expires_at=int(self._notes.now().timestamp()) + self._settings.challenge_seconds,
            )
        account = await self._join(tx, email, vouched)
        await self._insert(tx, account.account_id, attempt.provider, vouched)
        return await self._sessions.open(tx, account=account, method="provider", device=device)

    async def _join(self, tx: Transaction, email: str, vouched: Vouched) -> Account:
        account = Account(
            account_id=AccountId(self._ids.new()),
            email=email,
            name=clean_name(vouched.name, email=email),
            role="member",
            state="active",
            language=_language(vouched.language),
            territory=self._settings.default_territory,
            time_zone=DEFAULT_ZONE,
            created_at=self._notes.now(),
        )
        await tx.accounts.insert(account)
        await self._notes.changed(tx, account)
        await self._notes.activity(tx, account.account_id, "joined")
        return account

    async def _insert(self, tx: Transaction, account_id: AccountId, provider: str, vouched: Vouched) -> None:
        link = await tx.links.get(provider, vouched.subject)
        if link is not None and link.account_id == account_id:
            return
        others = [known for known in await tx.links.of(account_id) if known.provider == provider]
        if link is not None or others:
            raise ProviderLinkedError(_LINKED if link is not None else "Another account of this provider is linked.")
        record = LinkRecord(
            provider=provider,
            subject=vouched.subject,
            account_id=account_id,
            email=vouched.email,
            created_at=self._notes.now(),
        )
        try:
            await tx.links.insert(record)
        except ConstraintError as error:
            raise ProviderLinkedError(_LINKED) from error
        await tell(self._notes, tx, account_id, "provider-linked", provider=provider)


def _address(vouched: Vouched) -> str:
    try:
        return checked_email(vouched.email)
    except EmailError as error:
        raise ProviderEmailError(
            "The provider gave no e-mail address that it has confirmed; sign up with one instead."
        ) from error


def _language(locale: str) -> str:
    try:
        return checked_language(locale.replace("_", "-"))
    except FieldError:
        return _LANGUAGE
