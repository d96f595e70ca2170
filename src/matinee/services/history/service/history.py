"""The rules of viewing: what is recorded, and where a profile is."""

from collections.abc import Callable, Sequence
from itertools import islice

import msgspec

from matinee.contracts.history import Going, Popular, PopularWindow, Progress, Thumb, Watched
from matinee.kit.clock import Clock
from matinee.kit.errors import InvalidError, MatineeError, NotFoundError, UnavailableError
from matinee.kit.ids import Ids, ProfileId, TitleId
from matinee.services.history.ports import HistoryStore, Play, Viewing
from matinee.services.history.service.library import EVERYTHING, Cards, Following
from matinee.services.history.service.notices import CountedPlays, Versions
from matinee.services.history.service.packing import Packer, Partition
from matinee.services.history.service.rules import (
    DAY_MS,
    Offer,
    by_work,
    going_of,
    is_begun,
    milliseconds,
    moment_of,
    offers,
    resume_seconds,
    watched_of,
    work_of,
)
from matinee.services.history.settings import HistorySettings

MAX_ENTRIES = 10_000
MAX_TITLES = 1_000
MAX_THUMBS = 10_000
MAX_POPULAR = 1_000
# Today and yesterday, so that the shelf is not empty at midnight; today and the seven days before.
_DAYS: dict[PopularWindow, int] = {"day": 1, "week": 7}
KEPT_DAYS = 8
_UNSURE_SECONDS = 2.0


