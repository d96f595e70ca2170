"""What a stranger meets: films of the house within half a minute, open to everyone, on every screen."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from matinee.testing.browser import WIDTHS, accessibility_violations, plays, until
from matinee.testing.deployment import Deployment

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.clock, pytest.mark.timeout(1800)]

FIRST_PLAYABLE_SECONDS = 30.0
WHOLE_CATALOGUE_SECONDS = 1500.0
ROOT = Path(__file__).parents[2]


def cards(deployment):
    page = deployment.call("GET", "/api/v1/browse")
    return [card for row in page["rows"] for card in row["items"]]


def wait_until(what, condition, seconds):
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if value := condition():
            return value
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    began = time.monotonic()
    deployment = Deployment(tmp_path_factory.mktemp("demo"), demo=True).start()
    try:
        featured = wait_until(
            "the featured film to be playable",
            lambda: (f := deployment.call("GET", "/api/v1/browse")["featured"]) and f["playable"] and f,
            FIRST_PLAYABLE_SECONDS * 3,
        )
        deployment.facts["first_playable_seconds"] = time.monotonic() - began
        deployment.facts["featured"] = featured
        yield deployment
    finally:
        deployment.stop()


def test_the_first_film_plays_within_half_a_minute(demo):
    assert demo.facts["first_playable_seconds"] <= FIRST_PLAYABLE_SECONDS


def test_the_rest_is_seen_arriving(demo):
    names = {card["name"] for card in cards(demo)}
    assert len(names) >= 12
    assert any(card["kind"] == "series" for card in cards(demo))


def test_a_stranger_presses_play_and_sees_and_hears_it(demo, browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=demo.url)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.get_by_role("link", name="Play").first.click()
    until(page, "the watch page", lambda: "/watch/" in page.url)
    plays(page, beyond=2.0)
    assert errors == []
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("screen", WIDTHS)
def test_pages_are_accessible(demo, browser, screen):
    width, height = WIDTHS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=demo.url, reduced_motion="reduce"
    )
    page = context.new_page()
    title = demo.facts["featured"]["title_id"]
    found = {}
    for path in ("/", f"/title/{title}", f"/watch/{title}", "/studio", "/nothing-here"):
        page.goto(path)
        page.wait_for_load_state("load")
        # By role, which finds no heading that is hidden while a page is still on its way.
        shown = page.get_by_role("heading", level=1).or_(page.get_by_test_id("player"))
        until(page, f"{path} to show something", shown.first.is_visible)
        if not path.startswith("/watch"):
            # A page that has asked for everything is judged, not one on its way; a film never stops asking.
            page.wait_for_load_state("networkidle")
            until(page, f"{path} to show its heading", page.get_by_role("heading", level=1).first.is_visible)
        found[path] = accessibility_violations(page)
    context.close()
    assert not any(found.values()), found


def test_every_page_is_pictured(demo, tmp_path, chromium_path):
    """Pictures of every page at three widths; into the documentation when MATINEE_SCREENSHOTS names a folder."""
    folder = os.environ.get("MATINEE_SCREENSHOTS", "")
    if folder:
        wait_until(
            "the whole catalogue",
            lambda: all(card["playable"] or card["announced"] for card in cards(demo)),
            WHOLE_CATALOGUE_SECONDS,
        )
    target = Path(folder) if folder else tmp_path
    environment = {
        **os.environ,
        "MATINEE_SCREENSHOTS": str(target),
        "MATINEE_URL": demo.url,
        "MATINEE_OPERATOR_KEY": demo.key,
        "MATINEE_CHROMIUM": chromium_path,
    }
    npm = [str(ROOT / "tools" / "with-node"), "npm", "--prefix", str(ROOT / "web"), "run", "screenshots"]
    done = subprocess.run(npm, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    pages = {picture.stem.rpartition("-")[0] for picture in target.glob("*.jpg")}
    assert pages >= {
        *("browse", "film", "watch", "sign-in", "studio", "job", "titles", "editor", "not-found"),
        *("home", "search", "my-list", "history", "imports", "operations"),
    }


def test_films_are_kept_for_the_next_start(demo):
    kept = list((demo.data / "demo").rglob("*.mp4")) + list((demo.data / "demo").rglob("*.mkv"))
    assert kept
