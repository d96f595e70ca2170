"""What signing in costs: an access token at the door, passwords, and play starts while a crowd signs in.

Tokens are checked in this process, as the door does it, beside plain PyJWT and beside the bare signature check that
both stand on. Sign-ins and play starts run against a whole service, each room in a process of its own.
"""

import argparse
import asyncio
import gc
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import psutil

from common import report
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.identity import AUDIENCE, ISSUER
from matinee.contracts.playback import Playback
from matinee.kit.clock import SystemClock
from matinee.kit.ids import TitleId
from matinee.services.gateway.exchange import Exchange
from matinee.services.gateway.filters.authenticate import Authenticate
from matinee.services.gateway.members import Members
from matinee.services.identity.settings import IdentitySettings
from matinee.testing.access_tokens import TestMembers
from matinee.testing.deployment import Deployment
from matinee.testing.doors import open_front_rooms
from matinee.testing.titles import release

TOKENS = 2_000
WARM = 20_000
ROUNDS = 5
STORM = 16
PASSWORD = "correct horse battery staple 9"  # noqa: S105  # of an account that lives as long as the bench
API = "/api/v1"
_TOKEN = re.compile(r"[?#&]token=([A-Za-z0-9_.-]+)")


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────────────
def exchange(token: str) -> Exchange:
    """Return a request as it stands before the door knows who asks."""
    headers = [
        (b"host", b"127.0.0.1:8400"),
        (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        (b"accept", b"application/json"),
        (b"accept-language", b"en"),
        (b"sec-fetch-site", b"same-origin"),
        (b"cookie", f"matinee_access={token}".encode()),
    ]
    scope: dict[str, Any] = {"query_string": b""}
    return Exchange(
        scope=scope,
        receive=None,  # type: ignore[arg-type]  # the step neither reads nor answers
        send=None,  # type: ignore[arg-type]  # the same
        headers=headers,
        method="GET",
        path="/api/v1/stream",
        scheme="http",
        host="127.0.0.1:8400",
        client_address="127.0.0.1",
    )


def microseconds(work: Callable[[Any], object], items: list[Any]) -> float:
    """Return microseconds of processor time for each item, collector off."""
    gc.disable()
    started = time.thread_time()
    for item in items:
        work(item)
    spent = time.thread_time() - started
    gc.enable()
    return spent / len(items) * 1e6


async def tokens() -> dict[str, float]:
    """Return what a check costs, best of a few rounds: of a token seen before, of a new one, and by peers."""
    identity = TestMembers()
    signed = [identity.token(sid=f"session-{number}") for number in range(TOKENS)]
    figures: dict[str, list[float]] = {name: [] for name in ("warm_us", "cold_us", "pyjwt_us", "signature_us")}
    public = next(iter(identity._private.values())).public_key()  # noqa: SLF001  # the peer's key is made once too
    parts = [(jwt.utils.base64url_decode(t.rpartition(".")[2]), t.rpartition(".")[0].encode()) for t in signed]

    def plain(token: str) -> object:
        return jwt.decode(token, public, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER)

    for _ in range(ROUNDS):
        members = Members(identity, SystemClock(), remembered=TOKENS)
        await members.claims(signed[0])
        step = Authenticate(None, members)  # type: ignore[arg-type]  # nobody signs in with the operator key here
        fresh = [exchange(token) for token in signed[1:]]
        figures["cold_us"].append(microseconds(step.apply, fresh))
        if any(one.claims is None for one in fresh):
            raise RuntimeError("a good token did not count")
        again = [exchange(signed[number % TOKENS]) for number in range(WARM)]
        figures["warm_us"].append(microseconds(step.apply, again))
        figures["pyjwt_us"].append(microseconds(plain, signed))
        figures["signature_us"].append(microseconds(lambda part: public.verify(*part), parts))
    return {name: round(min(rounds), 1) for name, rounds in figures.items()}


# ── a whole service ───────────────────────────────────────────────────────────────────────────────────────────────
async def film(data: Path) -> str:
    """Put a title into a data folder that a service will open, and return its id."""
    async with open_front_rooms(data) as door:
        body = {"name": "Film", "audience": "everyone"}
        async with door.http.post(f"{door.url}{API}/studio/titles", json=body, headers=door.operator) as answer:
            title_id = TitleId((await answer.json())["title_id"])
        key = await door.rooms["playback"].provides[Playback].content_key(title_id=title_id)  # type: ignore[attr-defined]
        made = release(title_id, key_id=key.key_id, frames=0)
        await door.rooms["catalogue"].provides[Catalogue].publish(release=made)  # type: ignore[attr-defined]
    return str(title_id)


async def member(service: Deployment, http: aiohttp.ClientSession, number: int) -> dict[str, str]:
    """Join, follow the link in the mail, and return what signs in."""
    email = f"viewer{number}@example.org"
    await _answer(http.post(f"{service.url}{API}/accounts", json={"email": email, "password": PASSWORD}))
    for _ in range(200):
        for mail in service.call("GET", f"{API}/mailbox?limit=50")["items"]:
            found = _TOKEN.search(str(mail)) if email in str(mail) else None
            if found:
                body = {"token": found[1], "password": PASSWORD}
                await _answer(http.post(f"{service.url}{API}/accounts/verification", json=body))
                return {"email": email, "password": PASSWORD}
        await asyncio.sleep(0.1)
    raise RuntimeError(f"no mail came for {email}")


async def _answer(asking: Any) -> None:
    async with asking as answer:
        body = await answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status}: {body[:300]!r}")


