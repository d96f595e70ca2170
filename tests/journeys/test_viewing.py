"""Watching as people do: leave and go on elsewhere, one episode after another, take back, and find by half a name."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from matinee.engines.media.tools import find_tools
from matinee.testing.browser import player, plays, time_of, until
from matinee.testing.deployment import Deployment
from matinee.testing.journeys import call_as, enter_profile, let_run, open_film, sign_in, wait_for

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

FILM_SECONDS = 33 * 60
STOPPED_AT = 30 * 60 + 47
EPISODE_SECONDS = 30
SOUND_SECONDS = 20
INTRO = {"kind": "intro", "starts_seconds": 0.0, "ends_seconds": 12.0}
CREDITS = {"kind": "credits", "starts_seconds": 18.0, "ends_seconds": 30.0}
COUNTDOWN_SECONDS = 12
PUBLISH_SECONDS = 300
SERIES = "The Lamplighters"
FILM = "Stranger Things at Sea"

Publish = Callable[..., dict[str, Any]]


def still_film(path: Path, seconds: int) -> Path:
    """Make a film of any length that costs next to nothing: a few small pictures a second, and soon silence."""
    picture = f"testsrc2=size=256x144:rate=2:duration={seconds}"
    sound = f"sine=frequency=220:duration={SOUND_SECONDS},apad=whole_dur={seconds}"
    argv = [
        find_tools().ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound,
        "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-b:a", "32k", path,
    ]  # fmt: skip
    subprocess.run(argv, check=True, timeout=120)
    return path


@pytest.fixture(scope="session")
def long_film(tmp_path_factory) -> Path:
    """Half an hour and a little."""
    return still_film(tmp_path_factory.mktemp("film") / "long.mp4", FILM_SECONDS)


@pytest.fixture(scope="session")
def short_film(tmp_path_factory) -> Path:
    """What an episode is made of."""
    return still_film(tmp_path_factory.mktemp("film") / "short.mp4", EPISODE_SECONDS)


@pytest.fixture(scope="session")
def publish(service) -> Publish:
    """Makes titles of files: all are ordered at once, and waited for together by whoever needs them."""

    def made(film: Path, **new: Any) -> dict[str, Any]:
        title: dict[str, Any] = service.call("POST", "/api/v1/studio/titles", {"audience": "members", **new})
        folder = service.data / "import"
        folder.mkdir(exist_ok=True)
        path = folder / f"{title['title_id']}.mp4"
        shutil.copyfile(film, path)
        service.call("POST", "/api/v1/studio/imports", {"path": str(path), "title_id": title["title_id"]})
        return title

    return made


@pytest.fixture(scope="session")
def programme(service, publish, long_film, short_film) -> dict[str, dict[str, Any]]:
    """A long film, a series of three episodes with intros and credits, a film for children."""
    series = service.call(
        "POST", "/api/v1/studio/titles", {"name": SERIES, "kind": "series", "audience": "members", "genres": ["Drama"]}
    )
    place = {"kind": "episode", "series_id": series["title_id"], "season_number": 1}
    parts = {"markers": [INTRO, CREDITS]}
    titles = {
        "film": publish(long_film, name=FILM, maturity=16, genres=["Mystery"]),
        "first": publish(short_film, name="First Light", episode_number=1, **place, **parts),
        "second": publish(short_film, name="Second Wind", episode_number=2, **place, **parts),
        "toddler": publish(short_film, name="Paper Boats", maturity=0, genres=["Family"]),
    }
    for title in titles.values():
        wait_for(title["name"], lambda title=title: _complete(service, title), seconds=PUBLISH_SECONDS)
    return {**titles, "series": series}


def _complete(service: Deployment, title: dict[str, Any]) -> bool:
    return service.call("GET", f"/api/v1/titles/{title['title_id']}")["complete"] is True


@pytest.fixture
def viewer(make_member, programme) -> tuple[Any, Page]:
    """A member with a plan, whose page is signed in."""
    return make_member("standard")


def seek(page: Page, seconds: float) -> None:
    """Move the film as its bar does."""
    page.evaluate("(to) => { document.querySelector('video').currentTime = to }", seconds)


def stopped_at(page: Page, title: dict[str, Any]) -> float:
    """Return where the service says that this profile is in a title."""
    mine = call_as(page.context, "GET", f"/api/v1/mine/{title['title_id']}")
    return float(mine["resume_seconds"])


def first_position(page: Page, title: dict[str, Any]) -> float:
    """Wait until a title's film stands at its first picture; return where that is."""

    def standing() -> dict[str, Any] | None:
        now = player(page)
        here = now.get("titleId") == title["title_id"] and now.get("phase") == "ready"
        return now if here and now.get("decodedFrames") else None

    state: dict[str, Any] = until(page, "the first picture", standing)
    return float(state["currentTime"])


