"""Rows of accounts, sessions, tokens, limits, logs and keys inside one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from matinee.contracts.identity import Account
from matinee.kit.ids import AccountId, SessionId
from matinee.services.identity.ports.records import (
    AccountFilter,
    AccountPageKey,
    Activity,
    Attempts,
    AuditEntry,
    MailToken,
    OutboxEntry,
    QueuedRequest,
    Session,
    StoredKey,
    TokenPurpose,
)


class Accounts(Protocol):
    """Accounts and their passwords."""

    async def get(self, account_id: AccountId) -> Account | None:
        """Return an account, or None."""
        ...

    async def for_change(self, account_id: AccountId) -> Account | None:
        """Return an account that nobody else changes until the transaction ends, or None."""
        ...

    async def by_email(self, email: str) -> Account | None:
        """Return the account with this e-mail, whatever its case, or None."""
        ...

    async def insert(self, account: Account) -> None:
        """Add an account.

        Raises:
            EmailTakenError: when another has its e-mail; nothing more may be done in the transaction.
        """
        ...

    async def save(self, account: Account) -> None:
        """Write back an account that was got for change; EmailTakenError as with `insert`."""
        ...

    async def remove(self, account_id: AccountId) -> None:
        """Remove an account and all that belongs to it; idempotent."""
        ...

    async def page(self, *, limit: int, after: AccountPageKey | None, wanted: AccountFilter) -> Sequence[Account]:
        """Return up to `limit` accounts, newest first, after a key."""
        ...

    async def admins(self) -> Sequence[AccountId]:
        """Return the active accounts with role `admin`, which nobody adds to or takes from until the end."""
        ...

    async def password(self, account_id: AccountId) -> str | None:
        """Return the password's hash, None when the account has no password."""
        ...

    async def set_password(self, account_id: AccountId, password_hash: str, *, at: datetime) -> None:
        """Set or replace the password's hash."""
        ...


class SessionRows(Protocol):
    """Sessions, living and ended."""

    async def get(self, session_id: SessionId) -> Session | None:
        """Return a session, or None."""
        ...

    async def for_change(self, session_id: SessionId) -> Session | None:
        """Return a session that nobody else changes until the transaction ends, or None."""
        ...

    async def insert(self, session: Session) -> None:
        """Add a session."""
        ...

    async def save(self, session: Session) -> None:
        """Write back a session that was got for change."""
        ...

    async def live_of(self, account_id: AccountId, *, now: datetime) -> Sequence[Session]:
        """Return an account's sessions that have neither ended nor expired, last used first."""
        ...

    async def note_ended(self, session_id: SessionId, *, until: datetime) -> None:
        """Publish that a session ended, at the next position, until its last access token has expired."""
        ...

    async def ended_after(self, position: int, *, limit: int) -> Sequence[tuple[int, SessionId]]:
        """Return published ends after a position, ascending."""
        ...

    async def last_position(self) -> int:
        """Return the position of the last published end, 0 for none ever."""
        ...

    async def sweep(self, *, before: datetime, ended_before: datetime) -> None:
        """Forget ends published until `before`, and sessions that ended or expired before `ended_before`."""
        ...


class TokenRows(Protocol):
    """What links in mails are good for."""

    async def put(self, token: MailToken) -> None:
        """Add a token."""
        ...

    async def take(self, token_hash: str, *, purpose: TokenPurpose, now: datetime) -> MailToken | None:
        """Remove and return a token that has not expired; None when there is none, so that each works once."""
        ...

    async def look(self, token_hash: str, *, purpose: TokenPurpose, now: datetime) -> MailToken | None:
        """Return a token that has not expired without using it up, or None."""
        ...

    async def newest_join(self, email_key: str, *, now: datetime) -> MailToken | None:
        """Return the newest sign-up of an address that waits for its verification, or None."""
        ...

    async def drop(self, *, email_key: str, purpose: TokenPurpose, keep: int = 0) -> None:
        """Remove an address's tokens of a purpose but for the newest `keep`."""
        ...

    async def drop_of(self, account_id: AccountId) -> None:
        """Remove an account's tokens."""
        ...

    async def sweep(self, *, now: datetime) -> None:
        """Remove expired tokens."""
        ...


class AttemptRows(Protocol):
    """Counted tries."""

    async def for_change(self, keys: Sequence[str]) -> Sequence[Attempts]:
        """Return what is known of these keys, which nobody else changes until the transaction ends."""
        ...

    async def save(self, attempts: Attempts) -> None:
        """Add or replace one."""
        ...

    async def remove(self, keys: Sequence[str]) -> None:
        """Forget keys."""
        ...

    async def sweep(self, *, before: datetime) -> None:
        """Forget those last tried before a moment."""
        ...


class LogRows(Protocol):
    """The audit of staff, and each account's own security log."""

    async def audit(self, entry: AuditEntry) -> None:
        """Add what staff did."""
        ...

    async def audit_page(self, *, limit: int, before: str | None, subject: str | None) -> Sequence[AuditEntry]:
        """Return audit entries, newest first, older than the entry `before`."""
        ...

    async def note(self, activity: Activity) -> None:
        """Add a line to an account's security log."""
        ...

    async def activity(self, account_id: AccountId, *, limit: int) -> Sequence[Activity]:
        """Return an account's newest lines, newest first."""
        ...


class OutboxRows(Protocol):
    """Events of the same transaction, sent after it."""

    async def add(self, *, topic: str, key: str, value: bytes) -> None:
        """Put an event into the outbox; events of one key are sent in the order of their commits."""
        ...

    async def oldest(self, *, limit: int) -> Sequence[OutboxEntry]:
        """Return the oldest unsent events, in order."""
        ...

    async def remove(self, *, up_to: int) -> None:
        """Forget events with a sequence up to and with `up_to`."""
        ...


class KeyRows(Protocol):
    """Keys that sign access tokens."""

    async def all(self) -> Sequence[StoredKey]:
        """Return all, by when they begin to sign."""
        ...

    async def insert(self, key: StoredKey) -> None:
        """Add a key."""
        ...

    async def extend(self, kid: str, *, expires_at: datetime) -> None:
        """Publish a key until another moment."""
        ...

    async def sweep(self, *, now: datetime) -> None:
        """Remove keys whose tokens have all expired."""
        ...

    async def alone(self) -> None:
        """Return when nobody else adds keys until the transaction ends."""
        ...


class RequestRows(Protocol):
    """Requests that wait to be worked off, and whether the installation was claimed."""

    async def add(self, request: QueuedRequest) -> None:
        """Add a request."""
        ...

    async def count(self) -> int:
        """Return how many wait."""
        ...

    async def oldest(self, *, limit: int) -> Sequence[QueuedRequest]:
        """Return the oldest."""
        ...

    async def remove(self, request_id: str) -> bool:
        """Forget one; False when it was gone already, so that one worker alone does it."""
        ...

    async def claimed(self) -> bool:
        """Return whether the installation has been claimed."""
        ...

    async def claim(self, *, at: datetime) -> bool:
        """Claim the installation; False when it was claimed before."""
        ...
