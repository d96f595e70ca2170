"""Who may be made of profiles, and what a change of one asks for: pure rules.

A lock is a PIN or kids mode. What may be seen without any secret is the highest maturity of the profiles without a PIN;
no change raises that, and none raises what a locked profile sees, without the account's own proof of identity. A PIN
opens its own profile, no more: a child's PIN must not lift the child's limits.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from matinee.contracts.identity import Profile, SkipHabit
from matinee.kit.passport import MAX_MATURITY
from matinee.services.identity.ports.method_records import ProfileRecord
from matinee.services.identity.ports.methods import ProfileFacts

MAX_PROFILES = 5
KIDS_MATURITY = 7
KIDS_MAX_MATURITY = 12
AVATARS = (
    "fox",
    "owl",
    "whale",
    "cactus",
    "comet",
    "robot",
    "moon",
    "mushroom",
    "lighthouse",
    "kite",
    "tiger",
    "octopus",
)
Demand = Literal["nothing", "pin", "proof"]


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; what is UNSET stays. `pin` None takes the PIN away."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    avatar: str | msgspec.UnsetType = msgspec.UNSET
    language: str | msgspec.UnsetType = msgspec.UNSET
    maturity: int | msgspec.UnsetType = msgspec.UNSET
    kids: bool | msgspec.UnsetType = msgspec.UNSET
    pin: str | msgspec.UnsetType | None = msgspec.UNSET
    autoplay_next: bool | msgspec.UnsetType = msgspec.UNSET
    autoplay_previews: bool | msgspec.UnsetType = msgspec.UNSET
    skip_intro: SkipHabit | msgspec.UnsetType = msgspec.UNSET
    skip_recap: SkipHabit | msgspec.UnsetType = msgspec.UNSET
    skip_credits: SkipHabit | msgspec.UnsetType = msgspec.UNSET


def locked(profile: ProfileRecord) -> bool:
    """Return whether a profile can be left and changed with a secret only."""
    return profile.kids or profile.pin_hash is not None


def open_maturity(profiles: Iterable[ProfileRecord]) -> int:
    """Return the highest age rating, in years, that somebody without any secret may see."""
    return max((profile.maturity for profile in profiles if profile.pin_hash is None), default=0)


def maturity_of(*, kids: bool, wanted: int | None) -> int:
    """Return the maturity of a profile: what was wanted, within what kids may see, or what suits its kind."""
    if wanted is None:
        return KIDS_MATURITY if kids else MAX_MATURITY
    return min(wanted, KIDS_MAX_MATURITY) if kids else wanted


def changed(profile: ProfileRecord, change: ProfileChange, *, pin_hash: str | None) -> ProfileRecord:
    """Return the profile after a change; its limits get a new version when they are others.

    Args:
        pin_hash: of the PIN that it has afterwards.
    """
    fields = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
    fields.pop("pin", None)
    kids = fields.get("kids", profile.kids)
    wanted = fields.get("maturity", profile.maturity)
    if kids and not profile.kids and "maturity" not in fields:
        wanted = min(wanted, KIDS_MATURITY)
    # One that stops to be a kids profile keeps its maturity until somebody raises it by name.
    fields["maturity"] = maturity_of(kids=kids, wanted=wanted)
    after = msgspec.structs.replace(profile, **fields, pin_hash=pin_hash)
    if limits_differ(profile, after):
        after = msgspec.structs.replace(after, limits_version=profile.limits_version + 1)
    if pin_hash != profile.pin_hash:
        after = msgspec.structs.replace(after, pin_failures=0, pin_wait_until=None)
    return after


def limits_differ(before: ProfileRecord, after: ProfileRecord) -> bool:
    """Return whether access tokens made before are wrong about a profile."""
    return (before.maturity, before.kids, before.pin_hash) != (after.maturity, after.kids, after.pin_hash)


def demanded(before: ProfileRecord | None, after: ProfileRecord, profiles: Iterable[ProfileRecord]) -> Demand:
    """Return what making a profile (`before` None) or changing one asks for.

    Args:
        profiles: the account's, as they are before.
    """
    free = open_maturity(profiles)
    raises = before is None or after.maturity > before.maturity or (before.kids and not after.kids)
    sets_pin = after.pin_hash is not None and after.pin_hash != (before.pin_hash if before else None)
    if raises and after.maturity > free:
        return "proof"
    if before is None:
        return "proof" if sets_pin else "nothing"
    if sets_pin and before.pin_hash is None:
        return "proof"
    if not locked(before):
        return "nothing"
    return "pin" if before.pin_hash is not None and not raises else "proof"


def facts(record: ProfileRecord) -> ProfileFacts:
    """Return a profile as its household sees it."""
    return ProfileFacts(
        profile=Profile(
            profile_id=record.profile_id,
            account_id=record.account_id,
            name=record.name,
            language=record.language,
            maturity=record.maturity,
            kids=record.kids,
            autoplay_next=record.autoplay_next,
            autoplay_previews=record.autoplay_previews,
            skip_intro=record.skip_intro,
            skip_recap=record.skip_recap,
            skip_credits=record.skip_credits,
        ),
        avatar=record.avatar,
        has_pin=record.pin_hash is not None,
        limits_version=record.limits_version,
    )
