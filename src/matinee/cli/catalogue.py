"""`matinee catalogue import`: titles from CSV files, NFO side files and TMDB."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from matinee.cli.api import Api, operator_api
from matinee.cli.films import NothingThereError
from matinee.cli.output import console, errors, print_json, print_rows
from matinee.cli.side_files import SideFiles, nfo_files, one_nfo
from matinee.cli.titles import IMPORTS, SideImports, View, begin_file, follow
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.host.settings import SettingsSource
from matinee.kit.errors import InvalidError
from matinee.wiring.settings import ServiceSettings

EXIT_FAILED = 1
_SHOWN_PROBLEMS = 20
_COUNTS = ("created", "changed", "unchanged", "refused")


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(
        verbs,
        "catalogue",
        summary="Import titles from a CSV file, NFO side files or TMDB.",
        example="matinee catalogue import titles.csv --dry-run",
    )
    doing = verb.add_subparsers(dest="doing", required=True, metavar="import")
    taking = doing.add_parser(
        "import", help="take titles in", description="Take titles in; doing it again is harmless."
    )
    taking.add_argument("what", nargs="+", metavar="FILE|FOLDER|tmdb ID…", help="a file, a folder, or tmdb and numbers")
    taking.add_argument("--format", choices=("csv", "nfo"), help="default: by the file's name; nfo for a folder")
    taking.add_argument("--dry-run", action="store_true", help="only tell what would happen")
    taking.add_argument("--source", help="name of the list that keys belong to (default: csv or nfo)")
    taking.add_argument(
        "--audience", choices=("everyone", "members", "operators"), default="members", help="of titles that are made"
    )
    taking.add_argument("--kind", choices=("movie", "tv"), default="movie", help="of TMDB: films or series")
    taking.add_argument("--query", default="", help="of TMDB: the name to search for")
    taking.add_argument("--server", metavar="URL", help="base URL of the service (default: this machine's)")
    add_json(taking)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Import everything, one after the other, and say how each ended."""
    views = asyncio.run(_import(arguments, source.load("service", ServiceSettings)))
    if arguments.json:
        print_json(views)
    else:
        _print(views)
    failed = any(view["state"] != "done" or (view["refused"] and not view["dry_run"]) for view in views)
    return EXIT_FAILED if failed or not views else 0


async def _import(arguments: argparse.Namespace, service: ServiceSettings) -> list[View]:
    async with operator_api(service, arguments.server) as api:
        if arguments.what[0] == "tmdb":
            return [await _from_tmdb(api, arguments)]
        return [view for name in arguments.what for view in await _from_path(api, Path(name), arguments)]


async def _from_tmdb(api: Api, arguments: argparse.Namespace) -> View:
    numbers = [_number(word) for word in arguments.what[1:]]
    body = {
        "tmdb_ids": numbers,
        "query": arguments.query,
        "kind": arguments.kind,
        "audience": arguments.audience,
        "dry_run": arguments.dry_run,
    }
    _, _, begun = await api.call("POST", f"{IMPORTS}/tmdb", json=body)
    return await _followed(api, begun["import_id"], "TMDB")


def _number(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and int(word) > 0):
        raise InvalidError(f"{word!r} is not a number of TMDB; give the digits of its address.")
    return int(word)


async def _from_path(api: Api, path: Path, arguments: argparse.Namespace) -> list[View]:
    if not path.exists():
        raise NothingThereError(f"There is no file or folder at {path}.")
    nfo = arguments.format == "nfo" or (arguments.format is None and (path.is_dir() or path.suffix.lower() == ".nfo"))
    if nfo:
        return await _from_nfo(api, _sides(path), arguments)
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    options = {"format": "csv", **_options(arguments)}
    return [await _followed(api, await begin_file(api, file, options), file.name) for file in files]


def _sides(path: Path) -> list[SideFiles]:
    if path.is_dir():
        return nfo_files(path)
    side = one_nfo(path)
    return [] if side is None else [side]


async def _from_nfo(api: Api, sides: list[SideFiles], arguments: argparse.Namespace) -> list[View]:
    imports = SideImports(api, _options(arguments), lambda said: errors.print(said, markup=False))
    views = [(await imports.bring(side))[0] for side in sides]
    return [view for view in views if view is not None]


def _options(arguments: argparse.Namespace) -> dict[str, str]:
    options = {"audience": arguments.audience, "dry_run": "true" if arguments.dry_run else "false"}
    return {**options, **({"source": arguments.source} if arguments.source else {})}


async def _followed(api: Api, import_id: str, name: str) -> View:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]} rows"),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(name, total=1.0, rows=0)
        return await follow(
            api, import_id, lambda view: progress.update(task, completed=view["fraction"], rows=view["rows"])
        )


def _print(views: list[View]) -> None:
    if not views:
        errors.print("There is nothing to import there: an NFO file holds a movie, tvshow or episodedetails.")
        return
    print_rows([_row(view) for view in views], columns=("file", "state", "rows", *_COUNTS))
    problems = [{**problem, "file": view["name"]} for view in views for problem in view["problems"]]
    if problems:
        print_rows(problems[:_SHOWN_PROBLEMS], columns=("file", "line", "name", "reason"), title="What to look at")
    more = sum(view["problems_total"] for view in views) - min(len(problems), _SHOWN_PROBLEMS)
    if more > 0:
        console.print(f"… and {more} more; --json lists the first 200 of each import.")


def _row(view: View) -> dict[str, Any]:
    said = view["failure"] or ("dry run" if view["dry_run"] else view["state"])
    return {"file": view["name"], "state": said, "rows": view["rows"], **{name: view[name] for name in _COUNTS}}
