"""The operations routes: who may look, what is seen of every process, and what a change does and leaves."""

import asyncio
import errno
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import msgspec
import pytest

from matinee.engines.keyring import Keyring
from matinee.host.operations import Fleet, Member, Operations, ProcessOperations, open_fleet
from matinee.host.remote import ContractServer
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.gateway.adapters.changes import ChangesFile
from matinee.testing.clock import ManualClock
from matinee.testing.doors import listening, lone_fleet, open_door
from matinee.wiring.authorisation import TABLE

PAGE = "/api/v1/admin/operations"


def commands_of(*names, allow_faults=True):
    made = Commands(Tuning(allow_faults=allow_faults), ManualClock().monotonic)
    for name in names:
        made.get(name)
    return made


async def silence(scope, receive, send):
    while (await receive())["type"] != "http.disconnect":
        continue


@pytest.fixture
def key(tmp_path):
    return Keyring(tmp_path / "keys").signing_key("rooms")


@pytest.fixture
def here():
    return commands_of("gateway.database.read", "Catalogue.browse")


@pytest.fixture
def there():
    return commands_of("catalogue.database.read")


@asynccontextmanager
async def three(here, there, key, changes_file=None):
    """A fleet of this process, one that answers over a socket, and one that never does."""
    far = ContractServer({Operations: ProcessOperations("shelves", ("catalogue",), there)}, key.public)
    near = ProcessOperations("front", ("gateway",), here)
    async with AsyncExitStack() as stack:
        peers = {
            "catalogue": await stack.enter_async_context(listening(far)),
            "billing": await stack.enter_async_context(listening(silence)),
        }
        member = Member(name="front", rooms=("gateway",), operations=near)
        yield await stack.enter_async_context(open_fleet(member, peers, key, changes_file=changes_file))


@pytest.fixture
async def fleet(here, there, key, tmp_path):
    async with three(here, there, key, tmp_path / "kept" / "operations.json") as opened:
        yield opened


@pytest.fixture
async def door(tmp_path, fleet):
    async with open_door(tmp_path, {}, fleet=fleet) as opened:
        yield opened


async def call(door, method, path="", body=None, headers=None):
    options = {"json": body} if body is not None else {}
    url = f"{door.url}{PAGE}{path}"
    async with door.http.request(
        method, url, headers=door.operator if headers is None else headers, **options
    ) as answer:
        text = await answer.read()
        return answer.status, msgspec.json.decode(text) if text else None


