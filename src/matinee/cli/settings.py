"""`matinee settings`: effective values, and what differs from the defaults."""

import argparse
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from matinee.cli.output import console, print_json, print_rows
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.host.settings import Effective, SettingsSource
from matinee.wiring.plan import room_settings
from matinee.wiring.rooms import ROOMS
from matinee.wiring.settings import ServiceSettings

HIDDEN: Final = "(hidden)"
# What is called so is shown to nobody; a `…_file` says only where it lies, and a publishable key is for everybody.
_SECRET: Final = re.compile(r"(secret|password|passphrase|private)(?!.*_file$)|(^|_)(secret|api|access|signing)_key$")


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
        "value": shown(item.name, item.value),
        "default": shown(item.name, item.default),
        "source": "computed" if computed else item.source,
        "description": item.description,
    }


def shown(name: str, value: Any) -> Any:
    """Return a setting as it may be shown: secrets are hidden unless empty, however deep they lie."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        return {key: shown(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [shown(name, inner) for inner in value]
    secret = _SECRET.search(name) is not None or (isinstance(value, str) and _has_password(value))
    return HIDDEN if secret and value not in {"", None} else value


def _has_password(text: str) -> bool:
    """Return whether a text is an address with a password in it."""
    try:
        return bool(urlsplit(text).password)
    except ValueError:
        return False
