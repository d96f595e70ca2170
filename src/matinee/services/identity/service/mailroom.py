"""Works off what waits for a mail: decides what is to be sent, makes the links, hands the mails over.

A request is forgotten after its mail was taken, and the mail has the request's id as its key. So a crash in between
sends nothing twice and forgets nothing.
"""

from datetime import timedelta

import msgspec

from matinee.kit.ids import AccountId
from matinee.mail.port import Mailer
from matinee.services.identity.ports.addresses import email_key
from matinee.services.identity.ports.letters import LetterWriter
from matinee.services.identity.ports.records import (
    EmailChange,
    Joining,
    Letter,
    MailToken,
    QueuedRequest,
    TokenPurpose,
)
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.joining import Resend
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.tokens import new_token, token_hash
from matinee.services.identity.settings import IdentitySettings

_BATCH = 50
_JOINS_KEPT = 5


class Mailroom:
    """Sends what requests ask for.

    Args:
        store: requests and tokens.
        writer: words.
        mailer: takes mails.
        notes: the time.
        settings: how long links live.
    """

    def __init__(
        self, *, store: Store, writer: LetterWriter, mailer: Mailer, notes: Notes, settings: IdentitySettings
    ) -> None:
        self._store = store
        self._writer = writer
        self._mailer = mailer
        self._notes = notes
        self._settings = settings

    async def work_off(self) -> int:
        """Send everything that waits, oldest first; return how many requests went."""
        done = 0
        while True:
            async with self._store.reading() as tx:
                batch = await tx.requests.oldest(limit=_BATCH)
            if not batch:
                return done
            for request in batch:
                await self._one(request)
                done += 1

    async def _one(self, request: QueuedRequest) -> None:
        async with self._store.writing() as tx:
            letter = await self._letter(tx, request)
        if letter is not None:
            await self._mailer.send(self._writer.write(letter, key=f"identity:{request.request_id}"))
        async with self._store.writing() as tx:
            await tx.requests.remove(request.request_id)

    async def _letter(self, tx: Transaction, request: QueuedRequest) -> Letter | None:
        if request.kind == "join":
            return await self._join(tx, msgspec.json.decode(request.payload, type=Joining))
        if request.kind == "resend":
            return await self._resend(tx, msgspec.json.decode(request.payload, type=Resend).email)
        if request.kind == "reset":
            return await self._reset(tx, msgspec.json.decode(request.payload, type=Resend).email)
        if request.kind == "email":
            return await self._email(tx, msgspec.json.decode(request.payload, type=EmailChange))
        return msgspec.json.decode(request.payload, type=Letter)

    async def _join(self, tx: Transaction, joining: Joining) -> Letter | None:
        account = await tx.accounts.by_email(joining.email)
        if account is not None:
            return Letter(kind="already-member", to=account.email, values={"name": account.name}, path="/sign-in")
        seconds = self._settings.verification_seconds
        token = await self._token(tx, "join", joining.email, joining, seconds=seconds)
        await tx.tokens.drop(email_key=email_key(joining.email), purpose="join", keep=_JOINS_KEPT)
        plan = f"&plan={joining.plan_id}" if joining.plan_id else ""
        values = {"name": joining.name, "hours": str(seconds // 3600)}
        return Letter(kind="verification", to=joining.email, values=values, path=f"/verify#token={token}{plan}")

    async def _resend(self, tx: Transaction, email: str) -> Letter | None:
        waiting = await tx.tokens.newest_join(email_key(email), now=self._notes.now())
        if waiting is None:
            return None
        return await self._join(tx, msgspec.json.decode(waiting.payload, type=Joining))

    async def _reset(self, tx: Transaction, email: str) -> Letter | None:
        account = await tx.accounts.by_email(email)
        if account is None or account.state != "active":
            return None
        seconds = self._settings.reset_seconds
        await tx.tokens.drop(email_key=email_key(account.email), purpose="reset", keep=_JOINS_KEPT)
        token = await self._token(
            tx, "reset", account.email, Resend(email=account.email), seconds=seconds, account_id=account.account_id
        )
        values = {"name": account.name, "minutes": str(seconds // 60)}
        return Letter(kind="reset", to=account.email, values=values, path=f"/reset#token={token}")

    async def _email(self, tx: Transaction, change: EmailChange) -> Letter | None:
        account = await tx.accounts.get(change.account_id)
        if account is None:
            return None
        other = await tx.accounts.by_email(change.email)
        if other is not None and other.account_id != account.account_id:
            # Only the owner of that address is told that it has an account.
            return Letter(kind="already-member", to=other.email, values={"name": other.name}, path="/sign-in")
        seconds = self._settings.verification_seconds
        token = await self._token(tx, "email", change.email, change, seconds=seconds, account_id=account.account_id)
        values = {"name": account.name, "hours": str(seconds // 3600)}
        return Letter(kind="email-change", to=change.email, values=values, path=f"/account/email#token={token}")

    async def _token(
        self,
        tx: Transaction,
        purpose: TokenPurpose,
        email: str,
        payload: msgspec.Struct,
        *,
        seconds: int,
        account_id: AccountId | None = None,
    ) -> str:
        token, now = new_token(), self._notes.now()
        stored = MailToken(
            token_hash=token_hash(token),
            purpose=purpose,
            account_id=account_id or AccountId(""),
            email_key=email_key(email),
            payload=msgspec.json.encode(payload),
            created_at=now,
            expires_at=now + timedelta(seconds=seconds),
        )
        await tx.tokens.put(stored)
        return token
