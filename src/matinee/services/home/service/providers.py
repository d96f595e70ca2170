"""Where the rows come from: one provider for each kind, which says by what key a row is kept and what stands in for it.

Rows that are for everybody alike are kept by audience, ceiling and territory; rows of a profile by the profile and the
version of its history; all of them by the revision of the catalogue. The library applies ceilings, audiences and
territories before it ranks or cuts.
"""

import re
from collections.abc import Awaitable, Callable

import msgspec

from matinee.contracts.history import History, Popular, PopularWindow, Watched
from matinee.contracts.library import MAX_CARDS, Library, ShelfKind, ShelfQuery
from matinee.kit.ids import TitleId
from matinee.resilience.command import Commands
from matinee.services.home.ports import EMPTY, Row, RowItem
from matinee.services.home.service.audience import Guest
from matinee.services.home.service.cards import Cards
from matinee.services.home.service.items import item, items
from matinee.services.home.service.loading import Wanted
from matinee.services.home.settings import HomeSettings

TOP = 10
_RECENT = 20
_GENRES = 60
_PLAYS = 100
_MEANT_FRACTION = 0.1
_MEANT_SECONDS = 300.0
_BASE_PLAYS = 2.0  # as if a title had had so many plays on an ordinary day, so that one play is no trend
_DAYS = 7
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(genre: str) -> str:
    """Return a genre as it stands in the id of its row: lower case, other characters as dashes."""
    return _NOT_WORD.sub("-", genre.lower()).strip("-")


