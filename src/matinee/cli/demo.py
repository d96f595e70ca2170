"""`matinee demo`: makes the demo catalogue in the running service."""

import argparse
import asyncio

from matinee.cli.verbs import Verbs, add_verb
from matinee.demo.publish import fill
from matinee.engines.keyring import Keyring
from matinee.host.settings import SettingsSource
from matinee.host.supervisor import end_with_supervisor
from matinee.telemetry import logs
from matinee.wiring.settings import ServiceSettings


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs, "demo", summary="Make the demo films and publish them in the running service.", example="matinee demo"
    )
    verb.set_defaults(run=run)


def run(_: argparse.Namespace, source: SettingsSource) -> int:
    """Make what is missing; a film that is there already is left alone."""
    end_with_supervisor()
    service = source.load("service", ServiceSettings)
    logs.configure(process="demo", level=service.log_level)
    key = Keyring(service.data / "keys").operator_key()
    asyncio.run(fill(base_url=service.browser_url, operator_key=key, folder=service.data / "demo"))
    return 0
