"""The room in several processes: workers apart from the coordinator, scratch folders apart from each other."""

import asyncio
from pathlib import Path

import pytest
from tests.services.transcode.conftest import FilmMaker, OpenBench

from matinee.kit.ids import JobId
from matinee.services.transcode.adapters.scratch import scratch_folder


def test_scratch_of_the_dead_goes_and_of_the_living_stays(tmp_path: Path) -> None:
    dead = tmp_path / "dead"
    dead.mkdir()
    (dead / ".lock").touch()
    (dead / "draft.mp4").write_bytes(b"left")
    with scratch_folder(tmp_path, "one") as one:
        assert not dead.exists()
        (one / "draft.mp4").write_bytes(b"mine")
        with scratch_folder(tmp_path, "two") as two:
            assert (one / "draft.mp4").exists()
            assert two.is_dir()
        assert not two.exists()
    assert not one.exists()


@pytest.mark.slow
async def test_workers_elsewhere_take_the_tasks(film: FilmMaker, bench: OpenBench) -> None:
    async with (
        bench(worker_slots=1) as coordinating,
        bench(coordinator="elsewhere", worker_slots=1) as helping,
    ):
        order = await helping.order(film("film.mp4", size="640x360", seconds=8))
        # Any process takes orders; the coordinating one finds them in the store.
        await helping.transcode.submit(order=order)
        view = await helping.ended()
        assert view.state == "published", view.failure
        assert coordinating.catalogue.published
        assert not helping.catalogue.published


@pytest.mark.slow
async def test_cancelling_reaches_the_coordinator_elsewhere(film: FilmMaker, bench: OpenBench) -> None:
    async with bench(h264_preset="slow") as coordinating, bench(coordinator="elsewhere") as helping:
        await coordinating.transcode.submit(
            order=await coordinating.order(film("film.mp4", size="640x360", seconds=10))
        )
        async with asyncio.timeout(30):
            while (await helping.transcode.progress(job_id=JobId("job1"))).state == "queued":
                await asyncio.sleep(0.02)
        await helping.transcode.cancel(job_id=JobId("job1"))
        view = await coordinating.ended(seconds=30)
        assert view.state == "cancelled"
        assert not coordinating.catalogue.published
