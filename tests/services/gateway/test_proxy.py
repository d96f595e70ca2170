import asyncio
import contextlib
import io
import os
import time

import aiohttp
import msgspec
import psutil
import pytest
from tests.services.gateway.conftest import echo, seen

from matinee.services.gateway.settings import GatewaySettings
from matinee.testing.doors import free_port, listening, open_door

MIB = 2**20


@contextlib.asynccontextmanager
async def far(tmp_path, app, **settings):
    """A door with one room in another listener."""
    prefixes = ("/api/v1/far", "/api/v1/uploads")
    async with listening(app) as url:
        table = dict.fromkeys(prefixes, url)
        async with open_door(tmp_path, table, GatewaySettings(**settings)) as door:
            yield door


async def problem(door, path, method="GET", **options):
    async with door.http.request(method, door.url + path, **options) as answer:
        return answer, msgspec.json.decode(await answer.read())


async def test_a_request_arrives_elsewhere_as_it_was_sent(tmp_path):
    async with far(tmp_path, echo) as door:
        body = os.urandom(3 * MIB)
        options = {"data": io.BytesIO(body), "headers": {"upload-offset": "7"}}
        request = await seen(door, "/api/v1/uploads/a~b?x=1%2B2&y=a+b", "PATCH", **options)
    assert (request["method"], request["path"], request["query"]) == ("PATCH", "/api/v1/uploads/a~b", "x=1%2B2&y=a+b")
    assert request["size"] == len(body)
    assert request["by_name"]["upload-offset"] == "7"
    assert request["by_name"]["content-length"] == str(len(body))
    assert "transfer-encoding" not in request["by_name"]
    assert "x-matinee-passport" in request["by_name"]


async def test_answers_come_back_whole_with_their_headers(tmp_path):
    payload = os.urandom(5 * MIB)

    async def room(scope, receive, send):
        headers = [(b"content-length", str(len(payload)).encode()), (b"x-room", b"1"), (b"connection", b"x-hop")]
        cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
        await send({"type": "http.response.start", "status": 206, "headers": [*headers, *cookies]})
        await send({"type": "http.response.body", "body": payload})

    async with far(tmp_path, room) as door, door.http.get(f"{door.url}/api/v1/far") as answer:
        assert await answer.read() == payload
        assert answer.status == 206
        assert answer.headers["x-room"] == "1"
        assert answer.headers.getall("set-cookie") == ["a=1; HttpOnly", "b=2; HttpOnly"]


