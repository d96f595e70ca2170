"""Rows become a page: which ones, in which order, and which titles of them."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from zlib import crc32

import msgspec

from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.services.home.ports import Row, RowItem
from matinee.services.home.service.audience import Guest
from matinee.services.home.service.board import Board
from matinee.services.home.service.items import card_of
from matinee.services.home.service.loading import STALE_SECONDS, Loaded, Loading, Wanted
from matinee.services.home.service.pages import Page, PageRow, page_row, row_mark
from matinee.services.home.service.providers import Providers, slug
from matinee.services.home.settings import HomeSettings

CONTINUE, MY_LIST, TOP_TEN, COMING = "continue-watching", "my-list", "top-10", "coming-soon"
BECAUSE, GENRE, POPULAR = "because-", "genre-", "because-popular"
_GENRES, _RECENT = ".genres", ".recent"  # fetched for what is in them, never shown
_IN_THEIR_ORDER = frozenset({"continue", "list", "top", "coming"})
_FEATURED_FROM = ("hot", "new", "trending", TOP_TEN)
_FEATURED_CHOICE = 3
_FEATURED_TRIED = 8
_NOT_AS_IT_SHOULD_BE = frozenset({"stale", "generic"})


class Composer:
    """Makes pages.

    Args:
        random: decides how much longer or shorter a page lives.

    Order: what the profile has begun and kept, the top 10, then rows because of what it watched among what is going on
    and the genres that it watches most, and what is coming last. The same rows always come out in the same order.
    """

    def __init__(
        self,
        loading: Loading,
        providers: Providers,
        settings: HomeSettings,
        *,
        clock: Clock,
        ids: Ids,
        random: Random,
    ) -> None:
        self._loading = loading
        self._providers = providers
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._random = random

    async def compose(self, guest: Guest, version: int, shown: frozenset[int] = frozenset()) -> Page:
        """Return a new page of what is there in time.

        Args:
            version: of the profile's own rows.
            shown: marks of rows that the viewer has seen already and that are left away.
        """
        board = Board(self._loading, self._clock, seconds=self._settings.page_seconds)
        kinds = self._ask_first(board, guest, version)
        await board.wait((_GENRES, _RECENT))
        kinds |= self._ask_further(board, guest)
        await board.wait()
        return self._laid_out(board, guest, version, kinds, shown)

    def wanted(self, row_id: str, guest: Guest, version: int, limit: int) -> tuple[str, Wanted] | None:
        """Return the kind of one row and what is wanted of it; None when there cannot be such a row.

        A genre's row is `genres_wanted` first, because its id does not tell its name.
        """
        providers = self._providers
        if row_id in {CONTINUE, MY_LIST}:
            kind, own = ("continue", providers.going) if row_id == CONTINUE else ("list", providers.listed)
            return (kind, own(guest, version, limit)) if guest.profile else None
        if row_id == POPULAR:
            return "because", providers.popular(guest, limit)
        if row_id.startswith(BECAUSE):
            return "because", providers.because(row_id.removeprefix(BECAUSE), guest, limit)
        return self._alike(guest, limit).get(row_id)

    def genres_wanted(self, guest: Guest) -> Wanted:
        """Return what tells which genres there are."""
        return self._providers.genres(guest)

    def genre_wanted(self, row_id: str, genres: Row, guest: Guest, limit: int) -> tuple[str, Wanted] | None:
        """Return the row of a genre, None when there is no such genre."""
        names = [genre.title_id for genre in genres.items if GENRE + slug(genre.title_id) == row_id]
        return ("genre", self._providers.genre(names[0], guest, limit)) if names else None

    def _alike(self, guest: Guest, limit: int) -> dict[str, tuple[str, Wanted]]:
        providers = self._providers
        return {
            TOP_TEN: ("top", providers.top(guest, limit)),
            "trending": ("trending", providers.trending(guest, limit)),
            "new": ("new", providers.shelf("new", guest, limit)),
            "hot": ("hot", providers.shelf("hot", guest, limit)),
            COMING: ("coming", providers.shelf("announced", guest, limit)),
        }

    @property
    def _fetched(self) -> int:
        """How many titles of a row are fetched for a page: more than are shown, as some may go behind others."""
        return 2 * self._settings.row_items

    def _ask_first(self, board: Board, guest: Guest, version: int) -> dict[str, str]:
        """Ask for what depends on nothing else, and return the kinds by row."""
        board.ask(_GENRES, self._providers.genres(guest))
        asked = self._alike(guest, self._fetched)
        if guest.profile:
            board.ask(_RECENT, self._providers.recent(guest, version))
            asked[CONTINUE] = ("continue", self._providers.going(guest, version, self._fetched))
            asked[MY_LIST] = ("list", self._providers.listed(guest, version, self._fetched))
        for row_id, (_, wanted) in asked.items():
            board.ask(row_id, wanted)
        return {row_id: kind for row_id, (kind, _) in asked.items()}

    def _ask_further(self, board: Board, guest: Guest) -> dict[str, str]:
        """Ask for a row for each genre, those most watched first, and for those because of what was watched."""
        genres, recent = board.row(_GENRES), board.row(_RECENT)
        kinds: dict[str, str] = {}
        taste = _taste(recent.row) if recent is not None else Counter()
        names = [] if genres is None else [one.title_id for one in genres.row.items]
        chosen = sorted(names[: self._settings.genre_rows], key=lambda name: -taste[name])
        for name in chosen:
            kinds.setdefault(GENRE + slug(name), "genre")
            board.ask(GENRE + slug(name), self._providers.genre(name, guest, self._fetched))
        for source in () if recent is None else recent.row.items[: self._settings.because_rows]:
            kinds[BECAUSE + source.title_id] = "because"
            board.ask(BECAUSE + source.title_id, self._providers.because(source.title_id, guest, self._fetched))
        if guest.profile and recent is None:
            # What this profile watches cannot be learnt now: it is shown what everybody watches.
            kinds[POPULAR] = "because"
            board.ask(POPULAR, self._providers.popular(guest, self._fetched))
        return kinds

    def _laid_out(self, board: Board, guest: Guest, version: int, kinds: dict[str, str], shown: frozenset[int]) -> Page:
        recent = board.row(_RECENT)
        layout = _Layout(self._settings, {one.title_id for one in recent.row.items} if recent is not None else set())
        now = self._clock.now().timestamp()
        fresh_until = now + self._settings.page_fresh_seconds
        for row_id in _ordered(kinds):
            loaded = board.row(row_id)
            if loaded is not None and loaded.source in _NOT_AS_IT_SHOULD_BE:
                fresh_until = min(fresh_until, loaded.good_until)
            layout.place(row_id, kinds[row_id], loaded)
        left_out = layout.left_out + [name for name, absent in _absent(board, guest) if absent]
        if left_out:
            fresh_until = min(fresh_until, now + STALE_SECONDS)
        # Pages made of the same rows must not end with them, all at once.
        spread = 1 - self._settings.jitter * self._random.random()
        featured = _featured(board, guest)
        return Page(
            page_id=self._ids.new(),
            owner=guest.owner,
            version=version,
            made_at=now,
            fresh_until=now + (fresh_until - now) * spread,
            rows=tuple(row for row in layout.rows if not shown or row_mark(row.row_id) not in shown),
            left_out=tuple(left_out),
            featured=featured,
            revision=guest.revision,
        )


class _Layout:
    """Takes rows in their order and chooses the titles of each.

    A title that stands at the beginning of a row above goes behind others in the rows below, so that the beginnings,
    which are what is seen, differ. Rows that mean their order keep it.
    """

    def __init__(self, settings: HomeSettings, watched: set[str]) -> None:
        self._settings = settings
        self._watched = watched
        self._heads: Counter[str] = Counter()
        self._stood_in = False
        self.rows: list[PageRow] = []
        self.left_out: list[str] = []

    def place(self, row_id: str, kind: str, loaded: Loaded | None) -> None:
        """Put a row below those that were placed; one that failed is noted, an empty one is not there."""
        if loaded is None or (loaded.source == "generic" and self._stood_in):
            # What is popular stands in once; twice would say nothing.
            self.left_out.append(row_id)
            return
        items = self._chosen(kind, loaded)
        if not items:
            return
        self._stood_in = self._stood_in or loaded.source == "generic" or row_id == POPULAR
        self._heads.update(item.title_id for item in items[: self._settings.head_items])
        source = "generic" if row_id == POPULAR else loaded.source
        self.rows.append(page_row(row_id, kind, loaded.row, source, items))

    def _chosen(self, kind: str, loaded: Loaded) -> tuple[RowItem, ...]:
        items = loaded.row.items
        if kind not in _IN_THEIR_ORDER:
            if kind == "because":
                items = tuple(item for item in items if item.title_id not in self._watched)
                if len(items) < self._settings.because_least:
                    return ()
            heads = self._heads
            items = tuple(sorted(items, key=lambda item: heads.get(item.title_id, 0)))
        return items[: self._settings.row_items]


def _ordered(kinds: dict[str, str]) -> Iterator[str]:
    """Yield the rows of a page from top to bottom."""
    because = iter([row_id for row_id, kind in kinds.items() if kind == "because"])
    genres = iter([row_id for row_id, kind in kinds.items() if kind == "genre"])
    for row_id in (CONTINUE, MY_LIST, TOP_TEN):
        if row_id in kinds:
            yield row_id
    for among in (("trending", "new"), ("hot",)):
        yield from _next(because)
        yield from among
        yield from _next(genres)
    yield from because
    yield from genres
    yield COMING


def _next(row_ids: Iterator[str]) -> Iterator[str]:
    row_id = next(row_ids, None)
    if row_id is not None:
        yield row_id


def _absent(board: Board, guest: Guest) -> tuple[tuple[str, bool], ...]:
    """Return what could not be learnt, so that it is not known which rows are missing."""
    return (("genre", board.row(_GENRES) is None), ("because", bool(guest.profile) and board.row(_RECENT) is None))


def _taste(recent: Row) -> Counter[str]:
    """Return how often each genre was watched lately."""
    return Counter(genre for seen in recent.items for genre in msgspec.json.decode(seen.body, type=tuple[str, ...]))


def _featured(board: Board, guest: Guest) -> bytes | None:
    """Return the card of the title at the top: one that plays, with a wide picture if any has, by profile."""
    for row_id in _FEATURED_FROM:
        loaded = board.row(row_id)
        cards = [card_of(kept) for kept in loaded.row.items[:_FEATURED_TRIED]] if loaded is not None else []
        playable = [card for card in cards if card.playable]
        wide = [card for card in playable if card.artwork.backdrop is not None]
        good = (wide or playable)[:_FEATURED_CHOICE]
        if good:
            return msgspec.json.encode(good[crc32(guest.owner.encode()) % len(good)])
    return None
