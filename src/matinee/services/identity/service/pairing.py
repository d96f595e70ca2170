"""Televisions and other devices without a keyboard: let in by somebody who is signed in elsewhere (RFC 8628)."""

import hashlib
from datetime import timedelta
from typing import Literal

import msgspec

from matinee.engines.relational import ConstraintError
from matinee.kit.ids import Ids
from matinee.services.identity.ports.errors import SessionEndedError, WaitError
from matinee.services.identity.ports.method_errors import PairingNotFoundError, TooManyPairingsError
from matinee.services.identity.ports.method_records import Pairing
from matinee.services.identity.ports.records import Device
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service import device_grant, totp
from matinee.services.identity.service.callers import NO_PROOF, Caller
from matinee.services.identity.service.devices import address_hint, device_name
from matinee.services.identity.service.limits import Limits, address_group
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.security_notices import tell
from matinee.services.identity.service.sessions import Issued, Sessions
from matinee.services.identity.settings import IdentitySettings

CLIENT_IDS = ("matinee-web-tv", "matinee-tv")
_TRIES = 5
_KEPT_LONGER = timedelta(minutes=5)
_WAITING_FROM_ONE_PLACE = 50
_MANY = "Very many devices wait to be let in; try again in a few minutes."


class NewPairing(msgspec.Struct, frozen=True, kw_only=True):
    """What a device shows and keeps. The names are those of RFC 8628 §3.2."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int
    qr_svg: str


class PairingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is told: tokens when `answer` is `granted`, else why there are none."""

    answer: device_grant.Answer
    interval_seconds: int = 0
    issued: Issued | None = None


