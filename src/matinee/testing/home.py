"""Libraries and histories for tests of the home page: in memory, and slow or broken when a test says so."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from matinee.contracts.catalogue import Viewer
from matinee.contracts.history import Going, Popular, PopularWindow, Watched
from matinee.contracts.library import ArtworkLinks, Card, GenreCount, ShelfQuery
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.cursors import Cursors
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import Ids, ProfileId, RandomIds, TitleId
from matinee.kit.passport import Passport
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.home.module import turnstile
from matinee.services.home.ports import RowCache
from matinee.services.home.service.cards import Cards
from matinee.services.home.service.composing import Composer
from matinee.services.home.service.home import HomeService
from matinee.services.home.service.loading import Loading
from matinee.services.home.service.pages import Pages
from matinee.services.home.service.providers import Providers
from matinee.services.home.service.revisions import Revisions
from matinee.services.home.service.turnstile import Turnstile
from matinee.services.home.settings import HomeSettings

GENRES = ("Drama", "Comedy", "Action", "Science fiction", "Family")
_SYNOPSIS = "Somebody finds out something, and nothing is as it was before. " * 4


class Trouble:
    """What a fake does wrong, by the name of its method.

    Attributes:
        calls: how often each method was called; inside: how many calls are under way; most: the most that ever were.
    """

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.seconds: dict[str, float] = {}
        self.calls: Counter[str] = Counter()
        self.inside = 0
        self.most = 0

    @contextmanager
    def _counted(self, name: str) -> Iterator[None]:
        self.calls[name] += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            yield
        finally:
            self.inside -= 1

    async def _meet(self, name: str) -> None:
        with self._counted(name):
            seconds = self.seconds.get(name, self.seconds.get("", 0.0))
            if seconds:
                await asyncio.sleep(seconds)
            if name in self.broken or "" in self.broken:
                raise UnavailableError(f"{name} is broken.")


def card(number: int, **changes: object) -> Card:
    """Return the card of a film whose id and genre follow from its number."""
    fields: dict[str, object] = {
        "title_id": TitleId(f"title-{number:04d}"),
        "kind": "film",
        "name": f"Film {number}",
        "synopsis": _SYNOPSIS,
        "year": 2000 + number % 26,
        "genres": (GENRES[number % len(GENRES)],),
        "maturity": (0, 7, 12, 16, 18)[number % 5],
        "playable": True,
        "announced": False,
        "hot": number % 10 == 0,
        "duration_seconds": 5400.0,
        "max_height": 1080,
        "series_id": None,
        "season_number": None,
        "episode_number": None,
        "artwork": ArtworkLinks(poster=f"/api/v1/titles/{number}/artwork/poster?v=1", backdrop=f"/b/{number}?v=1"),
    }
    return Card(**{**fields, **changes})  # type: ignore[arg-type]  # the fields of a card, and those that a test changes


class FakeLibrary(Trouble):
    """A library of cards, newest last. Only ceilings decide who sees what, and `hidden` hides from everybody.

    Whoever changes it in a test counts `changes` up, unless that must go unnoticed.
    """

    def __init__(self, cards: Iterable[Card]) -> None:
        super().__init__()
        self.all = {one.title_id: one for one in cards}
        self.hidden: set[str] = set()
        self.changes = 1

    def _seen(self, viewer: Viewer) -> list[Card]:
        shown = [one for one in self.all.values() if one.maturity <= viewer.maturity]
        return [one for one in shown if one.title_id not in self.hidden]

    async def revision(self) -> int:
        """Return how many changes tests have told of."""
        await self._meet("revision")
        return self.changes

    async def cards(self, *, title_ids: tuple[TitleId, ...], viewer: Viewer) -> tuple[Card, ...]:
        """Return cards in the order asked for."""
        await self._meet("cards")
        seen = {one.title_id: one for one in self._seen(viewer)}
        return tuple(seen[title_id] for title_id in title_ids if title_id in seen)

    async def shelf(self, *, query: ShelfQuery, viewer: Viewer) -> tuple[Card, ...]:
        """Return a shelf."""
        await self._meet(f"shelf.{query.kind}")
        newest = [one for one in reversed(self._seen(viewer)) if one.announced == (query.kind == "announced")]
        if query.kind == "genre":
            newest = [one for one in newest if query.text in one.genres]
        if query.kind == "hot":
            newest = [one for one in newest if one.hot]
        return tuple(newest[: query.limit])

    async def genres(self, *, viewer: Viewer) -> tuple[GenreCount, ...]:
        """Return the genres."""
        await self._meet("genres")
        counts = Counter(genre for one in self._seen(viewer) for genre in one.genres)
        return tuple(GenreCount(genre=genre, titles=count) for genre, count in counts.most_common())

    async def similar(self, *, title_id: TitleId, viewer: Viewer, limit: int = 40) -> tuple[Card, ...]:
        """Return titles of the same genres."""
        await self._meet("similar")
        genres = set(self.all[title_id].genres)
        alike = [one for one in self._seen(viewer) if genres & set(one.genres) and one.title_id != title_id]
        return tuple(alike[:limit])


class FakeHistory(Trouble):
    """Everybody's viewing, as tests put it there."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, list[Going]] = {}
        self.lists: dict[str, list[TitleId]] = {}
        self.plays: dict[PopularWindow, dict[TitleId, int]] = {"day": {}, "week": {}}
        self.versions: Counter[str] = Counter()

    def watch(self, profile: str, *title_ids: str, fraction: float = 0.5, series_id: str = "") -> None:
        """Let a profile be in the middle of titles, perhaps episodes of a series; the last one is the latest."""
        for title_id in title_ids:
            going = Going(
                title_id=TitleId(title_id),
                series_id=TitleId(series_id),
                resume_seconds=fraction * 5400,
                duration_seconds=5400.0,
                watched_at=datetime.now(UTC),
            )
            self.begun.setdefault(profile, []).insert(0, going)
        self.versions[profile] += 1

    def stop(self, profile: str, title_id: str) -> None:
        """Take a title from what a profile goes on with."""
        self.begun[profile] = [one for one in self.begun[profile] if one.title_id != title_id]
        self.versions[profile] += 1

    def keep(self, profile: str, *title_ids: str) -> None:
        """Put titles on a profile's list, in front."""
        self.lists[profile] = [*map(TitleId, title_ids), *self.lists.get(profile, [])]
        self.versions[profile] += 1

    async def version(self, *, profile_id: ProfileId) -> int:
        """Return how often something was changed, and one more."""
        await self._meet("version")
        return 1 + self.versions[profile_id]

    async def going(self, *, profile_id: ProfileId, limit: int = 40) -> tuple[Going, ...]:
        """Return what is begun."""
        await self._meet("going")
        return tuple(self.begun.get(profile_id, [])[:limit])

    async def recent(self, *, profile_id: ProfileId, limit: int = 20) -> tuple[Watched, ...]:
        """Return what is begun, as watched."""
        await self._meet("recent")
        return tuple(_watched(one) for one in self.begun.get(profile_id, [])[:limit])

    async def watched(self, *, profile_id: ProfileId, title_ids: tuple[TitleId, ...]) -> tuple[Watched, ...]:
        """Return where a profile is."""
        await self._meet("watched")
        return tuple(_watched(one) for one in self.begun.get(profile_id, []) if one.title_id in title_ids)

    async def my_list(self, *, profile_id: ProfileId) -> tuple[TitleId, ...]:
        """Return the list."""
        await self._meet("my_list")
        return tuple(self.lists.get(profile_id, []))

    async def popular(self, *, window: PopularWindow, limit: int = 100) -> tuple[Popular, ...]:
        """Return plays."""
        await self._meet("popular")
        ordered = sorted(self.plays[window].items(), key=lambda one: (-one[1], one[0]))
        return tuple(Popular(title_id=title_id, plays=plays) for title_id, plays in ordered[:limit])


