"""Attacks on an edge as bytes on a socket, against the real process."""

import asyncio
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from matinee.blobs.local import LocalBlobs
from matinee.contracts.edge import IndexedFile, ReleaseIndex
from matinee.kit.ids import TitleId
from matinee.testing.edge_process import EdgeProcess, edge_process
from matinee.testing.edges import TestRelease, opened_edge, publish, publish_index, sample_files

LARGE = "video/h264_360p/00001.m4s"
SMALL = "audio/en/00001.m4s"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EdgeProcess, TestRelease]]:
    data = tmp_path_factory.mktemp("edge")
    (data / "secret.txt").write_text("outside")
    release = asyncio.run(publish(LocalBlobs(data / "blobs"), "title1", sample_files()))
    with edge_process(data) as edge:
        edge.ask(f"/v1/{edge.tokens.for_release(release)}/{SMALL}")
        yield edge, release


def head_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "../../secret.txt", "%2e%2e/%2e%2e/secret.txt", "..%2f..%2fsecret.txt", "%2e%2e%2f%2e%2e%2fsecret.txt",
        "..%5c..%5csecret.txt", "..\\..\\secret.txt", "%252e%252e%252fsecret.txt", "/etc/passwd", "%2fetc%2fpasswd",
        "master.m3u8%00.vtt", "%00", "..%c0%af..%c0%afsecret.txt", "%ff%fe", "....//....//secret.txt", "..;/secret.txt",
        "video%2f..%2f..%2fsecret.txt", "%",  "%zz", "a%0d%0aX-Injected:%20yes",
    ],
)  # fmt: skip
def test_attack_01_raw_traversal_finds_nothing(running: tuple[EdgeProcess, TestRelease], path: str) -> None:
    edge, release = running
    token = edge.tokens.for_release(release)
    for target in (f"/v1/{token}/{path}", f"/v1/{path}", f"/{path}", f"http://127.0.0.1/v1/{token}/{path}"):
        answer = edge.raw(f"GET {target} HTTP/1.1\r\nhost: edge\r\nconnection: close\r\n\r\n".encode("latin-1"))
        assert head_of(answer).split(b" ")[1] in {b"400", b"403", b"404"}, target
        assert b"outside" not in answer
        assert b"root:" not in answer
        assert b"\r\nx-injected" not in answer.lower()


@pytest.mark.slow
def test_attack_01_nul_and_control_bytes_are_refused(running: tuple[EdgeProcess, TestRelease]) -> None:
    edge, release = running
    token = edge.tokens.for_release(release)
    for byte in (b"\x00", b"\x01", b"\x7f", b"\xff"):
        request = (
            b"GET /v1/" + token.encode() + b"/master.m3u8" + byte + b" HTTP/1.1\r\nhost: e\r\nconnection: close\r\n\r\n"
        )
        answer = edge.raw(request)
        assert not answer or head_of(answer).split(b" ")[1] in {b"400", b"404"}


