"""Everything that is decided about an order before work starts; the same order always gives the same plan."""

from collections.abc import Sequence

import msgspec

from matinee.contracts.transcode import WorkOrder
from matinee.kit.errors import InvalidError
from matinee.kit.ids import JobId
from matinee.services.transcode.service.chunks import Chunk, bounds_for, plan_chunks
from matinee.services.transcode.service.ladder import Rung, choose_ladder, first_rendition
from matinee.services.transcode.service.recipe import EncoderChoice, Recipe, content_key
from matinee.services.transcode.service.sound import Sound, plan_sound
from matinee.services.transcode.service.tasks import ChunkTask, Target
from matinee.services.transcode.settings import TranscodeSettings


class NotInspectedError(InvalidError):
    """The order's report has no facts or analysis, or is a refusal."""

    code = "not-inspected"
    title = "The source was not inspected"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be made. `source_key` is the source, or its copy in a container with an index."""

    job_id: JobId
    source_key: str
    source_sha256: str
    recipe: Recipe
    rungs: tuple[Rung, ...]
    first: Rung
    chunks: tuple[Chunk, ...]
    sounds: tuple[Sound, ...]

    def seconds(self) -> float:
        """Return the film's exact length."""
        return float(self.recipe.frame_count / self.recipe.facts.video.rate.fraction())

    def target(self, rung: Rung, chunk: Chunk) -> Target:
        """Return one rendition of one chunk with the key of its result."""
        return Target(rung=rung, key=content_key(self.job_id, self.source_sha256, self.recipe, chunk, rung))


def make_plan(order: WorkOrder, settings: TranscodeSettings) -> Plan:
    """Return the plan of an order.

    Raises:
        NotInspectedError: when the inspection did not accept the source.
    """
    facts, analysis = order.inspection.facts, order.inspection.analysis
    if not order.inspection.accepted or facts is None or analysis is None or analysis.frame_count < 1:
        raise NotInspectedError("Inspect the source first; only an accepted one can be ordered.")
    rungs = choose_ladder(facts, order.codecs)
    bounds = bounds_for(
        facts.video.rate,
        target=settings.chunk_seconds,
        shortest=settings.shortest_chunk_seconds,
        longest=settings.longest_chunk_seconds,
    )
    encoder = EncoderChoice(
        h264_preset=settings.h264_preset, av1_preset=settings.av1_preset, gop_seconds=settings.gop_seconds
    )
    return Plan(
        job_id=order.job_id,
        source_key=order.source_key,
        source_sha256=order.source_sha256,
        recipe=Recipe(facts=facts, frame_count=analysis.frame_count, encoder=encoder),
        rungs=rungs,
        first=first_rendition(rungs),
        chunks=plan_chunks(analysis.frame_count, analysis.scene_starts, bounds),
        sounds=plan_sound(facts.audio),
    )


def first_tasks(plan: Plan, order: WorkOrder, run_id: str) -> list[ChunkTask]:
    """Return the tasks of the first rendition, in film order."""
    return [_task(plan, order, run_id, chunk, [plan.first]) for chunk in plan.chunks]


def other_tasks(plan: Plan, order: WorkOrder, run_id: str, *, renditions_per_task: int) -> list[ChunkTask]:
    """Return the tasks of all other renditions, several of a chunk from one decode.

    The longest go first, so that no worker idles at the end while another finishes a long one.
    """
    others = [rung for rung in plan.rungs if rung != plan.first]
    groups = [others[at : at + renditions_per_task] for at in range(0, len(others), renditions_per_task)]
    chunks = sorted(plan.chunks, key=lambda chunk: -chunk.frames())
    return [_task(plan, order, run_id, chunk, group) for chunk in chunks for group in groups]


def _task(plan: Plan, order: WorkOrder, run_id: str, chunk: Chunk, rungs: Sequence[Rung]) -> ChunkTask:
    return ChunkTask(
        task_id=f"{run_id}-{chunk.number}-{rungs[0].name}",
        job_id=order.job_id,
        run_id=run_id,
        source_key=plan.source_key,
        recipe=plan.recipe,
        chunk=chunk,
        targets=tuple(plan.target(rung, chunk) for rung in rungs),
    )
