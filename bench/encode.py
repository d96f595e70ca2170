"""Our encode stage beside one ffmpeg process that makes the same renditions, and a whole publish beside the same.

Run alone on a quiet machine: `make bench-encode`. `--seconds 30` measures only the beginning of the film.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import psutil

from common import report
from matinee.blobs.local import LocalBlobs
from matinee.contracts.transcode import WorkOrder
from matinee.demo.catalogue import DEFAULT_SEED, FILMS
from matinee.demo.render import SCREENPLAYS, render
from matinee.engines.media.arguments import input_arguments
from matinee.engines.media.tools import find_tools
from matinee.events.opened import open_events
from matinee.kit.clock import SystemClock
from matinee.kit.ids import JobId, RandomIds, TitleId
from matinee.services.transcode.consumers import WorkerPool, keep_reporting
from matinee.services.transcode.service.board import TaskBoard
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.encode import NICE, ChunkEncoder
from matinee.services.transcode.service.film import FilmMaker
from matinee.services.transcode.service.packaging import PackagedVideo
from matinee.services.transcode.service.plan import Plan, first_tasks, make_plan, other_tasks
from matinee.services.transcode.service.progress import LiveProgress
from matinee.services.transcode.service.recipe import encode_arguments, filter_graph, source_arguments
from matinee.services.transcode.service.seams import read_scores
from matinee.services.transcode.service.tools import Toolbox
from matinee.services.transcode.settings import TranscodeSettings
from matinee.testing.transcode import inspected, transcode_bench

FILM = "media/films/big_buck_bunny_720p_180s.mp4"
HOUSE_SECONDS = 120.0
HOUSE_KIND = (720, 24, False)  # lines, frames a second, with a second sound track
# Prime to the distances of reference frames, so that all kinds of frames are measured alike.
VMAF_EVERY = 5


class PeakMemory:
    """Samples the memory of this process and its children; `mib` is the highest sum."""

    def __init__(self) -> None:
        self.mib = 0.0

    async def watch(self) -> None:
        """Sample until cancelled."""
        me = psutil.Process()
        while True:
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.mib = max(self.mib, total / 2**20)
            await asyncio.sleep(0.25)


@dataclass(frozen=True)
class Cost:
    """Real and processor time; the second says more where others use the machine too."""

    seconds: float
    cpu_seconds: float


class RunningOrders:
    """An order store in which one run is always current."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    async def current_runs(self, job_ids: Sequence[JobId]) -> dict[JobId, str]:
        """Return the one run for every order."""
        return dict.fromkeys(job_ids, self._run_id)


async def find_film(folder: Path, seconds: float | None) -> tuple[Path, str]:
    """Return the film and its name: the real one where there is one, else films of the house one after another."""
    media = os.environ.get("MATINEE_TEST_MEDIA", "")
    path = Path(media) / FILM
    if media and path.is_file():
        name = path.name
        if seconds is None:
            return path, name
        taken = ["-i", str(path)]
    else:
        name = "films of the house"
        films = folder / "films.txt"
        films.write_text("".join(f"file '{one}'\n" for one in house_films(folder, seconds or HOUSE_SECONDS)))
        taken = ["-f", "concat", "-safe", "0", "-i", str(films)]
    cut = folder / "film.mp4"
    made = [*taken, *(("-t", str(seconds)) if seconds else ()), "-c", "copy", str(cut)]
    process = await asyncio.create_subprocess_exec(str(find_tools().ffmpeg), "-v", "error", "-y", *made)
    if await process.wait():
        raise SystemExit("the film could not be prepared")
    return cut, name


def house_films(folder: Path, seconds: float) -> Iterator[Path]:
    """Make films of the demo programme that are alike in size and rate until they are long enough together."""
    for entry in FILMS:
        play = SCREENPLAYS[entry.key]
        if seconds <= 0:
            return
        if (play.height, play.rate, play.quiet_track) != HOUSE_KIND:
            continue
        seconds -= play.seconds
        yield render(entry, seed=DEFAULT_SEED, folder=folder, tools=find_tools(), on_progress=lambda _: None).path


