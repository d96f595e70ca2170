"""Fills a service with the demo catalogue: titles at once, pictures as they are made, films one after another.

It may be killed at any moment and started again: the state file and the kept films say how far it had come. Whoever
deletes a demo title has it deleted for good; only a catalogue without any title counts as new and is filled again.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from matinee.contracts.catalogue import NewTitle
from matinee.contracts.ingest import ImportFile
from matinee.demo.catalogue import FILMS, SERIES, YEAR, DemoFilm
from matinee.demo.keeping import Kept, Memory, load, save, sweep
from matinee.demo.programme import ANNOUNCED, NO_LANGUAGE, TOLD, Coming, markers_of, ratings_of
from matinee.demo.render import SCREENPLAYS, RenderedFilm, RenderError
from matinee.demo.renderer import Renderer
from matinee.demo.settings import DemoSettings
from matinee.demo.studio import Seen, Studio, StudioRefusedError
from matinee.kit.clock import Clock
from matinee.kit.ids import TitleId

Stage = Literal["titles", "artwork", "drawing", "ordered", "playable", "skipped", "failed", "complete"]
_ON_THEIR_WAY = ("inspecting", "ordered", "queued", "running")
_TRY_AGAIN = ("failed",)


class DemoProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One step.

    Attributes:
        key: of the film or series; empty for the whole.
        name: for people.
        stage: what has been reached, or is under way for `drawing`.
        done: 0 to 1 while `drawing`, else 1.
        reason: a sentence when `failed`.
    """

    key: str
    name: str
    stage: Stage
    done: float = 1.0
    reason: str = ""


OnProgress = Callable[[DemoProgress], None]


def _new_film(entry: DemoFilm, series_id: str | None) -> NewTitle:
    """Return a film or an episode as the catalogue wants it."""
    told = TOLD[entry.key]
    return NewTitle(
        name=entry.name,
        kind=entry.kind,
        synopsis=entry.synopsis,
        year=YEAR,
        genres=entry.genres,
        audience="everyone" if entry.free else "members",
        maturity=entry.maturity,
        series_id=TitleId(series_id) if series_id and entry.kind == "episode" else None,
        season_number=entry.season_number,
        episode_number=entry.episode_number,
        featured=entry.featured,
        tags=told.tags,
        ratings=ratings_of(entry.maturity),
        markers=markers_of(SCREENPLAYS[entry.key].seconds),
        languages=(NO_LANGUAGE,),
        released_on=told.released_on,
        hot=told.hot,
    )


def _new_series() -> NewTitle:
    told = TOLD[SERIES.key]
    return NewTitle(
        name=SERIES.name,
        kind="series",
        synopsis=SERIES.synopsis,
        year=YEAR,
        genres=SERIES.genres,
        audience="members",
        tags=told.tags,
        ratings=ratings_of(0),
        languages=(NO_LANGUAGE,),
        released_on=told.released_on,
        hot=told.hot,
    )


def _new_coming(coming: Coming) -> NewTitle:
    return NewTitle(
        name=coming.name,
        synopsis=coming.synopsis,
        year=coming.told.released_on.year,
        genres=coming.genres,
        audience="members",
        maturity=coming.maturity,
        tags=coming.told.tags,
        ratings=ratings_of(coming.maturity),
        released_on=coming.told.released_on,
        hot=coming.told.hot,
        announced=True,
    )


