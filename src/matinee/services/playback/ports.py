"""What playback's rules need from outside."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from matinee.contracts.catalogue import Title
from matinee.contracts.playback import ContentKey
from matinee.kit.ids import TitleId
from matinee.kit.passport import Passport


class EdgeAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One edge: its name in content steering, and its origin without a trailing slash."""

    pathway: str
    url: str


class EdgeDirectory(Protocol):
    """Which edges there are. Never refuses because of their health: an unhealthy edge is better than none."""

    def ranked(self, title_id: TitleId) -> Sequence[EdgeAddress]:
        """Return every edge, best first for this title; the same order each time while their health stays."""
        ...


class ContentKeys(Protocol):
    """Keys of titles. A proxy to a commercial key server can stand here."""

    async def obtain(self, title_id: TitleId) -> ContentKey:
        """Return the title's key, making it on first use: one key whoever asks first, durable when answered."""
        ...

    async def find(self, title_id: TitleId) -> ContentKey | None:
        """Return the title's key, or None when none was made."""
        ...


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody pressed play. `series` is the title's series, for an episode."""

    title: Title
    series: Title | None
    passport: Passport


class PlayCheck(Protocol):
    """One question that must be answered with yes before anything plays."""

    @property
    def name(self) -> str:
        """Its place: one of `service.CHECK_ORDER`."""
        ...

    async def check(self, attempt: Attempt) -> None:
        """Return when the answer is yes.

        Raises:
            MatineeError: with a code of its own when it is no.
        """
        ...
