"""People in a relational database: the same one by id, found by name."""

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
        name = folded(credit.name)
        if credit.person_id:
            known = by_id.get(credit.person_id)
            if known is None:
                raise TitleFieldsError(f"Nobody has the person_id given for {credit.name}; leave it out.")
        else:
            known = by_name.get(name) or new.setdefault(name, (PersonId(new_id()), credit.name))
        found.append(msgspec.structs.replace(credit, person_id=known[0], name=known[1]))
    values = [{"person_id": person, "name": name, "name_folded": key} for key, (person, name) in new.items()]
    if values:
        await session.execute(insert(PersonRow), values)
    return found


async def _by_id(session: AsyncSession, ids: set[PersonId]) -> dict[str, tuple[PersonId, str]]:
    usable = sorted(person_id for person_id in ids if len(person_id) <= _ID_CHARACTERS)
    found: dict[str, tuple[PersonId, str]] = {}
    for start in range(0, len(usable), _AT_ONCE):
        query = select(PersonRow).where(PersonRow.person_id.in_(usable[start : start + _AT_ONCE]))
        found |= {row.person_id: (PersonId(row.person_id), row.name) for row in await session.scalars(query)}
    return found


async def _by_name(session: AsyncSession, names: set[str]) -> dict[str, tuple[PersonId, str]]:
    """Return people by folded name; of namesakes the one that was known first."""
    wanted = sorted(names)
    found: dict[str, tuple[PersonId, str]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        query = select(PersonRow).where(PersonRow.name_folded.in_(some)).order_by(PersonRow.person_id.desc())
        found |= {row.name_folded: (PersonId(row.person_id), row.name) for row in await session.scalars(query)}
    return found
