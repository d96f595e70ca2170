"""Cards of titles, remembered for a moment: the rows of many profiles are made of the same titles."""

from collections import OrderedDict
from collections.abc import Sequence

from matinee.contracts.library import Card, Library
from matinee.kit.clock import Clock
from matinee.kit.ids import TitleId
from matinee.services.home.service.audience import Guest

_MOST = 50_000


class Cards:
    """Asks the library for cards that it does not know, or knows from another revision of the catalogue.

    Args:
        seconds: how long a card, or that a viewer may not know of a title, is believed.
        most: cards remembered; the least recently used go first.
    """

    def __init__(self, library: Library, clock: Clock, *, seconds: float, most: int = _MOST) -> None:
        self._library = library
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._known: OrderedDict[tuple[str, TitleId], tuple[Card | None, float, int]] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    async def of(self, guest: Guest, title_ids: Sequence[TitleId]) -> dict[str, Card]:
        """Return cards by title in the order asked for, without those that the viewer may not see."""
        now, scope = self._clock.monotonic(), guest.scope
        found: dict[TitleId, Card | None] = {}
        for title_id in title_ids:
            known = self._known.get((scope, title_id))
            if known is not None and now < known[1] and known[2] == guest.revision:
                found[title_id] = known[0]
        missing = tuple(dict.fromkeys(title_id for title_id in title_ids if title_id not in found))
        if missing:
            found |= await self._asked(guest, missing)
        return {title_id: card for title_id in title_ids if (card := found[title_id]) is not None}

    async def _asked(self, guest: Guest, missing: tuple[TitleId, ...]) -> dict[TitleId, Card | None]:
        told = {card.title_id: card for card in await self._library.cards(title_ids=missing, viewer=guest.viewer)}
        until = self._clock.monotonic() + self._seconds
        for title_id in missing:
            place = (guest.scope, title_id)
            self._known.pop(place, None)
            self._known[place] = (told.get(title_id), until, guest.revision)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return {title_id: told.get(title_id) for title_id in missing}
