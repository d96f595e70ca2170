"""Whatever dies, an order comes to its end, and nothing finished is made twice."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.services.transcode.conftest import FilmMaker, OpenBench

from matinee.contracts.transcode import FINISHED_TOPIC, OrderStateError
from matinee.kit.ids import JobId
from matinee.testing.transcode import TranscodeBench

pytestmark = [pytest.mark.slow]
JOB = JobId("job1")


def encoders(folder: Path) -> list[psutil.Process]:
    """Return the encoders of this test: children of ours whose work folder is below its own."""
    found = []
    for process in psutil.Process().children(recursive=True):
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


async def test_process_death_continues_after_restart(film: FilmMaker, bench: OpenBench) -> None:
    path = long_film(film)
    async with bench(**SLOW) as room:
        await room.transcode.submit(order=await room.order(path))
        view = await room.transcode.progress(job_id=JOB)
        while sum(c.state == "done" for r in view.renditions for c in r.chunks) < 2:
            await asyncio.sleep(0.02)
            view = await room.transcode.progress(job_id=JOB)
        kept = {info.key: info.etag async for info in room.blobs.list("work")}
        assert kept
    # Leaving the block is as abrupt for an order as a kill: nothing is written on the way out.
    async with bench(**SLOW) as room:
        changed: set[str] = set()

        async def watch() -> None:
            while True:
                now = {info.key: info.etag async for info in room.blobs.list("work")}
                changed.update(key for key in kept.keys() & now.keys() if now[key] != kept[key])
                await asyncio.sleep(0.05)

        watching = asyncio.create_task(watch())
        view = await room.ended()
        watching.cancel()
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
        assert [one.name for one in room.catalogue.published[0][0].renditions] == ["h264_360p"]
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
