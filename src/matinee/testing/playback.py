"""Playback on real storage, with a shelf of titles and a till that a test fills."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from matinee.contracts.billing import Entitlement, PlanLimits, SubscriptionState
from matinee.contracts.catalogue import Catalogue, Title, TitleNotFoundError, Viewer
from matinee.contracts.history import History, Progress, Watched
from matinee.contracts.library import Card, Library
from matinee.engines.relational import Database
from matinee.kit.clock import Clock
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import AccountId, ProfileId, RandomIds, TitleId
from matinee.kit.signing import SigningKey
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.playback import module
from matinee.services.playback.adapters.edges import StaticEdges, named_edges
from matinee.services.playback.adapters.entitlements import KnownEntitlements
from matinee.services.playback.adapters.keys import SqlContentKeys
from matinee.services.playback.adapters.places import SqlPlaces
from matinee.services.playback.beside import Beside
from matinee.services.playback.checks import Able, Entitled, Here, Mature, Playable, SignedIn, Visible
from matinee.services.playback.facts import Facts
from matinee.services.playback.reports import Reports
from matinee.services.playback.service import PlaybackService
from matinee.services.playback.settings import PlaybackSettings
from matinee.services.playback.streams import Streams
from matinee.services.playback.tokens import Tokens
from matinee.testing.clock import ManualClock
from matinee.testing.titles import Callers, release

PLAYBACK_MIGRATIONS = Path(module.__file__).parent / "adapters/migrations"


class Shelf:
    """The part of the catalogue that playback calls."""

    def __init__(self) -> None:
        self.titles: dict[str, Title] = {}

    async def title(self, *, title_id: TitleId) -> Title:
        """Return a title that was put here."""
        if title_id not in self.titles:
            raise TitleNotFoundError("There is no such title.")
        return self.titles[title_id]

    def put(self, title_id: str, **fields: object) -> Title:
        """Put a listed film for everyone, `fields` replaced."""
        moment = datetime(2030, 1, 1, tzinfo=UTC)
        defaults: dict[str, Any] = {
            "title_id": TitleId(title_id),
            "kind": "film",
            "name": "Film",
            "synopsis": "",
            "year": None,
            "genres": (),
            "audience": "everyone",
            "listed": True,
            "featured": False,
            "series_id": None,
            "season_number": None,
            "episode_number": None,
            "artwork": {},
            "release": None,
            "version": 1,
            "created_at": moment,
            "changed_at": moment,
        }
        self.titles[title_id] = Title(**{**defaults, **fields})
        return self.titles[title_id]


class Till:
    """The part of billing that playback calls: everybody has two streams unless said otherwise; it can be away."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.limits = PlanLimits(plan_id="standard", name="Standard", max_height=1080, streams=2, download_devices=2)
        self.states: dict[str, SubscriptionState] = {}
        self.away = False
        self.asked = 0

    async def entitlement(self, *, account_id: AccountId) -> Entitlement:
        """Answer, or be away."""
        self.asked += 1
        if self.away:
            raise UnavailableError("Billing is away.")
        state = self.states.get(account_id, "active")
        return Entitlement(
            account_id=account_id,
            state=state,
            entitled=state in {"active", "trialing", "past_due"},
            until=None,
            limits=self.limits,
            decided_at=self.clock.now(),
        )


class Memory:
    """The part of history that playback calls. It can be away, or slow beyond any deadline."""

    def __init__(self) -> None:
        self.entries: list[Progress] = []
        self.calls = 0
        self.resume: dict[str, float] = {}
        self.away = False
        self.hangs = False

    async def _here(self) -> None:
        self.calls += 1
        if self.away:
            raise UnavailableError("History is away.")
        if self.hangs:
            await asyncio.Event().wait()

    async def record(self, *, entries: tuple[Progress, ...]) -> None:
        """Keep entries."""
        await self._here()
        self.entries += entries

    async def watched(self, *, profile_id: ProfileId, title_ids: tuple[TitleId, ...]) -> tuple[Watched, ...]:
        """Return what a test said."""
        await self._here()
        return tuple(
            Watched(
                title_id=title_id,
                series_id=TitleId(""),
                position_seconds=self.resume[title_id],
                resume_seconds=self.resume[title_id],
                duration_seconds=100.0,
                completed=False,
                watched_at=datetime(2030, 1, 1, tzinfo=UTC),
            )
            for title_id in title_ids
            if profile_id and title_id in self.resume
        )


class Following:
    """The part of the library that playback calls. It can be away, or slow beyond any deadline."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}
        self.away = False
        self.hangs = False

    async def next_episode(self, *, title_id: TitleId, viewer: Viewer) -> Card | None:
        """Return what a test put after a title."""
        if self.away:
            raise UnavailableError("The library is away.")
        if self.hangs:
            await asyncio.Event().wait()
        card = self.cards.get(title_id)
        return None if card is None or card.maturity > viewer.maturity else card


@dataclass
class Room:
    """Playback and what it stands on."""

    service: PlaybackService
    shelf: Shelf
    edges: StaticEdges
    keys: SqlContentKeys
    clock: ManualClock
    database: Database
    delivery: SigningKey
    licence: SigningKey
    till: Till
    entitlements: KnownEntitlements
    memory: Memory
    following: Following
    settings: PlaybackSettings = field(default_factory=PlaybackSettings)
    callers: Callers = field(default_factory=Callers)

    async def film(self, title_id: str = "film", **fields: object) -> Title:
        """Put a film that can be played."""
        key = await self.service.content_key(title_id=TitleId(title_id))
        return self.shelf.put(title_id, release=release(TitleId(title_id), key_id=key.key_id), **fields)


def open_playback(database: Database) -> Room:
    """Return playback on a migrated database, with a catalogue and a till of its own."""
    clock, shelf, settings = ManualClock(), Shelf(), PlaybackSettings(collect_seconds=0.001, beside_seconds=0.2)
    memory, following = Memory(), Following()
    commands = Commands(Tuning(), clock.monotonic)
    delivery, licence = (SigningKey(SigningKey.generate()) for _ in range(2))
    edges = StaticEdges(named_edges(settings.edge_urls, ()), clock=clock, distrust_seconds=10.0)
    keys = SqlContentKeys(database, seal=b"k" * 32, clock=clock)
    till = Till(clock)
    entitlements = KnownEntitlements(till, database, clock, seconds=5.0)
    streams = Streams(SqlPlaces(database), entitlements, clock, settings)
    facts = Facts(cast("Catalogue", shelf), clock, seconds=settings.beside_seconds)
    history = cast("History", memory)
    service = PlaybackService(
        catalogue=cast("Catalogue", shelf),
        keys=keys,
        edges=edges,
        tokens=Tokens(delivery=delivery, licence=licence),
        checks=(Able(), Here(clock), Mature(), Entitled(entitlements), Playable(), SignedIn(), Visible()),
        streams=streams,
        reports=Reports(streams, history, facts, clock, commands, collect_seconds=0.001, history_seconds=0.2),
        beside=Beside(history, cast("Library", following), seconds=settings.beside_seconds),
        facts=facts,
        clock=clock,
        ids=RandomIds(),
        settings=settings,
    )
    return Room(
        service, shelf, edges, keys, clock, database, delivery, licence, till, entitlements, memory, following, settings
    )
