"""From a film file to a picture in a browser: upload, wait, press play, see and hear it."""

import psutil
import pytest

from matinee.testing.browser import player, plays, throttle, time_of, until

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

ENCODE_SECONDS = 600.0
SLOW_BITS_PER_SECOND = 600_000
FAIR_BITS_PER_SECOND = 2_500_000
SEGMENT_SECONDS = 6.0  # no segment of a release is longer


@pytest.fixture(scope="session")
def signed_in(service, browser):
    """A browser context with the operator signed in through the page."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=service.url)
    page = context.new_page()
    page.goto("/studio")
    page.get_by_label("Operator key").fill(service.key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_test_id("drop-zone").wait_for()
    yield context
    context.close()


@pytest.fixture(scope="session")
def published(service, signed_in, film):
    """The title that came of uploading a film through the page, once its release is complete."""
    page = signed_in.new_page()
    page.goto("/studio")
    page.get_by_test_id("file-input").set_input_files(str(film))
    page.get_by_role("link", name="Follow the job").click(timeout=120_000)
    page.get_by_test_id("job-page").wait_for()
    chunks = page.get_by_test_id("chunk-grid")
    chunks.wait_for(timeout=120_000)
    published = page.locator("[data-testid=job-page][data-stage=published]")
    until(page, "the film to be published", lambda: published.count() == 1, seconds=ENCODE_SECONDS)
    job = service.call("GET", "/api/v1/studio/jobs")["items"][0]
    page.close()
    return service.call("GET", f"/api/v1/titles/{job['title_id']}")


@pytest.fixture
def page(signed_in):
    page = signed_in.new_page()
    yield page
    page.close()


def start(page, title, protocol="dash"):
    page.goto(f"/watch/{title['title_id']}?protocol={protocol}")
    until(page, "the player to be ready", lambda: player(page).get("duration"), seconds=30)
    if player(page)["paused"]:
        page.keyboard.press("k")


def test_the_release_is_whole(service, published):
    assert published["playable"] is True
    assert published["complete"] is True
    assert len(published["renditions"]) >= 3
    assert published["max_height"] == 720


@pytest.mark.parametrize("protocol", ["dash", "hls"])
def test_it_plays_with_picture_and_sound_and_after_a_seek(page, published, protocol):
    start(page, published, protocol)
    state = plays(page, beyond=3.0)
    assert state["keySystem"] == "org.w3.clearkey"
    assert state["protocol"] == protocol
    target = published["duration_seconds"] * 2 / 3
    page.get_by_role("slider", name="Seek").focus()
    page.evaluate("(seconds) => { document.querySelector('video').currentTime = seconds }", target)
    state = plays(page, beyond=target + 3.0)
    assert state["droppedFrames"] <= state["decodedFrames"] * 0.2
    assert not state["failureReference"]


def test_quality_follows_the_network(page, signed_in, published):
    start(page, published)
    high = until(page, "the best picture", lambda: player(page) if player(page).get("width") == 1280 else None)
    throttle(signed_in, page, SLOW_BITS_PER_SECOND)
    low = until(
        page,
        "a smaller picture on a slow network",
        lambda: player(page) if 0 < player(page).get("bitsPerSecond", 0) < high["bitsPerSecond"] else None,
        seconds=60,
    )
    assert low["automatic"] is True
    throttle(signed_in, page, None)
    until(
        page,
        "a better picture again",
        lambda: player(page).get("bitsPerSecond", 0) > low["bitsPerSecond"],
        seconds=60,
    )


def test_the_film_goes_on_when_an_edge_dies(service, page, signed_in, published):
    # On a quick network half the film is here before the edge dies, and it would play on without any edge for long.
    throttle(signed_in, page, FAIR_BITS_PER_SECOND)
    start(page, published)
    state = plays(page, beyond=1.0)
    edge = state["edge"]
    victims = [p for p in service.processes() if "--name" in p.cmdline() and edge in p.cmdline()]
    assert len(victims) == 1
    victims[0].suspend()
    try:
        held_until = state["currentTime"] + state["bufferSeconds"]
        throttle(signed_in, page, None)
        # Whatever the dead edge had sent or was sending ends before this.
        beyond = held_until + 2 * SEGMENT_SECONDS
        assert beyond < state["duration"] - SEGMENT_SECONDS
        page.evaluate("(seconds) => { document.querySelector('video').currentTime = seconds }", beyond - 1.0)
        state = plays(page, beyond=beyond, seconds=60)
        assert state["edge"] != edge
    finally:
        victims[0].resume()


def test_the_keyboard_alone_is_enough(page, published):
    start(page, published)
    plays(page, beyond=1.0)
    page.keyboard.press("k")
    until(page, "pause by K", lambda: player(page)["paused"])
    at = time_of(page)
    page.keyboard.press("l")
    until(page, "ten seconds forward by L", lambda: time_of(page) >= at + 9)
    page.keyboard.press("j")
    until(page, "ten seconds back by J", lambda: time_of(page) < at + 5)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.get_by_test_id("statistics").wait_for()


def test_strangers_see_nothing_of_it(service, browser, published):
    context = browser.new_context(base_url=service.url)
    try:
        for path in (f"/api/v1/titles/{published['title_id']}", f"/api/v1/stream?movie_id={published['title_id']}"):
            assert context.request.get(path).status == 404
        assert context.request.get("/api/v1/studio/jobs").status == 401
    finally:
        context.close()


def test_keys_stand_in_no_log_and_no_argument_list(service, published):
    lines = service.logs()
    assert service.key not in lines
    for process in service.processes():
        try:
            assert service.key not in " ".join(process.cmdline())
        except psutil.NoSuchProcess:
            continue
