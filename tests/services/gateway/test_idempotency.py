import asyncio
import io
import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
from sqlalchemy import text

from matinee.engines.relational import migrate, open_database
from matinee.kit.clock import SystemClock
from matinee.services.gateway import module
from matinee.services.gateway.adapters.idempotency import SqlIdempotency
from matinee.services.gateway.ports import Attempt, KeptAnswer, TooManyKeysError
from matinee.services.gateway.settings import GatewaySettings
from matinee.testing.access_tokens import TestMembers
from matinee.testing.doors import free_port, listening, open_door

MIB = 2**20
ROOM = "/api/v1/room"


class Room:
    """Counts what it carries out, and answers as it is told."""

    def __init__(self):
        self.done = []
        self.keys = []
        self.status = 201
        self.headers = [(b"content-type", b"application/json"), (b"location", b"/x/1")]
        self.body = None
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = dict(scope["headers"])
        self.done.append((scope["method"], scope["path"], body))
        self.keys.append(headers.get(b"idempotency-key", b"").decode())
        await self.go_on.wait()
        answer = msgspec.json.encode({"number": len(self.done)}) if self.body is None else self.body
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": answer})


@pytest.fixture
def room():
    return Room()


@pytest.fixture(params=["one process", "many"])
async def door(request, tmp_path, room):
    if request.param == "one process":
        async with open_door(tmp_path, {ROOM: room, "/api/v1/uploads": room}) as opened:
            yield opened
    else:
        async with listening(room) as url, open_door(tmp_path, {ROOM: url, "/api/v1/uploads": url}) as opened:
            yield opened


async def ask(door, key="k1", method="POST", path=ROOM, who=None, **options):
    headers = {**(door.members.bearer() if who is None else who), **options.pop("headers", {})}
    if key is not None:
        headers["idempotency-key"] = key
    options["data"] = io.BytesIO(options.get("data", b'{"amount": 1}'))
    async with door.http.request(method, door.url + path, headers=headers, **options) as answer:
        body = await answer.read()
        problem = "problem" in answer.headers.get("content-type", "")
        told = msgspec.json.decode(body)["code"] if problem else body
        return answer.status, told, answer.headers


async def test_the_same_request_is_carried_out_once(door, room):
    first = await ask(door)
    for _ in range(3):
        again = await ask(door)
        assert (again[0], again[1]) == (first[0], first[1]) == (201, b'{"number":1}')
        assert again[2]["location"] == "/x/1"
        assert again[2]["idempotency-replayed"] == "true"
        assert again[2]["x-request-id"] != first[2]["x-request-id"]
        assert again[2]["x-content-type-options"] == "nosniff"
    assert "idempotency-replayed" not in first[2]
    assert room.done == [("POST", ROOM, b'{"amount": 1}')]
    assert room.keys == ["k1"]


async def test_without_a_key_every_request_is_carried_out(door, room):
    for _ in range(2):
        assert (await ask(door, None))[0] == 201
    assert len(room.done) == 2


async def test_caller_method_path_and_key_make_a_request(door, room):
    await ask(door)
    await ask(door, who=door.members.bearer("editor"))
    await ask(door, who=door.operator)
    await ask(door, who={})
    await ask(door, method="PUT")
    await ask(door, path=f"{ROOM}/other")
    await ask(door, "k2")
    assert len(room.done) == 7
    await ask(door, who=door.operator)
    await ask(door, who={})
    await ask(door, who=door.members.bearer(sid="another-session", pid="another-profile"))
    assert len(room.done) == 7


async def test_attack_10_a_key_is_not_reused_for_something_else(door, room):
    await ask(door)
    for changes in ({"data": b'{"amount": 9}'}, {"path": f"{ROOM}?x=1"}, {"headers": {"if-match": "2"}}):
        assert (await ask(door, **changes))[:2] == (422, "idempotency-key-reused")
    assert len(room.done) == 1


