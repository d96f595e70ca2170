"""Malformed, oversized, slow and deceiving requests against the door on its socket."""

import asyncio
import time
import zlib

import msgspec
import pytest
from tests.services.gateway.conftest import echo

from matinee.services.gateway.settings import GatewaySettings
from matinee.testing.doors import open_door, open_front_rooms

MIB = 2**20
SECRET = b"outside of the web folder"


@pytest.fixture
async def door(tmp_path):
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>page")
    (tmp_path / "secret.txt").write_bytes(SECRET)
    (web / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (web / "up").symlink_to(tmp_path)
    settings = GatewaySettings(web_folder=str(web), body_seconds=0.5, upload_idle_seconds=0.5)
    async with open_door(tmp_path, {"/api/v1/echo": echo, "/api/v1/uploads": echo}, settings) as opened:
        yield opened


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


async def test_attack_01_no_spelling_leads_out_of_the_web_folder(door):
    climbs = (
        "..",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "..%2f",
        "..%5c",
        "..\\",
        "%252e%252e",
        "....//",
        "..;",
        "%c0%ae%c0%ae",
        "\\..",
    )
    for climb in climbs:
        for where in ("", "assets/", "assets/../", "//", "./", "%2f"):
            target = f"/{where}{climb}/secret.txt".encode()
            answer = await door.raw(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n")
            assert status_of(answer) in {400, 404}, (target, answer[:80])
            assert SECRET not in answer
    for path in ("/assets/link.txt", "/up/secret.txt", "/etc/passwd", "//etc/passwd", "/C:/x", "/secret.txt%00.js"):
        answer = await door.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert status_of(answer) in {400, 404}, path
        assert SECRET not in answer


async def test_attack_01_absolute_targets_and_odd_methods_reach_no_file(door):
    for line in (
        b"GET file:///etc/passwd HTTP/1.1",
        b"GET http://evil.example/secret.txt HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
    ):
        answer = await door.raw(line + b"\r\nHost: x\r\n\r\n")
        assert status_of(answer) in {0, 400, 404}, line
    for method in (b"TRACE", b"CONNECT", b"PROPFIND", b"get", b"X" * 40):
        answer = await door.raw(method + b" /assets/link.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status_of(answer) in {0, 400, 404, 405}, method


async def test_attack_27_a_path_suffix_does_not_make_private_answers_public(tmp_path):
    async with open_front_rooms(tmp_path) as door:
        private = ("/api/v1/operator/session", "/api/v1/browse", "/api/v1/studio/titles")
        suffixes = ("/session.css", ".css", ";.css", "%3b.css", "/x.js", "/..%2fstyle.css", "%0astyle.css", "%23.css")
        for path in private:
            async with door.http.get(door.url + path, headers=door.operator) as answer:
                assert answer.status == 200
                assert "public" not in answer.headers["cache-control"]
                assert {"Cookie", "Authorization"} <= {v.strip() for v in answer.headers["vary"].split(",")}
            for suffix in suffixes:
                head = f"Host: x\r\nAuthorization: Bearer {door.keyring.operator_key()}"
                answer = await door.raw(f"GET {path}{suffix} HTTP/1.1\r\n{head}\r\n\r\n".encode())
                assert status_of(answer) in {400, 404, 405}, path + suffix
                assert b"cache-control: no-store" in answer


async def test_attack_27_headers_that_are_not_keyed_change_nothing(door):
    plain = {"accept": "text/html", "accept-encoding": "identity"}
    async with door.http.get(f"{door.url}/title/x", headers=plain) as answer:
        body, head = await answer.read(), dict(answer.headers)
    poison = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-scheme": "https",
        "x-forwarded-proto": "https",
        "x-original-url": "/api/v1/operator/session",
        "x-rewrite-url": "/api/v1/echo",
        "x-http-method-override": "DELETE",
        "forwarded": "host=evil.example;proto=https",
        "host": "evil.example",
    }
    async with door.http.get(f"{door.url}/title/x", headers={**plain, **poison}) as answer:
        assert await answer.read() == body
        for name in set(head) - {"Date", "X-Request-ID"}:
            assert answer.headers[name] == head[name], name


async def test_attack_30_oversized_heads_are_refused(door):
    long_url = b"GET /?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    fat_header = b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 40_000 + b"\r\n\r\n"
    many = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(200)) + b"\r\n"
    endless = b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * MIB
    for request, statuses in ((long_url, {414}), (fat_header, {431}), (many, {431}), (endless, {0, 400, 431})):
        assert status_of(await door.raw(request)) in statuses, request[:40]


async def test_attack_30_ambiguous_requests_are_not_taken_two_ways(door):
    smuggled = b"GET /api/v1/echo/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    heads = (
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(smuggled),
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x5\r\n",
        b"Host: y\r\n",
    )
    for head in heads:
        request = b"POST /api/v1/echo HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n0\r\n\r\n" + smuggled
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(request)
        answer = b""
        try:
            async with asyncio.timeout(1.5):
                while piece := await reader.read(65_536):
                    answer += piece
        except (TimeoutError, ConnectionError):
            answer += b""
        writer.close()
        first = status_of(answer)
        # Refused outright, or taken in the one way that RFC 9112 §6.3 gives: chunked wins. Never both.
        assert first in {0, 400, 408, 501} or b'"size":0' in answer, (head, answer[:200])
        if first == 200:
            assert b"chunked" in head, head


async def test_attack_30_bodies_over_their_bound_are_refused_while_they_come(door):
    announced = b"POST /api/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
    assert status_of(await door.raw(announced)) == 413
    piece = b"10000\r\n" + bytes(65_536) + b"\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"POST /api/v1/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    sent = 0
    answer = asyncio.create_task(reader.read(65_536))
    while not answer.done() and sent < 64 * MIB:
        try:
            writer.write(piece)
            await writer.drain()
        except ConnectionError:
            break
        sent += 65_536
    try:
        assert status_of(await asyncio.wait_for(answer, 5)) == 413
    except ConnectionError:
        assert sent < 64 * MIB
    writer.close()
    get = b"GET /api/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
    assert status_of(await door.raw(get)) == 413


async def test_attack_30_slow_bodies_are_cut_off(door):
    for path in (b"/api/v1/echo", b"/api/v1/uploads"):
        started = time.monotonic()
        request = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow"
        answer = await door.raw(request)
        assert status_of(answer) == 408, answer[:200]
        assert msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])["code"] == "body-too-slow"
        assert time.monotonic() - started < 3
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"POST /api/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
    answer = asyncio.create_task(reader.read(65_536))
    # A byte now and then does not buy more time on an ordinary route.
    while not answer.done() and time.monotonic() - started < 5:
        writer.write(b"x")
        await asyncio.wait({answer}, timeout=0.1)
    assert status_of(await answer) == 408
    writer.close()


async def test_attack_30_compressed_bodies_are_never_unpacked(door):
    for coding in ("gzip", "deflate", "br", "zstd", "identity, gzip"):
        headers = {"content-encoding": coding}
        data = zlib.compress(bytes(100_000))
        async with door.http.post(f"{door.url}/api/v1/echo", data=data, headers=headers) as answer:
            assert answer.status == 415, coding


async def test_attack_30_malformed_escapes_and_nuls_are_refused(door):
    for target in (
        b"/%",
        b"/%z1",
        b"/a%0",
        b"/%00",
        b"/a%0d%0aSet-Cookie:x",
        b"/%ff%fe",
        b"/api/v1/echo?a=%00",
        b"/a%2fb",
    ):
        answer = await door.raw(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status_of(answer) == 400, target
        assert b"set-cookie" not in answer.lower()
