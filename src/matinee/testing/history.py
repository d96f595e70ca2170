"""History on its real store, with a library that a test fills."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from matinee.contracts.catalogue import Kind, Viewer
from matinee.contracts.history import Progress
from matinee.contracts.library import ArtworkLinks, Card, Library
from matinee.kit.cursors import Cursors
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import ProfileId, RandomIds, TitleId
from matinee.services.history.adapters.embedded import SqliteHistory, open_store
from matinee.services.history.service.history import HistoryService
from matinee.services.history.service.library import Cards
from matinee.services.history.service.pages import Pages
from matinee.services.history.service.shelves import Shelves
from matinee.services.history.settings import HistorySettings
from matinee.testing.clock import ManualClock
from matinee.testing.titles import Callers


class Shelf:
    """The part of the library that history calls. It can be away."""

    def __init__(self) -> None:
        self.titles: dict[str, Card] = {}
        self.following: dict[str, str] = {}
        self.away = False
        self.asked = 0

    def put(self, title_id: str, *, kind: Kind = "film", series: str = "", maturity: int = 0) -> Card:
        """Put a title that plays."""
        card = Card(
            title_id=TitleId(title_id),
            kind=kind,
            name=title_id.title(),
            synopsis="",
            year=2020,
            genres=(),
            maturity=maturity,
            playable=True,
            announced=False,
            hot=False,
            duration_seconds=100.0,
            max_height=1080,
            series_id=TitleId(series) if series else None,
            season_number=1 if series else None,
            episode_number=1 if series else None,
            artwork=ArtworkLinks(poster=None, backdrop=None),
        )
        self.titles[title_id] = card
        return card

    def series(self, name: str, *episodes: str) -> None:
        """Put a series with episodes in their order."""
        self.put(name, kind="series")
        for episode in episodes:
            self.put(episode, kind="episode", series=name)
        for first, second in zip((name, *episodes), episodes, strict=False):
            self.following[first] = second

    def _here(self) -> None:
        self.asked += 1
        if self.away:
            raise UnavailableError("The library is away.")

    async def cards(self, *, title_ids: tuple[TitleId, ...], viewer: Viewer) -> tuple[Card, ...]:
        """Return cards in the order asked for, up to the viewer's ceiling."""
        self._here()
        found = (self.titles[title_id] for title_id in title_ids if title_id in self.titles)
        return tuple(card for card in found if card.maturity <= viewer.maturity)

    async def next_episode(self, *, title_id: TitleId, viewer: Viewer) -> Card | None:
        """Return what follows."""
        self._here()
        following = self.following.get(title_id)
        return None if following is None or viewer.maturity < 0 else self.titles[following]


@dataclass
class Room:
    """History and what it stands on."""

    service: HistoryService
    shelves: Shelves
    pages: Pages
    store: SqliteHistory
    shelf: Shelf
    clock: ManualClock
    settings: HistorySettings
    due: list[ProfileId] = field(default_factory=list)
    callers: Callers = field(default_factory=Callers)

    def now_ms(self) -> int:
        """Return the clock's milliseconds."""
        return round(self.clock.now().timestamp() * 1000)

    async def play(
        self, profile: str, title: str, position: float, *, series: str = "", ago_ms: int = 0, duration: float = 100.0
    ) -> None:
        """Record that a profile is at a position now, or was some milliseconds ago."""
        entry = Progress(
            profile_id=ProfileId(profile),
            title_id=TitleId(title),
            series_id=TitleId(series),
            position_seconds=position,
            duration_seconds=duration,
            event_ms=self.now_ms() - ago_ms,
            session_id="session",
        )
        await self.service.record(entries=(entry,))


@asynccontextmanager
async def open_history(folder: Path, **settings: object) -> AsyncIterator[Room]:
    """Open history in a folder; what is due for packing is noted and not packed."""
    chosen = HistorySettings(data_folder=str(folder), **settings)  # type: ignore[arg-type]  # a test's own values
    clock, shelf = ManualClock(), Shelf()
    due: list[ProfileId] = []
    async with open_store(chosen) as store:
        cards = Cards(cast("Library", shelf), clock, seconds=chosen.library_seconds)
        service = HistoryService(
            store=store, cards=cards, clock=clock, ids=RandomIds(), settings=chosen, due=due.append
        )
        shelves = Shelves(store, service, cards, clock, chosen)
        pages = Pages(service, store, cards, Cursors(b"c" * 32))
        yield Room(service, shelves, pages, store, shelf, clock, chosen, due)
