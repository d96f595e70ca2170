"""How an edge compares with nginx on one core, what a crowd costs the origin, and whether memory stays.

The edge is the product (`matinee serve edge`), with every token verified; nginx serves copies of the same files with
`sendfile`. Both are pinned to one core and wrk to another; they take turns within one run, and medians count.
Run: `python bench/edge.py [--rounds 5] [--seconds 3] [--memory-seconds 60]`.
"""

import argparse
import asyncio
import ctypes
import json
import os
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from common import report
from matinee.blobs.local import LocalBlobs
from matinee.testing.edge_process import EdgeProcess, edge_process, free_port
from matinee.testing.edges import TestRelease, publish

LARGE_BYTES, SMALL_BYTES = 2_000_000, 100_000
FILES = 16
CONNECTIONS = 32
CROWD = 1000
COLD_BYTES = 500_000  # sent from disk, and even if nobody read, a crowd's worth of it fits into a small machine's TCP
CROWD_SECONDS = 60.0
CROWD_BUFFER_BYTES = 64 * 1024
COLD = "video/cold/00001.m4s"
OPEN_FILES = 8192

WRK_SCRIPT = """
local names, requests, at = {}, {}, 0
function init(args)
  for number = 1, tonumber(args[3]) do
    requests[number] = wrk.format("GET", args[1] .. "/" .. args[2] .. "/" .. string.format("%05d", number) .. ".m4s")
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"bad":%d}', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""

NGINX_CONFIG = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=1000 inactive=300s;
  open_file_cache_valid 300s;
  types {{ video/mp4 m4s; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw, and what it cost the server's core."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


@dataclass(frozen=True)
class Server:
    """A server under load. `base` is the path before the file's folder."""

    name: str
    port: int
    base: str
    process: psutil.Process


class OpenCounter:
    """Counts how often a file is opened, by whomever (inotify); the origin's own witness of reads."""

    IN_OPEN = 0x20
    EVENT = struct.Struct("iIII")

    def __init__(self, path: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK)
        if self._descriptor < 0 or self._libc.inotify_add_watch(self._descriptor, bytes(path), self.IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def count(self) -> int:
        """Return the opens since the last call."""
        found = 0
        while True:
            try:
                data = os.read(self._descriptor, 65_536)
            except BlockingIOError:
                return found
            at = 0
            while at < len(data):
                *_, length = self.EVENT.unpack_from(data, at)
                at += self.EVENT.size + length
                found += 1


def tools() -> dict[str, str]:
    """Return the programs needed; leave with their names and how to get them when one is absent."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    found = {name: shutil.which(name, path=search) for name in ("nginx", "wrk", "taskset")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        sys.stderr.write(
            f"bench-edge needs {', '.join(missing)}. On Debian: apt-get install nginx-light wrk util-linux\n"
        )
        raise SystemExit(3)
    return {name: path for name, path in found.items() if path}


def cores() -> tuple[str, str]:
    """Return the core for servers and the one for clients."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        sys.stderr.write("bench-edge needs two cores: one for the server, one for its clients.\n")
        raise SystemExit(3)
    return str(allowed[0]), str(allowed[1])


def make_release(data: Path) -> TestRelease:
    names = range(1, FILES + 1)
    files = {f"large/{number:05d}.m4s": os.urandom(LARGE_BYTES) for number in names}
    files |= {f"small/{number:05d}.m4s": os.urandom(SMALL_BYTES) for number in names}
    files[COLD] = os.urandom(COLD_BYTES)
    return asyncio.run(publish(LocalBlobs(data / "blobs"), "bench", files))


@contextmanager
def nginx(programs: dict[str, str], folder: Path, root: Path, core: str) -> Iterator[Server]:
    port = free_port()
    config = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""  # else root's nginx gives its worker no right to the folder
    config.write_text(NGINX_CONFIG.format(user=user, folder=folder, port=port, root=root))
    master = subprocess.Popen(
        [programs["taskset"], "-c", core, programs["nginx"], "-c", str(config)], stderr=subprocess.DEVNULL
    )
    try:
        process = psutil.Process(master.pid)
        ends_at = time.monotonic() + 10
        while not process.children():
            if time.monotonic() > ends_at or master.poll() is not None:
                raise RuntimeError((folder / "nginx.log").read_text())
            time.sleep(0.05)
        yield Server("nginx", port, "", process.children()[0])
    finally:
        master.terminate()
        master.wait(timeout=10)


class Wrk:
    """Puts load on a server from a core of its own."""

    def __init__(self, program: str, core: str, folder: Path) -> None:
        self._script = folder / "load.lua"
        self._script.write_text(WRK_SCRIPT)
        self._argv = ["taskset", "-c", core, program, "-t1", f"-c{CONNECTIONS}", "--timeout", "10s"]

    def run(self, server: Server, kind: str, seconds: int) -> Load:
        """Load a server with one kind of file for some seconds; RuntimeError when any answer was bad."""
        url = f"http://127.0.0.1:{server.port}"
        argv = [*self._argv, f"-d{seconds}s", "-s", str(self._script), url, "--", server.base, kind, str(FILES)]
        before = sum(server.process.cpu_times()[:2])
        out = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
        spent = sum(server.process.cpu_times()[:2]) - before
        seen = json.loads(out.strip().splitlines()[-1])
        if seen["bad"] or not seen["requests"]:
            raise RuntimeError(f"{server.name}: {seen['bad']} bad answers of {seen['requests']}")
        per_second = seen["requests"] / seen["seconds"]
        return Load(per_second, seen["p50_ms"], seen["p99_ms"], spent * 1e6 / seen["requests"])


async def crowd(port: int, path: str, body: bytes) -> None:
    """Open all connections, ask on all of them at once, and check every answer.

    All answers are read at the same time, and little of each waits in the kernel: a thousand unread ones are more than
    it grants to TCP as a whole, and it would then throw segments away and retry them ever later.
    """
    members = await asyncio.gather(*(_connected(port) for _ in range(CROWD)))
    request = f"GET {path} HTTP/1.1\r\nhost: edge\r\nconnection: close\r\n\r\n".encode()
    for _, writer in members:
        writer.write(request)
    async with asyncio.timeout(CROWD_SECONDS):
        good = await asyncio.gather(*(_is_answered(*member, body) for member in members))
    if not all(good):
        raise RuntimeError(f"{good.count(False)} members of the crowd got a wrong answer")


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CROWD_BUFFER_BYTES)
    connection.settimeout(0)  # as the event loop wants it
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=connection)


