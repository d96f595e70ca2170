"""`matinee mailbox`: mails that were kept here instead of being sent."""

import argparse
import asyncio
from typing import Any

from rich.text import Text

from matinee.cli.api import operator_api
from matinee.cli.output import console, print_json, print_rows
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.host.settings import SettingsSource
from matinee.wiring.settings import ServiceSettings


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs, "mailbox", summary="Show the mails that the service has written.", example="matinee mailbox --last"
    )
    verb.add_argument("--last", action="store_true", help="the newest mail in full")
    verb.add_argument("--limit", type=int, default=20, metavar="N", help="most mails to list (default: 20)")
    verb.add_argument("--server", metavar="URL", help="base URL of the service (default: this machine's)")
    add_json(verb)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Print the newest mails, or the newest one in full."""
    mails = asyncio.run(_newest(arguments, source.load("service", ServiceSettings)))
    if arguments.json:
        print_json(mails)
    elif not mails:
        console.print("There are no mails.")
    elif arguments.last:
        # As it is: a mail may hold brackets, and a link must not be broken by folding.
        console.print(
            Text(f"To: {mails[0]['to']}\nSubject: {mails[0]['subject']}\n\n{mails[0]['text']}"), soft_wrap=True
        )
    else:
        print_rows(mails, columns=("mail_id", "at", "to", "subject", "kind", "state"))
    return 0


async def _newest(arguments: argparse.Namespace, service: ServiceSettings) -> list[dict[str, Any]]:
    limit = 1 if arguments.last else arguments.limit
    async with operator_api(service, arguments.server) as api:
        _, _, page = await api.call("GET", f"/api/v1/mailbox?limit={limit}")
    return list(page["items"])
