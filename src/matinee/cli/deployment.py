"""Which processes a local deployment has."""

import argparse
import sys
from pathlib import Path

from matinee.host.supervisor import Child
from matinee.wiring.rooms import ROOMS
from matinee.wiring.settings import ServiceSettings

_MATINEE = (sys.executable, "-m", "matinee.cli.main")


def children(arguments: argparse.Namespace, service: ServiceSettings, logs: Path, *, sandboxed: bool) -> list[Child]:
    """Return the processes of `matinee up`: rooms together or apart, the edges, the demo catalogue.

    Args:
        sandboxed: whether the sandbox moves the money, which then runs too.
    """
    config = ("--config", str(arguments.config.resolve()))
    rooms = _apart(service, config, logs) if arguments.split else [_together(service, config, logs)]
    edges = [_edge(number, service, config, logs) for number in range(service.edges)]
    payments = [_sandbox(service, config, logs)] if sandboxed else []
    return [*payments, *rooms, *edges, *([] if arguments.no_demo else [_demo(config, logs)])]


def _together(service: ServiceSettings, config: tuple[str, ...], logs: Path) -> Child:
    return Child(
        name="all",
        argv=(*_MATINEE, *config, "serve", "all", "--port", str(service.port)),
        ready_url=f"http://{service.address}:{service.port}/health/ready",
        log=logs / "all.log",
    )


def _apart(service: ServiceSettings, config: tuple[str, ...], logs: Path) -> list[Child]:
    apart = [room for room in ROOMS if room not in {"gateway", "edge"}]
    urls = {room: f"http://{service.address}:{service.room_port + place}" for place, room in enumerate(apart)}
    ports = {**{room: service.room_port + place for place, room in enumerate(apart)}, "gateway": service.port}
    return [
        Child(
            name=room,
            argv=(*_MATINEE, *config, "serve", room, "--port", str(port), *_peers(room, urls)),
            ready_url=f"http://{service.address}:{port}/health/ready",
            log=logs / f"{room}.log",
        )
        for room, port in ports.items()
    ]


def _peers(room: str, urls: dict[str, str]) -> tuple[str, ...]:
    return tuple(part for other, url in urls.items() if other != room for part in ("--peer", f"{other}={url}"))


def _edge(number: int, service: ServiceSettings, config: tuple[str, ...], logs: Path) -> Child:
    name = service.edge_name(number)
    port = service.edge_port + number
    return Child(
        name=name,
        argv=(*_MATINEE, *config, "serve", "edge", "--name", name, "--port", str(port)),
        ready_url=f"http://{service.address}:{port}/health/ready",
        log=logs / f"{name}.log",
    )


def _sandbox(service: ServiceSettings, config: tuple[str, ...], logs: Path) -> Child:
    return Child(
        name="sandbox",
        argv=(*_MATINEE, *config, "sandbox"),
        ready_url=f"http://127.0.0.1:{service.sandbox_port}/health/ready",
        log=logs / "sandbox.log",
    )


def _demo(config: tuple[str, ...], logs: Path) -> Child:
    return Child(name="demo", argv=(*_MATINEE, *config, "demo"), restart="on-failure", log=logs / "demo.log")
