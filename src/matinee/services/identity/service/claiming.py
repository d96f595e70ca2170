"""The first start: whoever holds the token printed by the machine becomes the first admin, once for ever."""

import hmac
from typing import Annotated

import msgspec
from msgspec import Meta

from matinee.contracts.identity import Account
from matinee.kit.ids import AccountId, Ids
from matinee.services.identity.ports.addresses import checked_email
from matinee.services.identity.ports.errors import ClaimError, EmailTakenError
from matinee.services.identity.ports.records import Device
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.fields import DEFAULT_ZONE, clean_name
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.notes import Actor, Notes
from matinee.services.identity.service.passwords import Passwords
from matinee.services.identity.service.sessions import Issued, Sessions
from matinee.services.identity.settings import IdentitySettings


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sets the service up."""

    token: Annotated[str, Meta(max_length=128)]
    email: Annotated[str, Meta(min_length=3, max_length=254)]
    password: Annotated[str, Meta(max_length=1024)]
    name: Annotated[str, Meta(max_length=100)] = ""


class Claiming:
    """Lets the installation be claimed.

    Args:
        token: what the claimer must know.
        store: accounts and the claim.
        passwords: rules and hashes.
        sessions: opened at the end.
        limits: on tries.
        notes: audit and events.
        ids: new identifiers.
        settings: defaults.
    """

    def __init__(
        self,
        *,
        token: str,
        store: Store,
        passwords: Passwords,
        sessions: Sessions,
        limits: Limits,
        notes: Notes,
        ids: Ids,
        settings: IdentitySettings,
    ) -> None:
        self._token = token.encode()
        self._store = store
        self._passwords = passwords
        self._sessions = sessions
        self._limits = limits
        self._notes = notes
        self._ids = ids
        self._settings = settings

    async def claimed(self) -> bool:
        """Return whether somebody looks after the service already."""
        async with self._store.reading() as tx:
            return await self._claimed(tx)

    async def _claimed(self, tx: Transaction) -> bool:
        return await tx.requests.claimed() or bool(await tx.accounts.admins())

    async def claim(self, claim: Claim, device: Device) -> Issued:
        """Make the first admin and sign them in.

        Raises:
            ClaimError: when it was done before, or the token does not fit.
            WeakPasswordError, EmailError: when those cannot be used.
            WaitError: after too many tries.
        """
        await self._limits.check_address("claim", device.address)
        offered = claim.token.strip().upper().encode()
        if await self.claimed() or not hmac.compare_digest(offered, self._token):
            raise ClaimError("The service was set up before, or this is not the token that it printed at its start.")
        email = checked_email(claim.email)
        account = Account(
            account_id=AccountId(self._ids.new()),
            email=email,
            name=clean_name(claim.name, email=email),
            role="admin",
            state="active",
            language="en",
            territory=self._settings.default_territory,
            time_zone=DEFAULT_ZONE,
            created_at=self._notes.now(),
        )
        hashed = await self._passwords.hashed(claim.password, words=(email, account.name))
        async with self._store.writing() as tx:
            if await self._claimed(tx) or not await tx.requests.claim(at=self._notes.now()):
                raise ClaimError("The service was set up before.")
            if await tx.accounts.by_email(email) is not None:
                raise EmailTakenError("This address has an account; promote it instead.")
            return await self._first_admin(tx, account, hashed, device)

    async def _first_admin(self, tx: Transaction, account: Account, hashed: str, device: Device) -> Issued:
        await tx.accounts.insert(account)
        await self._passwords.set(tx, account.account_id, hashed)
        await self._notes.changed(tx, account)
        actor = Actor(name=account.account_id, role="admin", address=device.address)
        await self._notes.audit(tx, actor, "claimed", account.account_id)
        return await self._sessions.open(tx, account=account, method="setup", device=device)
