"""Parts of the service fail or are slow, alone and together: home and play start still answer, and a page says why."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page

from matinee.engines.media.tools import find_tools
from matinee.testing.browser import until
from matinee.testing.deployment import Deployment
from matinee.testing.journeys import Member, call_as, new_page, publish_film, sign_up, wait_for

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.clock, pytest.mark.timeout(300)]

PAGE_SECONDS = 0.8
LOOKS = 12
# Rows grow old at once, so that every look at the home page asks every provider.
RESTLESS = {
    "MATINEE_RESILIENCE__ALLOW_FAULTS": "true",
    "MATINEE_HOME__SOFT_SECONDS": "0.05",
    "MATINEE_HOME__EMPTY_SECONDS": "0.05",
    "MATINEE_HOME__PAGE_FRESH_SECONDS": "0",
    "MATINEE_HOME__TOP_LEAST": "1",
}
PROVIDERS = (
    "continue",
    "list",
    "recent",
    "popular",
    "top",
    "trending",
    "new",
    "hot",
    "coming",
    "genre",
    "genres",
    "because",
)
BESIDE = ("cache", "version", "plays")
FILM_SECONDS = 8


@dataclass
class House:
    """A deployment with a film, a member who watches, and the operations page open beside."""

    deployment: Deployment
    title_id: str
    member: Page
    operations: Page

    def home(self) -> dict[str, Any]:
        """Return the member's home page."""
        return call_as(self.member.context, "GET", "/api/v1/home?limit=10")

    def stirred(self) -> dict[str, Any]:
        """Return the home page after something of the member's own has changed, which makes its own rows anew."""
        call_as(self.member.context, "PUT", f"/api/v1/my-list/{self.title_id}")
        return self.home()

    def looks(self, count: int = LOOKS) -> list[float]:
        """Look at the home page again and again; return how long each took. Every one has rows."""
        took = []
        for _ in range(count):
            began = time.monotonic()
            page = self.home()
            took.append(time.monotonic() - began)
            assert page["rows"], page
        return sorted(took)

    def plays(self) -> None:
        """Start the film."""
        grant = call_as(self.member.context, "GET", f"/api/v1/stream?movie_id={self.title_id}")
        assert grant["stream_url"]
        call_as(self.member.context, "POST", "/api/v1/stream/end", {"session_id": grant["session_id"]})

    def finds(self) -> dict[str, Any]:
        """Search for the film, with the words that it begins with."""
        found = call_as(self.member.context, "GET", "/api/v1/search?q=the%20usher")
        assert [item["title_id"] for item in found["items"]] == [self.title_id]
        return found

    def holds(self) -> None:
        """Home answers within its deadline with rows, a film starts, search finds."""
        assert self.looks()[-1] <= PAGE_SECONDS
        self.plays()
        self.finds()

    def fail(self, *faults: dict[str, Any]) -> None:
        """Make commands fail or wait in every process; none ends it."""
        self.deployment.call("PUT", "/api/v1/admin/operations/faults", {"items": list(faults)})

    def tile(self, command: str, process: str = "") -> Any:
        """Return a command's tile on the operations page."""
        of = f'[data-process="{process}"]' if process else ""
        return self.operations.locator(f'[data-testid=command][data-command="{command}"]{of}')

    def figure(self, command: str, name: str) -> int:
        """Return a figure of a command's tile."""
        term = self.tile(command).locator(f"dl.ops-counts div:has(dt:text-is('{name}')) dd")
        return int(term.inner_text())

    @contextmanager
    def without(self, room: str, how: signal.Signals) -> Iterator[None]:
        """Stop or kill the process of a room for the block; a killed one is started again by its supervisor."""
        process = next(one for one in self.deployment.processes() if _serves(one, room))
        process.send_signal(how)
        try:
            yield
        finally:
            if how == signal.SIGSTOP:
                process.send_signal(signal.SIGCONT)

    def shown(
        self,
        command: str,
        *healths: str,
        process: str = "",
        saying: str = "",
        meanwhile: Callable[[], Any] | None = None,
    ) -> None:
        """Wait until the page says one of these of a command, and these words on its tile."""
        tile = self.tile(command, process)

        def seen() -> bool:
            if meanwhile is not None:
                meanwhile()
            return tile.count() == 1 and tile.get_attribute("data-health") in healths and saying in tile.inner_text()

        until(self.operations, f"{command} to be {' or '.join(healths)}: {saying}", seen, seconds=20)


def _serves(process: psutil.Process, room: str) -> bool:
    words = process.cmdline()
    return "serve" in words and words[words.index("serve") + 1] == room


def small_film(path: Path) -> Path:
    """Make a film that is encoded in no time."""
    picture, sound = f"testsrc2=size=640x360:rate=24:duration={FILM_SECONDS}", f"sine=duration={FILM_SECONDS}"
    argv = [
        find_tools().ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound,
        "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", path,
    ]  # fmt: skip
    subprocess.run(argv, check=True, timeout=120)
    return path


def put_a_film_on(deployment: Deployment, folder: Path) -> str:
    film = small_film(folder / "The Usher.mp4")
    facts = {"name": "The Usher", "audience": "everyone", "maturity": 0, "genres": ["Drama"], "hot": True}
    return str(publish_film(deployment, film, **facts)["title_id"])


def open_operations(browser: Browser, deployment: Deployment) -> Page:
    page = new_page(browser, deployment)
    page.goto("/sign-in")
    call_as(page.context, "POST", "/api/v1/operator/session", {"key": deployment.key})
    page.goto("/admin/operations")
    page.get_by_text("Live", exact=True).wait_for()
    return page