def _watched(one: Going) -> Watched:
    return Watched(
        title_id=one.title_id,
        series_id=one.series_id,
        position_seconds=one.resume_seconds,
        resume_seconds=one.resume_seconds,
        duration_seconds=one.duration_seconds,
        completed=False,
        watched_at=one.watched_at,
    )


def viewer_passport(profile: str = "profile-1", **changes: object) -> Passport:
    """Return the passport of a member who has chosen a profile."""
    fields: dict[str, object] = {
        "role": "member",
        "session": "session",
        "client_address": "127.0.0.1",
        "expires_at": 2**40,
        "account": "account",
        "profile": profile,
        "maturity": 18,
        "territory": "FI",
    }
    return Passport(**{**fields, **changes})  # type: ignore[arg-type]  # the same


class HomeBench:
    """A home room whose every part is at hand."""

    def __init__(
        self,
        library: FakeLibrary,
        history: FakeHistory,
        cache: RowCache,
        settings: HomeSettings | None = None,
        clock: Clock | None = None,
        gate: Turnstile | None = None,
    ) -> None:
        self.library, self.history, self.cache = library, history, cache
        self.settings = settings or HomeSettings()
        self.clock = clock or SystemClock()
        self.commands = Commands(Tuning(), time.monotonic)
        self.turnstile = gate or turnstile(self.settings)
        ids: Ids = RandomIds()
        self.loading = Loading(
            cache,
            self.commands,
            self.turnstile,
            self.settings,
            clock=self.clock,
            ids=ids,
            random=random.Random(1),
        )
        self.cards = Cards(library, self.clock, seconds=self.settings.soft_seconds)  # type: ignore[arg-type]  # as much of it as home uses
        self.providers = Providers(library, history, self.cards, self.commands, self.settings)  # type: ignore[arg-type]  # the same
        self.pages = Pages(self.clock, most=self.settings.pages, seconds=self.settings.page_kept_seconds)
        self.revisions = Revisions(
            library,  # type: ignore[arg-type]  # the same
            self.commands,
            self.clock,
            seconds=self.settings.revision_seconds,
            timeout_seconds=self.settings.version_seconds,
        )
        self.service = HomeService(
            history,  # type: ignore[arg-type]  # the same
            Composer(self.loading, self.providers, self.settings, clock=self.clock, ids=ids, random=random.Random(2)),
            self.loading,
            self.commands,
            self.pages,
            Cursors(b"a secret of sixteen bytes"),
            self.revisions,
            self.settings,
            clock=self.clock,
            ids=ids,
        )
