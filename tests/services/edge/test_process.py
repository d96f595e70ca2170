"""A real edge process: a real server, killed in mid-fill, under a crowd."""

import asyncio
import hashlib
import http.client
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from matinee.blobs.local import LocalBlobs
from matinee.testing.edge_process import EdgeProcess, edge_process
from matinee.testing.edges import TestRelease, publish, sample_files

LARGE = "video/h264_360p/00001.m4s"
pytestmark = pytest.mark.slow


def published(data: Path, files: dict[str, bytes]) -> TestRelease:
    return asyncio.run(publish(LocalBlobs(data / "blobs"), "title1", files))


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, "it did not happen in time"
        time.sleep(0.005)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_server_sends_files_parts_and_refusals(tmp_path: Path) -> None:
    release = published(tmp_path, sample_files())
    with edge_process(tmp_path) as edge:
        base = f"/v1/{edge.tokens.for_release(release)}"
        for path, data in release.files.items():
            for _ in range(2):
                answer = edge.ask(f"{base}/{path}")
                assert (answer.status, answer.body) == (200, data)
                assert answer.headers["content-length"] == str(len(data))
                head = edge.ask(f"{base}/{path}", "HEAD")
                assert (head.status, head.body) == (200, b"")
                assert {**head.headers, "date": ""} | {"cache-status": ""} == {**answer.headers, "date": ""} | {
                    "cache-status": ""
                }
                part = edge.ask(f"{base}/{path}", headers={"Range": "bytes=5-"})
                assert (part.status, part.body) == ((206, data[5:]) if data else (416, b""))
        etag = edge.ask(f"{base}/{LARGE}").headers["etag"]
        assert edge.ask(f"{base}/{LARGE}", headers={"If-None-Match": etag}).status == 304
        assert edge.ask(f"{base}/{LARGE}", "POST").status == 405
        assert edge.ask("/elsewhere").status == 404
        assert b"matinee_edge_requests_total" in edge.ask("/metrics").body


def test_a_kill_in_mid_fill_leaves_nothing_half_written(tmp_path: Path) -> None:
    data = os.urandom(60_000_000)  # takes the edge a while to fetch
    release = published(tmp_path, {LARGE: data})
    digest = hashlib.sha256(data).hexdigest()
    edge = EdgeProcess(tmp_path)
    for _ in range(5):  # a fill may end before the kill; then once more from the start
        edge.start()
        url = f"/v1/{edge.tokens.for_release(release)}/{LARGE}"
        asking = threading.Thread(target=ask_quietly, args=(edge, url))
        asking.start()
        wait_until(lambda: fill_began(edge))
        edge.kill()
        asking.join(timeout=10)
        if files_in(edge.cache / "partial"):
            break
        shutil.rmtree(edge.cache)
    assert 0 < max(size_of(file) for file in files_in(edge.cache / "partial")) < len(data)
    assert digest not in {file.name for file in files_in(edge.cache / "objects")}
    edge.start()
    try:
        assert not files_in(edge.cache / "partial")
        assert edge.ask(url).body == data
    finally:
        edge.stop()


def fill_began(edge: EdgeProcess) -> bool:
    """Whether more than an index has been written so far."""
    return any(size_of(file) > 1_000_000 for file in files_in(edge.cache))


def size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # renamed or removed since it was listed
        return 0


def ask_quietly(edge: EdgeProcess, url: str) -> None:
    try:
        edge.ask(url)
    except (OSError, http.client.HTTPException):
        return  # the process was killed, which is the point


def test_kills_at_any_moment_never_serve_wrong_bytes(tmp_path: Path) -> None:
    release = published(tmp_path, sample_files(segments=12, segment_bytes=900_000))
    edge = EdgeProcess(tmp_path, {"MATINEE_EDGE__BUDGET_BYTES": "6000000", "MATINEE_EDGE__SENDING_SECONDS": "1"})
    for delay in (0.0, 0.004, 0.012, 0.03, 0.08):
        edge.start()
        base = f"/v1/{edge.tokens.for_release(release)}"
        askers = [threading.Thread(target=ask_quietly, args=(edge, f"{base}/{path}")) for path in release.files]
        for asker in askers:
            asker.start()
        time.sleep(delay)
        edge.kill()
        for asker in askers:
            asker.join(timeout=10)
        assert sum(file.stat().st_size for file in files_in(edge.cache)) <= 6_000_000
    edge.start()
    try:
        for path, data in release.files.items():
            wait_until(lambda path=path, data=data: serves(edge, f"{base}/{path}", data))  # type: ignore[misc]
    finally:
        edge.stop()


def serves(edge: EdgeProcess, url: str, data: bytes) -> bool:
    answer = edge.ask(url)
    assert answer.status in {200, 503}
    assert answer.status == 503 or answer.body == data
    return answer.status == 200


def test_sigterm_ends_it_and_a_restart_is_warm(tmp_path: Path) -> None:
    release = published(tmp_path, sample_files())
    with edge_process(tmp_path) as edge:
        url = f"/v1/{edge.tokens.for_release(release)}/{LARGE}"
        assert edge.ask(url).status == 200
        edge.stop()
        assert edge.process is not None
        assert edge.process.returncode == 0
        edge.start()
        again = edge.ask(url)
        assert (again.body, again.headers["cache-status"].split("; ")[0]) == (release.files[LARGE], "matinee-edge-a")
        assert b"matinee_edge_fills_total 0.0" in edge.ask("/metrics").body


def test_a_crowd_does_not_run_out_of_open_files(tmp_path: Path) -> None:
    release = published(tmp_path, sample_files())
    limited = ("sh", "-c", 'ulimit -S -n 256 && exec "$0" "$@"')
    with edge_process(tmp_path, prefix=limited) as edge:
        url = f"/v1/{edge.tokens.for_release(release)}/{LARGE}"
        edge.ask(url)
        crowd = [socket.create_connection(("127.0.0.1", edge.port), timeout=10) for _ in range(400)]
        for connection in crowd:
            connection.sendall(f"GET {url} HTTP/1.1\r\nhost: e\r\nconnection: close\r\n\r\n".encode())
        for connection in crowd:
            assert connection.recv(12) == b"HTTP/1.1 200"
            connection.close()


def test_memory_stays_bounded_under_many_files(tmp_path: Path) -> None:
    release = published(tmp_path, {f"v/{n}.m4s": os.urandom(200_000) for n in range(150)})
    settings = {"MATINEE_EDGE__MEMORY_BYTES": "2000000", "MATINEE_EDGE__BUDGET_BYTES": "100000000"}
    with edge_process(tmp_path, settings=settings) as edge:
        base = f"/v1/{edge.tokens.for_release(release)}"
        assert edge.process is not None
        process = psutil.Process(edge.process.pid)
        for path in list(release.files)[:30]:
            edge.ask(f"{base}/{path}")
        before = process.memory_info().rss
        for _ in range(3):
            for path, data in release.files.items():
                assert edge.ask(f"{base}/{path}").body == data
        grown = (process.memory_info().rss - before) / 2**20
        held = re.search(rb"matinee_edge_memory_bytes ([0-9.e+]+)", edge.ask("/metrics").body)
        assert held is not None
        assert float(held[1]) <= 2_000_000
        assert grown < 20, f"{grown:.1f} MiB"  # 90 MB went through
