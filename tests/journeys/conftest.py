"""The whole service for journeys, in one process and in many, and a real browser."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from matinee.engines.media.tools import find_tools
from matinee.testing.deployment import Deployment
from matinee.testing.journeys import Member, new_page, publish_film, sign_up, subscribe

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
LONG_SECONDS, SHORT_SECONDS = 60, 8
# Every step of making a release, at the least price: films here are to be watched, not to be judged.
QUICK = {
    "MATINEE_TRANSCODE__H264_PRESET": "ultrafast",
    "MATINEE_TRANSCODE__SEAM_CHECKS": "1",
    "MATINEE_TRANSCODE__CHUNK_SECONDS": "45",
    "MATINEE_TRANSCODE__LONGEST_CHUNK_SECONDS": "60",
}
OpenPage = Callable[..., Page]
MakeMember = Callable[..., tuple[Member, Page]]


@pytest.fixture(scope="session", params=["one", "many"])
def service(request, tmp_path_factory) -> Iterator[Deployment]:
    """A fresh deployment without the demo catalogue, once in one process and once in many."""
    deployment = Deployment(tmp_path_factory.mktemp(f"data-{request.param}"), mode=request.param, settings=QUICK)
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


def small_film(path: Path, seconds: int) -> Path:
    """Make a film that is encoded in no time, with moving picture and sound."""
    picture, sound = f"testsrc2=size=640x360:rate=24:duration={seconds}", f"sine=frequency=330:duration={seconds}"
    argv = [
        find_tools().ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound,
        "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", path,
    ]  # fmt: skip
    subprocess.run(argv, check=True, timeout=120)
    return path


@pytest.fixture(scope="session")
def member_film(service, tmp_path_factory) -> dict[str, Any]:
    """A film of a minute for members, of every age."""
    film = small_film(tmp_path_factory.mktemp("film") / "The Usher.mp4", LONG_SECONDS)
    return publish_film(service, film, name="The Usher", audience="members", maturity=0)


@pytest.fixture(scope="session")
def grown_up_film(service, tmp_path_factory) -> dict[str, Any]:
    """A film for members of sixteen and older."""
    film = small_film(tmp_path_factory.mktemp("film") / "Nightfall.mp4", SHORT_SECONDS)
    return publish_film(service, film, name="Nightfall", audience="members", maturity=16)


@pytest.fixture
def open_page(service, browser) -> Iterator[OpenPage]:
    """Opens pages, each in a browser of its own, and closes them after the test."""
    contexts: list[BrowserContext] = []

    def opened(**how: Any) -> Page:
        page = new_page(browser, service, **how)
        contexts.append(page.context)
        return page

    yield opened
    for context in contexts:
        context.close()


def somebody() -> Member:
    """Return a member of an address that nobody has used."""
    return Member(email=f"{uuid4().hex[:12]}@example.org")


@pytest.fixture
def fresh_member() -> Member:
    """Somebody who has not joined yet."""
    return somebody()


@pytest.fixture
def make_member(service, open_page) -> MakeMember:
    """Makes members, on a plan where one is named, each with a page that is signed in as the first profile."""

    def made(plan_id: str = "", **how: Any) -> tuple[Member, Page]:
        member = somebody()
        page = open_page(**how)
        sign_up(page, service, member)
        if plan_id:
            subscribe(page.context, plan_id)
        return member, page

    return made
