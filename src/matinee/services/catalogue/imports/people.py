"""Names and words from outside, made to fit what a title may hold."""

from collections.abc import Iterable
from typing import Any, Final

from matinee.contracts.metadata import CreditRole
from matinee.services.catalogue.imports.texts import shortened, tidy_line

MAX_PEOPLE: Final = 200
_MAX_NAME: Final = 200
JOBS: Final[dict[str, CreditRole]] = {
    "director": "director",
    "writer": "writer",
    "screenplay": "writer",
    "story": "writer",
    "producer": "producer",
    "executive producer": "producer",
    "original music composer": "composer",
    "composer": "composer",
    "music": "composer",
    "creator": "creator",
}
"""What credits call a job → our role."""


def credit(name: str, role: CreditRole, character: str = "") -> dict[str, str] | None:
    """Return a credit, None when the name is empty or over 200 characters."""
    tidy = tidy_line(name)
    if not any(letter.isalnum() for letter in tidy) or len(tidy) > _MAX_NAME:
        return None
    plays = shortened(tidy_line(character), _MAX_NAME)
    return {"name": tidy, "role": role, **({"character": plays} if plays else {})}


def once(people: Iterable[dict[str, str] | None]) -> tuple[dict[str, str], ...]:
    """Return credits in order, each person once for a role, at most 200."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in people:
        if one is not None:
            found.setdefault((one["role"], one["name"].casefold()), one)
    return tuple(found.values())[:MAX_PEOPLE]
