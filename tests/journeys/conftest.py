"""The whole service for journeys, in one process and in many, and a real browser."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from matinee.engines.media.tools import find_tools
from matinee.testing.deployment import Deployment

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio=false",
)
FILM_SECONDS = 40


@pytest.fixture(scope="session", params=["one", "many"])
def service(request, tmp_path_factory) -> Iterator[Deployment]:
    """A fresh deployment without the demo catalogue, once in one process and once in many."""
    quick = {"MATINEE_TRANSCODE__H264_PRESET": "veryfast"}
    deployment = Deployment(tmp_path_factory.mktemp(f"data-{request.param}"), mode=request.param, settings=quick)
    deployment.start()
    yield deployment
    deployment.stop()


@pytest.fixture(scope="session")
def browser(chromium_path) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=[*CHROMIUM_FLAGS, "--autoplay-policy=no-user-gesture-required"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made_film(tmp_path_factory) -> Path:
    """A film with cuts, stereo sound and chapters of its own, made on the spot."""
    path = tmp_path_factory.mktemp("film") / "made film.mp4"
    part = FILM_SECONDS // 4
    shots = (
        f"testsrc2=size=1280x720:rate=24:duration={part}[a];"
        f"mandelbrot=size=1280x720:rate=24,trim=duration={part},setpts=PTS-STARTPTS[b];"
        f"smptehdbars=size=1280x720:rate=24:duration={part}[c];"
        f"testsrc=size=1280x720:rate=24:duration={part}[d];"
        "[a][b][c][d]concat=n=4,format=yuv420p[v]"
    )
    sound = f"aevalsrc=0.3*sin(2*PI*220*t)|0.3*sin(2*PI*330*t):s=48000:d={FILM_SECONDS}[s]"
    argv = [
        find_tools().ffmpeg, "-v", "error", "-filter_complex", f"{shots};{sound}", "-map", "[v]", "-map", "[s]",
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-c:a", "aac", path,
    ]  # fmt: skip
    subprocess.run(argv, check=True, timeout=120)
    return path


@pytest.fixture(scope="session")
def film(request) -> Path:
    """Big Buck Bunny's first three minutes where real media is there, else a film made on the spot."""
    folder = os.environ.get("MATINEE_TEST_MEDIA", "")
    real = Path(folder) / "media" / "films" / "big_buck_bunny_720p_180s.mp4"
    if folder and real.exists():
        return real
    made: Path = request.getfixturevalue("made_film")
    return made