class HistoryService:
    """Implements `contracts.history.History`.

    Args:
        due: told of profiles whose old records should be packed; must return at once.
    """

    def __init__(
        self,
        *,
        store: HistoryStore,
        cards: Cards,
        clock: Clock,
        ids: Ids,
        settings: HistorySettings,
        due: Callable[[ProfileId], None],
    ) -> None:
        self.packer = Packer(store, clock, ids, settings)
        self._store = store
        self._cards = cards
        self._clock = clock
        self._settings = settings
        self._due = due
        self._versions = Versions(clock, start=milliseconds(clock) * 1_000)
        self._counted = CountedPlays()
        self._popular: dict[PopularWindow, tuple[float, tuple[Popular, ...]]] = {}

    async def record(self, *, entries: tuple[Progress, ...]) -> None:
        """Keep progress; last write wins."""
        if len(entries) > MAX_ENTRIES:
            raise InvalidError(f"At most {MAX_ENTRIES} entries at once.", limit=MAX_ENTRIES)
        now = milliseconds(self._clock)
        rows = [(entry.profile_id, _viewing(entry, now)) for entry in entries]
        plays = self._new_plays(rows, now)
        await self._store.record(rows, plays)
        for play in plays:
            self._counted.counted(play)
            self._due(play.profile_id)
        for entry in entries:
            self._versions.changed(entry.profile_id)

    def _new_plays(self, rows: Sequence[tuple[ProfileId, Viewing]], now: int) -> list[Play]:
        first = now // DAY_MS - KEPT_DAYS
        plays = {Play(profile_id, one.event_ms // DAY_MS, work_of(one)): None for profile_id, one in rows}
        return [play for play in plays if play.day > first and self._counted.is_new(play)]

    async def version(self, *, profile_id: ProfileId) -> int:
        """Return a number that changes with what is answered for a profile."""
        return self._versions.of(profile_id)

    def changed(self, profile_id: ProfileId) -> None:
        """Note that what is answered for a profile has changed."""
        self._versions.changed(profile_id)

    async def partition(self, profile_id: ProfileId) -> Partition:
        """Return all that is kept of a profile, and have what is old packed, later."""
        partition = await self.packer.read(profile_id)
        if self.packer.is_due(partition):
            self._due(profile_id)
        return partition

    async def watched(self, *, profile_id: ProfileId, title_ids: tuple[TitleId, ...]) -> tuple[Watched, ...]:
        """Return where a profile is in each of some titles."""
        if len(title_ids) > MAX_TITLES:
            raise InvalidError(f"At most {MAX_TITLES} titles at once.", limit=MAX_TITLES)
        known = {one.title_id: one for one in (await self.partition(profile_id)).records()}
        return tuple(watched_of(known[title_id]) for title_id in dict.fromkeys(title_ids) if title_id in known)

    async def going(self, *, profile_id: ProfileId, limit: int = 40) -> tuple[Going, ...]:
        """Return what to go on with, last watched first.

        While the library does not say what comes next, a series may be missing. Such an answer is no last word: the
        profile's version changes soon after it, so that whoever keeps it asks again.
        """
        records = (await self.partition(profile_id)).records()
        # More than asked for, because some series are at their end.
        wanted = max(1, min(limit, MAX_TITLES))
        found = offers(records, await self._store.hidden(profile_id))[: 2 * wanted]
        following = await self._cards.all_next(one.latest.title_id for one in found if one.wants_next)
        if not all(one.certain for one in following.values()):
            self._versions.changed_soon(profile_id, seconds=_UNSURE_SECONDS)
        known = {one.title_id: one for one in records}
        going = (_going(one, following, known) for one in found)
        return tuple(islice((one for one in going if one is not None), wanted))

    async def recent(self, *, profile_id: ProfileId, limit: int = 20) -> tuple[Watched, ...]:
        """Return what was watched lately, each series once."""
        works = by_work((await self.partition(profile_id)).records())
        return tuple(watched_of(ones[0]) for ones in islice(works.values(), max(1, min(limit, MAX_TITLES))))

    async def my_list(self, *, profile_id: ProfileId) -> tuple[TitleId, ...]:
        """Return the profile's list in its own order."""
        return tuple(one.title_id for one in (await self._store.saved_list(profile_id)).items)

    async def thumbs(self, *, profile_id: ProfileId) -> dict[str, Thumb]:
        """Return the profile's thumbs by title, latest first."""
        return await self._store.thumbs(profile_id, limit=MAX_THUMBS)

    async def popular(self, *, window: PopularWindow, limit: int = 100) -> tuple[Popular, ...]:
        """Return what was begun most; counted anew every few seconds, and old counts serve while the store is away."""
        now, known = self._clock.monotonic(), self._popular.get(window)
        if known is None or known[0] <= now:
            ends = now + self._settings.popular_seconds
            if known is not None:
                self._popular[window] = (ends, known[1])  # one counts anew, and others are not kept waiting
            known = self._popular[window] = (ends, await self._counts(window, known))
        return known[1][: max(1, min(limit, MAX_POPULAR))]

    async def _counts(
        self, window: PopularWindow, known: tuple[float, tuple[Popular, ...]] | None
    ) -> tuple[Popular, ...]:
        first = milliseconds(self._clock) // DAY_MS - _DAYS[window]
        try:
            counts = await self._store.most_played(first_day=first, limit=MAX_POPULAR)
        except UnavailableError:
            if known is None:
                raise
            return known[1]
        return tuple(Popular(title_id=title_id, plays=plays) for title_id, plays in counts)

    # ── changes that a member makes ───────────────────────────────────────────────────────────────────────────────
    async def delete(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Delete a film, an episode or a whole series from a profile's history.

        Raises:
            NotFoundError: when it is not in there.
        """
        records = (await self.partition(profile_id)).records()
        there = [one for one in records if title_id in {one.title_id, one.series_id}]
        if not there:
            raise NotFoundError("That is not in this history.")
        now = milliseconds(self._clock)
        marks = [(profile_id, _mark(one, max(now, one.event_ms + 1))) for one in there]
        await self._store.record(marks, ())
        self._due(profile_id)
        self.changed(profile_id)

    async def delete_all(self, profile_id: ProfileId) -> None:
        """Delete everything from a profile's history; list and thumbs stay."""
        await self.packer.clear(profile_id)
        self.packer.forget(profile_id)
        self.changed(profile_id)

    async def hide(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Offer a film or series no more for going on, until it is played again. Of an episode: its series."""
        records = (await self.partition(profile_id)).records()
        there = [one for one in records if title_id in {one.title_id, one.series_id}]
        moment = max([milliseconds(self._clock), *(one.event_ms for one in there)])
        await self._store.hide(profile_id, await self._work(title_id, there), moment)
        self.changed(profile_id)

    async def restore(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Offer it again."""
        records = (await self.partition(profile_id)).records()
        there = [one for one in records if title_id in {one.title_id, one.series_id}]
        await self._store.unhide(profile_id, await self._work(title_id, there))
        self.changed(profile_id)

    async def _work(self, title_id: TitleId, there: Sequence[Viewing]) -> TitleId:
        """Return the film or series that a title belongs to; an offered episode may not have been begun yet."""
        if there:
            return work_of(there[0])
        try:
            card = (await self._cards.of((title_id,), EVERYTHING)).get(title_id)
        except MatineeError:
            return title_id  # the catalogue is away; what does not exist is never offered either
        if card is None:
            raise NotFoundError("There is no such title.")
        return card.series_id or title_id

    async def erase(self, profile_id: ProfileId) -> None:
        """Remove everything of a profile; once more after a while, for reports that are still on their way."""
        again = milliseconds(self._clock) + self._settings.erase_again_seconds * 1_000
        await self._store.erase(profile_id, again_ms=again)
        self.packer.forget(profile_id)
        self.changed(profile_id)


def _viewing(entry: Progress, now_ms: int) -> Viewing:
    """Return an entry as it is kept: not ahead of our clock, not beyond its end."""
    position = entry.position_seconds
    if 0 < entry.duration_seconds < position:
        position = entry.duration_seconds
    return Viewing(
        entry.title_id,
        entry.series_id,
        position,
        entry.duration_seconds,
        min(entry.event_ms, now_ms),
        entry.session_id,
    )


def _mark(one: Viewing, moment_ms: int) -> Viewing:
    return msgspec.structs.replace(
        one, position_seconds=0.0, duration_seconds=0.0, event_ms=moment_ms, session_id="", removed=True
    )


def _going(offer: Offer, following: dict[TitleId, Following], known: dict[TitleId, Viewing]) -> Going | None:
    """Return what to go on with, or None when nothing is known to come after what was completed."""
    if not offer.wants_next:
        return going_of(offer)
    card = following[offer.latest.title_id].card
    if card is None:
        return None
    before = known.get(card.title_id)
    return Going(
        title_id=card.title_id,
        series_id=offer.latest.series_id,
        resume_seconds=0.0 if before is None else resume_seconds(before),
        duration_seconds=card.duration_seconds or 0.0,
        watched_at=moment_of(offer.latest.event_ms),
        up_next=before is None or not is_begun(before),
    )
