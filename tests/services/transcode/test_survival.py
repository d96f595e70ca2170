"""Whatever dies, an order comes to its end, and nothing finished is made twice."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.services.transcode.conftest import QUICK, FilmMaker, OpenBench
from tests.services.transcode.test_plan import facts

from matinee.contracts.transcode import FINISHED_TOPIC, OrderStateError
from matinee.engines.media.limits import Finished
from matinee.kit.ids import JobId
from matinee.kit.media import Rate
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.encode import ChunkEncoder
from matinee.services.transcode.service.ladder import choose_ladder
from matinee.services.transcode.service.plan import make_plan
from matinee.services.transcode.service.progress import LiveProgress
from matinee.services.transcode.service.stitch import ChunkMismatchError
from matinee.services.transcode.service.tasks import ChunkTask, Target
from matinee.services.transcode.service.tools import Toolbox
from matinee.services.transcode.settings import TranscodeSettings
from matinee.testing.transcode import TranscodeBench

pytestmark = [pytest.mark.slow]
JOB = JobId("job1")


def encoders(folder: Path, *, everybody: bool = False) -> list[psutil.Process]:
    """Return the encoders of this test: children of ours, or anybody's, whose work folder is below its own."""
    found = []
    for process in psutil.process_iter() if everybody else psutil.Process().children(recursive=True):
        try:
            words = process.cmdline()
            if "chunk-" in process.cwd() and process.cwd().startswith(str(folder)) and "libx264" in words:
                found.append(process)
        except psutil.Error:
            continue
    return found


async def until(condition: Callable[[], object], *, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.01)


def long_film(film: FilmMaker) -> Path:
    return film("long.mp4", size="640x360", seconds=10)


SLOW = {"h264_preset": "medium", "chunk_seconds": 2.0}


async def test_killed_encoder_costs_one_chunk(film: FilmMaker, bench: OpenBench, tmp_path) -> None:
    async with bench(**SLOW) as room:
        await room.transcode.submit(order=await room.order(long_film(film)))
        await until(lambda: encoders(tmp_path))
        os.kill(encoders(tmp_path)[0].pid, signal.SIGKILL)
        view = await room.ended()
        assert view.state == "published", view.failure
        attempts = [chunk.attempts for rendition in view.renditions for chunk in rendition.chunks]
        tasks = {tuple(chunk.attempts for chunk in rendition.chunks) for rendition in view.renditions}
        assert sum(count - 1 for count in attempts) in {1, 2}
        assert any(2 in counts for counts in tasks)


async def test_killed_process_continues_after_restart(film: FilmMaker, bench: OpenBench, tmp_path) -> None:
    path = long_film(film)
    store = tmp_path / "room" / "blobs"
    argv = [sys.executable, str(Path(__file__).with_name("run_room.py")), str(tmp_path / "room"), str(path)]
    process = await asyncio.create_subprocess_exec(*argv, json.dumps({**QUICK, **SLOW}), start_new_session=True)
    try:
        await until(lambda: len(list(store.glob("work/*/*"))) >= 2)
    finally:
        process.kill()
        await process.wait()
    kept = {one: one.stat().st_mtime_ns for one in store.glob("work/*/*")}
    # Its encoders die with it.
    await until(lambda: not encoders(tmp_path, everybody=True), seconds=15)
    async with bench(**SLOW) as room:
        changed: set[Path] = set()

        def look() -> bool:
            for one, when in kept.items():
                with contextlib.suppress(FileNotFoundError):
                    changed.update({one} if one.stat().st_mtime_ns != when else ())
            return bool(room.catalogue.published) and room.catalogue.published[-1][0].complete

        await until(look, seconds=100)
        view = await room.ended()
        assert view.state == "published", view.failure
        assert not changed


async def test_cancel_stops_encoders_and_retry_finishes(film: FilmMaker, bench: OpenBench, tmp_path) -> None:
    async with bench(**SLOW) as room:
        await room.transcode.submit(order=await room.order(long_film(film)))
        await until(lambda: encoders(tmp_path))
        await room.transcode.cancel(job_id=JOB)
        assert (await room.transcode.progress(job_id=JOB)).state == "cancelled"
        await room.transcode.cancel(job_id=JOB)
        await until(lambda: not encoders(tmp_path), seconds=15)
        await room.transcode.retry(job_id=JOB)
        view = await room.ended()
        assert view.state == "published", view.failure
        with pytest.raises(OrderStateError):
            await room.transcode.cancel(job_id=JOB)
        with pytest.raises(OrderStateError):
            await room.transcode.retry(job_id=JOB)
        assert [info.key async for info in room.blobs.list("work")] == []


async def finished_events(room: TranscodeBench) -> int:
    return len([event async for event in room.events.read(FINISHED_TOPIC)])


async def test_hopeless_chunk_fails_the_order_with_its_words(film: FilmMaker, bench: OpenBench) -> None:
    path = film(seconds=3)
    async with bench(chunk_attempts=2) as room:
        order = await room.order(path)
        broken = await room.blobs.put(order.source_key, b"no film at all" * 1000)
        assert broken
        await room.transcode.submit(order=order)
        view = await room.ended()
        assert view.state == "failed"
        assert view.failure is not None
        assert view.failure.tool_said or view.failure.chunk is not None
        assert await finished_events(room) == 1
        assert not room.catalogue.published


