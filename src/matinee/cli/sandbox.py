"""`matinee sandbox`: the sandbox payment processor."""

import argparse
import asyncio
import signal
from typing import Any

import uvloop

from matinee.cli.verbs import Verbs, add_verb
from matinee.engines.keyring import Keyring
from matinee.host.server import Listener
from matinee.host.settings import SettingsSource
from matinee.host.supervisor import end_with_supervisor
from matinee.kit.clock import SystemClock
from matinee.kit.ids import RandomIds
from matinee.sandbox.server import processor
from matinee.sandbox.settings import SandboxSettings
from matinee.sandbox.signing import secrets_of
from matinee.telemetry import logs
from matinee.wiring.settings import ServiceSettings


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs,
        "sandbox",
        summary="Run the sandbox payment processor, which charges cards that do not exist.",
        example="matinee sandbox --port 8419",
    )
    verb.add_argument("--port", type=int, help="port to listen on, on loopback (default: service.sandbox_port)")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    end_with_supervisor()
    service = source.load("service", ServiceSettings)
    logs.configure(process="sandbox", level=service.log_level)
    settings = source.load("sandbox", SandboxSettings, _defaults(service))
    uvloop.run(_serve(service, settings, arguments.port or service.sandbox_port))
    return 0


def _defaults(service: ServiceSettings) -> dict[str, Any]:
    """Return settings that follow from the service's own; file and environment still win."""
    addressed = f"http://{service.address}:{service.port}"
    origins = {service.browser_url.rstrip("/"), addressed, f"http://localhost:{service.port}"}
    return {"web_origins": tuple(sorted(origins)), "webhook_url": f"{addressed}/api/v1/webhooks/sandbox"}


async def _serve(service: ServiceSettings, settings: SandboxSettings, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service.data.mkdir(parents=True, exist_ok=True)
    async with processor(
        service.data / "sandbox.db",
        Listener("127.0.0.1", port),
        settings=settings,
        secrets=secrets_of(Keyring(service.data / "keys")),
        clock=SystemClock(),
        ids=RandomIds(),
    ):
        await stop.wait()
