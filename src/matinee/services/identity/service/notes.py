"""What every change leaves behind: events, lines in security logs, the audit of staff, letters."""

from datetime import datetime

import msgspec

from matinee.contracts.identity import ACCOUNTS_TOPIC, Account, AccountChanged, AccountErased, ProfileErased
from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId, Ids, ProfileId
from matinee.services.identity.ports.records import Activity, AuditEntry, Letter, QueuedRequest, RequestKind
from matinee.services.identity.ports.store import Transaction


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who does something as staff: an account, or `operator`, with the role and address it had then."""

    name: str
    role: str
    address: str


class Notes:
    """Writes these in the transaction of the change itself.

    Args:
        clock: the time.
        ids: new identifiers.
    """

    def __init__(self, *, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    def now(self) -> datetime:
        """Return the time of the change."""
        return self._clock.now()

    async def changed(self, tx: Transaction, account: Account) -> None:
        """Tell other rooms that an account changed."""
        await self._event(tx, account.account_id, msgspec.json.encode(AccountChanged(account=account)))

    async def erased(self, tx: Transaction, account_id: AccountId, profiles: tuple[ProfileId, ...]) -> None:
        """Tell other rooms that an account is gone, with its profiles."""
        await self._event(tx, account_id, msgspec.json.encode(AccountErased(account_id=account_id, profiles=profiles)))

    async def profile_erased(self, tx: Transaction, account_id: AccountId, profile_id: ProfileId) -> None:
        """Tell other rooms that a profile is gone."""
        erased = ProfileErased(account_id=account_id, profile_id=profile_id)
        await self._event(tx, account_id, msgspec.json.encode(erased))

    async def _event(self, tx: Transaction, account_id: AccountId, value: bytes) -> None:
        await tx.outbox.add(topic=ACCOUNTS_TOPIC, key=account_id, value=value)

    async def activity(self, tx: Transaction, account_id: AccountId, kind: str, **facts: str) -> None:
        """Add a line to an account's security log."""
        entry = Activity(entry_id=self._ids.new(), account_id=account_id, at=self._clock.now(), kind=kind, facts=facts)
        await tx.logs.note(entry)

    async def audit(self, tx: Transaction, actor: Actor, action: str, subject: str, **facts: str) -> None:
        """Record what staff did."""
        entry = AuditEntry(
            entry_id=self._ids.new(),
            at=self._clock.now(),
            actor=actor.name,
            role=actor.role,
            action=action,
            subject=subject,
            facts=facts,
            address=actor.address,
        )
        await tx.logs.audit(entry)

    async def letter(self, tx: Transaction, kind: str, *, to: str, **values: str) -> None:
        """Have a letter without a link sent after the commit."""
        await self.request(tx, "letter", Letter(kind=kind, to=to, values=values))

    async def request(self, tx: Transaction, kind: RequestKind, payload: msgspec.Struct) -> None:
        """Queue something whose mail is sent after the commit."""
        queued = QueuedRequest(
            request_id=self._ids.new(), kind=kind, payload=msgspec.json.encode(payload), at=self._clock.now()
        )
        await tx.requests.add(queued)
