import asyncio
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tusclient import client as tuspy
from tusclient.exceptions import TusCommunicationError

from matinee.kit.ids import JobId
from matinee.kit.passport import PASSPORT_HEADER
from matinee.testing.ingest import IngestRoom, open_ingest, until
from matinee.testing.ingest_clients import X264, Client, Killable, make_film, picture, served
from matinee.testing.titles import Callers

# Two starts of a whole process each, on a machine that may be busy.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CLIENT = Path(__file__).with_name("tus_client")
NOISE = ["-f", "lavfi", "-i", "color=gray:s=640x360:r=25,noise=alls=100:allf=t", "-pix_fmt", "yuv420p"]


@pytest.fixture(scope="module")
def large_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tens of megabytes that are decoded in no time."""
    path = tmp_path_factory.mktemp("film") / "large film, 'quoted'.mkv"
    return make_film(path, *NOISE, "-c:v", "rawvideo", "-t", "5")


@pytest.fixture(scope="module")
def slow_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that takes seconds to decode."""
    return make_film(tmp_path_factory.mktemp("film") / "slow.mkv", *NOISE, "-c:v", "ffv1", "-t", "8")


@pytest.fixture
async def node() -> str:
    path = shutil.which("node")
    if path is None or not (CLIENT / "node_modules" / "tus-js-client").is_dir():
        pytest.skip("tus-js-client: run npm ci in tests/services/ingest/tus_client with Node installed")
    return path


async def start_js(node: str, base: str, film: Path, passport: str, parallel: int = 1) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *[node, "upload.mjs", f"{base}/api/v1/uploads", str(film), passport, film.name, str(parallel)],
        cwd=CLIENT,
        stdout=asyncio.subprocess.PIPE,
    )


async def told(process: asyncio.subprocess.Process) -> list[dict[str, str]]:
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    return [json.loads(line) for line in out.splitlines()]


def spooled_bytes(data: Path) -> int:
    return sum(one.stat().st_size for one in (data / "spool" / "uploads").glob("*/data"))


@pytest.mark.parametrize("parallel", [1, 3])
async def test_tus_js_client_uploads(
    room: IngestRoom, client: Client, callers: Callers, node: str, tmp_path: Path, parallel: int
) -> None:
    film = make_film(tmp_path / "Grüße – „Film“.mp4", *picture(3), *X264)
    passport = callers.operator[PASSPORT_HEADER]
    events = await told(await start_js(node, client.base, film, passport, parallel))
    job = await room.settled(JobId(events[-1]["url"].rpartition("/")[2]))
    assert (job.state, job.source_name) == ("ordered", film.name)
    assert room.transcode.orders()[0].source_sha256 == hashlib.sha256(film.read_bytes()).hexdigest()


async def test_tus_js_client_resumes_at_the_right_offset_after_the_server_was_killed(
    killable: Callable[..., Killable], callers: Callers, node: str, large_film: Path
) -> None:
    server = killable()
    server.start()
    await server.accepting()
    process = await start_js(node, server.base, large_film, callers.operator[PASSPORT_HEADER])
    await until(lambda: (server.data / "spool/uploads").is_dir() and spooled_bytes(server.data) > 4_000_000)
    # The client sleeps while the server dies and comes back, so that nothing depends on who is faster.
    os.kill(process.pid, signal.SIGSTOP)
    server.kill()
    on_disk = spooled_bytes(server.data)
    assert 4_000_000 < on_disk < large_film.stat().st_size
    server.start()
    await server.accepting()
    os.kill(process.pid, signal.SIGCONT)
    events = await told(process)
    asked = [one for one in events if one.get("method") == "HEAD" and one["status"] == 200]
    assert asked, events
    assert int(asked[0]["offset"]) == on_disk
    continued = events[events.index(asked[0]) + 1]
    assert (continued["method"], continued["sentOffset"]) == ("PATCH", str(on_disk))
    assert continued["offset"] == str(large_film.stat().st_size)
    job_id = JobId(events[-1]["url"].rpartition("/")[2])
    await until(lambda: bool(list((server.data / "orders").glob("*.json"))), seconds=60)
    server.kill()
    async with open_ingest(server.data) as room:
        order = room.transcode.orders()[0]
        assert order.job_id == job_id
        assert order.source_sha256 == hashlib.sha256(large_film.read_bytes()).hexdigest()
        assert await room.blobs.get(order.source_key) == large_film.read_bytes()


async def test_tuspy_uploads_and_resumes_after_the_server_was_killed(
    killable: Callable[..., Killable], callers: Callers, large_film: Path
) -> None:
    server = killable()
    server.start()
    await server.accepting()
    client = tuspy.TusClient(f"{server.base}/api/v1/uploads", headers=callers.operator)

    def first_chunks() -> str:
        with large_film.open("rb") as file:
            uploader = client.uploader(file_stream=file, chunk_size=2 << 20, metadata={"filename": large_film.name})
            for _ in range(4):
                uploader.upload_chunk()
            server.kill()
            with pytest.raises(TusCommunicationError):
                uploader.upload_chunk()
        assert uploader.url is not None
        return uploader.url

    url = await asyncio.to_thread(first_chunks)
    server.start()
    await server.accepting()

    def rest() -> None:
        with large_film.open("rb") as file:
            uploader = client.uploader(file_stream=file, chunk_size=8 << 20, url=url)
            assert uploader.offset == 8 << 20 == spooled_bytes(server.data)
            uploader.upload()

    await asyncio.to_thread(rest)
    await until(lambda: bool(list((server.data / "orders").glob("*.json"))), seconds=60)
    server.kill()
    async with open_ingest(server.data) as room:
        assert room.transcode.orders()[0].source_sha256 == hashlib.sha256(large_film.read_bytes()).hexdigest()
        assert (await room.ingest.job(job_id=JobId(url.rpartition("/")[2]))).source_name == large_film.name


async def test_tuspy_checks_its_chunks(room: IngestRoom, client: Client, callers: Callers, tmp_path: Path) -> None:
    film = make_film(tmp_path / "f.mp4", *picture(2), *X264)

    def upload() -> str:
        with film.open("rb") as file:
            made = tuspy.TusClient(client.uploads, headers=callers.operator).uploader(
                file_stream=file, chunk_size=50_000, upload_checksum=True
            )
            made.upload()
        assert made.url is not None
        return made.url

    url = await asyncio.to_thread(upload)
    assert (await room.settled(JobId(url.rpartition("/")[2]))).state == "ordered"


async def test_a_killed_inspection_goes_on_after_the_restart(
    killable: Callable[..., Killable], callers: Callers, slow_film: Path
) -> None:
    server = killable()
    server.start()
    await server.accepting()
    client = tuspy.TusClient(f"{server.base}/api/v1/uploads", headers=callers.operator)

    def upload() -> None:
        with slow_film.open("rb") as file:
            client.uploader(file_stream=file, chunk_size=64 << 20).upload()

    await asyncio.to_thread(upload)
    assert server.process is not None
    me = psutil.Process(server.process.pid)
    await until(lambda: any("ffmpeg" in one.name() for one in me.children()), seconds=60)
    running = [one.pid for one in me.children()]
    server.kill()
    await until(lambda: not any(Path(f"/proc/{one}").exists() for one in running), seconds=10)
    async with open_ingest(server.data) as room, served(room, callers):
        job = (await room.ingest.jobs()).items[0]
        settled = await room.settled(job.job_id)
        assert settled.state == "ordered", settled.inspection
        await until(lambda: room.spooled() == [])