async def test_attack_09_nobody_reads_anothers_answer(door, room):
    room.body = b'"secret of a member"'
    await ask(door)
    for who in (door.members.bearer("admin"), {}, door.operator):
        room.body = b'"mine"'
        assert (await ask(door, who=who))[1] == b'"mine"'


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "\t"])
async def test_keys_are_short_and_visible(door, room, key):
    raw = b"POST /api/v1/room HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nIdempotency-Key: %s\r\n\r\n"
    answer = await door.raw(raw % key.encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"idempotency-key" in answer
    twice = raw % b"a" + b""
    twice = twice.replace(b"\r\n\r\n", b"\r\nIdempotency-Key: a\r\n\r\n")
    assert (await door.raw(twice)).startswith(b"HTTP/1.1 400 ")
    assert room.done == []


async def test_while_the_first_is_at_work_others_are_told_to_wait(door, room):
    room.go_on.clear()
    first = asyncio.create_task(ask(door))
    async with asyncio.timeout(10):
        while not room.done:
            await asyncio.sleep(0.01)
    others = await asyncio.gather(*(ask(door) for _ in range(5)))
    assert {other[:2] for other in others} == {(409, "idempotency-in-progress")}
    room.go_on.set()
    assert (await first)[0] == 201
    assert (await ask(door))[1] == b'{"number":1}'
    assert len(room.done) == 1


async def test_of_many_at_once_one_is_carried_out(door, room):
    statuses = [one[0] for one in await asyncio.gather(*(ask(door) for _ in range(20)))]
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert len(room.done) == 1


@pytest.mark.parametrize("status", [500, 503, 401, 403, 409, 429])
async def test_what_passes_is_not_kept(door, room, status):
    room.status = status
    assert (await ask(door))[0] == status
    room.status = 201
    assert (await ask(door))[0] == 201
    assert len(room.done) == 2


@pytest.mark.parametrize("status", [200, 202, 204, 302, 400, 402, 404, 422])
async def test_what_stays_so_is_kept(door, room, status):
    room.status, room.body = status, b"" if status == 204 else b"{}"
    for _ in range(2):
        async with door.http.post(
            door.url + ROOM, headers={"idempotency-key": "k"}, data=b"1", allow_redirects=False
        ) as answer:
            assert (answer.status, await answer.read()) == (status, room.body)
    assert len(room.done) == 1


async def test_answers_that_set_cookies_are_not_kept(door, room):
    room.headers = [(b"set-cookie", b"matinee_access=secret; Path=/")]
    await ask(door)
    await ask(door)
    assert len(room.done) == 2


async def test_a_client_that_leaves_finds_its_answer_later(door, room):
    room.go_on.clear()
    head = f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k1\r\nContent-Length: 1\r\n"
    head += f"Authorization: {door.members.bearer()['authorization']}\r\n\r\n1"
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(head.encode())
    async with asyncio.timeout(10):
        while not room.done:
            await asyncio.sleep(0.01)
        writer.close()
        await asyncio.sleep(0.1)
        room.go_on.set()
        while (again := await ask(door, data=b"1"))[0] == 409:
            await asyncio.sleep(0.02)
    assert (again[0], again[1]) == (201, b'{"number":1}')
    assert len(room.done) == 1


async def test_large_bodies_are_hashed_as_they_pass(door, room):
    picture = os.urandom(5 * MIB)
    path = "/api/v1/uploads"
    assert (await ask(door, path=path, data=picture))[0] == 201
    assert (await ask(door, path=path, data=picture))[:2] == (201, b'{"number":1}')
    assert (await ask(door, path=path, data=picture[:-1] + b"x"))[:2] == (422, "idempotency-key-reused")
    assert (await ask(door, path=path, data=picture, headers={"upload-metadata": "x"}))[0] == 422
    assert [len(body) for _, _, body in room.done] == [5 * MIB]


async def test_pieces_of_uploads_are_told_apart_by_their_offset(door, room):
    for _ in range(2):
        assert (await ask(door, method="PATCH", path="/api/v1/uploads/1"))[0] == 201
    assert len(room.done) == 2


async def test_answers_too_large_to_keep_say_so(door, room):
    room.body = b"x" * (MIB + 1)
    assert (await ask(door))[:2] == (201, room.body)
    assert (await ask(door))[:2] == (409, "idempotency-answer-not-kept")
    assert len(room.done) == 1


async def test_attack_30_a_body_over_its_bound_is_refused_and_frees_the_key(tmp_path, room):
    async with open_door(tmp_path, {ROOM: room}, GatewaySettings(max_body_bytes=3 * MIB)) as door:

        async def pieces():
            for _ in range(5):
                yield bytes(MIB)

        headers = {"idempotency-key": "k1"}
        async with door.http.post(door.url + ROOM, headers=headers, data=pieces()) as answer:
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (413, "body-too-large")
        async with door.http.post(door.url + ROOM, headers=headers, data=b"small") as answer:
            assert answer.status == 201
    assert [body for _, _, body in room.done] == [b"small"]


async def test_where_nothing_is_nothing_is_kept(door, room):
    assert (await ask(door, path="/api/v1/nowhere"))[:2] == (404, "not-found")
    assert (await ask(door, path="/api/v1/nowhere", data=b"other"))[:2] == (404, "not-found")


async def test_a_room_that_is_away_frees_the_key(tmp_path, room):
    url = f"http://127.0.0.1:{free_port()}"
    async with open_door(tmp_path, {ROOM: url}) as door:
        for _ in range(2):
            assert (await ask(door))[:2] == (503, "room-away")


async def test_a_room_that_breaks_off_keeps_the_key_for_its_lease(tmp_path):
    calls = []

    async def broken(reader, writer):
        calls.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(broken, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, open_door(tmp_path, {ROOM: url}, GatewaySettings(idempotency_lease_seconds=1)) as door:
        assert (await ask(door))[:2] == (502, "room-broken")
        assert (await ask(door))[:2] == (409, "idempotency-in-progress")
        assert (await ask(door, data=b"other"))[:2] == (422, "idempotency-key-reused")
        async with asyncio.timeout(10):
            while (again := await ask(door))[0] == 409:
                await asyncio.sleep(0.1)
        assert again[:2] == (502, "room-broken")
    assert len(calls) == 2
    assert all(b"idempotency-key: k1" in call.lower() for call in calls)


async def test_attack_25_answers_are_sealed_at_rest(tmp_path, room):
    room.body = b'{"name":"Somebody Private"}'
    async with open_door(tmp_path, {ROOM: room}) as door:
        await ask(door, "key-in-plain-sight")
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("gateway.db*"))
    for secret in (b"Somebody", b"key-in-plain-sight", b"account-member", b"127.0.0.1"):
        assert secret not in stored
    async with open_door(tmp_path, {ROOM: room}, members=TestMembers()) as door:
        assert (await ask(door, "key-in-plain-sight"))[1] == room.body
    assert len(room.done) == 1


def attempt(clock, place="p", caller="c", claim="1", fingerprint=b"f"):
    return Attempt(place, caller, claim, fingerprint, clock.now())


@pytest.fixture
async def store(tmp_path):
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/keys.db") as database:
        await migrate(database, room="gateway", script_location=module._MIGRATIONS)
        made = SqlIdempotency(database, bytes(32))
        made.database = database
        yield made


async def begin(store, made, *, keys=10, lease=60, keep=90_000):
    stale, old = made.started_at - timedelta(seconds=lease), made.started_at - timedelta(seconds=keep)
    return await store.begin(made, stale_before=stale, old_before=old, keys=keys)


async def test_only_the_last_owner_of_a_place_finishes_it(store):
    clock = SystemClock()
    first, second = attempt(clock), attempt(clock, claim="2")
    assert await begin(store, first) is None
    assert await begin(store, second, lease=-1) is None
    await store.finish(first, fingerprint=b"f", answer=KeptAnswer(200, [], b"late"))
    await store.release(first)
    assert not (await begin(store, attempt(clock, claim="3"))).finished
    await store.finish(second, fingerprint=b"f", answer=KeptAnswer(201, [(b"a", b"b")], b"good"))
    await store.release(second)
    earlier = await begin(store, attempt(clock, claim="4"), lease=-1)
    assert earlier.finished
    assert (earlier.answer.status, earlier.answer.body) == (201, b"good")


async def test_a_caller_has_so_many_keys_and_time_frees_them(store):
    clock = SystemClock()
    for number in range(3):
        assert await begin(store, attempt(clock, place=f"p{number}"), keys=3) is None
    with pytest.raises(TooManyKeysError):
        await begin(store, attempt(clock, place="p9"), keys=3)
    assert await begin(store, attempt(clock, place="other", caller="d"), keys=3) is None
    assert await store.sweep(old_before=clock.now() - timedelta(hours=24)) == 0
    assert await store.sweep(old_before=clock.now() + timedelta(seconds=1)) == 4
    async with store.database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM gateway_idempotency"))).scalar_one() == 0


async def test_an_answer_sealed_by_another_key_is_not_read(store):
    clock = SystemClock()
    first = attempt(clock)
    await begin(store, first)
    await store.finish(first, fingerprint=b"f", answer=KeptAnswer(200, [], b"x"))
    earlier = await begin(SqlIdempotency(store.database, bytes(31) + b"1"), attempt(clock, claim="2"))
    assert (earlier.finished, earlier.answer) == (True, None)


PROCESS = """
    import asyncio, sys
    from pathlib import Path
    from matinee.services.gateway.settings import GatewaySettings
    from matinee.testing.doors import open_door

    folder = Path(sys.argv[1])

    async def room(scope, receive, send):
        message = await receive()
        headers = dict(scope["headers"])
        with (folder / "done.txt").open("a") as done:
            done.write(headers[b"idempotency-key"].decode() + " " + message["body"].decode() + "\\n")
        if message["body"] == b"hang" and not (folder / "go").exists():
            await asyncio.Event().wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": message["body"]})

    async def main():
        settings = GatewaySettings(idempotency_lease_seconds=3)
        async with open_door(folder, {"/api/v1/room": room}, settings) as door:
            print(door.url, flush=True)
            await asyncio.Event().wait()

    asyncio.run(main())
"""


class Killed:
    """A door in a process of its own, to be ended as by a power cut."""

    def __init__(self, folder: Path) -> None:
        argv = [sys.executable, "-c", textwrap.dedent(PROCESS), str(folder)]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        line = ""
        while not line.startswith("http"):
            line = self.process.stdout.readline()
            assert line, "the door did not open"
        self.url = line.strip()

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


async def send(http, url, key, body):
    async with http.post(url + ROOM, data=body, headers={"idempotency-key": key}) as answer:
        return answer.status, await answer.read()


@pytest.mark.slow
async def test_a_killed_door_neither_loses_an_answer_nor_repeats_at_once(tmp_path):
    done = tmp_path / "done.txt"
    first = Killed(tmp_path)
    async with aiohttp.ClientSession() as http:
        assert await send(http, first.url, "finished", b"once") == (201, b"once")
        hanging = asyncio.create_task(send(http, first.url, "hanging", b"hang"))
        async with asyncio.timeout(10):
            while "hanging hang" not in done.read_text():
                await asyncio.sleep(0.02)
        first.kill()
        with pytest.raises(aiohttp.ClientError):
            await hanging
        (tmp_path / "go").touch()
        second = Killed(tmp_path)
        try:
            assert await send(http, second.url, "finished", b"once") == (201, b"once")
            assert (await send(http, second.url, "hanging", b"other"))[0] == 422
            statuses = []
            async with asyncio.timeout(30):
                while statuses[-1:] != [201]:
                    statuses.append((await send(http, second.url, "hanging", b"hang"))[0])
                    await asyncio.sleep(0.1)
            assert set(statuses) <= {409, 201}
            assert await send(http, second.url, "hanging", b"hang") == (201, b"hang")
        finally:
            second.kill()
    assert done.read_text().splitlines() == ["finished once", "hanging hang", "hanging hang"]


async def test_attack_12_a_licence_is_never_answered_from_what_was_kept(tmp_path, room):
    """Its token stands in a header and runs out; a kept answer would hand the key to whoever has neither."""
    path = "/api/v1/licences"
    async with open_door(tmp_path, {path: room}) as door:
        for token in ("Bearer good.token", "Bearer other.token"):
            status, _, headers = await ask(door, path=path, who={"authorization": token})
            assert status == 201
            assert "idempotency-replayed" not in headers
    assert len(room.done) == 2
