"""`matinee`: the verbs an operator types.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is missing on this machine, 130 interrupted.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from matinee import __version__
from matinee.host.settings import SettingsSource
from matinee.kit.errors import MatineeError

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
_VERBS = {
    "up": "up",
    "serve": "serve",
    "ingest": "ingest",
    "catalogue": "catalogue",
    "demo": "demo",
    "doctor": "doctor",
    "settings": "settings",
    "sandbox": "sandbox",
    "operator-key": "operator",
    "member": "members",
    "search": "search",
    "mailbox": "mailbox",
    "openapi": "openapi",
}


def parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser, each verb with help and an example.

    Args:
        argv: when it names a verb, only that one is imported, so that an edge starts without the studio's libraries.
    """
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
    named = next((word for word in argv if word in _VERBS), None)
    for name in (named,) if named else _VERBS:
        importlib.import_module(f"matinee.cli.{_VERBS[name]}").register(verbs)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    arguments = parser(words).parse_args(words)
    try:
        source = SettingsSource(arguments.config, os.environ)
        code: int = arguments.run(arguments, source)
    except MatineeError as error:
        sys.stderr.write(f"{error.title}. {error.detail}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
