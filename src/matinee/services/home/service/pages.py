"""Pages as they were composed, kept while somebody scrolls, and made into JSON by joining what is JSON already."""

from collections import OrderedDict
from dataclasses import dataclass, field
from zlib import crc32

import msgspec

from matinee.kit.clock import Clock
from matinee.services.home.ports import Row, RowItem
from matinee.services.home.service.audience import Guest
from matinee.services.home.service.loading import Source


@dataclass(frozen=True, slots=True)
class PageRow:
    """A row on a page.

    Attributes:
        head: the row's JSON object up to its source and items.
    """

    row_id: str
    head: bytes
    source: Source
    items: tuple[RowItem, ...]

    def json(self, source: Source, start: int = 0, limit: int | None = None) -> bytes:
        """Return the row as sent, with all its titles or some of them."""
        items = self.items if limit is None else self.items[start : start + limit]
        bodies = b",".join([item.body for item in items])
        return b'%b,"source":"%b","items":[%b]}' % (self.head, source.encode(), bodies)


@dataclass(slots=True)
class Page:
    """What one viewer sees while scrolling: rows do not move, and none comes twice.

    Attributes:
        owner: who may go on with it.
        version: of the viewer's own rows in it; revision: of the catalogue.
        fresh_until: Unix seconds until which the viewer gets it again on coming back.
        left_out: rows that could not be had.
        featured: a card as JSON, or None.
        shown: how often pieces of it were sent; from the second time on its rows are cached ones.
        cursors: those made already, by the number of rows before them.
    """

    page_id: str
    owner: str
    version: int
    made_at: float
    fresh_until: float
    rows: tuple[PageRow, ...]
    left_out: tuple[str, ...] = ()
    featured: bytes | None = None
    shown: int = 0
    cursors: dict[int, str] = field(default_factory=dict)
    revision: int = 0
    tail: bytes = field(default=b"")

    def __post_init__(self) -> None:
        """Make the end that all pieces of the page share."""
        self.tail = b',"left_out":%b,"page_id":%b}' % (
            msgspec.json.encode(self.left_out),
            msgspec.json.encode(self.page_id),
        )

    def is_current(self, guest: Guest, version: int, now: float) -> bool:
        """Return whether a new page would be the same one."""
        return self.version == version and self.revision == guest.revision and now < self.fresh_until

    def json(self, start: int, limit: int, cursor: str | None) -> bytes:
        """Return rows from `start` on as sent; the first piece has the featured title."""
        again = self.shown > 0
        rows = [
            row.json("cached" if again and row.source == "fresh" else row.source)
            for row in self.rows[start : start + limit]
        ]
        self.shown += 1
        return b'{"featured":%b,"rows":[%b],"next_cursor":%b%b' % (
            self.featured if self.featured is not None and start == 0 else b"null",
            b",".join(rows),
            b"null" if cursor is None else msgspec.json.encode(cursor),
            self.tail,
        )

    def row_json(self, start: int, limit: int, cursor: str | None) -> bytes:
        """Return titles of the only row from `start` on as sent."""
        row = self.rows[0].json(self.rows[0].source, start, limit)
        return b'{"row":%b,"next_cursor":%b}' % (row, b"null" if cursor is None else msgspec.json.encode(cursor))


def page_row(row_id: str, kind: str, row: Row, source: Source, items: tuple[RowItem, ...]) -> PageRow:
    """Return a row of a page with these titles of it."""
    because = None if row.because is None else {"title_id": row.because[0], "name": row.because[1]}
    head = {"row_id": row_id, "name": row.name, "kind": kind, "reason": row.reason, "because": because}
    return PageRow(row_id, msgspec.json.encode(head)[:-1], source, items)


def row_mark(row_id: str) -> int:
    """Return the short form in which a cursor remembers that a row was shown."""
    return crc32(row_id.encode())


class Pages:
    """The pages of this process, by id and by owner. Bounded; the least recently used go first.

    Args:
        most: pages kept.
        seconds: how long a page can be gone on with.
    """

    def __init__(self, clock: Clock, *, most: int, seconds: float) -> None:
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._latest: dict[str, Page] = {}

    def __len__(self) -> int:
        """How many pages are kept."""
        return len(self._pages)

    def keep(self, page: Page, *, latest: bool = True) -> None:
        """Keep a page, as the latest of its owner unless it is only the rest of one that somebody has begun."""
        self._pages[page.page_id] = page
        if latest:
            self._latest[page.owner] = page
        if len(self._pages) > self._most:
            self._forget(next(iter(self._pages.values())))

    def latest(self, owner: str) -> Page | None:
        """Return the owner's latest page, fresh or not."""
        page = self._latest.get(owner)
        if page is not None:
            self._pages.move_to_end(page.page_id)
        return page

    def find(self, page_id: str, owner: str) -> Page | None:
        """Return the page, or None when it is gone, too old, or somebody else's."""
        page = self._pages.get(page_id)
        if page is None or page.owner != owner:
            return None
        if page.made_at + self._seconds <= self._clock.now().timestamp():
            self._forget(page)
            return None
        self._pages.move_to_end(page_id)
        return page

    def _forget(self, page: Page) -> None:
        del self._pages[page.page_id]
        if self._latest.get(page.owner) is page:
            del self._latest[page.owner]
