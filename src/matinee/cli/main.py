"""`matinee`: the verbs an operator types.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is missing on this machine, 130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from matinee import __version__
from matinee.cli import demo, doctor, ingest, openapi, operator, serve, settings, up
from matinee.cli.output import errors
from matinee.host.settings import SettingsSource
from matinee.kit.errors import MatineeError

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
_VERBS = (up, serve, ingest, demo, doctor, settings, operator, openapi)


def parser() -> argparse.ArgumentParser:
    """Return the parser with every verb, each with help and an example."""
    root = argparse.ArgumentParser(
        prog="matinee",
        description="A video streaming service that anyone can run.",
        epilog="example: matinee up",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"matinee {__version__}")
    root.add_argument(
        "--config",
        type=Path,
        default=Path("matinee.toml"),
        metavar="FILE",
        help="settings file (default: matinee.toml)",
    )
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in _VERBS:
        verb.register(verbs)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    arguments = parser().parse_args(argv)
    try:
        source = SettingsSource(arguments.config, os.environ)
        code: int = arguments.run(arguments, source)
    except MatineeError as error:
        errors.print(f"[bold red]{error.title}.[/] {error.detail}", highlight=False)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