class Providers:
    """Makes out what is wanted; nothing is fetched before somebody asks `Loading` for it."""

    def __init__(
        self, library: Library, history: History, cards: Cards, commands: Commands, settings: HomeSettings
    ) -> None:
        self._library = library
        self._cards = cards
        self._history = history
        self._settings = settings
        self._plays_command = commands.get("home.plays", timeout_seconds=settings.row_seconds / 2, max_concurrent=64)

    # ── rows of a profile's own: a copy from before, else nothing; a list of somebody else's would be a lie ──────────
    def going(self, guest: Guest, version: int, limit: int) -> Wanted:
        """Continue watching."""
        return _own("continue", guest, version, limit, lambda: self._going(guest, limit))

    def listed(self, guest: Guest, version: int, limit: int) -> Wanted:
        """My list."""
        return _own("list", guest, version, limit, lambda: self._listed(guest, limit))

    def recent(self, guest: Guest, version: int) -> Wanted:
        """What was watched lately, with its genres: never shown, but rows are made because of it."""
        return _own("recent", guest, version, _RECENT, lambda: self._recent(guest))

    # ── rows for everybody alike: a copy, else what is popular, else nothing ─────────────────────────────────────────
    def popular(self, guest: Guest, limit: int) -> Wanted:
        """What stands in for others: the top of the week, then what editors want seen, then what is new."""
        key = f"popular:{guest.scope}:{limit}"
        return Wanted(key, "popular", lambda: self._popular(guest, limit), revision=guest.revision)

    def top(self, guest: Guest, limit: int) -> Wanted:
        """The ten that most profiles began this week."""
        instead = self.popular(guest, limit)
        return Wanted(f"top:{guest.scope}", "top", lambda: self._top(guest), revision=guest.revision, instead=instead)

    def trending(self, guest: Guest, limit: int) -> Wanted:
        """What is begun more today than on an ordinary day of the week."""
        return self._alike("trending", "", guest, limit, lambda: self._trending(guest, limit))

    def shelf(self, kind: ShelfKind, guest: Guest, limit: int) -> Wanted:
        """What is new, hot, or announced."""
        query = ShelfQuery(kind=kind, limit=min(limit, MAX_CARDS))
        name = _SHELF_NAMES[kind]
        return self._alike(_SHELF_KINDS[kind], "", guest, limit, lambda: self._shelf(query, guest, name))

    def genre(self, genre: str, guest: Guest, limit: int) -> Wanted:
        """What is new in a genre."""
        query = ShelfQuery(kind="genre", text=genre, limit=min(limit, MAX_CARDS))
        return self._alike("genre", slug(genre), guest, limit, lambda: self._shelf(query, guest, genre))

    def because(self, title_id: str, guest: Guest, limit: int) -> Wanted:
        """What is like a title."""
        return self._alike("because", title_id, guest, limit, lambda: self._because(TitleId(title_id), guest, limit))

    def genres(self, guest: Guest) -> Wanted:
        """Which genres there are: never shown, but there is a row for each."""
        return Wanted(f"genres:{guest.scope}", "genres", lambda: self._genres(guest), revision=guest.revision)

    def _alike(self, kind: str, what: str, guest: Guest, limit: int, load: Callable[[], Awaitable[Row]]) -> Wanted:
        key = f"{kind}:{what}:{guest.scope}:{limit}"
        instead = None if kind == "coming" else self.popular(guest, limit)
        return Wanted(key, kind, load, revision=guest.revision, instead=instead)

    # ── loaders ──────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _going(self, guest: Guest, limit: int) -> Row:
        going = await self._history.going(profile_id=guest.profile, limit=limit)
        series = [one.series_id for one in going if one.series_id]
        cards = await self._cards.of(guest, [*(one.title_id for one in going), *series])
        shown = [
            item(
                cards[one.title_id],
                resume_seconds=one.resume_seconds,
                watched_fraction=_fraction(one.resume_seconds, one.duration_seconds),
                up_next=one.up_next,
                series_name=cards[one.series_id].name if one.series_id in cards else None,
            )
            for one in going
            if one.title_id in cards
        ]
        return Row(items=tuple(shown), name="Continue watching")

    async def _listed(self, guest: Guest, limit: int) -> Row:
        # Some of them may be hidden from the viewer by now, so more are asked for than are shown.
        title_ids = (await self._history.my_list(profile_id=guest.profile))[: 2 * limit]
        cards = await self._cards.of(guest, title_ids)
        shown = [title_id for title_id in title_ids if title_id in cards][:limit]
        seen = await self._history.watched(profile_id=guest.profile, title_ids=tuple(shown)) if shown else ()
        fractions = {one.title_id: _watched_fraction(one) for one in seen}
        kept = tuple(item(cards[title_id], watched_fraction=fractions.get(title_id)) for title_id in shown)
        return Row(items=kept, name="My list")

    async def _recent(self, guest: Guest) -> Row:
        seen = await self._history.recent(profile_id=guest.profile, limit=_RECENT)
        meant = [one.series_id or one.title_id for one in seen if _meant(one)]
        cards = await self._cards.of(guest, meant)
        kept = [
            RowItem(title_id, msgspec.json.encode(cards[title_id].genres)) for title_id in meant if title_id in cards
        ]
        return Row(items=tuple(kept))

    async def _popular(self, guest: Guest, limit: int) -> Row:
        async def unknown(_: Exception) -> tuple[Popular, ...]:
            return ()

        # With the history away there is still something to show.
        plays = await self._plays_command.run(lambda: self._plays("week"), fallback=unknown)
        found = await self._cards.of(guest, [one.title_id for one in plays])
        for kind in _FILLERS:
            if len(found) < limit:
                more = await self._library.shelf(
                    query=ShelfQuery(kind=kind, limit=min(limit, MAX_CARDS)), viewer=guest.viewer
                )
                for card in more:
                    found.setdefault(card.title_id, card)
        return Row(items=items(list(found.values())[:limit]), name="Popular now")

    async def _top(self, guest: Guest) -> Row:
        plays = await self._plays("week")
        cards = await self._cards.of(guest, [one.title_id for one in plays])
        best = list(cards.values())[:TOP]
        if len(best) < self._settings.top_least:
            return EMPTY
        ranked = tuple(item(card, rank=rank) for rank, card in enumerate(best, start=1))
        return Row(items=ranked, name="Top 10 this week")

    async def _trending(self, guest: Guest, limit: int) -> Row:
        today, week = await self._plays("day"), await self._plays("week")
        usual = {one.title_id: max(0.0, one.plays / _DAYS) + _BASE_PLAYS for one in week}
        rising = sorted(today, key=lambda one: (-one.plays / usual.get(one.title_id, _BASE_PLAYS), one.title_id))
        cards = await self._cards.of(guest, [one.title_id for one in rising])
        return Row(items=items(list(cards.values())[:limit]), name="Trending now")

    async def _shelf(self, query: ShelfQuery, guest: Guest, name: str) -> Row:
        return Row(items=items(await self._library.shelf(query=query, viewer=guest.viewer)), name=name)

    async def _because(self, title_id: TitleId, guest: Guest, limit: int) -> Row:
        source = await self._cards.of(guest, [title_id])
        if not source:
            return EMPTY
        name = source[title_id].name
        alike = await self._library.similar(title_id=title_id, viewer=guest.viewer, limit=limit)
        told = f"because you watched {name}"
        return Row(items=items(alike), name=told[:1].upper() + told[1:], reason=told, because=(title_id, name))

    async def _genres(self, guest: Guest) -> Row:
        found = await self._library.genres(viewer=guest.viewer)
        return Row(items=tuple(RowItem(one.genre, b"") for one in found[:_GENRES]))

    async def _plays(self, window: PopularWindow) -> tuple[Popular, ...]:
        return await self._history.popular(window=window, limit=_PLAYS)


def _own(kind: str, guest: Guest, version: int, limit: int, load: Callable[[], Awaitable[Row]]) -> Wanted:
    return Wanted(f"{kind}:{guest.owner}:{limit}", kind, load, version=version, revision=guest.revision)


def _fraction(position: float, duration: float) -> float | None:
    return round(min(1.0, position / duration), 4) if duration > 0 else None


def _watched_fraction(one: Watched) -> float | None:
    return 1.0 if one.completed else _fraction(one.position_seconds, one.duration_seconds)


def _meant(one: Watched) -> bool:
    """Return whether somebody meant to watch it, rather than looked into it."""
    fraction = _watched_fraction(one)
    return one.position_seconds >= _MEANT_SECONDS if fraction is None else fraction >= _MEANT_FRACTION


_SHELF_NAMES: dict[ShelfKind, str] = {"new": "New", "hot": "Not to be missed", "announced": "Coming soon"}
_SHELF_KINDS: dict[ShelfKind, str] = {"new": "new", "hot": "hot", "announced": "coming"}
_FILLERS: tuple[ShelfKind, ...] = ("hot", "new")