async def until(condition, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_every_process_is_shown_and_one_that_is_silent_is_away(door):
    status, page = await call(door, "GET")
    assert status == 200
    shown = {one["name"]: (one["state"], [c["name"] for c in one["commands"]]) for one in page["processes"]}
    assert shown == {
        "front": ("here", ["Catalogue.browse", "gateway.database.read"]),
        "shelves": ("here", ["catalogue.database.read"]),
        "billing": ("away", []),
    }
    assert page["changes"] == []
    assert page["changes_survive_restart"] is True
    assert page["faults"] == {"allowed": True, "items": []}


@pytest.mark.parametrize("path", ["", "/live", "/commands/Catalogue.browse", "/faults"])
async def test_it_is_for_admins_and_the_operator_alone(door, path):
    assert (await call(door, "GET", path, headers={}))[0] == 401
    for role, expected in (("member", 403), ("support", 403), ("editor", 403)):
        status, problem = await call(door, "GET", path, headers=door.members.bearer(role))
        assert (status, problem["code"]) == (expected, "forbidden")


async def test_an_admin_may(door):
    assert (await call(door, "GET", headers=door.members.bearer("admin")))[0] == 200


async def test_a_change_counts_in_every_process_at_once_and_can_be_taken_back(door, here, there):
    status, answer = await call(door, "PATCH", "/commands/catalogue.database.read", {"timeout_seconds": 2.5})
    assert status == 200
    assert answer["changed"] == {"timeout_seconds": 2.5}
    assert {one["name"]: one["applied"] for one in answer["processes"]} == {
        "front": True,
        "catalogue": True,
        "billing": False,
    }
    assert there.get("catalogue.database.read").settings.timeout_seconds == 2.5
    status, answer = await call(door, "PATCH", "/commands/catalogue.database.read", {"breaker_force": "open"})
    assert answer["changed"] == {"timeout_seconds": 2.5, "breaker_force": "open"}
    assert there.get("catalogue.database.read").settings.breaker_force == "open"
    page = (await call(door, "GET"))[1]
    assert [(one["name"], one["by"]) for one in page["changes"]] == [("catalogue.database.read", "operator")]
    assert page["processes"][1]["commands"][0]["changed"] == {"timeout_seconds": 2.5, "breaker_force": "open"}
    answer = (await call(door, "PATCH", "/commands/catalogue.database.read", {"breaker_force": "none"}))[1]
    assert answer["changed"] == {"timeout_seconds": 2.5}
    answer = (await call(door, "DELETE", "/commands/catalogue.database.read"))[1]
    assert answer["changed"] == {}
    assert there.get("catalogue.database.read").settings.timeout_seconds == 1.0
    assert (await call(door, "DELETE", "/commands/catalogue.database.read"))[0] == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout_seconds": 0},
        {"timeout_seconds": "soon"},
        {"max_concurrent": 0},
        {"max_concurrent": 10**9},
        {"breaker_force": "ajar"},
        {"nonsense": 1},
        {"error_threshold_percent": 101},
        [],
    ],
)
async def test_what_no_command_can_have_changes_nothing(door, there, wrong):
    status, problem = await call(door, "PATCH", "/commands/catalogue.database.read", wrong)
    assert (status, problem["code"]) in [(400, "command-change"), (400, "request-shape")]
    assert dict(there.tuning.changed("catalogue.database.read")) == {}
    assert (await call(door, "GET"))[1]["changes"] == []


async def test_a_command_that_nobody_has_is_not_found(door):
    status, problem = await call(door, "PATCH", "/commands/nobody.knows", {"timeout_seconds": 2})
    assert (status, problem["code"]) == (404, "no-command")
    for method, path, expected in (
        ("POST", "", 405),
        ("GET", "/commands/Catalogue.browse", 405),
        ("GET", "/elsewhere", 404),
        ("GET", "/faults", 405),
    ):
        assert (await call(door, method, path))[0] == expected, path


async def test_changes_are_there_after_a_restart_of_the_gateway(tmp_path, fleet, there):
    async with open_door(tmp_path, {}, fleet=fleet) as door:
        await call(door, "PATCH", "/commands/catalogue.database.read", {"max_concurrent": 3})
    there.tuning.change_all({})
    async with open_door(tmp_path, {}, fleet=fleet) as door:
        await until(lambda: there.get("catalogue.database.read").settings.max_concurrent == 3)
        assert (await call(door, "GET"))[1]["changes"][0]["values"] == {"max_concurrent": 3}


async def test_a_process_that_started_again_hears_of_changes(door, there):
    await call(door, "PATCH", "/commands/catalogue.database.read", {"max_concurrent": 3})
    there.tuning.change_all({})
    await until(lambda: there.get("catalogue.database.read").settings.max_concurrent == 3)


async def test_it_says_when_changes_do_not_survive(tmp_path):
    async with open_door(tmp_path, {}, fleet=lone_fleet(commands_of("a.b"))) as door:
        assert (await call(door, "GET"))[1]["changes_survive_restart"] is False
        assert (await call(door, "PATCH", "/commands/a.b", {"max_concurrent": 3}))[1]["survives_restart"] is False


