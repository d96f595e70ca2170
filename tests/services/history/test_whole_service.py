"""History in the whole service: across the boundary of processes, and when its own process is killed."""

import asyncio
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import httpx
import pytest

from matinee.contracts.catalogue import Catalogue
from matinee.contracts.playback import Playback
from matinee.kit.ids import TitleId
from matinee.testing.deployment import Deployment
from matinee.testing.doors import open_front_rooms
from matinee.testing.journeys import PASSWORD, letter_link, wait_for
from matinee.testing.titles import release

pytestmark = [pytest.mark.slow, pytest.mark.journey, pytest.mark.timeout(300)]
API = "/api/v1"


async def make_film(data):
    """Put a free film into a data folder that a service will open."""
    async with open_front_rooms(data) as door:
        body = {"name": "Film", "audience": "everyone"}
        async with door.http.post(f"{door.url}{API}/studio/titles", json=body, headers=door.operator) as answer:
            title_id = TitleId((await answer.json())["title_id"])
        key = await door.rooms["playback"].provides[Playback].content_key(title_id=title_id)
        made = release(title_id, key_id=key.key_id, frames=0)
        await door.rooms["catalogue"].provides[Catalogue].publish(release=made)
    return title_id, made.duration_seconds


def _made(folder):
    # In a thread of its own: a browser of other tests may keep an event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(make_film(folder))).result()


@pytest.fixture(params=["one", "many"])
def service(request, tmp_path):
    deployment = Deployment(tmp_path, mode=request.param)
    deployment.film, deployment.duration = _made(tmp_path)
    deployment.start()
    yield deployment
    deployment.stop()


@pytest.fixture
def viewer(service):
    """Make browsers of members; they are closed at the end."""
    with ExitStack() as stack:

        def made(email):
            one = Viewer(service, email)
            stack.callback(one.http.close)
            return one

        yield made


class Viewer:
    """A browser of a member who has chosen a profile."""

    def __init__(self, service, email):
        self.service = service
        self.http = httpx.Client(base_url=f"{service.url}{API}", timeout=30, headers={"sec-fetch-site": "same-origin"})
        self.email = email

    def join(self):
        self.ask(
            "POST", "/accounts", json={"email": self.email, "password": PASSWORD, "name": "Ada", "territory": "DE"}
        )
        token = letter_link(self.service, self.email).rpartition("=")[2]
        view = self.ask("POST", "/accounts/verification", json={"token": token, "password": PASSWORD}).json()
        return self.sit_down(view)

    def sign_in(self):
        return self.sit_down(self.ask("POST", "/session", json={"email": self.email, "password": PASSWORD}).json())

    def sit_down(self, view):
        self.ask("POST", "/session/profile", json={"profile_id": view["profiles"][0]["profile_id"]})
        return self

    def ask(self, method, path, **named):
        answer = self.http.request(method, path, **named)
        assert answer.status_code < 400, answer.text
        return answer

    def tell(self, position):
        body = {"session_id": "free", "movie_id": self.service.film, "position_seconds": position}
        return self.http.post("/stream/progress", json=body)

    def resumes_at(self):
        return self.ask("GET", f"/stream?movie_id={self.service.film}").json()["resume_position_seconds"]


def test_another_device_resumes_where_the_first_one_was_and_history_may_be_killed(service, viewer):
    first = viewer("ada@example.org").join()
    half = service.duration / 2
    assert first.tell(half).status_code == 204
    second = viewer("ada@example.org").sign_in()
    assert second.resumes_at() == half
    (item,) = second.ask("GET", "/continue-watching").json()["items"]
    assert (item["card"]["title_id"], item["resume_seconds"]) == (service.film, half)
    home = [process for process in service.processes() if {"serve", "history"} <= set(process.cmdline())]
    if service.mode == "one":
        assert home == []
        return
    home[0].send_signal(signal.SIGKILL)
    answer = first.tell(half + 1)
    assert (answer.status_code, answer.json()["code"]) == (503, "progress-not-kept")
    grant = second.ask("GET", f"/stream?movie_id={service.film}").json()
    assert (grant["resume_position_seconds"], bool(grant["stream_url"])) == (0.0, True)
    wait_for("history to be back", lambda: first.tell(half + 2).status_code == 204, seconds=60)
    wait_for("the position to be back", lambda: second.resumes_at() == half + 2)


def test_an_erased_profile_leaves_nothing(service, viewer):
    bob = viewer("bob@example.org").join()
    bob.tell(service.duration / 2)
    bob.ask("PUT", f"/thumbs/{service.film}", json={"thumb": "up"})
    bob.ask("DELETE", "/account", json={"password": PASSWORD})
    other = viewer("eve@example.org").join()

    def gone():
        return other.ask("GET", "/history").json()["items"] == [] and _rows(service) == 0

    wait_for("the erasure to arrive", gone, seconds=30)


def _rows(service):
    with closing(sqlite3.connect(f"file:{service.data}/history.db?mode=ro", uri=True)) as database:
        counts = "SELECT (SELECT count(*) FROM history_live) + (SELECT count(*) FROM history_thumbs)"
        return database.execute(counts).fetchone()[0]