class PairingRules:
    """Pairs devices with accounts.

    Args:
        store: where pairings are.
        sessions: opened for paired devices.
        limits: on codes that are tried.
        notes: security logs, the time.
        ids: new identifiers.
        settings: lifetimes, and the address of the page where codes are entered.
    """

    def __init__(
        self, *, store: Store, sessions: Sessions, limits: Limits, notes: Notes, ids: Ids, settings: IdentitySettings
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._limits = limits
        self._notes = notes
        self._ids = ids
        self._settings = settings

    async def begin(self, *, client_id: str, name: str, device: Device) -> NewPairing:
        """Give a device a code that a person may enter.

        Raises:
            TooManyPairingsError: when very many wait.
            WaitError: when many begun from the same address wait.
        """
        code, now = device_grant.new_device_code(), self._notes.now()
        pairing = Pairing(
            pairing_id=self._ids.new(),
            user_code=device_grant.new_user_code(),
            client_id=client_id,
            device_name=device_name(name) or "Television",
            address_group=address_group(device.address),
            address_hint=address_hint(device.address),
            state="pending",
            interval_seconds=self._settings.pairing_interval_seconds,
            created_at=now,
            expires_at=now + timedelta(seconds=self._settings.pairing_seconds),
        )
        return self._shown(code, await self._stored(pairing, _digest(code)))

    async def ask(self, device_code: str, *, client_id: str, device: Device) -> PairingAnswer:
        """Answer a device that asks whether it was let in; it gets tokens once.

        The device's own proof of identity counts for nothing: whoever approved it is not the one in front of it.
        """
        async with self._store.writing() as tx:
            pairing = await tx.pairings.by_device(_digest(device_code))
            if pairing is None or client_id not in {"", pairing.client_id}:
                return PairingAnswer(answer="invalid_grant")
            after, answer = device_grant.ask(pairing, self._notes.now())
            await tx.pairings.save(after)
            issued = await self._let_in(tx, after, device) if answer == "granted" else None
        if answer == "granted" and issued is None:
            return PairingAnswer(answer="access_denied")
        return PairingAnswer(answer=answer, interval_seconds=after.interval_seconds, issued=issued)

    async def look(self, caller: Caller, code: str, *, address: str) -> Pairing:
        """Return the device that waits with a code, for the person who is asked to let it in.

        Raises:
            PairingNotFoundError: when none waits.
            WaitError: after too many codes that were none.
        """
        await self._limits.check("pairing-code", caller.account_id, address)
        async with self._store.reading() as tx:
            pairing = await self._waiting(tx, code)
        await self._limits.forgive("pairing-code", caller.account_id, address)
        return pairing

    async def decide(self, caller: Caller, code: str, state: Literal["approved", "denied"], *, address: str) -> None:
        """Let a device in, or refuse it.

        Raises:
            PairingNotFoundError: when none waits with this code.
            SessionEndedError: when the caller's session has ended.
            WaitError: after too many codes that were none.
        """
        await self._limits.check("pairing-code", caller.account_id, address)
        async with self._store.writing() as tx:
            await self._sessions.living(tx, caller.session_id, account_id=caller.account_id)
            pairing = await self._waiting(tx, code)
            decided = device_grant.decide(pairing, self._notes.now(), account_id=caller.account_id, state=state)
            if decided is None:
                raise _not_found()
            await tx.pairings.save(decided)
            await self._limits.forgive_in(tx, "pairing-code", caller.account_id, address)
            if state == "approved":
                await tell(self._notes, tx, caller.account_id, "pairing-approved", device=pairing.device_name)

    async def _stored(self, pairing: Pairing, digest: str) -> Pairing:
        for _ in range(_TRIES):
            try:
                async with self._store.writing() as tx:
                    await self._make_room(tx, pairing)
                    await tx.pairings.insert(pairing, device_hash=digest)
                return pairing
            except ConstraintError:
                # Eight letters collide now and then when many wait.
                pairing = msgspec.structs.replace(pairing, user_code=device_grant.new_user_code())
        raise TooManyPairingsError(_MANY)

    async def _make_room(self, tx: Transaction, pairing: Pairing) -> None:
        # Kept a little longer than they count, so that a late device hears that its code has expired.
        await tx.pairings.sweep(before=self._notes.now() - _KEPT_LONGER)
        if await tx.pairings.count(address_group=pairing.address_group) >= _WAITING_FROM_ONE_PLACE:
            raise WaitError("Many devices wait at this address; try again in a minute.", retry_after_seconds=60)
        if await tx.pairings.count() >= self._settings.waiting_pairings:
            raise TooManyPairingsError(_MANY)

    def _shown(self, code: str, pairing: Pairing) -> NewPairing:
        page = f"{self._settings.public_url.rstrip('/')}/pair"
        # The code of a device that waits is no secret: it is on its screen, and needs a member to approve it.
        complete = f"{page}?code={device_grant.shown(pairing.user_code)}"
        return NewPairing(
            device_code=code,
            user_code=device_grant.shown(pairing.user_code),
            verification_uri=page,
            verification_uri_complete=complete,
            expires_in=self._settings.pairing_seconds,
            interval=pairing.interval_seconds,
            qr_svg=totp.qr_svg(complete),
        )

    async def _waiting(self, tx: Transaction, code: str) -> Pairing:
        pairing = await tx.pairings.by_user_code(device_grant.typed(code))
        if pairing is None or pairing.state != "pending" or self._notes.now() >= pairing.expires_at:
            raise _not_found()
        return pairing

    async def _let_in(self, tx: Transaction, pairing: Pairing, device: Device) -> Issued | None:
        account = await tx.accounts.get(pairing.account_id)
        if account is None or account.state != "active":
            return None
        named = msgspec.structs.replace(device, name=pairing.device_name)
        opened = await self._sessions.open(tx, account=account, method="pairing", device=named)
        session = await tx.sessions.for_change(opened.overview.session.session_id)
        if session is None:
            raise SessionEndedError("The session has ended already.")
        unproved = msgspec.structs.replace(session, proof_at=NO_PROOF)
        await tx.sessions.save(unproved)
        return await self._sessions.issue(tx, unproved)


def _not_found() -> PairingNotFoundError:
    return PairingNotFoundError("No device waits with this code; look at its screen again.")


def _digest(device_code: str) -> str:
    return hashlib.sha256(device_code.encode()).hexdigest()
