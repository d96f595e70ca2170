"""What a grant says beside where to play from. None of it is worth waiting for: each part has a short deadline."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from matinee.contracts.catalogue import Audience, Title, Viewer
from matinee.contracts.history import History
from matinee.contracts.library import Card, Library
from matinee.kit.deadline import deadline
from matinee.kit.passport import Passport
from matinee.resilience.command import known_failure

T = TypeVar("T")
_log = structlog.get_logger()


class Beside:
    """Asks other rooms at the press of play.

    Args:
        seconds: that a press of play waits for all of it.
    """

    def __init__(self, history: History, library: Library, *, seconds: float) -> None:
        self._history = history
        self._library = library
        self._seconds = seconds

    async def of(self, title: Title, passport: Passport) -> tuple[float, Card | None]:
        """Return where to start and what comes after; 0 and None where nobody knows right now."""
        resume, following = await asyncio.gather(
            self._or(self._resume(title, passport), 0.0, "resume_position"),
            self._or(self._next(title, passport), None, "next_episode"),
        )
        return resume, following

    async def _or(self, asking: Awaitable[T], otherwise: T, what: str) -> T:
        try:
            async with deadline(self._seconds):
                return await asking
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the film starts
            _log.warning("grant_without", what=what, why=known_failure(error))
            return otherwise

    async def _resume(self, title: Title, passport: Passport) -> float:
        if not passport.profile:
            return 0.0
        found = await self._history.watched(profile_id=passport.profile, title_ids=(title.title_id,))
        return found[0].resume_seconds if found else 0.0

    async def _next(self, title: Title, passport: Passport) -> Card | None:
        if title.kind != "episode":
            return None
        return await self._library.next_episode(title_id=title.title_id, viewer=_viewer(passport))


def _viewer(passport: Passport) -> Viewer:
    if passport.role == "operator":
        return Viewer(audience="operators")
    audience: Audience = "everyone" if passport.role == "stranger" else "members"
    return Viewer(audience=audience, maturity=passport.maturity, territory=passport.territory)
