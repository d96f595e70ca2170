import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import msgspec
import psutil
import pytest

from matinee.contracts.ingest import (
    ImportFile,
    ImportRefusedError,
    JobNotFoundError,
    JobStateError,
    SourceRefusedError,
    UploadNotFoundError,
)
from matinee.contracts.transcode import WorkOrder
from matinee.kit.cursors import CursorError
from matinee.kit.ids import JobId, UploadId
from matinee.services.ingest import jobs
from matinee.testing.ingest import IngestRoom, open_ingest, until
from matinee.testing.ingest_clients import X264, Client, make_film, picture, served, tone
from matinee.testing.titles import Callers

NOISE = ["-f", "lavfi", "-i", "color=gray:s=640x360:r=25:d=6,noise=alls=100:allf=t", "-c:v", "ffv1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data" / "import"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def film(folder: Path) -> Path:
    return make_film(folder / "Ein Film.mp4", *picture(2), *tone(2), *X264, "-shortest")


async def test_an_import_becomes_an_order(room: IngestRoom, folder: Path, film: Path) -> None:
    (folder / "Ein Film.de.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHallo\n")
    (folder / "Ein Film.en.forced.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")
    texts = (str(folder / "Ein Film.de.srt"), str(folder / "Ein Film.en.forced.vtt"))
    before = film.read_bytes()
    asked = await room.ingest.import_file(
        request=ImportFile(path=str(film), side_text_paths=texts, av1=True, early_release=False, priority=10)
    )
    assert asked.state == "inspecting"
    job = await room.settled(asked.job_id)
    assert (job.state, job.inspected_fraction) == ("ordered", 1.0)
    order = room.transcode.orders()[0]
    assert (order.priority, order.codecs, order.early_release) == (10, ("h264", "av1"), False)
    assert [(one.language, one.form, one.forced) for one in order.side_text] == [
        ("de", "srt", False),
        ("en", "vtt", True),
    ]
    assert await room.blobs.get(order.source_key) == before == film.read_bytes()
    assert room.catalogue.titles[order.title_id].name == "Ein Film"
    assert msgspec.json.decode(msgspec.json.encode(order), type=WorkOrder) == order
    await until(lambda: room.spooled() == [])


async def test_an_import_may_name_its_title(room: IngestRoom, film: Path) -> None:
    first = await room.ingest.import_file(request=ImportFile(path=str(film)))
    again = await room.ingest.import_file(request=ImportFile(path=str(film), title_id=first.title_id))
    assert again.title_id == first.title_id
    assert {(await room.settled(one.job_id)).state for one in (first, again)} == {"ordered"}
    assert len(room.catalogue.titles) == 1
    assert len({one.source_key for one in room.transcode.orders()}) == 1


async def test_inspecting_a_file_keeps_nothing(room: IngestRoom, film: Path) -> None:
    report = await room.ingest.inspect_file(path=str(film))
    assert report.accepted
    assert room.spooled() == []
    assert (await room.ingest.jobs()).items == ()
    with pytest.raises(ImportRefusedError):
        await room.ingest.inspect_file(path="/etc/hostname")


async def test_jobs_are_paged_newest_first(room: IngestRoom, film: Path) -> None:
    made = [(await room.ingest.import_file(request=ImportFile(path=str(film)))).job_id for _ in range(5)]
    seen: list[JobId] = []
    cursor = None
    while True:
        page = await room.ingest.jobs(limit=2, cursor=cursor)
        seen += [one.job_id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]
    with pytest.raises(CursorError):
        await room.ingest.jobs(cursor="AAAA")
    for job_id in made:
        await room.settled(job_id)


async def test_unknown_jobs_and_uploads(room: IngestRoom) -> None:
    for call in (room.ingest.job, room.ingest.cancel):
        with pytest.raises(JobNotFoundError):
            await call(job_id=JobId("x"))
    with pytest.raises(UploadNotFoundError):
        await room.ingest.finish_upload(upload_id=UploadId("x"), title_id=None)


async def test_cancelling_an_inspection_ends_its_child(room: IngestRoom, folder: Path) -> None:
    slow = make_film(folder / "slow.mkv", *NOISE)
    job = await room.ingest.import_file(request=ImportFile(path=str(slow)))
    scratch = room.data / "spool" / "scratch"
    await until(lambda: any(scratch.iterdir()), seconds=20)
    await room.ingest.cancel(job_id=job.job_id)
    assert (await room.ingest.job(job_id=job.job_id)).state == "cancelled"
    assert not room.catalogue.titles
    assert room.spooled() == []
    await room.ingest.cancel(job_id=job.job_id)
    assert slow.exists()


async def test_cancelling_an_order_is_passed_on(room: IngestRoom, film: Path) -> None:
    job = await room.settled((await room.ingest.import_file(request=ImportFile(path=str(film)))).job_id)
    await room.ingest.cancel(job_id=job.job_id)
    assert room.transcode.states[job.job_id] == "cancelled"
    room.transcode.states[job.job_id] = "published"
    with pytest.raises(JobStateError):
        await room.ingest.cancel(job_id=job.job_id)


async def test_a_transcode_room_that_is_away_delays_and_loses_nothing(room: IngestRoom, film: Path) -> None:
    room.transcode.away = True
    job = await room.ingest.import_file(request=ImportFile(path=str(film)))
    async with asyncio.timeout(20):
        while (await room.ingest.job(job_id=job.job_id)).inspection is None:
            await asyncio.sleep(0.02)
    room.transcode.away = False
    assert (await room.settled(job.job_id)).state == "ordered"


async def test_work_goes_on_after_a_restart(tmp_path: Path, folder: Path, film: Path) -> None:
    async with open_ingest(tmp_path / "data") as room:
        room.transcode.away = True
        jobs = [await room.ingest.import_file(request=ImportFile(path=str(film))) for _ in range(3)]
        catalogue = room.catalogue
    async with open_ingest(tmp_path / "data", catalogue=catalogue) as room:
        for job in jobs:
            assert (await room.settled(job.job_id)).state == "ordered"
        assert len(room.transcode.orders()) == 3


async def test_a_file_that_vanishes_fails_and_can_be_tried_again(tmp_path: Path, folder: Path, film: Path) -> None:
    async with open_ingest(tmp_path / "data") as room, served(room, Callers()) as client:
        slow = make_film(folder / "slow.mkv", *NOISE)
        await room.ingest.import_file(request=ImportFile(path=str(slow), priority=-1))
        job = await room.ingest.import_file(request=ImportFile(path=str(film)))
        data = film.read_bytes()
        film.unlink()
        settled = await room.settled(job.job_id)
        assert settled.state == "failed"
        assert settled.failure is not None
        assert len(room.catalogue.titles) == 2
        film.write_bytes(data)
        assert (await client.send("POST", f"/api/v1/studio/jobs/{job.job_id}/retry"))[0] == 204
        assert (await room.settled(job.job_id)).state == "ordered"


async def test_what_is_not_a_subtitle_stops_an_import(room: IngestRoom, folder: Path, film: Path) -> None:
    (folder / "a.srt").write_text("<html>")
    with pytest.raises(SourceRefusedError):
        await room.ingest.import_file(request=ImportFile(path=str(film), side_text_paths=(str(folder / "a.srt"),)))


async def test_the_studio_sees_and_steers_jobs(client: Client, room: IngestRoom, film: Path) -> None:
    status, _, body = await client.send("POST", "/api/v1/studio/imports", json={"path": str(film)})
    assert status == 201, body
    job_id = JobId(json.loads(body)["job_id"])
    await room.settled(job_id)
    status, _, body = await client.send("GET", f"/api/v1/studio/jobs/{job_id}")
    shown = json.loads(body)
    assert (status, shown["state"], shown["order"]["state"]) == (200, "ordered", "queued")
    assert shown["inspection"]["facts"]["video"]["rate"] == {"numerator": 25, "denominator": 1}
    status, _, body = await client.send("GET", "/api/v1/studio/jobs?limit=1")
    assert [one["job_id"] for one in json.loads(body)["items"]] == [job_id]
    assert (await client.send("POST", f"/api/v1/studio/jobs/{job_id}/retry"))[0] == 409
    assert (await client.send("POST", f"/api/v1/studio/jobs/{job_id}/cancel"))[0] == 204
    assert (await client.send("POST", f"/api/v1/studio/jobs/{job_id}/retry"))[0] == 204
    assert (await client.send("GET", "/api/v1/studio/jobs/nope"))[0] == 404
    status, _, body = await client.send("POST", "/api/v1/studio/imports", json={"path": "/etc/passwd"})
    assert (status, json.loads(body)["code"]) == (422, "import-refused")
    status, _, _ = await client.send("GET", "/api/v1/studio/jobs", headers={"x-matinee-passport": "x"})
    assert status == 401


async def events(client: Client, session: aiohttp.ClientSession) -> AsyncIterator[dict]:
    async with session.get(f"{client.base}/api/v1/studio/live", headers=client.headers) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        async for line in answer.content:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


async def test_live_progress_comes_at_once_and_on_change(client: Client, room: IngestRoom, folder: Path) -> None:
    slow = make_film(folder / "slow.mkv", *NOISE)
    seen: list[dict] = []
    async with asyncio.timeout(60):
        stream = events(client, client.session)
        seen.append(await anext(stream))
        assert seen[0] == {"items": []}
        await room.ingest.import_file(request=ImportFile(path=str(slow)))
        async for event in stream:
            seen.append(event)
            if event["items"] and event["items"][0]["state"] == "ordered":
                break
        await stream.aclose()
    fractions = [event["items"][0]["inspected_fraction"] for event in seen if event["items"]]
    assert fractions == sorted(fractions)
    assert any(0 < one < 1 for one in fractions)
    assert fractions[-1] == 1
    assert seen[-1]["items"][0]["order"]["state"] == "queued"


async def test_live_listeners_are_bounded(tmp_path: Path) -> None:
    async with open_ingest(tmp_path / "data", live_clients=1) as room, served(room, Callers()) as client:
        stream = events(client, client.session)
        await anext(stream)
        assert (await client.send("GET", "/api/v1/studio/live"))[0] == 429
        await stream.aclose()
        async with asyncio.timeout(10):
            while True:
                again = events(client, client.session)
                try:
                    assert await anext(again) == {"items": []}
                except AssertionError:
                    await asyncio.sleep(0.05)
                    continue
                await again.aclose()
                return


def decoders(folder: Path) -> list[psutil.Process]:
    """Return the media tools at work below a folder of the test."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if process.cwd().startswith(str(folder)) and "ffmpeg" in process.name():
                found.append(process)
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_decoder_ended_from_outside_is_no_verdict_on_the_film(
    room: IngestRoom, folder: Path, number: signal.Signals
) -> None:
    slow = make_film(folder / "slow.mkv", *NOISE)
    job = await room.ingest.import_file(request=ImportFile(path=str(slow)))
    await until(lambda: bool(decoders(room.data)))
    decoders(room.data)[0].send_signal(number)
    settled = await room.settled(job.job_id)
    assert settled.state == "ordered", settled.inspection


async def test_a_decoder_ended_again_and_again_is_our_failure(
    room: IngestRoom, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_TRY_AGAIN_SECONDS", 0.01)
    slow = make_film(folder / "slow.mkv", *NOISE)
    job = await room.ingest.import_file(request=ImportFile(path=str(slow)))

    async def kill_all() -> None:
        while True:
            for one in decoders(room.data):
                with suppress(psutil.Error):
                    one.kill()
            await asyncio.sleep(0.005)

    killing = asyncio.create_task(kill_all())
    settled = await room.settled(job.job_id)
    killing.cancel()
    assert (settled.state, settled.inspection) == ("failed", None)
    assert "on our side" in (settled.failure or "")
    assert room.catalogue.titles
