"""`matinee search`: what the running service finds, how its index stands, and building it anew."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from matinee.cli.api import Api, operator_api
from matinee.cli.output import console, print_json, print_rows
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.host.settings import SettingsSource
from matinee.wiring.settings import ServiceSettings

_INDEX = "/api/v1/admin/search"
_LOOK_SECONDS = 1.0
_TITLE_COLUMNS = ("name", "year", "kind", "genres", "playable", "title_id")
_STATE_COLUMNS = ("titles", "generation", "lag_seconds", "rebuilding")


def register(verbs: Verbs) -> None:
    """Add the verb and what it can do."""
    verb = add_verb(
        verbs,
        "search",
        summary="Ask the search index, see how it stands, and build it anew.",
        example='matinee search query "strnger thigns"',
    )
    actions = verb.add_subparsers(dest="action", required=True, metavar="ACTION")
    asking = actions.add_parser("query", help="show what is found, as an operator, who sees everything")
    asking.add_argument("text", metavar="TEXT", help="what to look for, typos and all")
    asking.add_argument("--limit", type=int, default=20, metavar="N", help="titles at most (default: 20)")
    stating = actions.add_parser("state", help="show how many titles are in the index and how far it is behind")
    rebuilding = actions.add_parser("rebuild", help="build a fresh index beside the serving one and swap it in")
    for parser in (asking, stating, rebuilding):
        parser.add_argument("--server", metavar="URL", help="base URL of the service (default: this machine's)")
        add_json(parser)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Do one thing and print its answer."""
    service = source.load("service", ServiceSettings)
    result = asyncio.run(_with_api(arguments, service))
    if arguments.json:
        print_json(result)
    elif arguments.action == "query":
        _print_found(result)
    else:
        print_rows([result], columns=_STATE_COLUMNS)
    return 0


async def _with_api(arguments: argparse.Namespace, service: ServiceSettings) -> Any:
    actions: dict[str, Callable[[Api, argparse.Namespace], Awaitable[Any]]] = {
        "query": _query,
        "state": _state,
        "rebuild": _rebuild,
    }
    async with operator_api(service, arguments.server) as api:
        return await actions[arguments.action](api, arguments)


async def _query(api: Api, arguments: argparse.Namespace) -> Any:
    wanted = urlencode({"q": arguments.text, "limit": str(arguments.limit)})
    return (await api.call("GET", f"/api/v1/search?{wanted}"))[2]


async def _state(api: Api, _: argparse.Namespace) -> Any:
    return (await api.call("GET", _INDEX))[2]


async def _rebuild(api: Api, arguments: argparse.Namespace) -> Any:
    """Begin or join a rebuild, and wait for its end, however long that is."""
    state = (await api.call("POST", f"{_INDEX}/rebuild"))[2]
    while state["rebuilding"]:
        await asyncio.sleep(_LOOK_SECONDS)
        state = await _state(api, arguments)
    return state


def _print_found(found: dict[str, Any]) -> None:
    if found["did_you_mean"]:
        console.print(f"Did you mean: {found['did_you_mean']}", highlight=False, markup=False)
    if found["degraded"]:
        console.print("The index is away: only beginnings of names were compared.", highlight=False)
    rows = [{**item, "genres": ", ".join(item["genres"])} for item in found["items"]]
    print_rows(rows, columns=_TITLE_COLUMNS)
    if found["people"]:
        print_rows(found["people"], columns=("name", "titles", "person_id"), title="People")
