"""What staff and the operator do with accounts; each leaves a line in the audit in the same transaction."""

from collections.abc import Sequence

import msgspec

from matinee.contracts.identity import Account, AccountNotFoundError, AccountRole
from matinee.kit.cursors import Cursors
from matinee.kit.ids import AccountId, Ids
from matinee.services.identity.ports.addresses import checked_email
from matinee.services.identity.ports.errors import EmailTakenError, LastAdminError, RoleError
from matinee.services.identity.ports.methods import MethodFacts
from matinee.services.identity.ports.records import (
    AccountFilter,
    AccountPageKey,
    Activity,
    AuditEntry,
    Session,
)
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.fields import DEFAULT_ZONE, clean_name
from matinee.services.identity.service.joining import Resend
from matinee.services.identity.service.notes import Actor, Notes
from matinee.services.identity.service.parts import Methods
from matinee.services.identity.service.sessions import Sessions
from matinee.services.identity.settings import IdentitySettings

MAX_PAGE = 100
_LINES = 50
_SENIOR = ("admin", "operator")


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts, newest first. `cursor` continues after them, None at the end."""

    items: tuple[Account, ...]
    cursor: str | None


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Audit entries, newest first."""

    items: tuple[AuditEntry, ...]
    cursor: str | None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An account as staff see it."""

    account: Account
    has_password: bool
    methods: MethodFacts
    sessions: tuple[Session, ...]
    activity: tuple[Activity, ...]


class StaffRules:
    """Looking after accounts.

    Args:
        store: accounts.
        sessions: ended from here.
        methods: what accounts sign in with.
        notes: audit, events and letters.
        cursors: for pages.
        ids: new identifiers.
        settings: defaults.
    """

    def __init__(
        self,
        *,
        store: Store,
        sessions: Sessions,
        methods: Methods,
        notes: Notes,
        cursors: Cursors,
        ids: Ids,
        settings: IdentitySettings,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._methods = methods
        self._notes = notes
        self._cursors = cursors
        self._ids = ids
        self._settings = settings

    async def page(self, wanted: AccountFilter, *, limit: int, cursor: str | None) -> AccountPage:
        """Return a page of accounts; CursorError for a cursor of another query."""
        scope = f"accounts:{wanted.role or ''}:{wanted.query}"
        after = None
        if cursor is not None:
            at, account_id = self._cursors.decode(scope, cursor)
            after = msgspec.convert({"created_at": at, "account_id": account_id}, AccountPageKey)
        async with self._store.reading() as tx:
            found = await tx.accounts.page(limit=limit + 1, after=after, wanted=wanted)
        items = tuple(found[:limit])
        more = len(found) > limit
        key = (items[-1].created_at.isoformat(), items[-1].account_id) if more else None
        return AccountPage(items=items, cursor=None if key is None else self._cursors.encode(scope, key))

    async def member(self, account_id: AccountId) -> Member:
        """Return an account with its sessions and newest lines; AccountNotFoundError when there is none."""
        async with self._store.reading() as tx:
            account = await self._existing(await tx.accounts.get(account_id))
            return Member(
                account=account,
                has_password=await tx.accounts.password(account_id) is not None,
                methods=await self._methods.facts(tx, account_id),
                sessions=tuple(await tx.sessions.live_of(account_id, now=self._notes.now())),
                activity=tuple(await tx.logs.activity(account_id, limit=_LINES)),
            )

    async def create(self, actor: Actor, *, email: str, name: str, role: AccountRole) -> Account:
        """Make an account without a password; its owner gets a mail to choose one.

        Raises:
            EmailTakenError: when the address has an account.
        """
        tidy = checked_email(email)
        account = Account(
            account_id=AccountId(self._ids.new()),
            email=tidy,
            name=clean_name(name, email=tidy),
            role=role,
            state="active",
            language="en",
            territory=self._settings.default_territory,
            time_zone=DEFAULT_ZONE,
            created_at=self._notes.now(),
        )
        async with self._store.writing() as tx:
            if await tx.accounts.by_email(tidy) is not None:
                raise EmailTakenError("Another account has this e-mail address.")
            await tx.accounts.insert(account)
            await self._notes.changed(tx, account)
            await self._notes.audit(tx, actor, "account-created", account.account_id, role=role)
            await self._notes.request(tx, "reset", Resend(email=tidy))
        return account

    async def set_role(self, actor: Actor, account_id: AccountId, role: AccountRole) -> Account:
        """Give an account another role; its sessions end, so that no token says otherwise.

        Raises:
            LastAdminError: when no admin would be left.
        """
        async with self._store.writing() as tx:
            account = await self._for_change(tx, actor, account_id)
            if role == account.role:
                return account
            await self._keep_an_admin(tx, account)
            changed = msgspec.structs.replace(account, role=role)
            await self._save(tx, changed)
            await self._sessions.end_all(tx, account_id, reason="role")
            await self._notes.activity(tx, account_id, "role-changed", role=role)
            await self._notes.audit(tx, actor, "role-set", account_id, before=account.role, after=role)
        return changed

    async def close(self, actor: Actor, account_id: AccountId) -> Account:
        """Close an account: nobody signs in to it any more, its sessions end."""
        async with self._store.writing() as tx:
            account = await self._for_change(tx, actor, account_id)
            await self._keep_an_admin(tx, account)
            closed = msgspec.structs.replace(account, state="closed")
            await self._save(tx, closed)
            await self._sessions.end_all(tx, account_id, reason="closed")
            await tx.tokens.drop_of(account_id)
            await self._notes.audit(tx, actor, "account-closed", account_id)
        return closed

    async def reopen(self, actor: Actor, account_id: AccountId) -> Account:
        """Open a closed account again."""
        async with self._store.writing() as tx:
            account = await self._for_change(tx, actor, account_id)
            opened = msgspec.structs.replace(account, state="active")
            await self._save(tx, opened)
            await self._notes.audit(tx, actor, "account-reopened", account_id)
        return opened

    async def sign_out(self, actor: Actor, account_id: AccountId) -> int:
        """End all sessions of an account; return how many."""
        async with self._store.writing() as tx:
            await self._for_change(tx, actor, account_id)
            ended = await self._sessions.end_all(tx, account_id, reason="staff")
            await self._notes.activity(tx, account_id, "signed-out-by-staff")
            await self._notes.audit(tx, actor, "signed-out", account_id, sessions=str(len(ended)))
        return len(ended)

    async def send_reset(self, actor: Actor, account_id: AccountId) -> None:
        """Have a link for a new password sent to an account's owner."""
        async with self._store.writing() as tx:
            account = await self._for_change(tx, actor, account_id)
            await self._notes.request(tx, "reset", Resend(email=account.email))
            await self._notes.audit(tx, actor, "reset-sent", account_id)

    async def audit(self, *, limit: int, cursor: str | None, account_id: AccountId | None) -> AuditPage:
        """Return a page of the audit, all of it or of one account."""
        scope = f"audit:{account_id or ''}"
        before = None if cursor is None else str(self._cursors.decode(scope, cursor)[0])
        async with self._store.reading() as tx:
            found: Sequence[AuditEntry] = await tx.logs.audit_page(limit=limit + 1, before=before, subject=account_id)
        items = tuple(found[:limit])
        more = len(found) > limit
        return AuditPage(items=items, cursor=self._cursors.encode(scope, (items[-1].entry_id,)) if more else None)

    async def _for_change(self, tx: Transaction, actor: Actor, account_id: AccountId) -> Account:
        account = await self._existing(await tx.accounts.for_change(account_id))
        if actor.role not in _SENIOR and account.role != "member":
            raise RoleError("Support looks after members; an admin looks after staff.")
        return account

    async def _existing(self, account: Account | None) -> Account:
        if account is None:
            raise AccountNotFoundError("There is no such account.")
        return account

    async def _keep_an_admin(self, tx: Transaction, account: Account) -> None:
        if list(await tx.accounts.admins()) == [account.account_id]:
            raise LastAdminError("This is the only admin; make somebody else one first.")

    async def _save(self, tx: Transaction, account: Account) -> None:
        await tx.accounts.save(account)
        await self._notes.changed(tx, account)
