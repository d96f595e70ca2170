"""`matinee settings`: effective values, and what differs from the defaults."""

import argparse

from matinee.cli.output import console, print_json, print_rows
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.host.settings import Effective, SettingsSource
from matinee.wiring.plan import room_settings
from matinee.wiring.rooms import ROOMS
from matinee.wiring.settings import ServiceSettings


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs,
        "settings",
        summary="Show effective settings and where each comes from.",
        example="matinee settings --changed",
    )
    verb.add_argument("room", nargs="?", choices=("service", *ROOMS), help="only this room")
    verb.add_argument("--changed", action="store_true", help="only what differs from the defaults")
    add_json(verb)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Print the settings of one room or all."""
    service = source.load("service", ServiceSettings)
    shown: list[Effective] = []
    for room in (arguments.room,) if arguments.room else ("service", *ROOMS):
        settings = service if room == "service" else room_settings(room, service, source)
        shown += source.effective(room, settings)
    rows = [_row(item) for item in shown if not arguments.changed or item.value != item.default]
    if arguments.json:
        print_json(rows)
    elif rows:
        print_rows(rows, columns=("room", "name", "value", "default", "source", "description"))
    else:
        console.print("Every setting has its default value.")
    return 0


def _row(item: Effective) -> dict[str, object]:
    computed = item.source == "default" and item.value != item.default
    return {
        "room": item.room,
        "name": item.name,
        "value": item.value,
        "default": item.default,
        "source": "computed" if computed else item.source,
        "description": item.description,
    }