async def one_process(plan: Plan, source: Path, folder: Path, toolbox: Toolbox) -> tuple[Cost, list[PackagedVideo]]:
    """Make all renditions of the whole film in one ffmpeg process, decoding once; return the cost and results."""
    whole = Chunk(number=0, start=0, end=plan.recipe.frame_count)
    # As many threads as each codec likes, as anybody would run it.
    recipe = type(plan.recipe)(
        facts=plan.recipe.facts, frame_count=plan.recipe.frame_count, encoder=plan.recipe.encoder, threads=0
    )
    outputs = [f"unsplit-{rung.name}.mp4" for rung in plan.rungs]
    arguments = encode_arguments(recipe, whole, plan.rungs, outputs=outputs, exact=False)
    # The filters too may use all cores.
    at = arguments.index("-filter_complex_threads")
    del arguments[at : at + 2]
    started = time.perf_counter()
    finished = await toolbox.ffmpeg(arguments, work_dir=folder, source=source, on_line=lambda _: None, nice=NICE)
    cost = Cost(seconds=time.perf_counter() - started, cpu_seconds=finished.cpu_seconds)
    return cost, [PackagedVideo(rung=r, path=folder / o) for r, o in zip(plan.rungs, outputs, strict=True)]


@asynccontextmanager
async def running(*work: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def encode_stage(
    plan: Plan, order: WorkOrder, folder: Path, settings: TranscodeSettings
) -> tuple[Cost, list[PackagedVideo]]:
    """Split, encode and stitch through the log, the board and the workers; return the cost and results."""
    clock, ids = SystemClock(), RandomIds()
    blobs = LocalBlobs(folder / "blobs")
    toolbox = Toolbox(memory_mib=settings.child_memory_mib, wall_seconds=settings.chunk_wall_seconds)
    run_id = ids.new()
    async with open_events(f"sqlite://{folder}/stage.db", clock=clock, ids=ids) as events:
        board = TaskBoard(events, in_flight=settings.in_flight(), attempts=settings.chunk_attempts)
        workers = WorkerPool(
            events=events,
            store=RunningOrders(run_id),  # type: ignore[arg-type]  # workers ask for nothing else
            encoder=ChunkEncoder(blobs=blobs, toolbox=toolbox, scratch=folder / "scratch"),
            slots=settings.slots(),
        )
        async with running(workers.keep_working(), keep_reporting(events, board)):
            started = time.perf_counter()
            planned = make_plan(order, settings)
            progress = LiveProgress(order=order, submitted_at=clock.now())
            progress.planned(planned.rungs, planned.chunks, planned.recipe.facts.video.rate)
            first = board.add(progress, first_tasks(plan, order, run_id), stage=0)
            per_task = settings.renditions_per_task
            rest = board.add(progress, other_tasks(plan, order, run_id, renditions_per_task=per_task), stage=1)
            await board.let_out()
            await asyncio.gather(first.done, rest.done)
            film = FilmMaker(order=order, plan=plan, blobs=blobs, toolbox=toolbox, settings=settings, folder=folder)
            videos = await film.stitched(plan.rungs)
            return Cost(seconds=time.perf_counter() - started, cpu_seconds=board.cpu_seconds), videos


async def publish(source: Path, root: Path, settings: dict[str, Any]) -> dict[str, float]:
    """Take a film from its file to the complete release, as the whole service does; return seconds."""
    peak = PeakMemory()
    async with transcode_bench(root, **settings) as room, running(peak.watch()):
        started = time.time()
        order = await room.order(source)
        inspected_at = time.time()
        await room.transcode.submit(order=order)
        view = await room.ended(seconds=36_000)
        if view.state != "published":
            raise SystemExit(f"the order {view.state}: {view.failure}")
        playable, complete = (at.timestamp() - started for _, at in (room.catalogue.published * 2)[:2])
        steps = {f"{one.step}_at": round(one.started_at.timestamp() - started, 2) for one in view.steps}
    times = {"first_playable": playable, "published": complete, "inspection": inspected_at - started}
    return {**times, **steps, "peak_memory_mib": peak.mib}


async def vmaf(plan: Plan, video: PackagedVideo, source: Path, folder: Path, toolbox: Toolbox) -> dict[int, float]:
    """Return VMAF by frame number, for every fifth frame, at rendition size."""
    whole = Chunk(number=0, start=0, end=plan.recipe.frame_count)
    log = f"vmaf-{video.rung.name}.json"
    rate = plan.recipe.facts.video.rate
    measured = f"libvmaf=log_fmt=json:log_path={log}:n_threads={os.cpu_count()}:n_subsample={VMAF_EVERY}"
    graph = filter_graph(plan.recipe, whole, [video.rung])
    graph += f";[1:v:0]settb={rate.denominator}/{rate.numerator},setpts=N[d];[d][v0]{measured}[o]"
    arguments = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"]
    arguments += [*source_arguments(plan.recipe, whole, exact=True), *input_arguments(11)]
    arguments += ["-filter_complex", graph, "-map", "[o]", "-f", "null", "-"]
    await toolbox.ffmpeg(arguments, work_dir=folder, inputs={10: source, 11: video.path})
    return dict(
        zip(range(0, plan.recipe.frame_count, VMAF_EVERY), read_scores((folder / log).read_bytes()), strict=False)
    )


def chunk_deltas(plan: Plan, split: dict[int, float], unsplit: dict[int, float]) -> list[float]:
    """Return how far the mean of each chunk is from that of the same frames unsplit."""
    deltas = []
    for chunk in plan.chunks:
        frames = [frame for frame in split if chunk.start <= frame < chunk.end and frame in unsplit]
        if frames:
            deltas.append(fmean(split[frame] for frame in frames) - fmean(unsplit[frame] for frame in frames))
    return deltas


async def measure(arguments: argparse.Namespace, folder: Path) -> None:
    source, name = await find_film(folder, arguments.seconds)
    chosen = {"h264_preset": arguments.preset} if arguments.preset else {}
    settings = TranscodeSettings(data_folder=str(folder / "data"), **chosen)
    report_on = await inspected(source, folder / "inspection")
    order = WorkOrder(
        job_id=JobId("bench"),
        title_id=TitleId("bench"),
        source_key="sources/bench",
        source_sha256="0" * 64,
        inspection=report_on,
    )
    plan = make_plan(order, settings)
    await LocalBlobs(folder / "blobs").put_file(order.source_key, source)
    toolbox = Toolbox(memory_mib=16_384, wall_seconds=36_000)
    single, unsplit = await one_process(plan, source, folder, toolbox)
    ours, split = await encode_stage(plan, order, folder, settings)
    whole = await publish(source, folder / "room", chosen)
    rows: list[Sequence[object]] = [
        ("rendition", "VMAF unsplit", "VMAF stitched", "delta", "largest chunk delta", "bits ratio")
    ]
    deltas, chunk_delta = [], []
    for mine, theirs in zip(split, unsplit, strict=True):
        scores = await vmaf(plan, mine, source, folder, toolbox)
        reference = await vmaf(plan, theirs, source, folder, toolbox)
        delta = fmean(scores.values()) - fmean(reference.values())
        worst = max(chunk_deltas(plan, scores, reference), key=abs)
        bits = mine.path.stat().st_size / theirs.path.stat().st_size
        rows.append((mine.rung.name, fmean(reference.values()), fmean(scores.values()), delta, worst, bits))
        deltas.append(abs(delta))
        chunk_delta.append(abs(worst))
    report(
        "encode",
        {
            "film": name,
            "film_seconds": round(plan.seconds(), 3),
            "renditions": [rung.name for rung in plan.rungs],
            "chunks": len(plan.chunks),
            "preset": settings.h264_preset,
            "one_process_seconds": round(single.seconds, 2),
            "encode_seconds": round(ours.seconds, 2),
            "encode_ratio": round(ours.seconds / single.seconds, 3),
            "encode_cpu_ratio": round(ours.cpu_seconds / single.cpu_seconds, 3),
            "publish_seconds": round(whole["published"], 2),
            "publish_ratio": round(whole["published"] / single.seconds, 3),
            "first_playable_seconds": round(whole["first_playable"], 2),
            "first_playable_fraction": round(whole["first_playable"] / whole["published"], 3),
            "vmaf_delta_max": round(max(deltas), 3),
            "vmaf_chunk_delta_max": round(max(chunk_delta), 3),
            "vmaf_every_frames": VMAF_EVERY,
            "peak_memory_mib": round(whole["peak_memory_mib"], 1),
            "inspection_seconds": round(whole["inspection"], 2),
            "steps_began": {key: value for key, value in whole.items() if key.endswith("_at")},
        },
        rows=rows,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, help="use only the beginning of the film")
    parser.add_argument("--preset", help="another x264 preset than the default")
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        asyncio.run(measure(parser.parse_args(), Path(folder)))


if __name__ == "__main__":
    main()