async def _is_answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> bool:
    """Read an answer to its end without holding it, and say whether it was the right one."""
    good, at = (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 "), 0
    while piece := await reader.read(65_536):
        good = good and piece == body[at : at + len(piece)]
        at += len(piece)
    writer.close()
    return good and at == len(body)


def cold_reads(edge: EdgeProcess, release: TestRelease, base: str) -> int:
    blob = edge.data / "blobs" / release.prefix / COLD
    counter = OpenCounter(blob)
    asyncio.run(crowd(edge.port, f"{base}/{COLD}", release.files[COLD]))
    return counter.count()


def memory_growth(wrk: Wrk, server: Server, seconds: float) -> tuple[float, float]:
    """Return MiB grown over a time of mixed load, and MiB at its start; the edge is warm already."""
    start = server.process.memory_info().rss
    highest = start
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 1:
        for kind in ("large", "small"):
            wrk.run(server, kind, min(5, max(1, int(left / 2))))
            highest = max(highest, server.process.memory_info().rss)
    return (highest - start) / 2**20, start / 2**20


def median(loads: list[Load], figure: str) -> float:
    return statistics.median(getattr(load, figure) for load in loads)


def show(loads: dict[tuple[str, str], list[Load]], console: Console) -> None:
    table = Table("file", "server", "requests/s", "spread", "MB/s", "p50 ms", "p99 ms", "CPU µs/request")
    for (kind, name), runs in loads.items():
        rates = [run.per_second for run in runs]
        rate = statistics.median(rates)
        size = LARGE_BYTES if kind == "large" else SMALL_BYTES
        spread = f"{min(rates):,.0f}–{max(rates):,.0f}"
        times = [f"{median(runs, figure):.1f}" for figure in ("p50_ms", "p99_ms", "cpu_us")]
        table.add_row(f"{size // 1000} KB", name, f"{rate:,.0f}", spread, f"{rate * size / 1e6:,.0f}", *times)
    console.print(table)


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    programs, (server_core, client_core) = tools(), cores()
    console = Console(stderr=True)
    data = folder / "data"
    data.mkdir()
    release = make_release(data)
    wrk = Wrk(programs["wrk"], client_core, folder)
    loads: dict[tuple[str, str], list[Load]] = {}
    pin = ("taskset", "-c", server_core)
    with (
        edge_process(data, prefix=pin) as edge,
        nginx(programs, folder, data / "blobs" / release.prefix, server_core) as peer,
    ):
        base = f"/v1/{edge.tokens.for_release(release, scope=('large', 'small', 'video'))}"
        ours = Server("edge", edge.port, base, psutil.Process(edge.pid))
        origin_reads = cold_reads(edge, release, base)
        for server in (ours, peer):
            for kind in ("large", "small"):
                wrk.run(server, kind, 1)  # warm
        for number in range(arguments.rounds):
            for kind in ("large", "small"):
                # Whoever goes first changes, so that neither always meets the other's warm core.
                for server in (ours, peer) if number % 2 == 0 else (peer, ours):
                    loads.setdefault((kind, server.name), []).append(wrk.run(server, kind, arguments.seconds))
                    console.print(f"round {number + 1}/{arguments.rounds} {kind} {server.name}", style="dim")
        grown, resident = memory_growth(wrk, ours, arguments.memory_seconds)
    show(loads, console)
    console.print(f"{CROWD} at once for one cold object: {origin_reads} origin read(s)")
    console.print(f"memory: {resident:.0f} MiB, grew {grown:.1f} MiB over {arguments.memory_seconds:g} s of load")
    return result(loads, origin_reads, grown, resident)


def result(
    loads: dict[tuple[str, str], list[Load]], origin_reads: int, grown: float, resident: float
) -> dict[str, object]:
    rates = {key: median(runs, "per_second") for key, runs in loads.items()}
    figures = {f"{kind}_{name}_requests_per_second": round(rate, 1) for (kind, name), rate in rates.items()}
    cpu = {f"{kind}_{name}_cpu_us": round(median(runs, "cpu_us"), 1) for (kind, name), runs in loads.items()}
    return {
        "large_ratio": round(rates["large", "edge"] / rates["large", "nginx"], 3),
        "small_ratio": round(rates["small", "edge"] / rates["small", "nginx"], 3),
        "origin_reads": origin_reads,
        "memory_growth_mib": round(grown, 1),
        "memory_mib": round(resident, 1),
        **figures,
        **cpu,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare an edge with nginx on one core.")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server for each size")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of load for each turn")
    parser.add_argument("--memory-seconds", type=float, default=60.0, help="seconds of load while memory is watched")
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        measured = measure(arguments, Path(folder))
    report("edge", measured)


if __name__ == "__main__":
    main()
