"""Who may know of which title. Pure."""

from collections.abc import Sequence
from datetime import datetime

from matinee.contracts.catalogue import Audience, SignInNeededError, Title, TitleNotFoundError, Viewer
from matinee.kit.passport import EDITORS, SIGNED_IN, Passport

_SEEN_BY: dict[Audience, tuple[Audience, ...]] = {
    "everyone": ("everyone",),
    "members": ("everyone", "members"),
    "operators": ("everyone", "members", "operators"),
}


def viewer_of(passport: Passport) -> Viewer:
    """Return how far a caller sees: editors everything, unless they look through a kids profile."""
    if passport.role in EDITORS and not passport.kids:
        return Viewer(audience="operators")
    audience: Audience = "members" if passport.role in SIGNED_IN else "everyone"
    return Viewer(audience=audience, maturity=passport.maturity, territory=passport.territory)


def audiences_of(viewer: Viewer) -> tuple[Audience, ...]:
    """Return whose titles a viewer sees."""
    return _SEEN_BY[viewer.audience]


def hidden_from(title: Title, viewer: Viewer, now: datetime) -> bool:
    """Return whether a viewer may not know of a title: not listed, for others, too mature, or not here now."""
    if viewer.audience == "operators":
        return False
    return not (
        title.listed
        and title.audience in audiences_of(viewer)
        and title.maturity <= viewer.maturity
        and title.available(territory=viewer.territory, now=now)
    )


def no_such_title() -> TitleNotFoundError:
    """Return the answer for titles that are not there and titles that nobody may know of alike."""
    return TitleNotFoundError("There is no such title; it may have been removed.")


def check_visible(parts: Sequence[Title], viewer: Viewer, now: datetime) -> None:
    """Check a title, and its series when it is an episode.

    Raises:
        SignInNeededError: when nothing but a sign-in stands between viewer and title.
        TitleNotFoundError: when it is hidden for another reason.
    """
    if not any(hidden_from(part, viewer, now) for part in parts):
        return
    member = Viewer(audience="members", maturity=viewer.maturity, territory=viewer.territory)
    if viewer.audience == "everyone" and not any(hidden_from(part, member, now) for part in parts):
        raise SignInNeededError("This title is for members; sign in or join to see it.")
    raise no_such_title()
