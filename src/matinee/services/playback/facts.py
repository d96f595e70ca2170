"""What reports of progress have to know of titles, kept so that only the first report of a film asks the catalogue."""

import asyncio
from collections import OrderedDict

import msgspec
import structlog

from matinee.contracts.catalogue import Catalogue, Title, TitleNotFoundError
from matinee.kit.clock import Clock
from matinee.kit.deadline import deadline
from matinee.kit.errors import MatineeError
from matinee.kit.ids import TitleId

_FRESH_SECONDS = 600.0
_ABSENT_SECONDS = 60.0
_AGAIN_SECONDS = 2.0
_REMEMBERED = 50_000
_log = structlog.get_logger()


class Fact(msgspec.Struct, frozen=True):
    """Duration (0 when not known) and series (empty for none) of a title; `exists` is False for what is none."""

    duration_seconds: float = 0.0
    series_id: TitleId = TitleId("")
    exists: bool = True


class Facts:
    """Facts of titles.

    Args:
        seconds: to wait for the catalogue.
    """

    def __init__(self, catalogue: Catalogue, clock: Clock, *, seconds: float) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._seconds = seconds
        self._known: OrderedDict[TitleId, tuple[float, Fact]] = OrderedDict()
        self._asking: dict[TitleId, asyncio.Task[Fact]] = {}

    def fresh(self, title_id: TitleId) -> Fact | None:
        """Return what is known and not old."""
        known = self._known.get(title_id)
        return known[1] if known is not None and known[0] > self._clock.monotonic() else None

    async def of(self, title_id: TitleId) -> Fact:
        """Return what is known, asking if need be: once, however many want to know. Never fails."""
        asking = self._asking.get(title_id)
        if asking is None:
            asking = asyncio.create_task(self._ask(title_id), name="title facts")
            self._asking[title_id] = asking
            asking.add_done_callback(lambda _: self._asking.pop(title_id, None))
        return await asyncio.shield(asking)

    async def _ask(self, title_id: TitleId) -> Fact:
        try:
            async with deadline(self._seconds):
                return self.note(await self._catalogue.title(title_id=title_id))
        except TitleNotFoundError:
            return self._keep(title_id, Fact(exists=False), _ABSENT_SECONDS)
        except MatineeError as error:
            _log.warning("title_unknown", code=error.code)
            known = self._known.get(title_id)
            # What is not known of a film is added by a later report; this one must not wait for it.
            return self._keep(title_id, Fact() if known is None else known[1], _AGAIN_SECONDS)

    def note(self, title: Title) -> Fact:
        """Keep what was read of a title anyway."""
        duration = 0.0 if title.release is None else title.release.duration_seconds
        return self._keep(title.title_id, Fact(duration, title.series_id or TitleId("")), _FRESH_SECONDS)

    def _keep(self, title_id: TitleId, fact: Fact, seconds: float) -> Fact:
        self._known[title_id] = (self._clock.monotonic() + seconds, fact)
        self._known.move_to_end(title_id)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return fact