class _Filling:
    """One run of `fill`."""

    def __init__(
        self,
        *,
        studio: Studio,
        renderer: Renderer,
        folder: Path,
        clock: Clock,
        settings: DemoSettings,
        films: tuple[DemoFilm, ...],
        on_progress: OnProgress,
    ) -> None:
        self._studio = studio
        self._renderer = renderer
        self._folder = folder
        self._clock = clock
        self._settings = settings
        self._films = films
        self._say = on_progress
        self._memory: Memory = load(folder)

    async def run(self) -> None:
        """Do what is left to do."""
        first, *others = self._films
        if self._memory.titles and await self._studio.is_empty():
            self._memory.titles.clear()
        await self._ensure_title(first.key, _new_film(first, None))
        drawing = asyncio.create_task(self._try(first))
        try:
            await self._ensure_titles(others)
        except BaseException:
            drawing.cancel()
            await asyncio.wait([drawing])
            raise
        await drawing
        await self._wait_playable(first)
        coming = [one.key for one in ANNOUNCED]
        await self._ensure_artwork([SERIES.key, *(entry.key for entry in others), *coming])
        for entry in others:
            await self._wait_for_place()
            await self._try(entry)
        self._say(DemoProgress(key="", name="", stage="complete"))

    async def _ensure_titles(self, films: list[DemoFilm]) -> None:
        """Create the series, all titles that were never created, and what is announced."""
        await self._ensure_title(SERIES.key, _new_series())
        series = self._memory.titles[SERIES.key]
        for entry in films:
            if entry.kind == "episode" and series.deleted:
                continue
            await self._ensure_title(entry.key, _new_film(entry, series.title_id))
        for coming in ANNOUNCED:
            await self._ensure_title(coming.key, _new_coming(coming))
        self._say(DemoProgress(key="", name="", stage="titles"))

    async def _ensure_title(self, key: str, new: NewTitle) -> None:
        """Create a title unless it was created before; notice when it has been deleted since."""
        kept = self._memory.titles.get(key)
        if kept is None:
            self._memory.titles[key] = Kept(title_id=await self._studio.create(new))
            self._save()
        elif not kept.deleted and await self._studio.title(kept.title_id) is None:
            kept.deleted = True
            self._save()

    def _alive(self, key: str) -> Kept | None:
        kept = self._memory.titles.get(key)
        return None if kept is None or kept.deleted else kept

    async def _ensure_artwork(self, keys: list[str]) -> None:
        """Make and upload the pictures that are missing."""
        missing = [key for key in keys if (kept := self._alive(key)) is not None and not kept.artwork]
        if not missing:
            return
        async for key, files in self._renderer.artwork(missing):
            await self._upload(key, files)

    async def _upload(self, key: str, files: RenderedFilm) -> None:
        kept = self._alive(key)
        if kept is None or kept.artwork:
            return
        await self._studio.put_artwork(kept.title_id, "poster", files.poster)
        await self._studio.put_artwork(kept.title_id, "backdrop", files.backdrop)
        kept.artwork = True
        self._save()
        self._say(DemoProgress(key=key, name=self._name(key), stage="artwork"))

    async def _try(self, entry: DemoFilm) -> None:
        """Make and order one film; when that cannot be done, say so and leave it for the next start."""
        try:
            await self._draw_and_order(entry)
        except (RenderError, StudioRefusedError) as error:
            self._say(DemoProgress(key=entry.key, name=entry.name, stage="failed", reason=str(error)))

    async def _draw_and_order(self, entry: DemoFilm) -> None:
        """Make a film and have it imported, unless that has been done."""
        kept = self._alive(entry.key)
        if kept is None or not await self._is_wanted(kept):
            self._say(DemoProgress(key=entry.key, name=entry.name, stage="skipped"))
            return
        await self._ensure_artwork([entry.key])
        files = await self._renderer.film(
            entry.key,
            on_done=lambda key, done: self._say(DemoProgress(key=key, name=entry.name, stage="drawing", done=done)),
        )
        settings = self._settings
        kept.job_id = await self._studio.import_file(
            ImportFile(
                path=str(files.path.resolve()),
                title_id=TitleId(kept.title_id),
                side_text_paths=tuple(str(path.resolve()) for path in files.side_text),
                early_release=True,
                priority=settings.featured_priority if entry.featured else settings.priority,
            )
        )
        self._save()
        self._say(DemoProgress(key=entry.key, name=entry.name, stage="ordered"))

    async def _is_wanted(self, kept: Kept) -> bool:
        """Return whether a film still has to be imported; a failed job is started again instead."""
        if kept.job_id is None:
            seen = await self._studio.title(kept.title_id)
            return seen is not None and seen.complete is not True
        state = await self._studio.job_state(kept.job_id)
        if state in _TRY_AGAIN:
            await self._studio.retry_job(kept.job_id)
        return state is None

    async def _wait_playable(self, entry: DemoFilm) -> None:
        """Let the first film have the machine for itself until it plays, or its time is up."""
        until = self._clock.monotonic() + self._settings.first_seconds
        kept = self._alive(entry.key)
        while kept is not None and self._clock.monotonic() < until:
            seen = await self._studio.title(kept.title_id)
            if seen is None or seen.playable:
                self._say(DemoProgress(key=entry.key, name=entry.name, stage="playable"))
                return
            await asyncio.sleep(self._settings.poll_seconds)

    async def _wait_for_place(self) -> None:
        """Wait while too many films are ordered and not yet playable, but not for ever."""
        until = self._clock.monotonic() + self._settings.ahead_seconds
        while self._clock.monotonic() < until:
            if await self._waiting() < self._settings.films_ahead:
                return
            await asyncio.sleep(self._settings.poll_seconds)

    async def _waiting(self) -> int:
        """Return how many films are on their way."""
        ordered = [kept for kept in self._memory.titles.values() if kept.job_id and not kept.deleted]
        seen = [await self._studio.title(kept.title_id) for kept in ordered]
        states = [
            await self._studio.job_state(kept.job_id or "")
            for kept, title in zip(ordered, seen, strict=True)
            if _under_way(title)
        ]
        return sum(1 for state in states if state in _ON_THEIR_WAY)

    def _name(self, key: str) -> str:
        films = {entry.key: entry.name for entry in FILMS}
        return {SERIES.key: SERIES.name, **films, **{one.key: one.name for one in ANNOUNCED}}[key]

    def _save(self) -> None:
        save(self._folder, self._memory)


def _under_way(title: Seen | None) -> bool:
    return title is not None and not title.playable


async def fill(
    *,
    base_url: str,
    operator_key: str,
    folder: Path,
    renderer: Renderer,
    clock: Clock,
    settings: DemoSettings,
    on_progress: OnProgress,
    films: tuple[DemoFilm, ...] = FILMS,
) -> None:
    """Fill a running or starting service with the demo catalogue; returns when the last film has been ordered.

    Args:
        base_url: the gateway's origin.
        operator_key: for the studio.
        folder: keeps the state file and the films; must lie below an import folder of the service.
        renderer: makes the films.
        clock: for deadlines.
        settings: see there.
        on_progress: hears each step.
        films: the programme, the featured film first.

    Raises:
        StudioAwayError: when the service does not answer in time.
        StudioRefusedError: when it refuses a demo title or its pictures.
        RenderError: when the pictures cannot be made; a film that cannot is reported and left out.
    """
    sweep(folder)
    studio = Studio(base_url=base_url, operator_key=operator_key, clock=clock, patience_seconds=settings.start_seconds)
    async with studio:
        filling = _Filling(
            studio=studio,
            renderer=renderer,
            folder=folder,
            clock=clock,
            settings=settings,
            films=films,
            on_progress=on_progress,
        )
        await filling.run()
