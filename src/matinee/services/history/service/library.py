"""What history asks of the catalogue, and how it goes on when there is no answer."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from matinee.contracts.catalogue import Viewer
from matinee.contracts.library import Card, Library
from matinee.kit.clock import Clock
from matinee.kit.deadline import deadline
from matinee.kit.errors import MatineeError, NotFoundError
from matinee.kit.ids import TitleId

EVERYTHING = Viewer(audience="members", maturity=18)
_MAX_IDS = 1_000
_NEXT_SECONDS = 60.0
_REMEMBERED = 20_000
# Of all that the library answers at once; who has watched hundreds of series must not crowd out everybody else.
_AT_ONCE = 32
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Following:
    """What comes after an episode, or first in a series.

    Attributes:
        card: None when nothing does.
        certain: False when the library did not answer; then `card` is what it said last, None when that is not known.
    """

    card: Card | None
    certain: bool = True


class Cards:
    """Cards and next episodes.

    Args:
        seconds: to wait for the catalogue.
    """

    def __init__(self, library: Library, clock: Clock, *, seconds: float) -> None:
        self._library = library
        self._clock = clock
        self._seconds = seconds
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._next: OrderedDict[tuple[TitleId, Viewer], tuple[float, Card | None]] = OrderedDict()

    async def of(self, title_ids: Iterable[TitleId], viewer: Viewer) -> dict[TitleId, Card]:
        """Return cards by title, of those that this viewer may know of.

        Raises:
            MatineeError: when the catalogue is away; pages of cards are nothing without it.
        """
        wanted = tuple(dict.fromkeys(title_id for title_id in title_ids if title_id))
        found: dict[TitleId, Card] = {}
        async with deadline(self._seconds):
            for start in range(0, len(wanted), _MAX_IDS):
                part = wanted[start : start + _MAX_IDS]
                cards = await self._library.cards(title_ids=part, viewer=viewer)
                found.update((card.title_id, card) for card in cards)
        return found

    async def next_of(self, title_id: TitleId, viewer: Viewer = EVERYTHING) -> Following:
        """Return the next episode; an answer is remembered for a minute, a failure never."""
        key, now = (title_id, viewer), self._clock.monotonic()
        known = self._next.get(key)
        if known is not None and known[0] > now:
            return Following(known[1])
        try:
            async with deadline(self._seconds), self._turns:
                found = await self._library.next_episode(title_id=title_id, viewer=viewer)
        except NotFoundError:
            found = None
        except MatineeError as error:
            _log.warning("next_episode_unknown", code=error.code)
            return Following(None if known is None else known[1], certain=False)
        self._next[key] = (now + _NEXT_SECONDS, found)
        self._next.move_to_end(key)
        if len(self._next) > _REMEMBERED:
            self._next.popitem(last=False)
        return Following(found)

    async def all_next(self, title_ids: Iterable[TitleId]) -> dict[TitleId, Following]:
        """Return the next episode of each of some titles, asked at once."""
        wanted = tuple(dict.fromkeys(title_ids))
        return dict(zip(wanted, await asyncio.gather(*map(self.next_of, wanted)), strict=True))
