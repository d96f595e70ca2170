"""The home page through the front door, the bare way and the long one."""

import time
from contextlib import AsyncExitStack

import msgspec
import pytest
from tests.services.home.conftest import PATIENT, busy_history, films

from matinee.contracts.history import History
from matinee.contracts.library import Library
from matinee.engines.keyring import Keyring
from matinee.host.hot import HotRoutes
from matinee.host.http import PassportReader, compose
from matinee.host.module import Needs
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import Ids, RandomIds
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.home.module import MODULE
from matinee.services.home.settings import HomeSettings
from matinee.testing.doors import open_door
from matinee.testing.home import FakeLibrary
from matinee.wiring.authorisation import authorisation

HOME = "/api/v1/home"


@pytest.fixture(params=["bare", "long"])
async def door(tmp_path, request):
    library, history = FakeLibrary(films()), busy_history()
    history.watch("profile-member", "title-0003", "title-0008")
    keyring = Keyring(tmp_path / "keys")
    needs = {
        Library: library,
        History: history,
        Cursors: Cursors(b"a secret of sixteen bytes"),
        Commands: Commands(Tuning(), time.monotonic),
        Clock: SystemClock(),
        Ids: RandomIds(),
    }
    async with AsyncExitStack() as stack:
        room = await stack.enter_async_context(MODULE.open(HomeSettings(**PATIENT), Needs(needs)))
        reader = PassportReader(keyring.public("gateway"))
        app = compose(room.routes, reader, table=authorisation())
        if request.param == "bare":
            app = HotRoutes(app, reader, room.hot)
        opened = await stack.enter_async_context(open_door(tmp_path, {HOME: app}))
        opened.library, opened.history = library, history
        yield opened


async def get(door, path, role="member", **options):
    headers = door.members.cookie(role) if role else {}
    async with door.http.get(door.url + path, headers=headers, **options) as answer:
        return answer, await answer.read()


async def test_a_member_reads_the_page(door):
    answer, body = await get(door, f"{HOME}?limit=3")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert answer.headers["cache-control"] == "private, no-store"
    page = msgspec.json.decode(body)
    assert [row["row_id"] for row in page["rows"]] == ["continue-watching", "top-10", "because-title-0008"]
    answer, body = await get(door, f"{HOME}?limit=20&cursor={page['next_cursor']}")
    assert "trending" in [row["row_id"] for row in msgspec.json.decode(body)["rows"]]


async def test_a_stranger_and_the_operator_read_pages_of_their_own(door):
    answer, body = await get(door, HOME, role=None)
    assert answer.status == 200
    assert "continue-watching" not in body.decode()
    async with door.http.get(door.url + HOME, headers=door.operator) as answer:
        assert answer.status == 200
        assert len(msgspec.json.decode(await answer.read())["rows"]) > 5


@pytest.mark.parametrize("query", ["limit=x", "limit=", "limit=1.5", "cursor=x", "cursor=%00a"])
async def test_bad_queries_are_problems(door, query):
    answer, body = await get(door, f"{HOME}?{query}")
    assert (answer.status, answer.content_type) == (400, "application/problem+json")
    assert msgspec.json.decode(body)["code"] in {"invalid", "cursor", "request-shape"}


@pytest.mark.parametrize(
    ("query", "rows"),
    [("", 10), ("?limit=-3", 1), ("?limit=" + "9" * 40, 12), ("?limit=2&x=%20", 2), ("?cursor=&limit=4", 4)],
)
async def test_good_queries_are_clamped(door, query, rows):
    answer, body = await get(door, HOME + query)
    assert (answer.status, len(msgspec.json.decode(body)["rows"])) == (200, rows)


async def test_a_row_alone(door):
    answer, body = await get(door, f"{HOME}/rows/genre-drama?limit=2")
    found = msgspec.json.decode(body)
    assert (answer.status, len(found["row"]["items"])) == (200, 2)
    answer, body = await get(door, f"{HOME}/rows/genre-drama?limit=200&cursor={found['next_cursor']}")
    assert len(msgspec.json.decode(body)["row"]["items"]) == 22
    for row_id, role, status, code in (
        ("genre-none", "member", 404, "row-not-found"),
        ("nothing", "member", 404, "row-not-found"),
        ("because-nothing", "member", 404, "row-not-found"),
        ("my-list", "member", 404, "row-not-found"),
        ("my-list", None, 401, "unauthenticated"),
    ):
        answer, body = await get(door, f"{HOME}/rows/{row_id}", role=role)
        assert (answer.status, msgspec.json.decode(body)["code"]) == (status, code)
    headers = door.members.cookie(pid="", mat=0)
    async with door.http.get(f"{door.url}{HOME}/rows/continue-watching", headers=headers) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (403, "profile-needed")


async def test_other_methods_are_refused(door):
    async with door.http.post(door.url + HOME, headers=door.members.bearer()) as answer:
        assert answer.status == 405


async def test_a_page_may_be_empty_of_everything(door):
    door.library.broken.add("")
    door.history.broken.add("")
    answer, body = await get(door, HOME)
    assert answer.status == 200
    assert msgspec.json.decode(body)["rows"] == []
