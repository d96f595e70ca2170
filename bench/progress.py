"""Durable reports of progress: the store alone, over HTTP on one core, and what a kill -9 under that load loses.

The service runs in a process of its own, pinned to one core; the players run on another one. `direct` asks the process
that runs playback and history, with a passport as the front door signs it; `gateway` asks a process that has the front
door too, with access tokens. The peer commits each report by itself, first alone and then behind the same server.
"""

import argparse
import asyncio
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import uvloop

from common import report
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.identity import AUDIENCE, ISSUER, AccessClaims
from matinee.contracts.playback import ActiveStream, Playback
from matinee.engines.keyring import Keyring
from matinee.engines.relational import migrate, open_database
from matinee.kit.clock import SystemClock
from matinee.kit.ids import AccountId, ProfileId, RandomIds, SessionId, TitleId
from matinee.kit.passport import PASSPORT_HEADER, Passport
from matinee.services.history.adapters.embedded import open_store
from matinee.services.history.ports import Viewing
from matinee.services.history.settings import HistorySettings
from matinee.services.identity import module as identity_room
from matinee.services.identity.adapters.sealing import ChaChaSeal, JwtSigner
from matinee.services.identity.adapters.store import SqlStore
from matinee.services.identity.service.keys import SigningKeys
from matinee.services.identity.settings import IdentitySettings
from matinee.services.playback import module as playback_room
from matinee.services.playback.adapters.places import SqlPlaces
from matinee.services.playback.ports import Place
from matinee.telemetry import logs
from matinee.testing.doors import free_port, open_front_rooms
from matinee.testing.titles import release
from progress_load import Outcome, Player, play

TITLES = 8
BATCH = 1_024
LANES = 6
KILLED_AFTER = 20_000
STORE_PROFILES = 20_000
ROOMS = ("identity", "billing", "catalogue", "history", "playback")
READY_SECONDS = 60.0
HERE = Path(__file__).resolve()