def watch_a_little(member: Page, title_id: str) -> None:
    grant = call_as(member.context, "GET", f"/api/v1/stream?movie_id={title_id}")
    beat = {"session_id": grant["session_id"], "movie_id": title_id, "position_seconds": 3.0, "state": "playing"}
    call_as(member.context, "POST", "/api/v1/stream/progress", {**beat, "event_ms": round(time.time() * 1000)})
    call_as(member.context, "POST", "/api/v1/stream/end", {"session_id": grant["session_id"]})
    call_as(member.context, "PUT", f"/api/v1/my-list/{title_id}")


@contextmanager
def opened(mode: str, folder: Path, browser: Browser) -> Iterator[House]:
    deployment = Deployment(
        folder / "data", mode=mode, settings={**RESTLESS, "MATINEE_TRANSCODE__H264_PRESET": "ultrafast"}
    )
    deployment.start()
    try:
        title_id = put_a_film_on(deployment, folder)
        member = new_page(browser, deployment)
        sign_up(member, deployment, Member("ada@example.org"))
        watch_a_little(member, title_id)
        house = House(deployment, title_id, member, open_operations(browser, deployment))
        wait_for("the film to be found", lambda: _found(house))
        wait_for(
            "home to know its viewer", lambda: "continue-watching" in [row["row_id"] for row in house.home()["rows"]]
        )
        yield house
        for page in (house.member, house.operations):
            page.context.close()
    finally:
        deployment.stop()


def _found(house: House) -> bool:
    answer = house.member.context.request.get("/api/v1/search?q=the%20usher")
    if not answer.ok:  # its process is on its way back
        return False
    found = answer.json()
    return bool(found["items"]) and not found["degraded"]


@pytest.fixture(scope="module")
def one(tmp_path_factory, browser) -> Iterator[House]:
    """Everything in one process."""
    with opened("one", tmp_path_factory.mktemp("one"), browser) as house:
        yield house


@pytest.fixture(scope="module")
def many(tmp_path_factory, browser) -> Iterator[House]:
    """Each room in a process of its own."""
    with opened("many", tmp_path_factory.mktemp("many"), browser) as house:
        yield house


@pytest.fixture(autouse=True)
def well_again(request):
    """Take every fault back after a test, and wait until search answers from its index."""
    yield
    for name in {"one", "many"} & set(request.fixturenames):
        house = request.getfixturevalue(name)
        house.fail()
        wait_for("search to be itself again", lambda house=house: _found(house))


TROUBLE = ("open", "failing", "strained", "probing")
OWN = {"continue", "list", "recent"}  # made anew when something of the member's has changed
NOT_ASKED = {
    "because",
    "coming",
    "popular",
    "plays",
}  # what this page does without: no row of its own, or a copy is there


def test_parts_of_home_that_fail_one_by_one_are_not_missed_and_the_page_says_why(one):
    for what in (*PROVIDERS, *BESIDE):
        one.fail({"pattern": f"home.{what}", "kind": "fail"})
        one.holds()
        if what not in NOT_ASKED:
            look = one.stirred if what in OWN else one.home
            one.shown(f"home.{what}", *TROUBLE, saying="Failing on purpose", meanwhile=look)


def test_parts_of_home_that_are_slow_are_given_up_in_time_and_the_page_shows_timeouts(one):
    for what in ("trending", "continue", "cache", "version"):
        one.fail({"pattern": f"home.{what}", "kind": "delay", "seconds": 5})
        one.holds()
        asking = one.stirred if what in OWN else one.home
        one.shown(f"home.{what}", *TROUBLE, meanwhile=asking)

        def timed_out(what=what, asking=asking):
            # The page counts the last ten seconds, so there has to be something to count.
            asking()
            return one.figure(f"home.{what}", "Timed out") > 0

        until(one.operations, f"timeouts of {what}", timed_out)


def test_rooms_behind_home_and_search_that_fail_alone_and_together(one):
    history = {"pattern": "History.*", "kind": "fail"}
    index = {"pattern": "search.*", "kind": "fail"}
    cache = {"pattern": "home.cache", "kind": "fail"}
    for faults in ([history], [index], [history, index, cache]):
        one.fail(*faults)
        one.holds()
        assert one.finds()["degraded"] is (index in faults)
    one.shown("home.version", "open", saying="Circuit open", meanwhile=one.home)
    one.shown("search.find", "open", saying="Circuit open", meanwhile=one.finds)


def test_everything_behind_home_slow_at_once(one):
    one.fail(
        {"pattern": "History.*", "kind": "delay", "seconds": 5}, {"pattern": "search.*", "kind": "delay", "seconds": 5}
    )
    one.holds()
    assert one.finds()["degraded"] is True


def test_the_catalogues_cards_away_leave_what_was_there_before(one):
    one.fail({"pattern": "Library.*", "kind": "fail"})
    assert one.looks()[-1] <= PAGE_SECONDS
    one.plays()
    one.shown("Library.shelf", *TROUBLE, meanwhile=one.home)
    one.fail()
    one.shown("Library.shelf", "healthy", "strained", saying="Circuit closed", meanwhile=one.home)


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_room_whose_process_is_gone(many, how):
    for room, command in (("history", "home.version"), ("search", "")):
        with many.without(room, how):
            assert many.looks()[-1] <= PAGE_SECONDS
            many.plays()
            if how == signal.SIGSTOP:
                away = many.operations.locator(f'[data-testid=process][data-state=away]:has-text("{room}")')
                until(many.operations, f"{room} to be away", lambda away=away: away.count() == 1)
                if command:
                    many.shown(command, *TROUBLE, process="home", meanwhile=many.home)
        here = many.operations.locator(f'[data-testid=process][data-state=here]:has-text("{room}")')
        until(many.operations, f"{room} to be here again", lambda here=here: here.count() == 1, seconds=60)
