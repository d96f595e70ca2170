"""How many warm home pages one core sends through the front door, beside servers that send the same bytes from memory.

The service is the product, its rooms in one process on one core: access token checked, passport, limits, headers and a
log line for each request, the viewer's own rows compared with the history's version, 10 rows of 10 titles joined into
an answer. Members take turns, so no page is anybody else's. wrk asks from another core; then a generator of a constant
rate asks for half as many, and its latencies count from the moment when a request was due, sent late or not.
Peers, on the same server: `bare` answers with one page from memory, `framework` does so from a Litestar handler.
Run: `python bench/home.py [--rounds 3] [--seconds 4]`.
"""

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import uvloop

from common import report
from edge import cores
from matinee.contracts.catalogue import Catalogue, NewTitle
from matinee.contracts.playback import Playback
from matinee.host.server import Listener, serving
from matinee.kit.ids import ProfileId, TitleId
from matinee.services.history.adapters.embedded import open_store
from matinee.services.history.ports import Play, Viewing
from matinee.services.history.settings import HistorySettings
from matinee.telemetry import logs
from matinee.testing.doors import free_port, open_front_rooms
from matinee.testing.titles import release
from progress import _serve, _tokens, milliseconds, serving_on

ROOMS = ("identity", "billing", "catalogue", "history", "home", "gateway")
GENRES = ("Drama", "Comedy", "Action", "Thriller", "Romance", "Family", "Horror", "Western", "Music", "History")
TITLES, MEMBERS = 240, 200
ROWS, ITEMS = 10, 10
CONNECTIONS = 32
WARM_RATE = 50.0
WARM_SECONDS, HALF_SECONDS = 2.0, 12.0
ASKED_RATE = 2_500  # what a core is asked to do at least
PATH = f"/api/v1/home?limit={ROWS}"
SYNOPSIS = "Somebody comes home after years and finds that everybody there remembers something else of it. " * 4
HERE = Path(__file__).resolve()

WRK_SCRIPT = """
local requests, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", args[2], {authorization = "Bearer " .. line})
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"bad":%d,"bytes":%d}', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout, summary.bytes))
end
"""