@pytest.mark.parametrize(
    "written",
    [
        b"{not json",
        b'{"a.b\xff": {}}',
        b'{"a.b":' * 100_000,
        b'{"a.b": {"values": {"max_concurrent": 0}, "at": "2026-01-01T00:00:00Z", "by": "admin"}}',
    ],
)
async def test_a_file_that_nobody_can_read_stops_nothing(tmp_path, written):
    path = tmp_path / "operations.json"
    path.write_bytes(written)
    async with open_door(tmp_path, {}, fleet=lone_fleet(commands_of("a.b"), changes_file=path)) as door:
        assert (await call(door, "GET"))[1]["changes"] == []
        assert (await call(door, "PATCH", "/commands/a.b", {"max_concurrent": 3}))[0] == 200
    kept = ChangesFile(path)
    kept.load()
    assert kept.values() == {"a.b": {"max_concurrent": 3}}


async def test_a_change_that_cannot_be_kept_is_told_and_counts_nowhere(tmp_path, monkeypatch):
    def full(*_arguments, **_named):
        raise OSError(errno.ENOSPC, "No space left on device")

    commands, path = commands_of("a.b"), tmp_path / "operations.json"
    async with open_door(tmp_path, {}, fleet=lone_fleet(commands, changes_file=path)) as door:
        assert (await call(door, "PATCH", "/commands/a.b", {"max_concurrent": 3}))[0] == 200
        with monkeypatch.context() as broken:
            broken.setattr("matinee.services.gateway.adapters.changes.write_synced", full)
            for method, body in (("PATCH", {"max_concurrent": 4}), ("DELETE", None)):
                status, problem = await call(door, method, "/commands/a.b", body)
                assert (status, problem["code"]) == (503, "changes-not-kept")
        assert (await call(door, "GET"))[1]["changes"][0]["values"] == {"max_concurrent": 3}
        assert commands.get("a.b").settings.max_concurrent == 3
    kept = ChangesFile(path)
    kept.load()
    assert kept.values() == {"a.b": {"max_concurrent": 3}}


async def test_memory_and_file_agree_when_the_name_of_the_file_is_not_sure(tmp_path, monkeypatch):
    def broken(_folder):
        raise OSError(errno.EIO, "Input/output error")

    commands, path = commands_of("a.b"), tmp_path / "operations.json"
    async with open_door(tmp_path, {}, fleet=lone_fleet(commands, changes_file=path)) as door:
        monkeypatch.setattr("matinee.services.gateway.adapters.changes.sync_folder", broken)
        status, problem = await call(door, "PATCH", "/commands/a.b", {"max_concurrent": 3})
        assert (status, problem["code"]) == (503, "changes-not-kept")
        assert (await call(door, "GET"))[1]["changes"][0]["values"] == {"max_concurrent": 3}
        await until(lambda: commands.get("a.b").settings.max_concurrent == 3)
    kept = ChangesFile(path)
    kept.load()
    assert kept.values() == {"a.b": {"max_concurrent": 3}}


async def test_failures_on_purpose_reach_every_process_and_end(door, here, there):
    wanted = {"items": [{"pattern": "*.database.*", "kind": "delay", "seconds": 0.2}]}
    status, answer = await call(door, "PUT", "/faults", wanted)
    assert (status, len(answer["items"])) == (200, 1)
    assert there.get("catalogue.database.read").fault.seconds == 0.2
    assert here.get("gateway.database.read").fault.seconds == 0.2
    assert here.get("Catalogue.browse").fault is None
    assert len((await call(door, "GET"))[1]["faults"]["items"]) == 1
    assert (await call(door, "PUT", "/faults", {"items": [{"pattern": "a b", "kind": "fail"}]}))[0] == 400
    assert (await call(door, "DELETE", "/faults"))[0] == 200
    assert there.get("catalogue.database.read").fault is None


