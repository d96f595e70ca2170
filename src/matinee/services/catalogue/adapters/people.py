"""People in a relational database: the same one by id, found by name."""

import re
import unicodedata
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.contracts.catalogue import TitleFieldsError
from matinee.contracts.metadata import Credit
from matinee.kit.ids import PersonId
from matinee.services.catalogue.adapters.codec import folded
from matinee.services.catalogue.adapters.tables import PersonRow

_AT_ONCE = 500
# Marks over letters that people leave out. In other scripts marks are vowels, or make another consonant.
_ACCENTS = re.compile("[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]+")
_ID_CHARACTERS = 32


async def identified(session: AsyncSession, people: Sequence[Credit], new_id: Callable[[], str]) -> Sequence[Credit]:
    """Return credits with the ids and names of people as they are known, and store who is new.

    Raises:
        TitleFieldsError: when an id is nobody's.
    """
    by_id = await _by_id(session, {credit.person_id for credit in people if credit.person_id})
    by_name = await _by_name(session, {folded(credit.name) for credit in people if not credit.person_id})
    new: dict[str, tuple[PersonId, str]] = {}
    found = []
    for credit in people:
        name = _same(credit.name)
        if credit.person_id:
            known = by_id.get(credit.person_id)
            if known is None:
                raise TitleFieldsError(f"Nobody has the person_id given for {credit.name}; leave it out.")
        else:
            known = by_name.get(name) or new.setdefault(name, (PersonId(new_id()), credit.name))
        found.append(msgspec.structs.replace(credit, person_id=known[0], name=known[1]))
    values = [{"person_id": person, "name": name, "name_folded": folded(name)} for person, name in new.values()]
    if values:
        await session.execute(insert(PersonRow), values)
    return found


def _same(name: str) -> str:
    """Return what is the same of two ways to write a name: without case and accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", plain) or plain)


async def _by_id(session: AsyncSession, ids: set[PersonId]) -> dict[str, tuple[PersonId, str]]:
    usable = sorted(person_id for person_id in ids if len(person_id) <= _ID_CHARACTERS)
    found: dict[str, tuple[PersonId, str]] = {}
    for start in range(0, len(usable), _AT_ONCE):
        query = select(PersonRow).where(PersonRow.person_id.in_(usable[start : start + _AT_ONCE]))
        found |= {row.person_id: (PersonId(row.person_id), row.name) for row in await session.scalars(query)}
    return found


async def _by_name(session: AsyncSession, names: set[str]) -> dict[str, tuple[PersonId, str]]:
    """Return people by what is the same of their name; of namesakes the one that was known first.

    Args:
        names: folded, which more names share.
    """
    wanted = sorted(names)
    found: dict[str, tuple[PersonId, str]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        query = select(PersonRow).where(PersonRow.name_folded.in_(some)).order_by(PersonRow.person_id.desc())
        found |= {_same(row.name): (PersonId(row.person_id), row.name) for row in await session.scalars(query)}
    return found
