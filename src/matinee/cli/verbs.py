"""How each verb adds itself to the command line."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # argparse names its type privately
else:
    Verbs = Any


def add_verb(verbs: Verbs, name: str, *, summary: str, example: str) -> argparse.ArgumentParser:
    """Add a verb with its one-line summary and a worked example."""
    return verbs.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json` to a verb that prints a table."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