async def test_results_of_failed_orders_go_in_the_end(film: FilmMaker, bench: OpenBench) -> None:
    async with bench() as room:
        room.catalogue.gone = True
        await room.transcode.submit(order=await room.order(film(seconds=2)))
        view = await room.ended()
        assert view.state == "failed"
        assert view.failure.step == "publish"
        assert [info async for info in room.blobs.list("work")]
    async with bench(keep_failed_hours=0) as room:
        async with asyncio.timeout(20):
            while [info async for info in room.blobs.list("work")] + [
                info async for info in room.blobs.list("releases")
            ]:
                await asyncio.sleep(0.05)


async def test_first_rendition_is_published_before_the_rest(film: FilmMaker, bench: OpenBench) -> None:
    async with bench(h264_preset="slow") as room:
        path = film("big.mp4", size="1280x720", seconds=6)
        seen: list[float] = []
        await room.transcode.submit(order=await room.order(path))
        view = await room.transcode.progress(job_id=JOB)
        while view.state in {"queued", "running"}:
            seen.append(view.fraction)
            await asyncio.sleep(0.05)
            view = await room.transcode.progress(job_id=JOB)
        assert view.state == "published", view.failure
        assert [release.complete for release, _ in room.catalogue.published] == [False, True]
        assert [one.name for one in room.catalogue.published[0][0].renditions] == ["h264_240p"]
        assert seen == sorted(seen)
        assert view.fraction == 1.0
        assert view.first_playable_at < view.finished_at


async def test_urgent_order_overtakes(film: FilmMaker, bench: OpenBench) -> None:
    async with bench(tasks_in_flight=2, orders_at_once=2) as room:
        path = film("film.mp4", size="640x360", seconds=8)
        calm = await room.order(path, job="calm", priority=10)
        urgent = await room.order(path, job="urgent", priority=0)
        await room.transcode.submit(order=calm)
        await room.transcode.submit(order=urgent)
        first, second = await room.ended("urgent"), await room.ended("calm")
        assert (first.state, second.state) == ("published", "published")
        assert first.finished_at < second.finished_at


async def test_submitting_twice_changes_nothing(film: FilmMaker, bench: OpenBench) -> None:
    async with bench() as room:
        order = await room.order(film(seconds=2))
        await room.transcode.submit(order=order)
        await room.ended()
        await room.transcode.submit(order=order)
        assert (await room.transcode.progress(job_id=JOB)).state == "published"
        assert await finished_events(room) == 1


async def test_renditions_of_a_group_are_kept_one_by_one(film: FilmMaker, bench: OpenBench, tmp_path: Path) -> None:
    """What a task finished before it failed is not made again: each rendition has a key of its own."""
    async with bench(coordinator="elsewhere", worker_slots=1) as room:
        order = await room.order(film("film.mp4", size="640x360", seconds=2))
        plan = make_plan(order, TranscodeSettings(h264_preset="ultrafast"))
        task = ChunkTask(
            task_id="t",
            job_id=JOB,
            run_id="r",
            source_key=plan.source_key,
            recipe=plan.recipe,
            chunk=plan.chunks[0],
            targets=tuple(plan.target(rung, plan.chunks[0]) for rung in plan.rungs),
        )
        good, bad = task.targets[0], task.targets[-1]
        tools = SpoilingToolbox(memory_mib=8192, wall_seconds=60)
        encoder = ChunkEncoder(blobs=room.blobs, toolbox=tools, scratch=tmp_path / "scratch")
        stored: list[str] = []

        async def on_stored(target: Target) -> None:
            stored.append(target.key)

        with pytest.raises(ChunkMismatchError):
            await encoder.run(task, lambda _: None, on_stored)
        assert stored == [target.key for target in task.targets[:-1]]
        assert (await room.blobs.info(good.key)).size_bytes > 0
        tools.spoils = False
        await encoder.run(task, lambda _: None, on_stored)
        assert tools.outputs == [len(task.targets), 1]
        assert stored[-1] == bad.key


class SpoilingToolbox(Toolbox):
    """Cuts the last output of every encode short, and counts what each encode was to make."""

    def __init__(self, *, memory_mib: int, wall_seconds: float) -> None:
        super().__init__(memory_mib=memory_mib, wall_seconds=wall_seconds)
        self.spoils = True
        self.outputs: list[int] = []

    async def ffmpeg(self, arguments: Sequence[str], *, work_dir: Path, **more: Any) -> Finished:
        finished = await super().ffmpeg(arguments, work_dir=work_dir, **more)
        made = sorted(work_dir.glob("out-*.mp4"))
        self.outputs.append(len(made))
        if self.spoils:
            made[-1].write_bytes(made[-1].read_bytes()[:500])
        return finished


def test_progress_keeps_what_a_lost_task_had_stored() -> None:
    progress = LiveProgress(order=None, submitted_at=datetime(2026, 1, 1, tzinfo=UTC))  # type: ignore[arg-type]
    rungs = choose_ladder(facts(640, 360), ("h264",))
    names = [rung.name for rung in rungs]
    progress.planned(rungs, [Chunk(number=0, start=0, end=50)], Rate(25, 1))
    assert progress.chunk_started(names, 0) == 1
    progress.chunk_ended(names[:1], 0, "done")
    progress.chunk_ended(names, 0, "waiting")
    assert progress.chunk_started(names, 0) == 2
    cells = [rendition.chunks[0] for rendition in progress.renditions()]
    assert [(cell.state, cell.attempts) for cell in cells] == [("done", 1), ("running", 2)]
