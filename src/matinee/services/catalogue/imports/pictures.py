"""Posters and backdrops that a source names, chosen for the titles that it made."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import structlog

from matinee.contracts.catalogue import ArtworkKind, PictureError, Title, TitleNotFoundError
from matinee.kit.errors import MatineeError
from matinee.services.catalogue.imports.ports import (
    MAX_SHOWN,
    ImportJob,
    ImportStore,
    Incoming,
    Item,
    Known,
    Picture,
    PictureWriter,
    Problem,
    Source,
)

_log = structlog.get_logger()


@dataclass(frozen=True)
class PictureTaker:
    """Fetches pictures after the titles are stored: a picture that is missing never costs a title.

    Attributes:
        writer: makes a picture the title's poster or backdrop.
    """

    store: ImportStore
    writer: PictureWriter

    async def take(self, job: ImportJob, source: Source, items: Sequence[Item]) -> None:
        """Fetch the pictures that are new; a picture that an editor chose stays."""
        wanted = {item.key: item for item in items if isinstance(item, Incoming) and item.pictures}
        if not wanted:
            return
        async with self.store.reading() as rows:
            known = await rows.known(job.options.source, wanted.keys())
            titles = {key: await rows.titles.get(one.title_id) for key, one in known.items()}
        problems: list[Problem] = []
        for key, item in wanted.items():
            title = titles.get(key)
            if title is not None:
                problems += await self._take_one(job, source, item, known[key], title)
        await self._tell(job, problems)

    async def _take_one(
        self, job: ImportJob, source: Source, item: Incoming, known: Known, title: Title
    ) -> list[Problem]:
        problems: list[Problem] = []
        for kind, place in item.pictures.items():
            before = known.pictures.get(kind)
            chosen = title.artwork.get(kind)
            if (before is not None and before.place == place) or chosen not in {None, before and before.digest}:
                continue
            try:
                digest = await self._choose(job, source, title, kind, place)
            except (PictureError, TitleNotFoundError) as error:
                problems.append(Problem(line=item.line, name=item.name, reason=error.detail, refused=False))
                continue
            except MatineeError as error:
                _log.warning("import_picture_failed", code=error.code, title_id=title.title_id)
                said = f"Its {kind} could not be had: {error.detail}"
                problems.append(Problem(line=item.line, name=item.name, reason=said, refused=False))
                continue
            known = await self._remember(job, known, kind, Picture(place, digest))
        return problems

    async def _choose(self, job: ImportJob, source: Source, title: Title, kind: ArtworkKind, place: str) -> str:
        data = await source.picture(job, place)
        if data is None:
            raise PictureError(f"Its {kind} is not where it should be.")
        changed = await self.writer.put_artwork(title_id=title.title_id, kind=kind, picture=data)
        return changed.artwork[kind]

    async def _remember(self, job: ImportJob, known: Known, kind: ArtworkKind, picture: Picture) -> Known:
        remembered = msgspec.structs.replace(known, pictures={**known.pictures, kind: picture})
        async with self.store.writing() as rows:
            await rows.remember(job.options.source, [remembered])
        return remembered

    async def _tell(self, job: ImportJob, problems: list[Problem]) -> None:
        if not problems:
            return
        async with self.store.writing() as rows:
            current = await rows.get(job.import_id)
            if current is not None and current.state == "running":
                shown = (*current.problems, *problems)[:MAX_SHOWN]
                total = current.problems_total + len(problems)
                await rows.save(msgspec.structs.replace(current, problems=shown, problems_total=total))
