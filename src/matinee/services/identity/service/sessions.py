"""Sessions: opened by every way to sign in, renewed by refresh tokens that rotate, ended everywhere at once."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from matinee.contracts.identity import AUDIENCE, ISSUER, AccessClaims, Account, EndedSessions
from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId, Ids, ProfileId, SessionId
from matinee.services.identity.ports.errors import AccountClosedError, ConfirmNeededError, SessionEndedError
from matinee.services.identity.ports.methods import MethodFacts, ProfileFacts
from matinee.services.identity.ports.records import Activity, Device, EndReason, Session, SignInMethod
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.devices import address_hint, device_name, user_agent_name
from matinee.services.identity.service.keys import SigningKeys
from matinee.services.identity.service.parts import Household, Methods
from matinee.services.identity.service.refresh_tokens import SALT_BYTES, RefreshTokens
from matinee.services.identity.settings import IdentitySettings

MAX_ENDED = 10_000
_PUBLISHED_LONGER_SECONDS = 120


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed-in person may know of themselves."""

    session: Session
    account: Account
    profile: ProfileFacts | None
    profiles: tuple[ProfileFacts, ...]
    has_password: bool
    methods: MethodFacts


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """Fresh tokens of a session. `refresh_token` is empty when only the access token was made anew."""

    overview: Overview
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class Sessions:
    """Opens, renews and ends sessions.

    Args:
        store: for the calls that make their own transaction.
        household: profiles, for claims and overviews.
        methods: sign-in methods, for overviews.
        keys: signs access tokens.
        refresh_tokens: makes and checks refresh tokens.
        clock: the time.
        ids: new identifiers.
        settings: lifetimes.
    """

    def __init__(
        self,
        *,
        store: Store,
        household: Household,
        methods: Methods,
        keys: SigningKeys,
        refresh_tokens: RefreshTokens,
        clock: Clock,
        ids: Ids,
        settings: IdentitySettings,
    ) -> None:
        self._store = store
        self._household = household
        self._methods = methods
        self._keys = keys
        self._refresh_tokens = refresh_tokens
        self._clock = clock
        self._ids = ids
        self._settings = settings

    async def open(self, tx: Transaction, *, account: Account, method: SignInMethod, device: Device) -> Issued:
        """Open a session for somebody who has just proved who they are.

        Raises:
            AccountClosedError: when the account may not be used.
        """
        if account.state != "active":
            raise AccountClosedError("This account was closed; ask the people who run the service.")
        await self._household.welcome(tx, account)
        now = self._clock.now()
        session = Session(
            session_id=SessionId(self._ids.new()),
            account_id=account.account_id,
            method=method,
            profile_id=ProfileId(""),
            device_name=device_name(device.name),
            user_agent_name=user_agent_name(device.user_agent),
            address_hint=address_hint(device.address),
            salt=secrets.token_bytes(SALT_BYTES),
            generation=1,
            created_at=now,
            last_used_at=now,
            rotated_at=now,
            proof_at=now,
            expires_at=now + timedelta(days=self._settings.refresh_days),
            ends_at=now + timedelta(days=self._settings.session_days),
        )
        await self._make_room(tx, account.account_id, now)
        await tx.sessions.insert(session)
        await self._note(tx, session, "signed-in", method=method)
        return await self.issue(tx, session)

    async def issue(self, tx: Transaction, session: Session, *, with_refresh: bool = True) -> Issued:
        """Return fresh tokens of a living session, as its account and profile are now."""
        overview = await self.overview(tx, session)
        now = self._clock.now()
        expires_at = min(now + timedelta(seconds=self._settings.access_seconds), session.expires_at)
        token = await self._keys.sign(tx, _claims(overview, now, expires_at))
        return Issued(
            overview=overview,
            access_token=token,
            access_expires_at=expires_at,
            refresh_token=self._refresh_tokens.make(session) if with_refresh else "",
            refresh_expires_at=session.expires_at,
        )

    async def overview(self, tx: Transaction, session: Session) -> Overview:
        """Return what the session's owner may see.

        Raises:
            SessionEndedError: when the account has gone.
        """
        account = await tx.accounts.get(session.account_id)
        if account is None:
            raise SessionEndedError("The account is gone.")
        profiles = await self._household.profiles(tx, account.account_id)
        chosen = next((facts for facts in profiles if facts.profile.profile_id == session.profile_id), None)
        return Overview(
            session=session,
            account=account,
            profile=chosen,
            profiles=profiles,
            has_password=await tx.accounts.password(account.account_id) is not None,
            methods=await self._methods.facts(tx, account.account_id),
        )

    async def seen(self, session_id: str, account_id: AccountId) -> Overview | None:
        """Return what the owner of a session may see, None when it has ended."""
        async with self._store.reading() as tx:
            session = await tx.sessions.get(SessionId(session_id))
            if session is None or session.account_id != account_id or not self.lives(session):
                return None
            return await self.overview(tx, session)

    async def refresh(self, token: str, device: Device) -> Issued:
        """Exchange a refresh token for its successor and a new access token.

        The token just replaced gives the same successor again for a few seconds, because two tabs may ask at once and
        answers get lost. Any older one means that somebody kept a copy: the session ends.

        Raises:
            SessionEndedError: when the token counts no more.
        """
        issued = None
        async with self._store.writing() as tx:
            session = await self._of_token(tx, token)
            if session is not None and (renewed := await self._renewed(tx, session, token, device)) is not None:
                issued = await self.issue(tx, renewed)
        if issued is None:
            raise SessionEndedError("This session has ended; sign in again.")
        return issued

    async def by_refresh_token(self, token: str) -> Session | None:
        """Return the living session that a current refresh token belongs to, or None."""
        async with self._store.reading() as tx:
            session = await self._of_token(tx, token)
        if session is None or self._refresh_tokens.generation(token, session) != session.generation:
            return None
        return session

    async def _of_token(self, tx: Transaction, token: str) -> Session | None:
        session_id = self._refresh_tokens.session_of(token)
        session = None if session_id is None else await tx.sessions.for_change(session_id)
        return session if session is not None and self.lives(session) else None

    async def _renewed(self, tx: Transaction, session: Session, token: str, device: Device) -> Session | None:
        generation = self._refresh_tokens.generation(token, session)
        now = self._clock.now()
        if generation is None:
            return None
        if generation == session.generation:
            return await self._rotated(tx, session, device, now)
        within = timedelta(seconds=self._settings.reuse_grace_seconds)
        if generation == session.generation - 1 and now - session.rotated_at <= within:
            return session
        await self._note(tx, session, "refresh-token-reused")
        await self.end(tx, session, reason="reused")
        return None

    async def _rotated(self, tx: Transaction, session: Session, device: Device, now: datetime) -> Session:
        renewed = msgspec.structs.replace(
            session,
            generation=session.generation + 1,
            rotated_at=now,
            last_used_at=now,
            address_hint=address_hint(device.address),
            user_agent_name=user_agent_name(device.user_agent) if device.user_agent else session.user_agent_name,
            expires_at=min(now + timedelta(days=self._settings.refresh_days), session.ends_at),
        )
        await tx.sessions.save(renewed)
        return renewed

    def lives(self, session: Session) -> bool:
        """Return whether a session has neither ended nor expired."""
        return session.ended_at is None and self._clock.now() < session.expires_at

    async def living(self, tx: Transaction, session_id: str, *, account_id: AccountId | None = None) -> Session:
        """Return a session for change.

        Raises:
            SessionEndedError: when it has ended, or belongs to another account than asked for.
        """
        session = await tx.sessions.for_change(SessionId(session_id))
        if session is None or not self.lives(session) or account_id not in {None, session.account_id}:
            raise SessionEndedError("This session has ended; sign in again.")
        return session

    async def with_profile(self, tx: Transaction, session_id: str, profile_id: ProfileId | None) -> Issued:
        """Choose a profile of the session's account, or leave it with None, and return a new access token.

        Whether the choice is allowed (PIN, kids) is decided before.

        Raises:
            SessionEndedError: when the session has ended.
        """
        session = await self.living(tx, session_id)
        chosen = msgspec.structs.replace(session, profile_id=profile_id or ProfileId(""))
        await tx.sessions.save(chosen)
        return await self.issue(tx, chosen, with_refresh=False)

    async def prove(self, tx: Transaction, session_id: str) -> Issued:
        """Note that the session's owner has just proved who they are, and return a new access token."""
        session = await self.living(tx, session_id)
        proved = msgspec.structs.replace(session, proof_at=self._clock.now())
        await tx.sessions.save(proved)
        return await self.issue(tx, proved, with_refresh=False)

    async def require_proof(self, tx: Transaction, session_id: str) -> Session:
        """Return the session when its last proof of identity is young enough for security changes.

        Raises:
            SessionEndedError: when it has ended.
            ConfirmNeededError: when the proof is too old.
        """
        session = await self.living(tx, session_id)
        if self._clock.now() - session.proof_at > timedelta(seconds=self._settings.confirm_seconds):
            raise ConfirmNeededError("Enter your password, or a code, to go on.")
        return session

    async def end(self, tx: Transaction, session: Session, *, reason: EndReason) -> None:
        """End a session now; its access tokens count no more as soon as every front door has heard of it."""
        now = self._clock.now()
        await tx.sessions.save(msgspec.structs.replace(session, ended_at=now, end_reason=reason))
        until = now + timedelta(seconds=self._settings.access_seconds + _PUBLISHED_LONGER_SECONDS)
        await tx.sessions.note_ended(session.session_id, until=until)

    async def end_all(
        self, tx: Transaction, account_id: AccountId, *, reason: EndReason, but: str | None = None
    ) -> Sequence[SessionId]:
        """End an account's sessions, all but one when `but` names it; return which.

        Devices that were let in and have not come yet stay out: one of the ended sessions may have let them in.
        """
        await tx.pairings.deny_approved(account_id)
        living = await tx.sessions.live_of(account_id, now=self._clock.now())
        ending = [session for session in living if session.session_id != but]
        for session in ending:
            await self.end(tx, session, reason=reason)
        return [session.session_id for session in ending]

    async def ended(self, *, after: int, limit: int = MAX_ENDED) -> EndedSessions:
        """Return which sessions ended after a position."""
        async with self._store.reading() as tx:
            rows = await tx.sessions.ended_after(after, limit=limit)
            position = rows[-1][0] if rows else await tx.sessions.last_position()
        return EndedSessions(sessions=tuple(session_id for _, session_id in rows), position=position)

    async def _make_room(self, tx: Transaction, account_id: AccountId, now: datetime) -> None:
        living = await tx.sessions.live_of(account_id, now=now)
        for session in living[self._settings.sessions_per_account - 1 :]:
            await self.end(tx, session, reason="too-many")

    async def _note(self, tx: Transaction, session: Session, kind: str, **facts: str) -> None:
        device = session.device_name or session.user_agent_name
        facts = {**facts, "device": device, "address": session.address_hint}
        await tx.logs.note(
            Activity(
                entry_id=self._ids.new(),
                account_id=session.account_id,
                at=self._clock.now(),
                kind=kind,
                facts=facts,
            )
        )


def _claims(overview: Overview, now: datetime, expires_at: datetime) -> AccessClaims:
    profile = None if overview.profile is None else overview.profile.profile
    return AccessClaims(
        iss=ISSUER,
        aud=AUDIENCE,
        sub=overview.account.account_id,
        sid=overview.session.session_id,
        iat=int(now.timestamp()),
        exp=int(expires_at.timestamp()),
        rol=overview.account.role,
        pid=ProfileId("") if profile is None else profile.profile_id,
        mat=0 if profile is None else profile.maturity,
        kds=profile is not None and profile.kids,
        ter=overview.account.territory,
        ath=int(overview.session.proof_at.timestamp()),
        ver=0 if overview.profile is None else overview.profile.limits_version,
    )
