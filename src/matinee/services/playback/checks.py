"""The questions before play, each with an answer of its own."""

import msgspec

from matinee.contracts.billing import NotEntitledError
from matinee.contracts.catalogue import SignInNeededError, TitleNotFoundError
from matinee.contracts.playback import DeviceError, MaturityError, NotPlayableError, ProfileNeededError, TerritoryError
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.services.playback.ports import Attempt, Entitlements

_NO_PLAN = {
    "none": "Choose a plan to start watching.",
    "incomplete": "The first payment has not gone through yet; check your payment method.",
    "incomplete_expired": "The first payment never went through; choose a plan again.",
    "past_due": "The last payment did not go through; check your payment method.",
    "unpaid": "The last payments did not go through; pay to go on watching.",
    "paused": "Your plan is paused; resume it to go on watching.",
    "canceled": "Your plan has ended; choose one to start again.",
}


class Visible:
    """May the caller know of the title? Unlisted ones and operators' are hidden; members' are no secret."""

    name = "visible"

    async def check(self, attempt: Attempt) -> Attempt:
        """Answer."""
        hidden = any(not title.listed or title.audience == "operators" for title in attempt.titles)
        if hidden and not attempt.staff:
            raise TitleNotFoundError("There is no such title; it may have been removed.")
        return attempt


class SignedIn:
    """Is somebody signed in, and has said who is watching? Free titles do not ask."""

    name = "sign-in"

    async def check(self, attempt: Attempt) -> Attempt:
        """Answer."""
        if attempt.free or attempt.staff:
            return attempt
        if not attempt.passport.account:
            raise SignInNeededError("This title is for members; sign in or join to watch it.")
        if not attempt.passport.profile:
            raise ProfileNeededError("Choose who is watching first.")
        return attempt


class Playable:
    """Is there something to play?"""

    name = "playable"

    async def check(self, attempt: Attempt) -> Attempt:
        """Answer."""
        if attempt.title.kind == "series":
            raise NotPlayableError("A series plays by its episodes; pick one.")
        if attempt.title.release is None:
            raise NotPlayableError("The title has nothing to play yet; try again when it has arrived.")
        return attempt


class Entitled:
    """Has the account paid? Remembers what it found, for the bounds of the grant."""

    name = "entitlement"

    def __init__(self, entitlements: Entitlements) -> None:
        self._entitlements = entitlements

    async def check(self, attempt: Attempt) -> Attempt:
        """Answer."""
        if attempt.free or attempt.staff:
            return attempt
        found = await self._entitlements.of(attempt.passport.account)
        if not found.entitled:
            raise NotEntitledError(_NO_PLAN.get(found.state, "Choose a plan to start watching."), state=found.state)
        return msgspec.structs.replace(attempt, entitlement=found)


class Mature:
    """Is the title within what the profile may see?"""

    name = "maturity"

    async def check(self, attempt: Attempt) -> Attempt:
        """Answer."""
        rating = max(title.maturity for title in attempt.titles)
        if rating > attempt.passport.maturity and not attempt.staff:
            raise MaturityError(
                f"This is rated {rating}; switch to a profile that may watch it.",
                rating=rating,
                ceiling=attempt.passport.maturity,
            )
        return attempt


class Here:
    """May the title be seen where the member lives, now?"""

    name = "territory"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def check(self, attempt: Attempt) -> Attempt:
        """Answer."""
        territory, now = attempt.passport.territory, self._clock.now()
        if not attempt.staff and not all(title.available(territory=territory, now=now) for title in attempt.titles):
            raise _not_here(attempt)
        return attempt


def _not_here(attempt: Attempt) -> MatineeError:
    windows = [window for title in attempt.titles for window in title.availability]
    territory = attempt.passport.territory
    starts = [
        window.starts_at
        for window in windows
        if window.starts_at is not None and (not window.territories or territory in window.territories)
    ]
    if starts:
        first = min(starts).isoformat()
        return TerritoryError("This is not in its window of availability here.", starts_at=first)
    return TerritoryError("This may not be shown where you live; look for something else.", starts_at=None)


class Able:
    """Can the device decode any of the renditions? Asked only of devices that say what they can."""

    name = "device"

    async def check(self, attempt: Attempt) -> Attempt:
        """Answer."""
        release = attempt.title.release
        if not attempt.codecs or release is None:
            return attempt
        offered = {rendition.codec for rendition in release.renditions}
        if not offered & set(attempt.codecs):
            raise DeviceError("This device decodes none of the film's codecs; use another one.")
        return attempt
