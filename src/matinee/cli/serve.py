"""`matinee serve`: one process with any set of rooms."""

import argparse
import asyncio
import gc
import signal

import uvloop

from matinee.cli.verbs import Verbs, add_verb
from matinee.host.process import Plan, running
from matinee.host.settings import SettingsSource
from matinee.host.supervisor import end_with_supervisor
from matinee.telemetry import logs
from matinee.wiring.plan import Serve, planned
from matinee.wiring.rooms import TARGETS
from matinee.wiring.settings import ServiceSettings


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs,
        "serve",
        summary="Run some rooms in this process.",
        example="matinee serve catalogue --port 8421 --peer playback=http://127.0.0.1:8422",
    )
    verb.add_argument("targets", nargs="+", choices=sorted(TARGETS), metavar="TARGET", help=", ".join(TARGETS))
    verb.add_argument("--port", type=int, help="port to listen on (default: the service's own)")
    verb.add_argument("--name", default="", help="name of this process in logs (default: the targets)")
    verb.add_argument(
        "--peer", action="append", default=[], metavar="ROOM=URL", help="where another room runs; may be repeated"
    )
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    end_with_supervisor()
    service = source.load("service", ServiceSettings)
    name = arguments.name or "+".join(arguments.targets)
    logs.configure(process=name, level=service.log_level)
    request = Serve(targets=tuple(arguments.targets), name=name, port=arguments.port, peers=_peers(arguments.peer))
    uvloop.run(_serve(service, source, request))
    return 0


def _peers(pairs: list[str]) -> dict[str, str]:
    peers = {}
    for pair in pairs:
        room, separator, url = pair.partition("=")
        if not separator or room not in TARGETS:
            raise SystemExit(f"matinee serve: --peer wants ROOM=URL, not {pair!r}")
        peers[room] = url.rstrip("/")
    return peers


async def _serve(service: ServiceSettings, source: SettingsSource, request: Serve) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with planned(service, source, request) as plan:
        await _until(stop, plan)


async def _until(stop: asyncio.Event, plan: Plan) -> None:
    async with running(plan):
        _settle()
        await stop.wait()


def _settle() -> None:
    """Have the collector of garbage leave alone what is there by now, and look less often: a tenth of every request.

    What rooms made while they opened stays as long as the process; thresholds of CPython are those of small scripts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 50, 100)
