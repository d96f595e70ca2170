"""Start, stop, kill: nothing is left running, nothing acknowledged is lost."""

import subprocess
import time

import psutil
import pytest

from matinee.engines.media.tools import find_tools
from matinee.testing.deployment import Deployment

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

# Many chunks, each long enough in work to be met by who kills.
CHUNKS = {
    "MATINEE_TRANSCODE__H264_PRESET": "medium",
    "MATINEE_TRANSCODE__CHUNK_SECONDS": "5",
    "MATINEE_TRANSCODE__SEAM_CHECKS": "1",
}
FILM_SECONDS = 20


@pytest.fixture(scope="module")
def film(made_film, tmp_path_factory):
    """The beginning of the film, of four chunks in each rendition."""
    path = tmp_path_factory.mktemp("film") / "beginning.mp4"
    cut = [find_tools().ffmpeg, "-v", "error", "-i", made_film, "-t", str(FILM_SECONDS), "-c", "copy", path]
    subprocess.run(cut, check=True, timeout=60)
    return path


def wait_for(what, condition, *, seconds=60.0):
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def order_of(deployment, job_id):
    return deployment.call("GET", f"/api/v1/studio/jobs/{job_id}")["order"] or {"state": "none", "renditions": []}


@pytest.mark.parametrize("mode", ["one", "many"])
def test_ctrl_c_leaves_nothing_running(tmp_path, mode):
    deployment = Deployment(tmp_path / "data", mode=mode).start()
    processes = deployment.processes()
    assert len(processes) >= 4
    assert deployment.interrupt() == 0
    left = [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert left == []


@pytest.mark.clock
def test_a_warm_start_is_ready_within_five_seconds(tmp_path):
    first = Deployment(tmp_path / "data").start()
    first.interrupt()
    again = Deployment(tmp_path / "data").start()
    try:
        assert again.facts["ready_seconds"] <= 5.0
        assert again.key == first.key
    finally:
        again.interrupt()


def test_work_goes_on_after_everything_was_killed(tmp_path, film):
    first = Deployment(tmp_path / "data", settings=CHUNKS).start()
    uploaded = first.cli("ingest", "--no-wait", "--json", str(film))
    assert uploaded.returncode == 0, uploaded.stderr
    job_id = first.call("GET", "/api/v1/studio/jobs")["items"][0]["job_id"]

    def some_chunks_done():
        chunks = [c for r in order_of(first, job_id)["renditions"] for c in r["chunks"]]
        return sum(c["state"] == "done" for c in chunks) >= 2 and any(c["state"] != "done" for c in chunks)

    wait_for("some chunks to be done", some_chunks_done, seconds=120)
    below = first.processes()
    first.kill()
    wait_for("every process to be gone", lambda: not any(p.is_running() for p in below), seconds=10)
    second = Deployment(tmp_path / "data", settings=CHUNKS, first_port=first.first_port).start()
    try:
        state = wait_for(
            "the order to end",
            lambda: (s := order_of(second, job_id)["state"]) in {"published", "failed", "cancelled"} and s,
            seconds=300,
        )
        assert state == "published"
        title = second.call("GET", f"/api/v1/studio/jobs/{job_id}")["title_id"]
        assert second.call("GET", f"/api/v1/titles/{title}")["complete"] is True
    finally:
        second.interrupt()


def test_a_killed_encoder_costs_its_chunk_and_nothing_else(tmp_path, film):
    deployment = Deployment(tmp_path / "data", settings=CHUNKS).start()
    try:
        deployment.cli("ingest", "--no-wait", str(film))
        job_id = deployment.call("GET", "/api/v1/studio/jobs")["items"][0]["job_id"]

        def encoders():
            return [p for p in deployment.processes() if "ffmpeg" in p.name() and "libx264" in p.cmdline()]

        wait_for("an encoder to kill", encoders, seconds=120)[0].kill()
        state = wait_for(
            "the order to end",
            lambda: (s := order_of(deployment, job_id)["state"]) in {"published", "failed", "cancelled"} and s,
            seconds=300,
        )
        assert state == "published"
        attempts = [c["attempts"] for r in order_of(deployment, job_id)["renditions"] for c in r["chunks"]]
        assert max(attempts) == 2
    finally:
        deployment.interrupt()