# ── a catalogue, its viewers, and what they watched ───────────────────────────────────────────────────────────────
async def seed(data: Path) -> list[str]:
    """Fill the stores and return the members' access tokens."""
    titles = []
    async with open_front_rooms(data) as door:
        catalogue: Any = door.rooms["catalogue"].provides[Catalogue]
        playback: Any = door.rooms["playback"].provides[Playback]
        for number in range(TITLES):
            new = NewTitle(
                name=f"The film with the number {number}",
                synopsis=SYNOPSIS,
                year=1990 + number % 36,
                genres=(GENRES[number % len(GENRES)], GENRES[number // 7 % len(GENRES)])[: 1 + number % 2],
                audience="members",
                maturity=(0, 7, 12)[number % 3],
                hot=number % 6 == 0,
            )
            title_id = (await catalogue.create_title(new=new)).title_id
            key = await playback.content_key(title_id=title_id)
            await catalogue.publish(release=release(title_id, key_id=key.key_id, frames=0))
            titles.append(title_id)
    people = [f"{number:05d}" for number in range(MEMBERS)]
    await watched(data, people, titles)
    return await _tokens(data, people)


async def watched(data: Path, people: list[str], titles: list[TitleId]) -> None:
    """Let every member be in the middle of some films, and everybody begin some this week and today."""
    now = time.time_ns() // 1_000_000
    today = int(datetime.now(UTC).timestamp()) // 86_400
    viewings, plays = [], []
    for number, person in enumerate(people):
        profile = ProfileId(f"profile-{person}")
        for place in range(ITEMS + 2):
            title = titles[(number * 5 + place * 11) % TITLES]
            viewings.append((profile, Viewing(title, TitleId(""), 2700.0, 5400.0, now - place * 60_000, "session")))
            plays.append(Play(profile, today - place % 5, title))
    async with open_store(HistorySettings(data_folder=str(data))) as store:
        await store.record(viewings, plays)


# ── servers ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def serve_peer(kind: str, page: bytes, port: int) -> None:
    """Answer every request with one page, until ended."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(page)).encode())]

    async def bare(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    app: Any = bare
    if kind == "framework":
        from litestar import Litestar, Response, get  # noqa: PLC0415  # of this child process only

        @get("/api/v1/home")
        async def home(limit: int = 10) -> Response[bytes]:  # noqa: ARG001  # as the real one is asked
            return Response(page, media_type="application/json")

        app = Litestar([home], openapi_config=None)
    async with serving(app, Listener("127.0.0.1", port)):
        await asyncio.Event().wait()


@dataclass
class Server:
    """A server, and what was seen of it."""

    name: str
    port: int
    process: psutil.Process
    rates: list[float] = field(default_factory=list)
    busy_us: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)

    def forget(self) -> None:
        """Begin anew."""
        for seen in (self.rates, self.busy_us, self.p99_ms):
            seen.clear()

    @property
    def rate(self) -> float:
        """Answers in a second, the median of the rounds."""
        return statistics.median(self.rates)


@contextmanager
def service(data: Path, core: int) -> Iterator[Server]:
    os.environ["MATINEE_HOME__ROW_ITEMS"] = str(ITEMS)
    port = free_port()
    with serving_on(core, _serve(ROOMS, port), data, port, "/health/ready") as process:
        yield Server("matinee", port, psutil.Process(process.pid))


@contextmanager
def peer(kind: str, data: Path, core: int, page: bytes) -> Iterator[Server]:
    (data / "page.json").write_bytes(page)
    port = free_port()
    argv = [str(HERE), "--serve-peer", kind, str(data / "page.json"), str(port)]
    with serving_on(core, argv, data, port, "/api/v1/home") as process:
        yield Server(kind, port, psutil.Process(process.pid))


def one_page(port: int, token: str) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # the same
        body: bytes = answer.read()
    return body


def checked(page: bytes) -> None:
    """Stop unless the page is as large as it is meant to be."""
    found = json.loads(page)
    sizes = {row["row_id"]: len(row["items"]) for row in found["rows"]}
    if len(sizes) != ROWS or set(sizes.values()) != {ITEMS} or found["left_out"]:
        raise RuntimeError(f"not {ROWS} rows of {ITEMS}: {sizes}, left out: {found['left_out']}")


# ── load ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class Wrk:
    """Asks as fast as it is answered."""

    def __init__(self, core: int, folder: Path, tokens: list[str]) -> None:
        script, given = folder / "home.lua", folder / "tokens"
        script.write_text(WRK_SCRIPT)
        given.write_text("\n".join(tokens) + "\n")
        self._argv = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", "--timeout", "10s"]
        self._script, self._given = str(script), str(given)

    def run(self, server: Server, seconds: int) -> None:
        """Load a server for some seconds; RuntimeError when any answer was bad."""
        url = f"http://127.0.0.1:{server.port}"
        before = sum(server.process.cpu_times()[:2])
        argv = [*self._argv, f"-d{seconds}s", "-s", self._script, url, "--", self._given, PATH]
        out = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
        seen = json.loads(out.strip().splitlines()[-1])
        if seen["bad"] or not seen["requests"]:
            raise RuntimeError(f"{server.name}: {seen['bad']} bad answers of {seen['requests']}")
        server.rates.append(seen["requests"] / seen["seconds"])
        server.busy_us.append((sum(server.process.cpu_times()[:2]) - before) * 1e6 / seen["requests"])
        server.p99_ms.append(seen["p99_ms"])


async def constant(port: int, tokens: list[str], rate: float, seconds: float) -> list[float]:
    """Ask at a constant rate from many connections; return seconds from when each request was due to its last byte."""
    heads = [
        f"GET {PATH} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n".encode() for token in tokens
    ]
    began, took = time.perf_counter() + 0.2, []

    async def lane(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        at = number
        while (due := began + at / rate) < began + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(heads[at % len(heads)])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            await reader.readexactly(length)
            took.append(time.perf_counter() - due)
            at += CONNECTIONS
        writer.close()

    await asyncio.gather(*(lane(number) for number in range(CONNECTIONS)))
    return took


def latencies(server: Server, tokens: list[str], rate: float) -> list[float]:
    """Return seconds of each answer at a constant rate, for as long as every page is renewed in.

    The server may have stood idle, so it is made warm again first. What the generator itself stops for is not counted.
    """
    uvloop.run(constant(server.port, tokens, rate, WARM_SECONDS))
    gc.collect()
    gc.disable()
    try:
        return uvloop.run(constant(server.port, tokens, rate, HALF_SECONDS))
    finally:
        gc.enable()


def measure(arguments: argparse.Namespace, folder: Path) -> tuple[dict[str, Any], list[list[object]]]:
    server_core, client_core = (int(core) for core in cores())
    os.sched_setaffinity(0, {client_core})
    tokens = uvloop.run(seed(folder))
    wrk = Wrk(client_core, folder, tokens)
    with ExitStack() as stack:
        ours = stack.enter_context(service(folder, server_core))
        page = one_page(ours.port, tokens[0])
        checked(page)
        kinds: tuple[Callable[[], Any], ...] = (
            lambda: peer("bare", folder, server_core, page),
            lambda: peer("framework", folder, server_core, page),
        )
        servers = [ours, *(stack.enter_context(make()) for make in kinds)]
        # Warm: every member has had a page before anything is measured.
        uvloop.run(constant(ours.port, tokens, WARM_RATE, len(tokens) / WARM_RATE))
        for server in servers:
            wrk.run(server, 1)
            server.forget()
        for number in range(arguments.rounds):
            # Whoever goes first changes, so that nobody always meets another's warm core.
            for server in servers if number % 2 == 0 else reversed(servers):
                wrk.run(server, arguments.seconds)
        half = latencies(ours, tokens, ours.rate / 2)
        asked = latencies(ours, tokens, ASKED_RATE / 2)
        checked(one_page(ours.port, tokens[-1]))
    figures: dict[str, Any] = {
        "requests_per_second": round(ours.rate),
        "p99_ms": milliseconds(half, 99),
        "p50_ms": milliseconds(half, 50),
        f"p99_at_{ASKED_RATE // 2}_ms": milliseconds(asked, 99),
        "p99_full_ms": round(statistics.median(ours.p99_ms), 1),
        "page_bytes": len(page),
        "members": len(tokens),
        "connections": CONNECTIONS,
    }
    rows: list[list[object]] = [["what", "pages/s", "spread", "µs of core", "p99 ms at full rate"]]
    for server in servers:
        busy = statistics.median(server.busy_us)
        figures[f"{server.name}_busy_us"] = round(busy)
        if server is not ours:
            figures[f"{server.name}_requests_per_second"] = round(server.rate)
        spread = f"{min(server.rates):,.0f}–{max(server.rates):,.0f}"
        p99 = f"{statistics.median(server.p99_ms):.1f}"
        rows.append([server.name, f"{server.rate:,.0f}", spread, round(busy), p99])
    rows.append(
        [f"at {ours.rate / 2:,.0f} pages/s: p50 {figures['p50_ms']} ms, p99 {figures['p99_ms']} ms", "", "", "", ""]
    )
    return figures, rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure warm home pages through the front door.")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each server")
    parser.add_argument("--seconds", type=int, default=4, help="seconds of each turn")
    parser.add_argument("--serve-peer", nargs=3, metavar=("KIND", "PAGE", "PORT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve_peer:
        kind, page, port = arguments.serve_peer
        uvloop.run(serve_peer(kind, Path(page).read_bytes(), int(port)))
        return
    logs.configure(process="bench", level="warning")
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as name:
        figures, rows = measure(arguments, Path(name))
    report("home", figures, rows=rows)


if __name__ == "__main__":
    sys.exit(main())
