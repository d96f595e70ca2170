"""Changes of titles inside a transaction, each with the event that tells of it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Literal

import msgspec

from matinee.contracts.catalogue import NewTitle, Title, TitleChange, TitleNotFoundError
from matinee.contracts.library import CHANGES_TOPIC, Change
from matinee.contracts.metadata import Credit
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids, TitleId
from matinee.services.catalogue.fields import SEEN_BY, changed_fields, new_title
from matinee.services.catalogue.ports import Doomed, DoomedKind, NewOutboxEntry, TitleRows
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.services.catalogue.visibility import no_such_title

_ONE_MICROSECOND = timedelta(microseconds=1)


def change_entry(op: Literal["c", "u", "d"], title: Title) -> NewOutboxEntry:
    """Return the event of a change: the title as it is after it or, deleted, as it was before."""
    gone = op == "d"
    change = Change(
        op=op,
        title_id=title.title_id,
        version=title.version + gone,
        changed_at=title.changed_at,
        after=None if gone else title,
    )
    return NewOutboxEntry(topic=CHANGES_TOPIC, key=title.title_id, value=msgspec.msgpack.encode(change))


class TitleWrites:
    """Makes, changes and removes titles in transactions that somebody else opened.

    Args:
        wake: set when an event waits to be sent.
    """

    def __init__(self, *, clock: Clock, ids: Ids, settings: CatalogueSettings, wake: asyncio.Event) -> None:
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._wake = wake
        self._listeners: list[Callable[[], None]] = []

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Have something called after each transaction that has ended well; it must not raise."""
        self._listeners.append(listener)

    def committed(self) -> None:
        """Tell that a transaction has ended well, so that its events go out at once."""
        self._wake.set()
        for listener in self._listeners:
            listener()

    async def create_many_in(self, rows: TitleRows, news: Sequence[NewTitle]) -> Sequence[Title]:
        """Make titles in order; series of episodes must be there already.

        Raises:
            TitleFieldsError, TitleNotFoundError, EpisodeTakenError: like `Catalogue.create_title`.
        """
        now = self._clock.now()
        titles = [new_title(new, title_id=TitleId(self._ids.new()), now=now) for new in news]
        for series_id in dict.fromkeys(new.series_id for new in news if new.series_id is not None):
            series = await rows.get_for_change(series_id)
            if series is None or series.kind != "series":
                raise TitleNotFoundError("There is no such series; create it first.")
        titles = await self._identified(rows, titles)
        await rows.insert_many(titles)
        await rows.add_events([change_entry("c", title) for title in titles])
        return titles

    async def _identified(self, rows: TitleRows, titles: Sequence[Title]) -> list[Title]:
        known = await rows.identify([credit for title in titles for credit in title.people], self._ids.new)
        given = iter(known)
        return [msgspec.structs.replace(title, people=_once([next(given) for _ in title.people])) for title in titles]

    async def change_in(self, rows: TitleRows, title: Title, change: TitleChange) -> Title:
        """Change a title that was got for change; nothing happens when it is like that already.

        Raises:
            TitleFieldsError: when the fields contradict each other or the title.
        """
        fields = changed_fields(title, change)
        if "people" in fields:
            fields["people"] = _once(await rows.identify(fields["people"], self._ids.new))
            if fields["people"] == title.people:
                del fields["people"]
        if not fields:
            return title
        return await self.save(rows, title, fields)

    async def save(self, rows: TitleRows, title: Title, fields: dict[str, Any]) -> Title:
        """Store a title with some fields changed, as its next version, and tell of it."""
        # Two changes within one tick of the clock must still be told apart.
        moment = max(self._clock.now(), title.changed_at + _ONE_MICROSECOND)
        changed = msgspec.structs.replace(title, **fields, version=title.version + 1, changed_at=moment)
        await rows.save(changed)
        await rows.add_events([change_entry("u", changed)])
        if title.kind == "series" and SEEN_BY & fields.keys():
            episodes = await rows.touch_episodes(title.title_id, moment)
            await rows.add_events([change_entry("u", episode) for episode in episodes])
        return changed

    async def delete_in(self, rows: TitleRows, title: Title) -> None:
        """Remove a title that was got for change and, of a series, its episodes."""
        gone = (title, *(await rows.episodes(title.title_id)))
        now = self._clock.now()
        for one in gone:
            await rows.doom(self.doomed(one.title_id, "title", ""))
        await rows.remove(title.title_id)
        dated = [msgspec.structs.replace(one, changed_at=max(now, one.changed_at + _ONE_MICROSECOND)) for one in gone]
        await rows.add_events([change_entry("d", one) for one in dated])

    async def for_change(self, rows: TitleRows, title_id: TitleId) -> Title:
        """Return a title that nobody else changes until the transaction ends.

        Raises:
            TitleNotFoundError: when there is none.
        """
        title = await rows.get_for_change(title_id)
        if title is None:
            raise no_such_title()
        return title

    def doomed(self, title_id: TitleId, kind: DoomedKind, name: str) -> Doomed:
        """Return the note that some files go once nobody watches them any more."""
        due_at = self._clock.now() + timedelta(seconds=self._settings.keep_replaced_seconds)
        return Doomed(title_id=title_id, kind=kind, name=name, due_at=due_at)


def _once(people: Sequence[Credit]) -> tuple[Credit, ...]:
    """Return credits without doubles, in the order of billing."""
    return tuple({(credit.person_id, credit.role, credit.character): credit for credit in reversed(people)}.values())[
        ::-1
    ]
