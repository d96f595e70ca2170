"""What the rules of history need from outside.

Everything of a profile lies in one partition, so that a store without joins can keep it: rows cluster by title or by
version, and nothing but the counts of plays is asked for over profiles.
"""

from collections.abc import Sequence
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from matinee.contracts.history import Thumb
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import ProfileId, TitleId

Stamp = tuple[int, float, str]
"""What decides between two records of one title: the moment, then the position, then the session."""


class HistoryStoreError(UnavailableError):
    """The store failed, is closed or has too much waiting; the cause is kept."""

    code = "history-store"
    title = "Viewing cannot be kept right now"


class Viewing(msgspec.Struct, frozen=True, array_like=True):
    """Where one profile was in one title; packed as an array.

    Attributes:
        event_ms: Unix milliseconds of being there.
        removed: a mark that the title was deleted from the history at that moment; position and the rest mean nothing.
    """

    title_id: TitleId
    series_id: TitleId
    position_seconds: float
    duration_seconds: float
    event_ms: int
    session_id: str = ""
    removed: bool = False

    @property
    def stamp(self) -> Stamp:
        """What decides against another record of the title: the greater one counts."""
        return (self.event_ms, self.position_seconds, self.session_id)


class Play(msgspec.Struct, frozen=True, array_like=True):
    """A profile began a title on a day. `day` counts days since 1970, UTC; of an episode, its series counts."""

    profile_id: ProfileId
    day: int
    title_id: TitleId


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """The row that says where the packed records of a profile are.

    Attributes:
        version: names the pieces; unique over time, so two packers never write the same piece.
        chunks: how many pieces there are; 0 when the only one, if any, is `blob`.
        records: how many records they hold.
        cleared_ms: whatever happened up to this moment was deleted, wherever it still lies.
    """

    version: str
    chunks: Annotated[int, Meta(ge=0)] = 0
    blob: bytes = b""
    records: int = 0
    cleared_ms: int = 0


class OldVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces that may have to go."""

    profile_id: ProfileId
    version: str


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """One title of a list, and Unix milliseconds of its coming there."""

    title_id: TitleId
    added_ms: int


class SavedList(msgspec.Struct, frozen=True):
    """A profile's list in order. `revision` grows by one with each change; 0 when there never was one."""

    revision: int = 0
    items: tuple[Kept, ...] = ()


class ViewingStore(Protocol):
    """Records of viewing. Each call is durable when it returns; a change of one row is all or nothing.

    Not promised: that several calls are one. Whoever makes several must leave every state in between readable.
    """

    async def record(self, entries: Sequence[tuple[ProfileId, Viewing]], plays: Sequence[Play]) -> None:
        """Keep live records, each unless one of its title with a greater or equal stamp is there, and count plays.

        A duration of 0 and an empty series do not replace known ones. A play that was counted already is not counted
        again. Recording the same again changes nothing. All calls that wait at a time go to the disk together.

        Raises:
            HistoryStoreError: when it failed, or too many wait; some, all or none of the entries are kept.
        """
        ...

    async def live(self, profile_id: ProfileId) -> Sequence[Viewing]:
        """Return the live records of a profile, marks of deletion too, in any order."""
        ...

    async def remove_live(self, profile_id: ProfileId, viewings: Sequence[Viewing]) -> None:
        """Remove live records whose stamp is still the one given."""
        ...

    async def remove_live_until(self, profile_id: ProfileId, moment_ms: int) -> None:
        """Remove the live records of moments up to and with one."""
        ...

    async def archive(self, profile_id: ProfileId) -> Archive | None:
        """Return where a profile's packed records are; None when nothing was ever packed or cleared."""
        ...

    async def chunks(self, profile_id: ProfileId, version: str, count: int) -> Sequence[bytes] | None:
        """Return the pieces 0 to `count` − 1 of a version, at once; None when one is missing."""
        ...

    async def put_chunk(self, profile_id: ProfileId, version: str, number: int, piece: bytes) -> None:
        """Write one piece, in place of what stood there."""
        ...

    async def switch(self, profile_id: ProfileId, archive: Archive, *, expected: str | None) -> bool:
        """Write the archive row if the version there is `expected` (None: there is no row) and every piece is there.

        Returns False, and changes nothing, otherwise.
        """
        ...

    async def note_version(self, profile_id: ProfileId, version: str, *, due_ms: int) -> None:
        """Note that the pieces of a version may have to go at a moment; a later note of the same replaces it."""
        ...

    async def due_versions(self, *, now_ms: int, limit: int) -> Sequence[OldVersion]:
        """Return notes whose moment has come, the earliest first, at most `limit`."""
        ...

    async def remove_version(self, profile_id: ProfileId, version: str) -> None:
        """Remove the pieces of a version and its note, unless the archive row names it: then the note alone."""
        ...


class ShelfStore(Protocol):
    """What profiles keep and wave away. Durable when answered."""

    async def hidden(self, profile_id: ProfileId) -> dict[TitleId, int]:
        """Return films and series that are not to be offered for going on, each with Unix milliseconds of that."""
        ...

    async def hide(self, profile_id: ProfileId, title_id: TitleId, moment_ms: int) -> None:
        """Hide a film or series; a later moment replaces an earlier one."""
        ...

    async def unhide(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Take that back; idempotent."""
        ...

    async def saved_list(self, profile_id: ProfileId) -> SavedList:
        """Return a profile's list."""
        ...

    async def save_list(self, profile_id: ProfileId, items: Sequence[Kept], *, expected: int) -> bool:
        """Replace a list if its revision is `expected`; else return False and change nothing."""
        ...

    async def thumbs(self, profile_id: ProfileId, *, limit: int) -> dict[str, Thumb]:
        """Return thumbs by title, latest first, equal moments by title, at most `limit`."""
        ...

    async def set_thumb(self, profile_id: ProfileId, title_id: TitleId, thumb: Thumb, moment_ms: int) -> None:
        """Say what a profile thinks of a title."""
        ...

    async def remove_thumb(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Take that back; idempotent."""
        ...


class PlayCounts(Protocol):
    """How often titles were begun, by day, over all profiles."""

    async def most_played(self, *, first_day: int, limit: int) -> Sequence[tuple[TitleId, int]]:
        """Return titles and plays from a day on, most plays first, equal ones by title, at most `limit`."""
        ...

    async def forget_plays(self, *, before_day: int) -> None:
        """Drop the plays of days before one."""
        ...


class Erasures(Protocol):
    """The removal of whole profiles. Durable when answered."""

    async def erase(self, profile_id: ProfileId, *, again_ms: int) -> None:
        """Remove everything of a profile now, and note that this has to be done again at a moment.

        Plays stay counted, without whose they were.
        """
        ...

    async def due_erasures(self, *, now_ms: int, limit: int) -> Sequence[ProfileId]:
        """Return profiles that have to be erased again, the earliest first, at most `limit`."""
        ...

    async def erase_last(self, profile_id: ProfileId) -> None:
        """Remove everything of a profile, and the note."""
        ...


class HistoryStore(ViewingStore, ShelfStore, PlayCounts, Erasures, Protocol):
    """All of it, on one engine."""

    async def answers(self) -> bool:
        """Return whether the store answers, for health checks."""
        ...
