"""`matinee operator-key`: the key that the studio asks for."""

import argparse

from matinee.cli.output import print_json
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.engines.keyring import Keyring
from matinee.host.settings import SettingsSource
from matinee.wiring.settings import ServiceSettings


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs, "operator-key", summary="Print the key that the studio asks for.", example="matinee operator-key"
    )
    add_json(verb)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Print the key; whoever can read the data folder has it anyway."""
    key = Keyring(source.load("service", ServiceSettings).data / "keys").operator_key()
    if arguments.json:
        print_json({"operator_key": key})
    else:
        print(key)
    return 0
