"""`matinee up`: the whole service on this machine, kept running until Ctrl-C."""

import argparse
import asyncio
import json
import signal
from pathlib import Path

import aiohttp
from rich.panel import Panel

from matinee.cli.deployment import children
from matinee.cli.output import console, errors
from matinee.cli.verbs import Verbs, add_verb
from matinee.engines.keyring import Keyring
from matinee.host.settings import SettingsSource
from matinee.host.supervisor import State, Supervisor, end_with_supervisor
from matinee.services.billing.settings import BillingSettings
from matinee.telemetry import logs
from matinee.wiring.settings import ServiceSettings, built_web

EXIT_MISSING = 3
READY_SECONDS = 60.0


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs, "up", summary="Run the whole service with its demo catalogue until Ctrl-C.", example="matinee up --split"
    )
    verb.add_argument("--split", action="store_true", help="each room in a process of its own")
    verb.add_argument("--no-demo", action="store_true", help="start without making the demo catalogue")
    verb.add_argument("--json", action="store_true", help="print where to look as JSON when ready")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Start everything, say where to look, and stop everything at the end."""
    end_with_supervisor()
    service = source.load("service", ServiceSettings)
    if not (built_web(service) / "index.html").exists():
        errors.print(f"The web client is not built: {built_web(service)} has no index.html. Run [bold]make web[/].")
        return EXIT_MISSING
    logs.configure(process="up", level="warning")
    sandboxed = source.load("billing", BillingSettings).provider == "sandbox"
    return asyncio.run(_up(arguments, service, sandboxed=sandboxed))


async def _up(arguments: argparse.Namespace, service: ServiceSettings, *, sandboxed: bool) -> int:
    log_folder = service.data / "logs"
    log_folder.mkdir(parents=True, exist_ok=True)
    Keyring(service.data / "keys").public("delivery")
    supervisor = Supervisor(children(arguments, service, log_folder, sandboxed=sandboxed), on_state=_say)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)
    began = loop.time()
    running = asyncio.create_task(supervisor.run())
    ready = asyncio.create_task(supervisor.ready())
    await asyncio.wait([running, ready], timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if not ready.done() and not running.done():
        errors.print(f"Not everything is ready after {READY_SECONDS:.0f} s; see {log_folder}. Still trying.")
        await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        took = loop.time() - began
        _announce(arguments, service, took, unclaimed=await _unclaimed(service), sandboxed=sandboxed)
    await running
    ready.cancel()
    console.print("Stopped.", style="dim")
    return 0


def _say(name: str, state: State) -> None:
    if state == "ended":
        errors.print(f"[yellow]{name} ended; starting it again.[/]", highlight=False)


async def _unclaimed(service: ServiceSettings) -> bool:
    """Return whether nobody has set up the first admin yet."""
    url = f"http://{service.address}:{service.port}/api/v1/setup"
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0)) as http, http.get(url) as answer:
            return (await answer.json()).get("claimed") is False
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


def _announce(
    arguments: argparse.Namespace, service: ServiceSettings, seconds: float, *, unclaimed: bool, sandboxed: bool
) -> None:
    keyring = Keyring(service.data / "keys")
    key = keyring.operator_key()
    setup = f"{service.browser_url}/setup#token={keyring.setup_token()}" if unclaimed else ""
    payments = f"http://127.0.0.1:{service.sandbox_port}" if sandboxed else ""
    edges = [service.edge_url(number) for number in range(service.edges)]
    if arguments.json:
        facts = {
            "browse": service.browser_url,
            "studio": f"{service.browser_url}/studio",
            "operator_key": key,
            "edges": edges,
            "setup": setup,
            "payments": payments,
            "ready_seconds": round(seconds, 2),
        }
        # One line, because whoever reads it wants to know when it is whole.
        print(json.dumps(facts), flush=True)
        return
    lines = (
        f"[bold]Browse[/]        {service.browser_url}",
        f"[bold]Studio[/]        {service.browser_url}/studio",
        f"[bold]Operator key[/]  {key}",
        *([f"[bold]First admin[/]   {setup}"] if setup else []),
        *([f"[bold]Payments[/]      {payments} (sandbox: cards that do not exist)"] if payments else []),
        f"[bold]Edges[/]         {'  '.join(edges)}",
        f"[dim]Logs          {_short(service.data / 'logs')}[/]",
        "",
        "[dim]Ctrl-C stops everything.[/]",
    )
    console.print(Panel("\n".join(lines), title=f"Matinee is up ({seconds:.1f} s)", expand=False), highlight=False)


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