# ── the store alone ───────────────────────────────────────────────────────────────────────────────────────────────
async def store_alone(folder: Path, seconds: float) -> tuple[float, float]:
    """Return how many records a second the store keeps, given in batches, several of them waiting, and µs of core."""
    profiles = [ProfileId(f"profile-{number:06d}") for number in range(STORE_PROFILES)]
    titles = [TitleId(f"title-{number:06d}") for number in range(TITLES)]
    kept, until = 0, 0.0

    def batch(number: int) -> list[tuple[ProfileId, Viewing]]:
        now, first = time.time_ns() // 1_000_000, number * BATCH
        return [
            (
                profiles[(first + place) % STORE_PROFILES],
                Viewing(titles[(first + place) // STORE_PROFILES % TITLES], TitleId(""), 60.5, 5400.0, now, "session"),
            )
            for place in range(BATCH)
        ]

    async with open_store(HistorySettings(data_folder=str(folder))) as store:

        async def keep(lane: int, lanes: int) -> None:
            nonlocal kept
            number = lane
            while time.perf_counter() < until:
                await store.record(batch(number), ())
                kept += BATCH
                number += lanes

        until = time.perf_counter() + 1.0
        await asyncio.gather(*(keep(lane, LANES) for lane in range(LANES)))  # warm: most rows are there afterwards
        kept, started, busy = 0, time.perf_counter(), time.process_time()
        until = started + seconds
        await asyncio.gather(*(keep(lane, LANES) for lane in range(LANES)))
        return kept / (time.perf_counter() - started), (time.process_time() - busy) / kept * 1e6


# ── the peer ──────────────────────────────────────────────────────────────────────────────────────────────────────
def open_peer(path: Path) -> sqlite3.Connection:
    """Return a database as durable as ours, for one commit after another."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS progress (profile TEXT, title TEXT, position REAL, event_ms INTEGER,"
        " PRIMARY KEY (profile, title)) WITHOUT ROWID"
    )
    return connection


def peer_write(connection: sqlite3.Connection, profile: str, title: str, position: float, event_ms: int) -> None:
    """Keep one report, durably."""
    connection.execute(
        "INSERT INTO progress VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position,"
        " event_ms = excluded.event_ms WHERE excluded.event_ms > event_ms",
        (profile, title, position, event_ms),
    )


def peer_alone(folder: Path, seconds: float) -> float:
    """Return how many reports a second the peer keeps."""
    connection = open_peer(folder / "peer-alone.db")
    kept, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        peer_write(connection, f"profile-{kept % STORE_PROFILES:06d}", "title", 60.5, time.time_ns() // 1_000_000)
        kept += 1
    rate = kept / (time.perf_counter() - started)
    connection.close()
    return rate


async def serve_peer(folder: Path, port: int) -> None:
    """Serve the peer until ended: the same server and framework, one commit for each request."""
    from litestar import Litestar, post  # noqa: PLC0415  # of this child process only

    from matinee.contracts.playback import StreamProgress  # noqa: PLC0415  # the same
    from matinee.host.server import Listener, serving  # noqa: PLC0415  # the same

    connection = open_peer(folder / "peer.db")

    @post("/api/v1/stream/progress", status_code=204)
    async def progress(data: StreamProgress) -> None:
        peer_write(connection, data.session_id, data.movie_id, data.position_seconds, data.event_ms)

    async with serving(Litestar([progress], openapi_config=None), Listener("127.0.0.1", port)):
        await asyncio.Event().wait()


# ── the service ───────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Crowd:
    """The same players, as the front door knows them and as a room does."""

    direct: list[Player]
    gateway: list[Player]


async def seed(data: Path, count: int) -> Crowd:
    """Make titles, streams and papers for many players, each of an account of its own."""
    titles = await _titles(data)
    people = [f"{number:05d}" for number in range(count)]
    await _streams(data, people, titles)
    tokens = await _tokens(data, people)
    key = Keyring(data / "keys").signing_key("gateway")
    direct, gateway = [], []
    for number, person in enumerate(people):
        passport = Passport(
            role="member",
            session=f"sign-in-{person}",
            client_address="127.0.0.1",
            expires_at=int(time.time()) + 3600,
            account=AccountId(f"account-{person}"),
            profile=ProfileId(f"profile-{person}"),
        )
        known = (f"profile-{person}", f"stream-{person}", titles[number % TITLES])
        direct.append(Player(*known, headers=f"{PASSPORT_HEADER}: {key.sign(passport)}\r\n".encode()))
        gateway.append(Player(*known, headers=f"authorization: Bearer {tokens[number]}\r\n".encode()))
    return Crowd(direct, gateway)


async def _titles(data: Path) -> list[TitleId]:
    found = []
    async with open_front_rooms(data) as door:
        for number in range(TITLES):
            body = {"name": f"Film {number}", "audience": "everyone"}
            url = f"{door.url}/api/v1/studio/titles"
            async with door.http.post(url, json=body, headers=door.operator) as answer:
                title_id = TitleId((await answer.json())["title_id"])
            key = await door.rooms["playback"].provides[Playback].content_key(title_id=title_id)  # type: ignore[attr-defined]
            made = release(title_id, key_id=key.key_id, frames=0)
            await door.rooms["catalogue"].provides[Catalogue].publish(release=made)  # type: ignore[attr-defined]
            found.append(title_id)
    return found


async def _streams(data: Path, people: list[str], titles: list[TitleId]) -> None:
    now = datetime.now(UTC)
    async with open_database(f"sqlite+aiosqlite:///{data}/playback.db") as database:
        scripts = Path(playback_room.__file__).parent / "adapters" / "migrations"
        await migrate(database, room="playback", script_location=scripts)
        places = SqlPlaces(database)
        for number, person in enumerate(people):
            stream = ActiveStream(
                session_id=SessionId(f"stream-{person}"),
                account_id=AccountId(f"account-{person}"),
                profile_id=ProfileId(f"profile-{person}"),
                sign_in=f"sign-in-{person}",
                title_id=titles[number % TITLES],
                title_name="Film",
                user_agent="bench",
                position_seconds=0.0,
                started_at=now,
                seen_at=now,
            )
            await places.take(Place(stream=stream, expires_at=now + timedelta(hours=1)), limit=1, now=now)


async def _tokens(data: Path, people: list[str]) -> list[str]:
    clock, keyring = SystemClock(), Keyring(data / "keys")
    async with open_database(f"sqlite+aiosqlite:///{data}/identity.db") as database:
        scripts = Path(identity_room.__file__).parent / "adapters" / "migrations"
        await migrate(database, room="identity", script_location=scripts)
        store = SqlStore(database, wake=asyncio.Event())
        seal = ChaChaSeal(keyring.seed("identity-seal"))
        keys = SigningKeys(
            store=store, seal=seal, signer=JwtSigner(), clock=clock, ids=RandomIds(), settings=IdentitySettings()
        )
        await keys.keep_up()
        async with store.reading() as tx:
            return [await keys.sign(tx, _claims(person)) for person in people]


def _claims(person: str) -> AccessClaims:
    now = int(time.time())
    return AccessClaims(
        iss=ISSUER,
        aud=AUDIENCE,
        sub=AccountId(f"account-{person}"),
        sid=SessionId(f"sign-in-{person}"),
        iat=now,
        exp=now + 900,
        rol="member",
        pid=ProfileId(f"profile-{person}"),
        mat=18,
        ter="FI",
        ath=now,
    )


@contextmanager
def serving_on(core: int, argv: list[str], data: Path, port: int, ready: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process on one core, until the block ends or somebody kills it."""
    pinned = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); os.execv(sys.argv[2], sys.argv[2:])"
    environment = {
        **os.environ,
        "MATINEE_SERVICE__DATA_FOLDER": str(data),
        "MATINEE_SERVICE__LOG_LEVEL": "warning",
        "MATINEE_GATEWAY__RATE_REQUESTS": "10000000",
    }
    with (data / f"{port}.log").open("wb") as log:
        command = [sys.executable, "-c", pinned, str(core), sys.executable, *argv]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}{ready}", process, data / f"{port}.log")
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  # loopback, a URL we made
                return
        except urllib.error.HTTPError as error:
            if error.code in {404, 405}:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the service did not start\n{log.read_text()[-3000:]}")


