"""A client that is still writing when it is refused learns why; one that never ends is cut off."""

import asyncio
import contextlib
import select
import socket
import time

import msgspec
import pytest
from tests.services.gateway.conftest import echo

from matinee.host.leftovers import LeftoverBounds, ReadLeftovers
from matinee.host.server import Listener, serving
from matinee.services.gateway.settings import GatewaySettings
from matinee.testing.doors import free_port, listening, open_door

MIB = 2**20
PIECE = 256 * 1024
POSTER = "/api/v1/studio/titles/x/artwork/poster"


async def refuse(scope, receive, send):
    """A room that answers by the head of a request alone, as rooms do to callers without rights."""
    body = b'{"code":"unauthenticated"}'
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 401, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def door(tmp_path):
    settings = GatewaySettings(sign_in_failures=1)
    async with listening(refuse) as elsewhere:
        rooms = {"/api/v1/echo": echo, "/api/v1/uploads": refuse, "/api/v1/uploads/away": elsewhere}
        async with open_door(tmp_path, rooms, settings) as opened:
            yield opened


def write_on(port, head, size, *, first=0, chunked=False):
    """Write a request as a slow client does: its head, and its body when the answer has long come. Return the answer.

    A server that closes after its answer resets this connection, and what it said is lost.

    Args:
        first: bytes of the body that go out with the head.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        kind = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
        sock.sendall(f"{head}\r\nHost: x\r\n{kind}\r\n\r\n".encode())
        sock.sendall(bytes(first))
        if not chunked:
            assert select.select([sock], [], [], 10)[0], "no answer before the body"
        for _ in range((size - first) // PIECE):
            sock.sendall(f"{PIECE:x}\r\n".encode() + bytes(PIECE) + b"\r\n" if chunked else bytes(PIECE))
        if chunked:
            sock.sendall(b"0\r\n\r\n")
        return read_answer(sock)


def read_answer(sock):
    """Return the status and the problem of the next answer."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += received(sock)
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length"))
    while len(body) < length:
        body += received(sock)
    return int(head.split(b" ", 2)[1]), msgspec.json.decode(body)["code"]


def received(sock):
    piece = sock.recv(65_536)
    assert piece, "closed in the middle of an answer"
    return piece


REFUSED = {
    "too large": (f"PUT {POSTER} HTTP/1.1", 413, "body-too-large"),
    "too large for a room": ("POST /api/v1/echo HTTP/1.1", 413, "body-too-large"),
    "a body where none is": ("GET /api/v1/echo HTTP/1.1", 413, "body-too-large"),
    "nobody's address": ("POST /api/v1/uploads/../x HTTP/1.1", 400, "request-shape"),
    "compressed": ("PUT /api/v1/uploads/1 HTTP/1.1\r\nContent-Encoding: gzip", 415, "encoded-body"),
    "wrong method": ("TRACE /api/v1/uploads HTTP/1.1", 405, "method"),
    "wrong key": ("PUT /api/v1/uploads/1 HTTP/1.1\r\nAuthorization: Bearer wrong", 401, "operator-key"),
    "refused by a room": ("PUT /api/v1/uploads/1 HTTP/1.1", 401, "unauthenticated"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
async def test_attack_30_a_refusal_reaches_a_client_that_is_still_writing(door, case):
    head, status, code = REFUSED[case]
    assert await asyncio.to_thread(write_on, door.port, head, 17 * MIB) == (status, code)


async def test_attack_30_a_client_that_has_to_wait_learns_so_while_it_writes(door):
    head = "PUT /api/v1/uploads/1 HTTP/1.1\r\nAuthorization: Bearer wrong"
    for status, code in ((401, "operator-key"), (429, "sign-in-wait")):
        assert await asyncio.to_thread(write_on, door.port, head, 4 * MIB) == (status, code)


async def test_attack_30_a_body_that_grows_over_its_bound_is_read_on_and_refused(door):
    answer = await asyncio.to_thread(write_on, door.port, "POST /api/v1/echo HTTP/1.1", 17 * MIB, chunked=True)
    assert answer == (413, "body-too-large")


async def test_attack_30_the_connection_serves_on_after_a_refused_body(door):
    def twice():
        with socket.create_connection(("127.0.0.1", door.port), timeout=10) as sock:
            for _ in range(2):
                sock.sendall(f"PUT {POSTER} HTTP/1.1\r\nHost: x\r\nContent-Length: {17 * MIB}\r\n\r\n".encode())
                sock.sendall(bytes(17 * MIB))
                yield read_answer(sock)

    assert await asyncio.to_thread(lambda: list(twice())) == [(413, "body-too-large")] * 2


async def test_attack_30_a_client_that_asks_first_is_not_invited_to_write(door):
    def ask():
        with socket.create_connection(("127.0.0.1", door.port), timeout=10) as sock:
            head = f"PUT {POSTER} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {17 * MIB}\r\n\r\n"
            sock.sendall(head.encode())
            return read_answer(sock)

    assert await asyncio.to_thread(ask) == (413, "body-too-large")


def write_until_cut(port, pieces, seconds):
    """Write a body that is announced without end; return how much went out before the other side closed."""
    sent, ends = 0, time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as sock:
        sock.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {2**40}\r\n\r\n".encode())
        read_answer(sock)
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < ends:
                # Readable after its answer: closed. An idle client finds out the same way.
                if select.select([sock], [], [], 0.05)[0] and not sock.recv(1):
                    return sent
                sock.sendall(pieces)
                sent += len(pieces)
            raise AssertionError("never cut off")
    return sent


@pytest.mark.parametrize(
    ("bounds", "piece"),
    [
        (LeftoverBounds(size_bytes=4 * MIB, idle_seconds=20, whole_seconds=20), bytes(MIB)),
        (LeftoverBounds(idle_seconds=0.5, whole_seconds=20), b""),
        (LeftoverBounds(idle_seconds=20, whole_seconds=0.5), b"x"),
    ],
    ids=["size", "idle", "trickle"],
)
async def test_attack_30_a_refused_body_without_end_is_cut_off(bounds, piece):
    listener = Listener("127.0.0.1", free_port(), leftovers=bounds)
    async with serving(refuse, listener):
        sent = await asyncio.to_thread(write_until_cut, listener.port, piece, 10)
    # What the kernels hold on the way comes on top.
    assert sent <= 16 * MIB


async def test_attack_30_leftovers_are_thrown_away_as_they_come():
    pieces = iter([{"type": "http.request", "body": bytes(MIB), "more_body": True}] * 100)
    read = 0

    async def receive():
        nonlocal read
        read += 1
        return next(pieces)

    async def send(message):
        sent.append(message["type"])

    sent = []
    app = ReadLeftovers(refuse, LeftoverBounds(size_bytes=10 * MIB))
    await app({"type": "http", "headers": [(b"content-length", b"104857600")]}, receive, send)
    assert (read, sent) == (10, ["http.response.start", "http.response.body"])
