"""The questions before play that can be answered today."""

from matinee.contracts.catalogue import Title, TitleNotFoundError
from matinee.contracts.playback import NotPlayableError
from matinee.kit.passport import EDITORS
from matinee.services.playback.ports import Attempt


def _known_to_strangers(title: Title) -> bool:
    return title.listed and title.audience == "everyone"


class Visible:
    """May the caller know of the title? Strangers know listed titles for everyone, of episodes with such a series."""

    name = "visible"

    async def check(self, attempt: Attempt) -> None:
        """Answer."""
        titles = [title for title in (attempt.title, attempt.series) if title is not None]
        if attempt.passport.role not in EDITORS and not all(_known_to_strangers(title) for title in titles):
            raise TitleNotFoundError("There is no such title; it may have been removed.")


class Playable:
    """Is there something to play?"""

    name = "playable"

    async def check(self, attempt: Attempt) -> None:
        """Answer."""
        if attempt.title.kind == "series":
            raise NotPlayableError("A series plays by its episodes; pick one.")
        if attempt.title.release is None:
            raise NotPlayableError("The title has nothing to play yet; try again when it has arrived.")