async def test_failures_on_purpose_are_refused_where_they_are_not_allowed(tmp_path):
    commands = commands_of("a.b", allow_faults=False)
    async with open_door(tmp_path, {}, fleet=lone_fleet(commands)) as door:
        status, problem = await call(door, "PUT", "/faults", {"items": [{"pattern": "*", "kind": "fail"}]})
        assert (status, problem["code"]) == (403, "faults-forbidden")
        assert (await call(door, "GET"))[1]["faults"] == {"allowed": False, "items": []}


async def lines(answer, count, seconds=10.0):
    found = []
    async with asyncio.timeout(seconds):
        while len(found) < count:
            line = (await answer.content.readline()).decode().rstrip("\n")
            if line.startswith("data: "):
                found.append(msgspec.json.decode(line.removeprefix("data: ")))
            elif line:
                found.append(line)
    return found


async def test_the_stream_has_every_object_at_first_and_then_what_changes(door, there):
    async with door.http.get(f"{door.url}{PAGE}/live", headers=door.operator) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=UTF-8"
        assert answer.headers["cache-control"] == "no-store"
        first = await lines(answer, 8)
        assert (first[0], first[-1]) == ("retry: 1000", "ping: ")
        objects = {(one.get("process", ""), one["type"], one["name"]): one for one in first[1:-1]}
        assert {key[2] for key in objects} == {
            "front",
            "shelves",
            "billing",
            "Catalogue.browse",
            "gateway.database.read",
            "catalogue.database.read",
        }
        assert objects["", "process", "billing"]["state"] == "away"
        shown = objects["shelves", "HystrixCommand", "catalogue.database.read"]
        assert (shown["requestCount"], shown["breakerState"]) == (0, "closed")
        assert shown["currentTime"] > 0

        async def fine():
            return 1

        await there.get("catalogue.database.read").run(fine)
        async with asyncio.timeout(5):
            while True:
                (line,) = await lines(answer, 1)
                if isinstance(line, dict) and line.get("requestCount") == 1:
                    break
        assert (line["process"], line["name"]) == ("shelves", "catalogue.database.read")


async def test_a_sixth_follower_is_refused_and_a_place_comes_free_when_one_goes(door):
    async with AsyncExitStack() as stack, aiohttp.ClientSession() as http:
        opened = []
        for _ in range(5):
            answer = await stack.enter_async_context(http.get(f"{door.url}{PAGE}/live", headers=door.operator))
            await lines(answer, 1)
            opened.append(answer)
        status, problem = await call(door, "GET", "/live")
        assert (status, problem["code"]) == (503, "operations-full")
        opened[0].close()
        async with asyncio.timeout(10):
            while (await status_of(http, door)) != 200:
                await asyncio.sleep(0.05)


async def status_of(http, door):
    async with http.get(f"{door.url}{PAGE}/live", headers=door.operator) as answer:
        return answer.status


async def test_nobody_looks_when_nobody_follows(tmp_path):
    class Counting:
        looks = 0

        async def report(self):
            self.looks += 1
            return await ProcessOperations("one", (), commands_of("a.b")).report()

        async def apply(self, *, changes, faults):
            """Nothing is changed here."""

    counting = Counting()
    fleet = Fleet(members=(Member(name="one", rooms=(), operations=counting),))
    async with open_door(tmp_path, {}, fleet=fleet) as door:
        async with door.http.get(f"{door.url}{PAGE}/live", headers=door.operator) as answer:
            await lines(answer, 8)
            assert counting.looks >= 2
        await asyncio.sleep(1.2)  # longer than two looks apart, to see that there is none
        looks = counting.looks
        await asyncio.sleep(0.7)
        assert counting.looks == looks


async def test_the_routes_stand_in_the_apis_description(door):
    async with door.http.get(f"{door.url}/openapi.json") as answer:
        paths = msgspec.json.decode(await answer.read())["paths"]
    described = {
        f"{method.upper()} {path}" for path, item in paths.items() for method in item if method != "parameters"
    }
    assert {route for route in TABLE["gateway"] if "/admin/operations" in route} <= described