def _serve(rooms: tuple[str, ...], port: int) -> list[str]:
    return ["-m", "matinee.cli.main", "--config", "/nonexistent.toml", "serve", *rooms, "--port", str(port)]


def milliseconds(seconds: list[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return round(statistics.quantiles(seconds, n=100)[percent - 1] * 1000, 1)


@dataclass
class Run:
    """Figures of one server under load. `busy_us` is processor time of the server for each write, in microseconds."""

    per_second: float
    busy_us: float
    p50: float
    p99: float


async def _measured(
    players: list[Player], port: int, process: subprocess.Popen[bytes], seconds: float, rate: float = 0.0
) -> Run:
    warm, _ = await play(players, port, seconds=2.0, rate=rate)
    before = psutil.Process(process.pid).cpu_times()
    seen, took = await play(players, port, seconds=seconds, outcome=Outcome(answered=warm.answered), rate=rate)
    after = psutil.Process(process.pid).cpu_times()
    busy = after.user + after.system - before.user - before.system
    if set(seen.statuses) != {204} or seen.broken:
        raise RuntimeError(f"not every report was answered with 204: {seen.statuses}, {seen.broken} broke off")
    writes = len(seen.seconds)
    return Run(writes / took, busy / writes * 1e6, milliseconds(seen.seconds, 50), milliseconds(seen.seconds, 99))


async def _killed(players: list[Player], port: int, process: subprocess.Popen[bytes], seconds: float) -> Outcome:
    seen = Outcome()
    playing = asyncio.create_task(play(players, port, seconds=seconds + 30, outcome=seen))
    ends = time.monotonic() + seconds + 20
    while len(seen.seconds) < KILLED_AFTER and time.monotonic() < ends:  # noqa: ASYNC110  # players set no event
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await playing
    return seen


async def _lost(data: Path, seen: Outcome) -> int:
    """Return how many answered positions the store does not have, or a later one of the same player."""
    lost = 0
    async with open_store(HistorySettings(data_folder=str(data))) as store:
        for (profile_id, title_id), position in seen.answered.items():
            kept = {one.title_id: one.position_seconds for one in await store.live(ProfileId(profile_id))}
            lost += kept.get(TitleId(title_id), -1.0) < position
    return lost


def _row(name: str, run: Run) -> list[object]:
    return [name, round(run.per_second), round(run.busy_us), run.p50, run.p99]


async def whole(arguments: argparse.Namespace, folder: Path) -> tuple[dict[str, Any], list[list[object]]]:
    """Measure everything in turn."""
    load = round(os.getloadavg()[0], 1)
    os.sched_setaffinity(0, {arguments.client_core})
    crowd = await seed(folder, arguments.players)
    port, core, seconds = free_port(), arguments.core, arguments.seconds
    with serving_on(core, _serve(ROOMS, port), folder, port, "/health/ready") as process:
        direct = await _measured(crowd.direct, port, process, seconds)
        half = await _measured(crowd.direct, port, process, seconds, rate=direct.per_second / 2)
    port = free_port()
    with serving_on(core, _serve((*ROOMS, "gateway"), port), folder, port, "/health/ready") as process:
        gateway = await _measured(crowd.gateway, port, process, seconds)
    port = free_port()
    argv = [str(HERE), "--serve-peer", str(folder), str(port)]
    with serving_on(core, argv, folder, port, "/") as process:
        peer = await _measured(crowd.direct, port, process, seconds)
    port = free_port()
    with serving_on(core, _serve(ROOMS, port), folder, port, "/health/ready") as process:
        seen = await _killed(crowd.direct, port, process, seconds)
    answered = len(seen.seconds)
    lost = await _lost(folder, seen)
    figures = {
        "writes_per_second": round(direct.per_second),
        "lost": lost,
        "answered_before_the_kill": answered,
        "p99_ms": direct.p99,
        "busy_us": round(direct.busy_us),
        "gateway_busy_us": round(gateway.busy_us),
        "p99_at_half_ms": half.p99,
        "gateway_writes_per_second": round(gateway.per_second),
        "gateway_p99_ms": gateway.p99,
        "peer_writes_per_second": round(peer.per_second),
        "players": arguments.players,
        "load_average_before": load,
    }
    rows: list[list[object]] = [
        ["what", "writes/s", "µs of core", "p50 ms", "p99 ms"],
        _row("playback and history in one process, signed passport", direct),
        _row("the same, at half that rate", half),
        _row("through the front door, access tokens", gateway),
        _row("peer: the same server, a commit for each report", peer),
        [f"kill -9 under load: {answered} answered, {lost} lost", "", "", "", ""],
    ]
    return figures, rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure durable reports of progress.")
    parser.add_argument("--seconds", type=float, default=8.0, help="seconds of each measurement")
    parser.add_argument("--players", type=int, default=400, help="players that report at once")
    parser.add_argument("--core", type=int, default=0, help="the core of the service")
    parser.add_argument("--client-core", type=int, default=1, help="the core of the players")
    parser.add_argument("--serve-peer", nargs=2, metavar=("FOLDER", "PORT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve_peer:
        uvloop.run(serve_peer(Path(arguments.serve_peer[0]), int(arguments.serve_peer[1])))
        return
    logs.configure(process="bench", level="warning")
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as name:
        folder = Path(name)
        store, busy = uvloop.run(store_alone(folder / "alone", arguments.seconds / 2))
        peer = peer_alone(folder, 2.0)
        figures, rows = uvloop.run(whole(arguments, folder))
    rows.insert(1, ["store alone", round(store), round(busy, 1), "", ""])
    rows.insert(2, ["peer: store alone, a commit for each report", round(peer), "", "", ""])
    alone = {
        "store_writes_per_second": round(store),
        "store_busy_us": round(busy, 1),
        "peer_store_writes_per_second": round(peer),
    }
    report("progress", {**figures, **alone}, rows=rows)


if __name__ == "__main__":
    main()