def test_another_device_goes_on_within_a_second_of_where_the_first_was_closed(viewer, open_page, programme):
    member, page = viewer
    film = programme["film"]
    page.goto("/")
    page.locator(f"a[href='/title/{film['title_id']}']").first.click()
    page.get_by_role("link", name="Play", exact=True).click()
    let_run(page)
    plays(page, beyond=0.5)
    seek(page, STOPPED_AT)
    plays(page, beyond=STOPPED_AT + 1)
    page.evaluate("() => document.querySelector('video').pause()")
    left_at = time_of(page)
    page.close()
    other = open_page()
    sign_in(other, member)
    until(other, "the place to arrive", lambda: abs(stopped_at(other, film) - left_at) <= 1.0, seconds=10)
    other.goto("/")
    other.get_by_role("link", name=FILM).first.wait_for()
    other.goto(f"/title/{film['title_id']}")
    other.get_by_role("link", name="Go on").click()
    began_at = first_position(other, film)
    assert abs(began_at - left_at) <= 1.0, f"left at {left_at}, taken up at {began_at}"
    minutes, seconds = divmod(int(left_at + 0.05), 60)
    other.get_by_text(f"Taken up again at {minutes}:{seconds:02d}.").wait_for()
    let_run(other)
    plays(other, beyond=left_at + 1)


def test_an_intro_is_skipped_by_its_key_and_the_next_episode_follows_by_itself(viewer, programme):
    _member, page = viewer
    first, second = programme["first"], programme["second"]
    open_film(page, first["title_id"])
    page.get_by_role("button", name="Skip intro").wait_for()
    page.keyboard.press("s")
    until(page, "the intro to be skipped", lambda: time_of(page) >= INTRO["ends_seconds"])
    page.evaluate("() => document.querySelector('.player').requestFullscreen()")
    seek(page, CREDITS["starts_seconds"])
    page.get_by_test_id("up-next").get_by_text(second["name"]).first.wait_for()
    began = time.monotonic()
    until(page, "the next episode", lambda: player(page).get("titleId") == second["title_id"])
    assert time.monotonic() - began <= COUNTDOWN_SECONDS + 10
    plays(page, beyond=0.5)
    assert page.evaluate("() => document.fullscreenElement !== null"), "the next episode left full screen"
    assert page.url.endswith(f"/watch/{second['title_id']}")
    seek(page, EPISODE_SECONDS - 1)
    page.get_by_role("heading", name="The end").wait_for()
    mine = call_as(page.context, "GET", f"/api/v1/mine/{programme['series']['title_id']}")
    assert mine["episodes"][second["title_id"]]["completed"] is True


