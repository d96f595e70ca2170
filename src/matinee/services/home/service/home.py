"""The home page for whoever asks."""

from collections.abc import Sequence

from matinee.contracts.history import History
from matinee.contracts.playback import ProfileNeededError
from matinee.kit.clock import Clock
from matinee.kit.cursors import CursorError, Cursors, KeyValue
from matinee.kit.errors import UnauthenticatedError
from matinee.kit.ids import Ids
from matinee.kit.passport import SIGNED_IN, Passport
from matinee.resilience.command import Commands
from matinee.services.home.ports import RowNotFoundError
from matinee.services.home.service.audience import Guest, guest_of
from matinee.services.home.service.board import Board
from matinee.services.home.service.composing import CONTINUE, GENRE, MY_LIST, Composer
from matinee.services.home.service.loading import Loaded, Loading, RowAwayError, Wanted
from matinee.services.home.service.pages import Page, Pages, page_row, row_mark
from matinee.services.home.service.revisions import Revisions
from matinee.services.home.settings import HomeSettings

MAX_ROWS = 20
MAX_ITEMS = 200
_UNKNOWN_VERSION = -1
_VERSIONS_AT_ONCE = 4_096


class HomeService:
    """Answers with pages as JSON, composed once and joined for each request."""

    def __init__(
        self,
        history: History,
        composer: Composer,
        loading: Loading,
        commands: Commands,
        pages: Pages,
        cursors: Cursors,
        revisions: Revisions,
        settings: HomeSettings,
        *,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._history = history
        self._composer = composer
        self._loading = loading
        self._pages = pages
        self._cursors = cursors
        self._revisions = revisions
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._version_command = commands.get(
            "home.version",
            timeout_seconds=settings.version_seconds,
            max_concurrent=_VERSIONS_AT_ONCE,
            fallback_max_concurrent=_VERSIONS_AT_ONCE,
        )

    async def page(self, *, passport: Passport, limit: int, cursor: str | None) -> bytes:
        """Return some rows as JSON: the first ones, or those after a cursor.

        Args:
            limit: rows; clamped to 1 to 20.

        Raises:
            CursorError: for a cursor that is broken or another viewer's.
        """
        guest, limit = await self._guest(passport), max(1, min(limit, MAX_ROWS))
        if cursor is None:
            return self._sent(await self._current(guest), guest, 0, limit)
        page_id, start, shown = self._read(cursor, guest)
        page = self._pages.find(page_id, guest.owner)
        if page is None:
            # The page is gone, but not what the viewer has seen: go on with rows that were not shown.
            page = await self._composer.compose(guest, await self._version(guest), shown)
            # It lacks what this viewer has seen, and whoever comes to the front page next has seen nothing.
            self._pages.keep(page, latest=False)
            start = 0
        return self._sent(page, guest, start, limit, shown)

    async def row(self, *, passport: Passport, row_id: str, limit: int, cursor: str | None) -> bytes:
        """Return more of one row as JSON, up to 200 titles in all.

        Args:
            limit: titles; clamped to 1 to 200.

        Raises:
            RowNotFoundError: when there is no such row, or nothing in it for this viewer.
            UnauthenticatedError, ProfileNeededError: for rows of a profile's own, without one.
            CursorError: for a cursor that is broken or another viewer's.
            RowAwayError: when it cannot be had now.
        """
        guest, limit = await self._guest(passport), max(1, min(limit, MAX_ITEMS))
        if row_id in {CONTINUE, MY_LIST} and not guest.profile:
            if passport.role not in SIGNED_IN:
                raise UnauthenticatedError("Sign in first.")
            raise ProfileNeededError("Choose who is watching first.")
        scope, start, page = f"row:{guest.owner}:{row_id}", 0, None
        if cursor is not None:
            page_id, start = _place(self._cursors.decode(scope, cursor))
            page = self._pages.find(page_id, scope)
        if page is None:
            page = await self._whole_row(guest, row_id, scope)
        return self._sent_row(page, scope, start, limit)

    async def _guest(self, passport: Passport) -> Guest:
        known = self._revisions.known()
        return guest_of(passport, await self._revisions.current() if known is None else known)

    async def _current(self, guest: Guest) -> Page:
        """Return the viewer's latest page while nothing in it has changed, else a new one."""
        version = await self._version(guest)
        page = self._pages.latest(guest.owner)
        if page is not None and page.is_current(guest, version, self._clock.now().timestamp()):
            return page
        page = await self._composer.compose(guest, version)
        self._pages.keep(page)
        return page

    async def _version(self, guest: Guest) -> int:
        """Return the version of the profile's own rows; the last one that is known when it cannot be had in time."""
        if not guest.profile:
            return 0
        version = await self._version_command.run(
            lambda: self._history.version(profile_id=guest.profile), fallback=_unknown_version
        )
        if version != _UNKNOWN_VERSION:
            return version
        page = self._pages.latest(guest.owner)
        return 0 if page is None else page.version

    def _sent(self, page: Page, guest: Guest, start: int, limit: int, shown: frozenset[int] = frozenset()) -> bytes:
        after = start + limit
        cursor = page.cursors.get(after)
        if cursor is None and after < len(page.rows):
            marks = shown | {row_mark(row.row_id) for row in page.rows[:after]}
            cursor = self._cursors.encode(f"home:{guest.owner}", (page.page_id, after, *sorted(marks)))
            page.cursors[after] = cursor
        return page.json(start, limit, cursor)

    def _read(self, cursor: str, guest: Guest) -> tuple[str, int, frozenset[int]]:
        values = self._cursors.decode(f"home:{guest.owner}", cursor)
        page_id, start = _place(values)
        return page_id, start, frozenset(mark for mark in values[2:] if isinstance(mark, int))

    async def _whole_row(self, guest: Guest, row_id: str, scope: str) -> Page:
        """Return a page that holds one row, as much of it as there is."""
        kind, wanted = await self._wanted(guest, row_id)
        now = self._clock.now().timestamp()
        page = self._pages.latest(scope)
        if page is not None and page.is_current(guest, wanted.version, now):
            return page
        loaded = await self._loaded(row_id, wanted)
        if not loaded.row.items:
            raise RowNotFoundError("There is no such row, or nothing in it for you.")
        row = page_row(row_id, kind, loaded.row, loaded.source, loaded.row.items[:MAX_ITEMS])
        fresh_until = min(loaded.good_until, now + self._settings.page_fresh_seconds)
        page = Page(self._ids.new(), scope, wanted.version, now, fresh_until, (row,), revision=guest.revision)
        self._pages.keep(page)
        return page

    async def _wanted(self, guest: Guest, row_id: str) -> tuple[str, Wanted]:
        if row_id.startswith(GENRE):
            genres = await self._loaded("genres", self._composer.genres_wanted(guest))
            wanted = self._composer.genre_wanted(row_id, genres.row, guest, MAX_ITEMS)
        else:
            wanted = self._composer.wanted(row_id, guest, await self._version(guest), MAX_ITEMS)
        if wanted is None:
            raise RowNotFoundError("There is no such row.")
        return wanted

    async def _loaded(self, row_id: str, wanted: Wanted) -> Loaded:
        board = Board(self._loading, self._clock, seconds=self._settings.page_seconds)
        board.ask(row_id, wanted)
        await board.wait()
        loaded = board.row(row_id)
        if loaded is None:
            raise RowAwayError("This row cannot be had right now; try again in a moment.")
        return loaded

    def _sent_row(self, page: Page, scope: str, start: int, limit: int) -> bytes:
        more = start + limit < len(page.rows[0].items)
        return page.row_json(start, limit, self._cursors.encode(scope, (page.page_id, start + limit)) if more else None)


def _place(values: Sequence[KeyValue]) -> tuple[str, int]:
    """Return the page and the place in it that a cursor names."""
    match values:
        case (str(page_id), int(start), *_) if start >= 0:
            return page_id, start
    raise CursorError("The cursor is not one of ours; start again from the first page.")


async def _unknown_version(_: Exception) -> int:
    return _UNKNOWN_VERSION