async def signing_in(service: Deployment, http: aiohttp.ClientSession, who: dict[str, str], until: float) -> int:
    """Sign in again and again; return how often it worked."""
    done = 0
    while time.monotonic() < until:
        async with http.post(f"{service.url}{API}/session", json=who) as answer:
            await answer.read()
            if answer.status not in {200, 429, 503}:
                raise RuntimeError(f"sign-in answered {answer.status}")
            done += answer.status == 200
    return done


async def starts(service: Deployment, http: aiohttp.ClientSession, title_id: str, seconds: float) -> list[float]:
    """Press play again and again, with a breath in between, and return how long each took."""
    headers, times, until = {"authorization": f"Bearer {service.key}"}, [], time.monotonic() + seconds
    while time.monotonic() < until:
        started = time.perf_counter()
        await _answer(http.get(f"{service.url}{API}/stream?movie_id={title_id}", headers=headers))
        times.append(time.perf_counter() - started)
        await asyncio.sleep(0.005)
    return times


def p99(times: list[float]) -> float:
    """Return the 99th percentile in milliseconds."""
    return statistics.quantiles(times, n=100)[98] * 1000


def identity_seconds(service: Deployment) -> float:
    """Return the processor time that the identity process has used."""
    rooms = [one for one in service.processes() if "identity" in one.cmdline()]
    used: psutil._common.pcputimes = rooms[0].cpu_times()
    return float(used.user + used.system)


async def whole(folder: Path, seconds: float, rounds: int) -> tuple[dict[str, float], list[list[object]]]:
    """Return sign-ins for each second of a core, and how much longer a play start takes while a crowd signs in."""
    title_id = await film(folder)
    service = Deployment(folder, mode="many").start()
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            people = [await member(service, http, number) for number in range(4)]
            await starts(service, http, title_id, 1.0)  # warm
            rows: list[list[object]] = [["round", "idle p99 ms", "storm p99 ms", "ratio", "sign-ins/s"]]
            signed, spent, ratios, rates = 0, 0.0, [], []
            for number in range(rounds):
                idle = p99(await starts(service, http, title_id, seconds))
                used, until = identity_seconds(service), time.monotonic() + seconds
                crowd = [signing_in(service, http, people[n % len(people)], until) for n in range(STORM)]
                times, *done = await asyncio.gather(starts(service, http, title_id, seconds), *crowd)
                spent += identity_seconds(service) - used
                signed += sum(done)
                storm = p99(times)
                ratios.append(storm / idle)
                rates.append(sum(done) / seconds)
                rows.append([number + 1, idle, storm, storm / idle, rates[-1]])
    finally:
        service.stop()
    figures = {
        "sign_ins_per_second": round(signed / spent, 1),
        "sign_ins_per_second_all": round(statistics.median(rates), 1),
        "storm_ratio": round(statistics.median(ratios), 2),
    }
    return figures, rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure tokens, sign-ins, and play starts while a crowd signs in.")
    parser.add_argument("--seconds", type=float, default=6.0, help="seconds of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="times that idle and storm are measured in turn")
    arguments = parser.parse_args()
    checks = asyncio.run(tokens())
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        service, rows = asyncio.run(whole(Path(folder), arguments.seconds, arguments.rounds))
    settings = IdentitySettings()
    argon2id = f"m={settings.hash_memory_kib} KiB, t={settings.hash_passes}, p={settings.hash_lanes}"
    report("auth", {**checks, **service, "argon2id": argon2id, "crowd": STORM}, rows=rows)


if __name__ == "__main__":
    main()
