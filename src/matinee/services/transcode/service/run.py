"""One run of an order, from plan to release; every step can be interrupted and is done again from what is stored."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from matinee.blobs.port import BlobStore
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.playback import Playback
from matinee.contracts.transcode import Step, WorkOrder
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import ReleaseId
from matinee.services.transcode.service.board import Batch, StepFailedError, TaskBoard
from matinee.services.transcode.service.film import FilmMaker
from matinee.services.transcode.service.manifests import Text
from matinee.services.transcode.service.packaging import PackagedSound, PackagedVideo
from matinee.services.transcode.service.plan import Plan, first_tasks, make_plan, other_tasks
from matinee.services.transcode.service.progress import LiveProgress
from matinee.services.transcode.service.recipe import work_prefix
from matinee.services.transcode.service.release import build_index, describe, upload
from matinee.services.transcode.service.remux import remux_if_needed
from matinee.services.transcode.service.tasks import StepFailure
from matinee.services.transcode.service.tools import Toolbox, said
from matinee.services.transcode.settings import TranscodeSettings

T = TypeVar("T")
OnUploading = Callable[[ReleaseId | None], Awaitable[None]]
_log = structlog.get_logger()


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """What a run works with."""

    blobs: BlobStore
    catalogue: Catalogue
    playback: Playback
    board: TaskBoard
    clock: Clock
    toolbox: Toolbox
    settings: TranscodeSettings


class OrderRun:
    """Runs one order once.

    Args:
        folder: a scratch folder for this order alone.
        on_uploading: told which release is being stored, and None once it is published; durable when it returns.
    """

    def __init__(
        self,
        *,
        order: WorkOrder,
        run_id: str,
        progress: LiveProgress,
        outside: Outside,
        folder: Path,
        on_uploading: OnUploading,
    ) -> None:
        self._order = order
        self._run_id = run_id
        self._progress = progress
        self._outside = outside
        self._folder = folder
        self._on_uploading = on_uploading

    async def work(self) -> None:
        """Make and publish everything.

        Raises:
            StepFailedError: when a step failed for good.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        try:
            async with self._outside.blobs.local_copy(self._order.source_key) as original:
                plan = await self._step("plan", self._plan(original))
                async with self._outside.blobs.local_copy(plan.source_key) as source:
                    await self._make(plan, source, original)
            await self._outside.blobs.delete_prefix(work_prefix(self._order.job_id))
        except ExceptionGroup as failures:
            raise _first_failure(failures) from failures
        except (MatineeError, OSError) as error:
            if isinstance(error, StepFailedError):
                raise
            # Steps name themselves; what is left is the source, which must be readable throughout.
            raise _failed("plan", error) from error
        finally:
            self._outside.board.drop(self._order.job_id)
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _plan(self, original: Path) -> Plan:
        plan = make_plan(self._order, self._outside.settings)
        plan = await remux_if_needed(
            plan, original, blobs=self._outside.blobs, toolbox=self._outside.toolbox, folder=self._folder
        )
        self._progress.planned(plan.rungs, plan.chunks, plan.recipe.facts.video.rate)
        return plan

    async def _make(self, plan: Plan, source: Path, original: Path) -> None:
        outside = self._outside
        film = FilmMaker(
            order=self._order,
            plan=plan,
            blobs=outside.blobs,
            toolbox=outside.toolbox,
            settings=outside.settings,
            folder=self._folder,
        )
        per_task = outside.settings.renditions_per_task
        first = outside.board.add(self._progress, first_tasks(plan, self._order, self._run_id), stage=0)
        others = outside.board.add(
            self._progress, other_tasks(plan, self._order, self._run_id, renditions_per_task=per_task), stage=1
        )
        self._progress.step_started("encode", outside.clock.now())
        await outside.board.let_out()
        async with asyncio.TaskGroup() as group:
            sounds = group.create_task(self._step("audio", film.sounds(source), last=True))
            texts = group.create_task(self._step("text", film.texts(original), last=True))
            encoding = group.create_task(self._encoded(others))
            await first.done
            await asyncio.gather(sounds, texts)
            tracks = _Tracks(sounds=sounds.result(), texts=texts.result())
            await self._first_release(film, plan, source, tracks, alone=not others.left)
            await encoding
        if len(plan.rungs) > 1:
            await self._release(film, plan, source, tracks, complete=True)

    async def _encoded(self, others: Batch) -> None:
        await others.done

    async def _first_release(
        self, film: FilmMaker, plan: Plan, source: Path, tracks: "_Tracks", *, alone: bool
    ) -> None:
        videos = await self._step("stitch", film.stitched([plan.first]))
        tracks.pictures = await self._step("package", film.pictures(videos[0], source))
        if len(plan.rungs) == 1:
            self._encode_ended()
            await self._release(film, plan, source, tracks, complete=True)
        elif self._order.early_release and not alone:
            await self._release(film, plan, source, tracks, complete=False)

    def _encode_ended(self) -> None:
        self._progress.step_finished("encode", self._outside.clock.now())
        self._progress.step_ended("encode")

    async def _release(self, film: FilmMaker, plan: Plan, source: Path, tracks: "_Tracks", *, complete: bool) -> None:
        outside = self._outside
        if complete and len(plan.rungs) > 1:
            self._encode_ended()
        rungs = plan.rungs if complete else (plan.first,)
        videos = await self._step("stitch", film.stitched(rungs), last=complete)
        await self._step("verify", film.mend_seams(videos, source))
        key = await self._step("package", outside.playback.content_key(title_id=self._order.title_id))
        packaging = film.packaged(
            videos=videos, sounds=tracks.sounds, texts=tracks.texts, pictures=tracks.pictures, key=key
        )
        release = await self._step("package", packaging, last=complete)
        checks = film.verify(release, videos=videos, sounds=tracks.sounds)
        await self._step("verify", checks, last=complete)
        publishing = self._publish(release, plan, videos, tracks, key.key_id, complete=complete)
        await self._step("publish", publishing, last=complete)

    async def _publish(
        self,
        folder: Path,
        plan: Plan,
        videos: Sequence[PackagedVideo],
        tracks: "_Tracks",
        key_id: str,
        *,
        complete: bool,
    ) -> None:
        outside = self._outside
        title_id = self._order.title_id
        release_id, index = await asyncio.to_thread(build_index, folder, title_id)
        await self._on_uploading(release_id)
        await upload(outside.blobs, folder, title_id=title_id, release_id=release_id, index=index)
        release = await asyncio.to_thread(
            describe,
            order=self._order,
            release_id=release_id,
            recipe=plan.recipe,
            key_id=key_id,
            folder=folder,
            videos=videos,
            sounds=tracks.sounds,
            texts=tracks.texts,
            complete=complete,
        )
        await outside.catalogue.publish(release=release)
        await self._on_uploading(None)
        if self._progress.first_playable_at is None:
            self._progress.first_playable_at = outside.clock.now()
        _log.info("release_published", job_id=self._order.job_id, release_id=release_id, complete=complete)

    async def _step(self, step: Step, work: Awaitable[T], *, last: bool | None = None) -> T:
        self._progress.step_started(step, self._outside.clock.now())
        try:
            result = await work
        except StepFailedError:
            raise
        except (MatineeError, OSError) as error:
            raise _failed(step, error) from error
        finally:
            self._progress.step_finished(step, self._outside.clock.now())
        if last or step == "plan":
            self._progress.step_ended(step)
        return result


class _Tracks:
    """What every release of a film shares."""

    def __init__(self, *, sounds: list[PackagedSound], texts: list[Text]) -> None:
        self.sounds = sounds
        self.texts = texts
        self.pictures: Path | None = None


def _first_failure(failures: ExceptionGroup[Exception]) -> BaseException:
    """Return the failure that explains the others; defects stay the group that they are."""
    known = failures.subgroup(StepFailedError)
    if known is None:
        return failures
    leaf: BaseException = known
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    return leaf


def _failed(step: Step, error: MatineeError | OSError) -> StepFailedError:
    sentence = error.detail if isinstance(error, MatineeError) else f"The machine refused: {error.strerror}."
    return StepFailedError(StepFailure(step=step, sentence=sentence, tool_said=said(error)))


__all__ = ["OrderRun", "Outside"]
