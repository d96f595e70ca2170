"""What identity shows."""

from datetime import datetime

import msgspec

from matinee.contracts.identity import Account, SkipHabit
from matinee.services.identity.ports.methods import MethodFacts, ProfileFacts
from matinee.services.identity.ports.records import Activity, AuditEntry, Session
from matinee.services.identity.service.sessions import Overview
from matinee.services.identity.service.staff import Member


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """One's own account. `verified` is true once the e-mail address was proved."""

    account_id: str
    email: str
    name: str
    role: str
    state: str
    language: str
    territory: str
    time_zone: str
    created_at: datetime
    verified: bool


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """A profile of the household."""

    profile_id: str
    name: str
    avatar: str
    language: str
    maturity: int
    kids: bool
    has_pin: bool
    autoplay_next: bool
    autoplay_previews: bool
    skip_intro: SkipHabit
    skip_recap: SkipHabit
    skip_credits: SkipHabit


class MethodsView(msgspec.Struct, frozen=True, kw_only=True):
    """How one may sign in. `oidc` names providers."""

    password: bool = False
    totp: bool = False
    passkeys: int = 0
    oidc: tuple[str, ...] = ()


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking. `expires_at` is when the access token ends; None for strangers and the operator."""

    role: str
    session_id: str | None = None
    account: AccountView | None = None
    profile: ProfileView | None = None
    profiles: tuple[ProfileView, ...] = ()
    expires_at: datetime | None = None
    confirmed_at: datetime | None = None
    methods: MethodsView = MethodsView()


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """One of the devices that are signed in."""

    session_id: str
    device_name: str
    user_agent_name: str
    method: str
    created_at: datetime
    last_used_at: datetime
    address_hint: str
    current: bool


class DeviceList(msgspec.Struct, frozen=True):
    """Devices, last used first."""

    items: tuple[DeviceView, ...]


class ActivityView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a security log."""

    at: datetime
    kind: str
    facts: dict[str, str]


class ActivityList(msgspec.Struct, frozen=True):
    """Lines, newest first."""

    items: tuple[ActivityView, ...]


class AccountList(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts, newest first; `cursor` continues, null at the end."""

    items: tuple[AccountView, ...]
    next_cursor: str | None


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """An account as staff see it."""

    account: AccountView
    methods: MethodsView
    sessions: tuple[DeviceView, ...]
    activity: tuple[ActivityView, ...]


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody of the staff, or the operator, did."""

    entry_id: str
    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    facts: dict[str, str]
    address: str


class AuditList(msgspec.Struct, frozen=True, kw_only=True):
    """Audit entries, newest first; `cursor` continues, null at the end."""

    items: tuple[AuditView, ...]
    next_cursor: str | None


class SetupView(msgspec.Struct, frozen=True):
    """Whether somebody looks after the service already."""

    claimed: bool


class SignedOutView(msgspec.Struct, frozen=True):
    """How many sessions ended."""

    ended: int


def account_view(account: Account) -> AccountView:
    """Return an account for its owner or for staff."""
    facts = {name: getattr(account, name) for name in Account.__struct_fields__}
    return AccountView(**facts, verified=account.state != "unverified")


def profile_view(facts: ProfileFacts) -> ProfileView:
    """Return a profile for its household."""
    profile = facts.profile
    return ProfileView(
        profile_id=profile.profile_id,
        name=profile.name,
        avatar=facts.avatar,
        language=profile.language,
        maturity=profile.maturity,
        kids=profile.kids,
        has_pin=facts.has_pin,
        autoplay_next=profile.autoplay_next,
        autoplay_previews=profile.autoplay_previews,
        skip_intro=profile.skip_intro,
        skip_recap=profile.skip_recap,
        skip_credits=profile.skip_credits,
    )


def methods_view(facts: MethodFacts, *, has_password: bool) -> MethodsView:
    """Return sign-in methods."""
    return MethodsView(password=has_password, totp=facts.totp, passkeys=facts.passkeys, oidc=facts.providers)


def session_view(overview: Overview, expires_at: datetime | None) -> SessionView:
    """Return who is signed in."""
    return SessionView(
        role=overview.account.role,
        session_id=overview.session.session_id,
        account=account_view(overview.account),
        profile=None if overview.profile is None else profile_view(overview.profile),
        profiles=tuple(profile_view(facts) for facts in overview.profiles),
        expires_at=expires_at,
        confirmed_at=overview.session.proof_at,
        methods=methods_view(overview.methods, has_password=overview.has_password),
    )


def device_view(session: Session, *, current: str) -> DeviceView:
    """Return a session as a device; `current` is the asking session's id."""
    return DeviceView(
        session_id=session.session_id,
        device_name=session.device_name,
        user_agent_name=session.user_agent_name,
        method=session.method,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        address_hint=session.address_hint,
        current=session.session_id == current,
    )


def activity_view(activity: Activity) -> ActivityView:
    """Return a line of a security log."""
    return ActivityView(at=activity.at, kind=activity.kind, facts=activity.facts)


def member_view(member: Member) -> MemberView:
    """Return an account for staff."""
    return MemberView(
        account=account_view(member.account),
        methods=methods_view(member.methods, has_password=member.has_password),
        sessions=tuple(device_view(session, current="") for session in member.sessions),
        activity=tuple(activity_view(line) for line in member.activity),
    )


def audit_view(entry: AuditEntry) -> AuditView:
    """Return an audit entry."""
    return AuditView(**msgspec.structs.asdict(entry))
