"""Changes that are kept aside until somebody publishes them."""

import msgspec

from matinee.contracts.catalogue import Title, TitleChange, TitleChangedError
from matinee.kit.clock import Clock
from matinee.kit.ids import TitleId
from matinee.services.catalogue.ages import strictest
from matinee.services.catalogue.fields import changed_fields
from matinee.services.catalogue.ports import Draft, DraftNotFoundError, TitleStore
from matinee.services.catalogue.visibility import no_such_title
from matinee.services.catalogue.writes import TitleWrites


def drafted(change: TitleChange) -> tuple[str, ...]:
    """Return the fields that a change sets."""
    return tuple(name for name in change.__struct_fields__ if getattr(change, name) is not msgspec.UNSET)


def conflicts(title: Title, draft: Draft) -> tuple[str, ...]:
    """Return the fields of a draft that somebody else changed since, to something else."""
    becoming = {name: getattr(draft.change, name) for name in drafted(draft.change)}
    ratings = becoming.get("ratings", ())
    if ratings and ratings != title.ratings and "maturity" in drafted(draft.base):
        becoming.setdefault("maturity", strictest(ratings))
    return tuple(
        name for name, value in becoming.items() if getattr(title, name) not in (getattr(draft.base, name), value)
    )


class Drafts:
    """Drafts, at most one of a title.

    Args:
        store: titles, transactional.
        writes: how titles change.
    """

    def __init__(self, *, store: TitleStore, writes: TitleWrites, clock: Clock) -> None:
        self._store = store
        self._writes = writes
        self._clock = clock

    async def read(self, *, title_id: TitleId) -> tuple[Draft, tuple[str, ...]]:
        """Return a title's draft, and the fields in which it contradicts what was changed since.

        Raises:
            TitleNotFoundError: when there is no such title. DraftNotFoundError: when it has no draft.
        """
        async with self._store.reading() as rows:
            title, draft = await rows.get(title_id), await rows.asides.draft(title_id)
        if title is None:
            raise no_such_title()
        if draft is None:
            raise _no_draft()
        return draft, conflicts(title, draft)

    async def put(
        self, *, title_id: TitleId, change: TitleChange, if_revision: int | None = None
    ) -> tuple[Draft, tuple[str, ...]]:
        """Store a draft in place of the one before, which nobody but editors sees.

        A field that was drafted before keeps the value that it was first made from, so that storing again does not
        hide what somebody else changed in between; throw the draft away to begin from what is there now.

        Raises:
            TitleNotFoundError: when there is no such title.
            TitleFieldsError: when the change could not be published.
            TitleChangedError: when `if_revision` is given and another one is stored.
        """
        async with self._store.writing() as rows:
            title = await self._writes.for_change(rows, title_id)
            before = await rows.asides.draft(title_id)
            stored = 0 if before is None else before.revision
            if if_revision is not None and if_revision != stored:
                raise TitleChangedError("Somebody changed the draft meanwhile; load it again.", revision=stored)
            changed_fields(title, change)
            draft = Draft(
                title_id=title_id,
                change=change,
                base=_base(title, change, before),
                base_version=title.version if before is None else before.base_version,
                revision=stored + 1,
                changed_at=self._clock.now(),
            )
            await rows.asides.put_draft(draft)
        return draft, conflicts(title, draft)

    async def discard(self, *, title_id: TitleId) -> None:
        """Forget a draft; idempotent."""
        async with self._store.writing() as rows:
            await rows.asides.remove_draft(title_id)

    async def publish(self, *, title_id: TitleId) -> Title:
        """Apply a draft and forget it, in one transaction.

        Raises:
            TitleNotFoundError: when there is no such title. DraftNotFoundError: when it has no draft.
            TitleChangedError: when a field of it was changed since, to something else.
            TitleFieldsError: when the title has become one that the change does not fit.
        """
        async with self._store.writing() as rows:
            title = await self._writes.for_change(rows, title_id)
            draft = await rows.asides.draft(title_id)
            if draft is None:
                raise _no_draft()
            fields = conflicts(title, draft)
            if fields:
                raise TitleChangedError(
                    f"Somebody changed the same fields meanwhile: {', '.join(fields)}. Compare, and draft them again.",
                    fields=",".join(fields),
                    version=title.version,
                )
            published = await self._writes.change_in(rows, title, draft.change)
            await rows.asides.remove_draft(title_id)
        self._writes.committed()
        return published


def _base(title: Title, change: TitleChange, before: Draft | None) -> TitleChange:
    earlier = {} if before is None else {name: getattr(before.base, name) for name in drafted(before.base)}
    names = set(drafted(change))
    if "ratings" in names:
        # Ratings without an age bring their own.
        names.add("maturity")
    return TitleChange(**{name: earlier.get(name, getattr(title, name)) for name in names})


def _no_draft() -> DraftNotFoundError:
    return DraftNotFoundError("The title has no draft; it may have been published or thrown away.")
