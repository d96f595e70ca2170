"""Who looks at the home page, and what makes two viewers see the same."""

from dataclasses import dataclass
from functools import cached_property

from matinee.contracts.catalogue import Audience, Viewer
from matinee.kit.ids import ProfileId
from matinee.kit.passport import EDITORS, SIGNED_IN, Passport


@dataclass(frozen=True)
class Guest:
    """Somebody before the home page.

    Attributes:
        profile: empty where nobody has been chosen; then there are no rows of their own.
        revision: of the catalogue that they look at.
    """

    profile: ProfileId
    viewer: Viewer
    revision: int = 0

    @cached_property
    def scope(self) -> str:
        """What rows that are for everybody alike depend on: audience, ceiling, territory."""
        viewer = self.viewer
        return f"{viewer.audience}.{viewer.maturity}.{viewer.territory}"

    @cached_property
    def owner(self) -> str:
        """What a page belongs to."""
        return f"{self.profile}.{self.scope}"


def guest_of(passport: Passport, revision: int = 0) -> Guest:
    """Return who looks: editors see everything, unless they look through a kids profile."""
    if passport.role in EDITORS and not passport.kids:
        return Guest(passport.profile, Viewer(audience="operators"), revision)
    audience: Audience = "members" if passport.role in SIGNED_IN else "everyone"
    viewer = Viewer(audience=audience, maturity=passport.maturity, territory=passport.territory)
    return Guest(passport.profile, viewer, revision)