@pytest.mark.parametrize("status", [204, 304])
async def test_answers_without_a_body_stay_without(tmp_path, status):
    async def room(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": [(b"etag", b'"x"')]})
        await send({"type": "http.response.body", "body": b""})

    async with far(tmp_path, room) as door, door.http.get(f"{door.url}/api/v1/far") as answer:
        assert (answer.status, await answer.read(), answer.headers["etag"]) == (status, b"", '"x"')


async def test_events_pass_one_by_one_and_a_leaving_client_is_noticed(tmp_path):
    left = asyncio.Event()
    step = asyncio.Event()

    async def room(scope, receive, send):
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(3):
            await send({"type": "http.response.body", "body": f"data: {number}\n\n".encode(), "more_body": True})
            await step.wait()
            step.clear()
        while (await receive())["type"] != "http.disconnect":
            continue
        left.set()

    async with far(tmp_path, room) as door:
        async with door.http.get(f"{door.url}/api/v1/far") as answer:
            for number in range(3):
                async with asyncio.timeout(5):
                    assert await answer.content.readuntil(b"\n\n") == f"data: {number}\n\n".encode()
                step.set()
        async with asyncio.timeout(5):
            await left.wait()


@pytest.mark.slow
async def test_a_large_upload_passes_in_bounded_memory_however_slow_the_room_is(tmp_path):
    size = 300 * MIB
    taken = 0

    async def room(scope, receive, send):
        nonlocal taken
        while True:
            message = await receive()
            taken += len(message.get("body", b""))
            if taken < 40 * MIB:
                await asyncio.sleep(0)
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def film():
        piece = bytes(MIB)
        for _ in range(size // MIB):
            yield piece

    async with far(tmp_path, room) as door:
        process = psutil.Process()
        before, peak = process.memory_info().rss, 0
        headers = {"content-length": str(size)}
        sending = asyncio.create_task(door.http.patch(f"{door.url}/api/v1/uploads/x", data=film(), headers=headers))
        while not sending.done():
            peak = max(peak, process.memory_info().rss)
            await asyncio.sleep(0.02)
        async with await sending as answer:
            assert answer.status == 204
    assert taken == size
    # Client, door and room are all in this process, and each may hold a few pieces.
    assert peak - before < 64 * MIB


async def test_a_room_that_is_away_is_said_to_be(tmp_path):
    async with open_door(tmp_path, {"/api/v1/far": f"http://127.0.0.1:{free_port()}"}) as door:
        for method in ("GET", "POST"):
            answer, told = await problem(door, "/api/v1/far", method)
            assert (answer.status, told["code"]) == (503, "room-away")
            assert int(answer.headers["retry-after"]) > 0


async def test_a_room_that_is_silent_is_given_up(tmp_path):
    async def room(scope, receive, send):
        await asyncio.sleep(30)

    async with far(tmp_path, room, read_seconds=0.3) as door:
        started = time.monotonic()
        answer, told = await problem(door, "/api/v1/far")
        assert (answer.status, told["code"]) == (504, "deadline")
        assert "retry-after" in answer.headers
        assert time.monotonic() - started < 3


@contextlib.asynccontextmanager
async def misbehaving(*answers):
    """Listens and gives each connection the next answer, the last one for ever; counts connections."""
    count = 0

    async def serve(reader, writer):
        nonlocal count
        answer = answers[min(count, len(answers) - 1)]
        count += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", lambda: count


GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def test_reading_is_tried_once_more_and_writing_never(tmp_path):
    async with misbehaving(b"", GOOD) as (url, count), open_door(tmp_path, {"/api/v1/far": url}) as door:
        async with door.http.get(f"{door.url}/api/v1/far") as answer:
            assert (answer.status, await answer.read()) == (200, b"ok")
        assert count() == 2
    async with misbehaving(b"", GOOD) as (url, count), open_door(tmp_path, {"/api/v1/far": url}) as door:
        answer, told = await problem(door, "/api/v1/far", "POST", data=b"x")
        assert (answer.status, told["code"], count()) == (502, "room-broken", 1)


@pytest.mark.parametrize("answer", [b"", b"not HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"])
async def test_a_room_that_does_not_speak_http_is_broken(tmp_path, answer):
    async with misbehaving(answer) as (url, _), open_door(tmp_path, {"/api/v1/far": url}) as door:
        got, told = await problem(door, "/api/v1/far")
        assert (got.status, told["code"]) == (502, "room-broken")


async def test_half_an_answer_from_elsewhere_is_broken_off(tmp_path):
    half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
    async with misbehaving(half) as (url, _), open_door(tmp_path, {"/api/v1/far": url}) as door:
        with pytest.raises(aiohttp.ClientPayloadError):
            async with door.http.get(f"{door.url}/api/v1/far") as answer:
                await answer.read()


async def test_an_upload_may_take_longer_than_a_room_may_be_silent(tmp_path):
    async def slowly():
        for _ in range(6):
            yield b"x" * 1000
            await asyncio.sleep(0.1)

    async with far(tmp_path, echo, read_seconds=0.3) as door:
        request = await seen(door, "/api/v1/uploads/x", "PATCH", data=slowly())
    assert request["size"] == 6000


async def test_a_room_may_refuse_an_upload_before_its_end(tmp_path):
    async def room(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 409, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})

    async def endless():
        for _ in range(2000):
            yield bytes(64 * 1024)

    async with far(tmp_path, room) as door:
        try:
            async with asyncio.timeout(10), door.http.patch(f"{door.url}/api/v1/uploads/x", data=endless()) as answer:
                assert answer.status == 409
        except (aiohttp.ClientConnectionError, ConnectionError):
            # The room closed while we were still sending; what counts is that nothing hangs.
            return


async def test_an_answer_without_end_is_broken_off_before_it_fills_memory(tmp_path):
    sent = 0

    async def room(scope, receive, send):
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        while True:
            await send({"type": "http.response.body", "body": bytes(64 * 1024), "more_body": True})
            sent += 64 * 1024
            await asyncio.sleep(0)

    settings = GatewaySettings(max_answer_bytes=MIB)
    async with open_door(tmp_path, {"/api/v1/near": room}, settings) as door:
        received = 0
        with contextlib.suppress(aiohttp.ClientPayloadError):
            async with asyncio.timeout(10), door.http.get(f"{door.url}/api/v1/near") as answer:
                async for piece in answer.content.iter_any():
                    received += len(piece)
    assert sent <= MIB
    assert received <= MIB