@pytest.mark.slow
def test_attack_30_slow_heads_are_cut_off_and_others_served(tmp_path: Path) -> None:
    release = asyncio.run(publish(LocalBlobs(tmp_path / "blobs"), "title1", sample_files()))
    with edge_process(tmp_path) as edge:
        url = f"/v1/{edge.tokens.for_release(release)}/{SMALL}"
        started = time.monotonic()
        slow = [socket.create_connection(("127.0.0.1", edge.port), timeout=30) for _ in range(200)]
        starts = (b"", b"G", b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\nhost: edge\r\nx-drip: ")
        for number, connection in enumerate(slow):
            connection.sendall(starts[number % len(starts)])
        assert edge.ask(url).status == 200  # others are served all the while
        assert time.monotonic() - started < 8
        for connection in slow:
            connection.settimeout(max(0.1, started + 20 - time.monotonic()))
            while connection.recv(4096):  # an answer (408) or nothing, then the end
                continue
            connection.close()
        assert edge.ask(url).status == 200


@pytest.mark.slow
def test_attack_30_oversized_heads_are_refused_in_bounded_memory(running: tuple[EdgeProcess, TestRelease]) -> None:
    edge, release = running
    token = edge.tokens.for_release(release)
    process = psutil.Process(edge.pid)
    before = process.memory_info().rss
    heads = [
        b"GET /v1/" + b"a" * 1_000_000 + b" HTTP/1.1\r\nhost: e\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: e\r\nx-big: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: e\r\n" + b"".join(b"x-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        f"GET /v1/{token}/{SMALL} HTTP/1.1\r\nhost: e\r\n".encode() + b"cookie: " + b"c" * 500_000 + b"\r\n\r\n",
    ]
    for head in heads * 5:
        answer = send_all(edge.port, head)
        assert not answer or head_of(answer).split(b" ")[1] in {b"400", b"414", b"431"}
    assert (process.memory_info().rss - before) / 2**20 < 30
    assert edge.ask("/health/live").status == 200


def send_all(port: int, data: bytes) -> bytes:
    """Send what the server takes before it closes, and return what it said."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        try:
            connection.sendall(data)
            return connection.recv(65_536)
        except (BrokenPipeError, ConnectionResetError):
            return b""


@pytest.mark.slow
@pytest.mark.parametrize(
    "framing",
    [
        b"content-length: 4\r\ntransfer-encoding: chunked\r\n", b"transfer-encoding: chunked\r\ncontent-length: 4\r\n",
        b"content-length: 4\r\ncontent-length: 5\r\n", b"transfer-encoding: chunked, identity\r\n",
        b"transfer-encoding: xchunked\r\ncontent-length: 0\r\n", b"content-length: +4\r\n", b"content-length: 4, 4\r\n",
        b"transfer-encoding : chunked\r\ncontent-length: 4\r\n",
        b"transfer-encoding:\x0bchunked\r\ncontent-length: 3\r\n",
        b"content-length: -1\r\n", b"content-length: 99999999999999999999\r\n", b" folded: x\r\ncontent-length: 4\r\n",
    ],
)  # fmt: skip
def test_attack_30_smuggled_requests_are_not_answered(running: tuple[EdgeProcess, TestRelease], framing: bytes) -> None:
    """A second request hidden in the body of the first never gets an answer of its own."""
    edge, release = running
    token = edge.tokens.for_release(release).encode()
    hidden = b"GET /v1/" + token + b"/subtitles/en.vtt HTTP/1.1\r\nhost: hidden\r\n\r\n"
    plain = edge.raw(b"GET /health/live HTTP/1.1\r\nhost: e\r\n\r\n" + hidden, seconds=0.5)
    assert plain.count(b"HTTP/1.1 200 OK") == 2  # in the open, both are answered
    for method, path in ((b"GET", b"/health/live"), (b"POST", b"/v1/x/y")):
        request = method + b" " + path + b" HTTP/1.1\r\nhost: e\r\n" + framing + b"\r\n0\r\n\r\n" + hidden
        answer = edge.raw(request, seconds=0.5)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b"WEBVTT" not in answer
        if b"content-length: 4\r\n" not in framing or framing.startswith((b" ", b"transfer-encoding :")):
            assert head_of(answer).startswith(b"HTTP/1.1 400")


@pytest.mark.slow
def test_attack_30_get_with_a_large_body_is_not_read_into_memory(running: tuple[EdgeProcess, TestRelease]) -> None:
    edge, _ = running
    process = psutil.Process(edge.pid)
    before = process.memory_info().rss
    with socket.create_connection(("127.0.0.1", edge.port), timeout=10) as connection:
        connection.sendall(b"POST /v1/x/y HTTP/1.1\r\nhost: e\r\ncontent-length: 1000000000\r\n\r\n")
        try:
            for _ in range(200):
                connection.sendall(b"x" * 262_144)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass
    assert (process.memory_info().rss - before) / 2**20 < 30
    assert edge.ask("/health/live").status == 200


@pytest.mark.slow
def test_attack_30_many_who_never_read_do_not_stop_others(running: tuple[EdgeProcess, TestRelease]) -> None:
    edge, release = running
    url = f"/v1/{edge.tokens.for_release(release)}/{LARGE}"
    edge.ask(url)
    process = psutil.Process(edge.pid)
    before = process.memory_info().rss
    deaf = []
    for _ in range(200):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", edge.port))
        connection.sendall(f"GET {url} HTTP/1.1\r\nhost: e\r\n\r\n".encode())
        deaf.append(connection)
    assert edge.ask(url).body == release.files[LARGE]
    assert (process.memory_info().rss - before) / 2**20 < 150  # a few pieces for each, never the whole file
    for connection in deaf:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert edge.ask(url).body == release.files[LARGE]


@pytest.mark.slow
def test_attack_25_tokens_are_not_in_the_process_log(running: tuple[EdgeProcess, TestRelease]) -> None:
    edge, release = running
    token = edge.tokens.for_release(release)
    for target in (f"/v1/{token}/{SMALL}", f"/v1/{token}/none", f"/v1/x{token}/{SMALL}", f"/v1/{token}"):
        edge.ask(target)
    edge.ask(f"/v1/{token}/{SMALL}?token={token}", headers={"Range": "bytes=0-1", "Referer": f"http://h/{token}"})
    text = edge.log.read_text() + edge.ask("/metrics").body.decode()
    assert "room_opened" in text
    for part in token.split("."):
        assert part[:40] not in text


@pytest.mark.slow
def test_attack_27_query_strings_and_encodings_share_one_entry(running: tuple[EdgeProcess, TestRelease]) -> None:
    edge, release = running
    base = f"/v1/{edge.tokens.for_release(release)}"
    data = release.files["subtitles/en.vtt"]
    for path in (
        "subtitles/en.vtt",
        "subtitles/en.vtt?a=1",
        "subtitles/en.vtt?range=0-1",
        "subtitles%2Fen.vtt",
        "subtitles/en%2evtt",
    ):
        assert edge.ask(f"{base}/{path}").body == data
    kept = [file for file in (edge.cache / "objects").rglob("*") if file.is_file() and file.stat().st_size == len(data)]
    assert len(kept) == 1


async def test_attack_13_bombs_in_an_index_are_refused(tmp_path: Path) -> None:
    async with opened_edge(tmp_path) as edge:
        giant = IndexedFile(size_bytes=2**62, sha256="0" * 64, content_type="video/mp4")
        negative = IndexedFile(size_bytes=-1, sha256="0" * 64, content_type="video/mp4")
        split = IndexedFile(size_bytes=1, sha256="0" * 64, content_type="a/b\r\nset-cookie: x=y")
        wrong_path = IndexedFile(size_bytes=1, sha256="0" * 64, content_type="a/b")
        for number, (path, file, status) in enumerate(
            [("a.m4s", giant, 503), ("a.m4s", negative, 503), ("a.m4s", split, 503), ("../a.m4s", wrong_path, 503)]
        ):
            title = TitleId(f"title{number}")
            release = await publish_index(edge.origin, title, ReleaseIndex(title_id=title, files={path: file}), {})
            answer = await edge.get(release, "a.m4s")
            assert answer.status == status
            assert "set-cookie" not in answer.headers
        assert sum(edge.origin.reads.values()) == 4  # the indexes; never a giant


async def test_attack_13_an_index_too_large_or_not_one_is_refused(tmp_path: Path) -> None:
    async with opened_edge(tmp_path) as edge:
        release = await publish(edge.origin, "title1", {"a.m4s": b"a"})
        for bomb in (b"[" * 100_000, b'{"files":' + b"[" * 1000, b"\xff" * 1000, os.urandom(17 * 2**20)):
            bombed = TestRelease(TitleId("bomb"), release.release_id, {})
            await edge.origin.put(f"{bombed.prefix}/index.json", bomb)
            answer = await edge.get(bombed, "a.m4s")
            assert answer.status == 503
            assert msgspec.json.decode(answer.body)["code"] == "origin-corrupt"
        assert (await edge.get(release, "a.m4s")).body == b"a"
        assert (await edge.metric("cache_bytes")) < 10_000


@pytest.mark.slow
def test_attack_13_a_flood_of_names_is_bounded(running: tuple[EdgeProcess, TestRelease]) -> None:
    edge, release = running
    base = f"/v1/{edge.tokens.for_release(release)}"
    before = psutil.Process(edge.pid).memory_info().rss

    def flood(start: int) -> None:
        for number in range(start, start + 400):
            assert edge.ask(f"{base}/none/{number}").status == 404
            assert edge.ask(f"/v1/{'x' * 900}{number}/a").status == 403

    floods = [threading.Thread(target=flood, args=(start,)) for start in (0, 1000, 2000)]
    for thread in floods:
        thread.start()
    for thread in floods:
        thread.join()
    assert (psutil.Process(edge.pid).memory_info().rss - before) / 2**20 < 20
