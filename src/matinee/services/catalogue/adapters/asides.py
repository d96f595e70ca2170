"""What lies beside a title in a relational database: the draft of its next version, pictures to choose from."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.contracts.catalogue import ArtworkKind, TitleChange
from matinee.kit.ids import TitleId
from matinee.services.catalogue.adapters.codec import microseconds, moment
from matinee.services.catalogue.adapters.tables import DraftRow, PictureRow
from matinee.services.catalogue.ports import Draft, SentPicture


def _text(change: TitleChange) -> str:
    return msgspec.json.encode(change).decode()


class SqlAsides:
    """Implements `Asides` for one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def draft(self, title_id: TitleId) -> Draft | None:
        """Return a title's draft, or None."""
        row = await self._session.get(DraftRow, title_id)
        if row is None:
            return None
        return Draft(
            title_id=TitleId(row.title_id),
            change=msgspec.json.decode(row.change, type=TitleChange),
            base=msgspec.json.decode(row.base, type=TitleChange),
            base_version=row.base_version,
            revision=row.revision,
            changed_at=moment(row.changed_at_us),
        )

    async def put_draft(self, draft: Draft) -> None:
        """Store a draft in place of the one before."""
        await self._session.merge(
            DraftRow(
                title_id=draft.title_id,
                change=_text(draft.change),
                base=_text(draft.base),
                base_version=draft.base_version,
                revision=draft.revision,
                changed_at_us=microseconds(draft.changed_at),
            )
        )
        await self._session.flush()

    async def remove_draft(self, title_id: TitleId) -> None:
        """Forget a draft."""
        await self._session.execute(delete(DraftRow).where(DraftRow.title_id == title_id))

    async def pictures(self, title_id: TitleId) -> Sequence[SentPicture]:
        """Return pictures that were sent, newest first."""
        rows = await self._session.scalars(
            select(PictureRow)
            .where(PictureRow.title_id == title_id)
            .order_by(PictureRow.added_at_us.desc(), PictureRow.digest)
        )
        fields = ({"kind": r.kind, "digest": r.digest, "added_at": moment(r.added_at_us)} for r in rows)
        return tuple(msgspec.convert(field, SentPicture) for field in fields)

    async def add_picture(self, title_id: TitleId, kind: ArtworkKind, digest: str, added_at: datetime) -> None:
        """Note a picture that was sent."""
        row = PictureRow(title_id=title_id, kind=kind, digest=digest, added_at_us=microseconds(added_at))
        await self._session.merge(row)
        await self._session.flush()

    async def remove_picture(self, title_id: TitleId, kind: ArtworkKind, digest: str) -> None:
        """Forget a picture."""
        await self._session.execute(
            delete(PictureRow).where(
                PictureRow.title_id == title_id, PictureRow.kind == kind, PictureRow.digest == digest
            )
        )


async def forget_asides(session: AsyncSession, title_ids: Sequence[str]) -> None:
    """Take away what lies beside titles that are gone."""
    for table in (DraftRow, PictureRow):
        await session.execute(delete(table).where(table.title_id.in_(title_ids)))
