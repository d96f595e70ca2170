"""What profiles have watched, where they stopped, and what they keep for later."""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.kit.ids import ProfileId, TitleId

COMPLETED_FRACTION = 0.95
"""From here on a title counts as seen, and reads as position 0."""
STARTED_FRACTION = 0.01
"""Up to here it was only looked into, and is not offered for going on."""

Thumb = Literal["down", "up", "double-up"]
PopularWindow = Literal["day", "week"]
Identifier = Annotated[str, Meta(min_length=1, max_length=64)]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was at a position at a moment.

    Attributes:
        event_ms: Unix milliseconds of the moment, by the player's clock where that can be trusted. Of two reports of
            one title by one profile the later moment wins; of equal moments the greater position, then the greater
            `session_id`, whoever arrives first.
        duration_seconds: of the film; 0 when unknown, and then nothing counts as completed.
        series_id: of an episode, else empty.
    """

    profile_id: ProfileId
    title_id: TitleId
    position_seconds: Annotated[float, Meta(ge=0, le=1_000_000)]
    duration_seconds: Annotated[float, Meta(ge=0, le=1_000_000)] = 0.0
    event_ms: Annotated[int, Meta(ge=0, le=1 << 53)]
    session_id: Annotated[str, Meta(max_length=64)] = ""
    series_id: TitleId = TitleId("")


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """Where a profile is in a title.

    Attributes:
        position_seconds: as reported; what a player should start from is `resume_seconds`.
        resume_seconds: 0 for what is completed.
    """

    title_id: TitleId
    series_id: TitleId
    position_seconds: float
    resume_seconds: float
    duration_seconds: float
    completed: bool
    watched_at: datetime


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """Something to go on with.

    Attributes:
        up_next: whether it is an episode not begun yet, offered because the one before was completed.
    """

    title_id: TitleId
    series_id: TitleId
    resume_seconds: float
    duration_seconds: float
    watched_at: datetime
    up_next: bool = False


class Popular(msgspec.Struct, frozen=True, kw_only=True):
    """How often a title was begun by different profiles; of an episode, its series counts."""

    title_id: TitleId
    plays: int


class History(Protocol):
    """Viewing by profile. All writes are durable when answered."""

    async def record(self, *, entries: tuple[Progress, ...]) -> None:
        """Keep progress; last write wins by `Progress.event_ms`. At most 10,000 entries, any profiles, any order."""
        ...

    async def watched(self, *, profile_id: ProfileId, title_ids: tuple[TitleId, ...]) -> tuple[Watched, ...]:
        """Return where a profile is in each of these titles that it has begun; at most 1,000."""
        ...

    async def version(self, *, profile_id: ProfileId) -> int:
        """Return a number that is another one after every write that changes what is answered for this profile.

        Also, soon, after an answer of `going` that was not sure.

        Asked at every page that is shown, so it comes from memory, and may start anew with the process as long as it
        does not come back to a number that it had before.
        """
        ...

    async def going(self, *, profile_id: ProfileId, limit: int = 40) -> tuple[Going, ...]:
        """Return what to go on with, last watched first: begun and not completed, or the next episode; not removed."""
        ...

    async def recent(self, *, profile_id: ProfileId, limit: int = 20) -> tuple[Watched, ...]:
        """Return what was watched lately, latest first, completed or not; each series once, as its last episode."""
        ...

    async def my_list(self, *, profile_id: ProfileId) -> tuple[TitleId, ...]:
        """Return the profile's list in its own order; at most 1,000."""
        ...

    async def thumbs(self, *, profile_id: ProfileId) -> dict[str, Thumb]:
        """Return the profile's thumbs by title; at most 10,000, latest first."""
        ...

    async def popular(self, *, window: PopularWindow, limit: int = 100) -> tuple[Popular, ...]:
        """Return what was begun most in the window, most plays first, equal ones by title; over all profiles."""
        ...
