"""The rules of My List and of thumbs."""

from collections.abc import Sequence

from matinee.contracts.catalogue import Viewer
from matinee.contracts.history import Thumb
from matinee.kit.clock import Clock
from matinee.kit.errors import ConflictError, MatineeError, NotFoundError
from matinee.kit.ids import ProfileId, TitleId
from matinee.services.history.ports import Kept, ShelfStore
from matinee.services.history.service.history import HistoryService
from matinee.services.history.service.library import Cards
from matinee.services.history.service.rules import milliseconds
from matinee.services.history.settings import HistorySettings

_LOOKS = 8


class ListFullError(ConflictError):
    """The list has as many titles as it may."""

    code = "list-full"
    title = "My List is full"


class ListBusyError(ConflictError):
    """The list kept changing from elsewhere."""

    code = "list-busy"
    title = "My List is being changed elsewhere"


class Shelves:
    """What a profile keeps.

    Args:
        history: is told of changes.
    """

    def __init__(
        self, store: ShelfStore, history: HistoryService, cards: Cards, clock: Clock, settings: HistorySettings
    ) -> None:
        self._store = store
        self._history = history
        self._cards = cards
        self._clock = clock
        self._settings = settings

    async def kept(self, profile_id: ProfileId) -> Sequence[Kept]:
        """Return a profile's list in order."""
        return (await self._store.saved_list(profile_id)).items

    async def keep(self, profile_id: ProfileId, title_id: TitleId, before: TitleId | None, viewer: Viewer) -> None:
        """Put a title into the list, before another or to the front; one that is there already moves.

        Raises:
            NotFoundError: when there is no such title for this viewer, or `before` is not in the list.
            ListFullError: when the list is full.
            ListBusyError: when others keep changing it.
        """
        title_id = await self._existing(title_id, viewer)
        for _ in range(_LOOKS):
            saved = await self._store.saved_list(profile_id)
            items = self._placed(saved.items, title_id, before)
            if await self._store.save_list(profile_id, items, expected=saved.revision):
                self._history.changed(profile_id)
                return
        raise ListBusyError("Your list is being changed from elsewhere; try again.")

    def _placed(self, items: Sequence[Kept], title_id: TitleId, before: TitleId | None) -> list[Kept]:
        known = next((one for one in items if one.title_id == title_id), None)
        others = [one for one in items if one.title_id != title_id]
        bound = self._settings.list_titles
        if known is None and len(others) >= bound:
            raise ListFullError(f"Your list holds {bound} titles; take one out first.", limit=bound)
        if before == title_id:
            return list(items) if known is not None else [Kept(title_id, milliseconds(self._clock)), *others]
        places = [place for place, one in enumerate(others) if one.title_id == before]
        if before is not None and not places:
            raise NotFoundError("The title to put it before is not in your list.")
        place = places[0] if places else 0
        return [*others[:place], known or Kept(title_id, milliseconds(self._clock)), *others[place:]]

    async def drop(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Take a title out of the list; idempotent.

        Raises:
            ListBusyError: when others keep changing it.
        """
        for _ in range(_LOOKS):
            saved = await self._store.saved_list(profile_id)
            left = [one for one in saved.items if one.title_id != title_id]
            if len(left) == len(saved.items):
                return
            if await self._store.save_list(profile_id, left, expected=saved.revision):
                self._history.changed(profile_id)
                return
        raise ListBusyError("Your list is being changed from elsewhere; try again.")

    async def give_thumb(self, profile_id: ProfileId, title_id: TitleId, thumb: Thumb, viewer: Viewer) -> None:
        """Say what a profile thinks of a title.

        Raises:
            NotFoundError: when there is no such title for this viewer.
        """
        await self._store.set_thumb(
            profile_id, await self._existing(title_id, viewer), thumb, milliseconds(self._clock)
        )
        self._history.changed(profile_id)

    async def take_thumb(self, profile_id: ProfileId, title_id: TitleId) -> None:
        """Take that back."""
        await self._store.remove_thumb(profile_id, title_id)
        self._history.changed(profile_id)

    async def _existing(self, title_id: TitleId, viewer: Viewer) -> TitleId:
        """Return the title, if there is one; while the catalogue is away, we believe the caller."""
        try:
            cards = await self._cards.of((title_id,), viewer)
        except MatineeError:
            return title_id
        if title_id not in cards:
            raise NotFoundError("There is no such title.")
        return title_id