def test_a_finished_episode_is_followed_by_the_next_one_where_somebody_goes_on(viewer, programme):
    _member, page = viewer
    first, second = programme["first"], programme["second"]
    profile = call_as(page.context, "GET", "/api/v1/session")["profile"]["profile_id"]
    call_as(page.context, "PATCH", f"/api/v1/profiles/{profile}", {"autoplay_next": False})
    open_film(page, first["title_id"])
    plays(page, beyond=0.2)
    seek(page, EPISODE_SECONDS - 0.5)
    page.get_by_test_id("player-ended").get_by_role("button", name="Play now").wait_for()
    until(
        page,
        "the next episode to be offered",
        lambda: any(
            item["card"]["title_id"] == second["title_id"] and item["up_next"]
            for item in call_as(page.context, "GET", "/api/v1/continue-watching")["items"]
        ),
    )
    page.goto(f"/title/{programme['series']['title_id']}")
    page.get_by_role("link", name="Go on with S1 E2").click()
    assert first_position(page, second) < 1.0


def test_what_is_taken_off_continue_watching_comes_back_by_undo(viewer, programme):
    _member, page = viewer
    open_film(page, programme["film"]["title_id"])
    plays(page, beyond=0.2)
    seek(page, FILM_SECONDS / 2)
    plays(page, beyond=FILM_SECONDS / 2)

    def going() -> list[str]:
        items = call_as(page.context, "GET", "/api/v1/continue-watching")["items"]
        return [item["card"]["name"] for item in items]

    until(page, "something to go on with", lambda: going() == [FILM])
    page.goto("/")
    remove = page.locator(".continue-remove")
    remove.first.wait_for(state="attached")
    remove.first.focus()
    page.keyboard.press("Enter")
    until(page, "nothing to go on with", lambda: going() == [])
    page.get_by_role("button", name="Undo").click()
    until(page, "it to be back", lambda: going() == [FILM])
    page.reload()
    until(page, "it to be shown again", lambda: page.locator(".continue-tile").count() == 1)


def test_a_child_finds_only_what_is_for_it_and_nothing_of_what_others_watched(viewer, programme):
    _member, page = viewer
    open_film(page, programme["film"]["title_id"])
    plays(page, beyond=0.2)
    seek(page, FILM_SECONDS / 2)
    plays(page, beyond=FILM_SECONDS / 2)
    page.goto("/")
    child = call_as(
        page.context, "POST", "/api/v1/profiles", {"name": "Mia", "avatar": "fox", "kids": True, "maturity": 7}
    )
    enter_profile(page.context, child["profile_id"])
    page.goto("/")
    page.get_by_role("link", name="Paper Boats").first.wait_for()
    assert FILM not in page.inner_text("body")
    for path, key in (("/continue-watching", "items"), ("/history", "items"), ("/search?q=stranger", "items")):
        assert call_as(page.context, "GET", f"/api/v1{path}")[key] == []
    open_film(page, programme["toddler"]["title_id"])
    plays(page, beyond=0.5)
    until(page, "a history of its own", lambda: len(call_as(page.context, "GET", "/api/v1/history")["items"]) == 1)


def test_a_name_half_remembered_is_found_and_played_by_keyboard_alone(viewer, programme):
    _member, page = viewer
    page.goto("/")
    page.get_by_role("link", name=FILM).first.wait_for()
    page.keyboard.press("/")
    until(page, "the search box", lambda: page.evaluate("() => document.activeElement?.matches('[data-search-box]')"))
    page.keyboard.type("strnger thigns")
    page.locator("main").get_by_role("link", name=FILM).first.wait_for()
    focused = "() => document.activeElement?.closest('a')?.getAttribute('href') ?? ''"
    path = f"/title/{programme['film']['title_id']}"

    def walked(to: str) -> bool:
        page.keyboard.press("Tab")
        return page.evaluate(focused).startswith(to)

    until(page, "the film to have focus", lambda: walked(path))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Play", exact=True).wait_for()
    until(page, "the play button to have focus", lambda: walked(f"/watch/{programme['film']['title_id']}"))
    page.keyboard.press("Enter")
    let_run(page)
    plays(page, beyond=0.5)
