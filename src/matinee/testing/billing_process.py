"""The billing room alone, and the sandbox processor, each as a process of its own that can be killed.

Everything is what the service runs, on files that outlive the process; only the accounts and the mail are made up.
"""

import asyncio
import os
import signal
from pathlib import Path
from urllib.parse import quote

import msgspec

from matinee.cli.main import main
from matinee.contracts.identity import Identity
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, open_database
from matinee.events.opened import open_events
from matinee.events.port import EventLog
from matinee.host.health import HealthApp
from matinee.host.http import PassportReader, compose
from matinee.host.module import Needs
from matinee.host.server import Listener, serving
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.ids import Ids, RandomIds
from matinee.mail.port import Mail, Mailer
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.billing.module import MODULE
from matinee.services.billing.settings import BillingSettings
from matinee.testing.billing import FakeIdentity


class _NoMail:
    """Takes mail and forgets it."""

    async def send(self, mail: Mail) -> None:
        """Check the mail's bounds; nothing goes anywhere."""
        msgspec.convert(msgspec.to_builtins(mail), Mail)


async def serve(data: Path, port: int, gateway_public_key: bytes, settings: BillingSettings) -> None:
    """Serve until the process is ended."""
    clock = SystemClock()
    async with (
        open_database(f"sqlite+aiosqlite:///{data}/billing.db") as database,
        open_events(f"sqlite://{quote(str(data / 'events.db'))}", clock=clock, ids=RandomIds()) as events,
    ):
        bound: dict[type, object] = {
            Database: database,
            EventLog: events,
            Keyring: Keyring(data / "keys"),
            Clock: clock,
            Ids: RandomIds(),
            Mailer: _NoMail(),
            Identity: FakeIdentity(),
            Commands: Commands(Tuning(), clock.monotonic),
        }
        async with MODULE.open(settings, Needs(bound)) as room:
            app = HealthApp(compose(room.routes, PassportReader(gateway_public_key)), lambda: room.checks)
            async with serving(app, Listener("127.0.0.1", port)):
                await asyncio.Event().wait()


def run_billing(data: str, port: int, gateway_public_key: bytes, settings: bytes) -> None:
    """Be the billing process; `settings` is JSON."""
    _write_to(Path(data) / "billing.log")
    chosen = msgspec.json.decode(settings, type=BillingSettings)
    asyncio.run(serve(Path(data), port, gateway_public_key, chosen))


def run_sandbox(data: str, environment: dict[str, str]) -> None:
    """Be the sandbox processor, as `matinee sandbox` is."""
    _write_to(Path(data) / "sandbox.log")
    os.environ.update(environment)
    main(["--config", "/nonexistent.toml", "sandbox"])


def _write_to(log: Path) -> None:
    """Send all output of this process to a file, whatever its parent did with its own."""
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


PRELOADED = (__name__, "matinee.cli.sandbox")
"""What a fork server loads once, so that a killed process is back within a blink."""
