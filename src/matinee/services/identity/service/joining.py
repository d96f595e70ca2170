"""Becoming a member: sign-up, and the proof that the e-mail address is one's own."""

import hmac
from typing import Annotated

import msgspec
from msgspec import Meta

from matinee.contracts.identity import Account
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import AccountId, Ids
from matinee.services.identity.ports.addresses import checked_email, email_key
from matinee.services.identity.ports.errors import CredentialsError, JoinPasswordNeededError, LinkError
from matinee.services.identity.ports.records import Device, Joining
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.fields import (
    DEFAULT_ZONE,
    checked_language,
    checked_territory,
    checked_zone,
    clean_name,
)
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.passwords import Passwords
from matinee.services.identity.service.sessions import Issued, Sessions
from matinee.services.identity.service.tokens import token_hash
from matinee.services.identity.settings import IdentitySettings

BrowserSecret = Annotated[str, Meta(max_length=64, pattern=r"^([A-Za-z0-9_-]{22,64})?$")]


class NewMember(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants to join. Territory, language and time zone may come later; `plan_id` is a wish.

    `browser` is a secret that the browser makes and keeps: it spares the password when the link is opened there.
    """

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    password: Annotated[str, Meta(max_length=1024)]
    name: Annotated[str, Meta(max_length=100)] = ""
    language: Annotated[str, Meta(max_length=35)] = "en"
    territory: Annotated[str, Meta(max_length=2)] = ""
    time_zone: Annotated[str, Meta(max_length=64)] = DEFAULT_ZONE
    plan_id: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    browser: BrowserSecret = ""


class JoinProof(msgspec.Struct, frozen=True, kw_only=True):
    """What shows that who opens the link is who signed up: the browser's secret, or the password."""

    browser: BrowserSecret = ""
    password: Annotated[str, Meta(max_length=1024)] = ""


class QueueFullError(UnavailableError):
    """Too many sign-ups and resets wait to be worked off."""

    code = "queue-full"
    title = "Too busy right now"


async def room_in_queue(tx: Transaction, settings: IdentitySettings) -> None:
    """Return when one more request may wait; QueueFullError when not."""
    if await tx.requests.count() >= settings.waiting_requests:
        raise QueueFullError("Too many requests wait; try again in a minute.", retry_after_seconds=60)


class JoiningRules:
    """Sign-up. What it answers, and how long that takes, never depends on whether the address has an account.

    Args:
        store: accounts and tokens.
        passwords: rules and hashes.
        sessions: opened after verification.
        limits: on mails.
        notes: events and letters.
        ids: new identifiers.
        settings: bounds.
    """

    def __init__(
        self,
        *,
        store: Store,
        passwords: Passwords,
        sessions: Sessions,
        limits: Limits,
        notes: Notes,
        ids: Ids,
        settings: IdentitySettings,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._sessions = sessions
        self._limits = limits
        self._notes = notes
        self._ids = ids
        self._settings = settings

    async def join(self, new: NewMember, *, address: str) -> None:
        """Take a sign-up; a mail follows, to a new member a link, to an old one a reminder.

        Raises:
            EmailError, FieldError, WeakPasswordError: when it can never work.
            WaitError: when too many mails were asked for.
        """
        email = checked_email(new.email)
        name = clean_name(new.name, email=email)
        territory = checked_territory(new.territory or self._settings.default_territory)
        language, time_zone = checked_language(new.language), checked_zone(new.time_zone)
        self._passwords.check(new.password, words=(email, name))
        await self._limits.check_mail("join", email_key(email), address)
        joining = Joining(
            email=email,
            name=name,
            language=language,
            territory=territory,
            time_zone=time_zone,
            plan_id=new.plan_id,
            password_hash=await self._passwords.hashed(new.password, words=(email, name)),
            browser_hash=token_hash(new.browser) if new.browser else "",
        )
        async with self._store.writing() as tx:
            await room_in_queue(tx, self._settings)
            await self._notes.request(tx, "join", joining)

    async def resend(self, email: str, *, address: str) -> None:
        """Have the link sent again, when somebody waits for one."""
        tidy = checked_email(email)
        await self._limits.check_mail("resend", email_key(tidy), address)
        async with self._store.writing() as tx:
            await room_in_queue(tx, self._settings)
            await self._notes.request(tx, "resend", Resend(email=tidy))

    async def verify(self, token: str, device: Device, proof: JoinProof) -> Issued:
        """Make the account that a link stands for, and sign its owner in.

        Raises:
            LinkError: when the link was used, has expired, or never was.
            JoinPasswordNeededError: when it was opened elsewhere, and without the password.
            CredentialsError: when the password is not the one of the sign-up.
        """
        await self._limits.check_address("verify", device.address)
        await self._check_same_person(token, proof)
        issued = None
        async with self._store.writing() as tx:
            found = await tx.tokens.take(token_hash(token), purpose="join", now=self._notes.now())
            if found is not None:
                joining = msgspec.json.decode(found.payload, type=Joining)
                await tx.tokens.drop(email_key=found.email_key, purpose="join")
                if await tx.accounts.by_email(joining.email) is None:
                    issued = await self._joined(tx, joining, device)
        if issued is None:
            raise LinkError("The link was used before or has expired; sign in, or sign up again.")
        await self._limits.forgive_address("verify", device.address)
        return issued

    async def _check_same_person(self, token: str, proof: JoinProof) -> None:
        """Return when whoever holds the link also began the sign-up, or there is no such link."""
        async with self._store.reading() as tx:
            found = await tx.tokens.look(token_hash(token), purpose="join", now=self._notes.now())
        if found is None:
            return
        joining = msgspec.json.decode(found.payload, type=Joining)
        if proof.browser and hmac.compare_digest(token_hash(proof.browser), joining.browser_hash):
            return
        if not proof.password:
            raise JoinPasswordNeededError(
                "Type the password that was chosen at sign-up. If that was not you, close the page: nothing happens."
            )
        if not await self._passwords.fits(joining.password_hash, proof.password):
            raise CredentialsError("That is not the password that was chosen at sign-up.")

    async def _joined(self, tx: Transaction, joining: Joining, device: Device) -> Issued:
        account = Account(
            account_id=AccountId(self._ids.new()),
            email=joining.email,
            name=joining.name,
            role="member",
            state="active",
            language=joining.language,
            territory=joining.territory,
            time_zone=joining.time_zone,
            created_at=self._notes.now(),
        )
        await tx.accounts.insert(account)
        await self._passwords.set(tx, account.account_id, joining.password_hash)
        await self._notes.changed(tx, account)
        await self._notes.activity(tx, account.account_id, "joined")
        return await self._sessions.open(tx, account=account, method="verification", device=device)


class Resend(msgspec.Struct, frozen=True):
    """An address that asked again."""

    email: str
