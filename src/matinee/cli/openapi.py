"""`matinee openapi`: the published description of the HTTP API."""

import argparse

from matinee.cli.output import print_json
from matinee.cli.verbs import Verbs, add_verb
from matinee.host.settings import SettingsSource
from matinee.wiring.openapi import document


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "openapi", summary="Print the OpenAPI 3.1 document of the API.", example="matinee openapi")
    verb.set_defaults(run=run)


def run(_: argparse.Namespace, __: SettingsSource) -> int:
    """Print the document."""
    print_json(document())
    return 0
