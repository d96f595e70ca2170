"""`matinee member`: accounts of the running service, as the operator."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, get_args
from urllib.parse import quote, urlencode

from matinee.cli.api import Api, operator_api
from matinee.cli.output import console, print_json, print_rows
from matinee.cli.verbs import Verbs, add_json, add_verb
from matinee.contracts.identity import AccountRole
from matinee.host.settings import SettingsSource
from matinee.kit.errors import NotFoundError
from matinee.wiring.settings import ServiceSettings

_ACCOUNTS = "/api/v1/admin/accounts"
_COLUMNS = ("email", "name", "role", "state", "territory", "created_at", "account_id")
_ROLES = get_args(AccountRole)
_PAGE = 100


class NobodyError(NotFoundError):
    """No account has this e-mail address or id."""

    code = "nobody"
    title = "No such member"


def register(verbs: Verbs) -> None:
    """Add the verb and what it can do."""
    verb = add_verb(
        verbs,
        "member",
        summary="List, show, create and promote members, and send them links for new passwords.",
        example="matinee member create ada@example.org --role admin",
    )
    actions = verb.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list accounts, newest first")
    listing.add_argument("--query", default="", metavar="TEXT", help="part of e-mail or name")
    listing.add_argument("--role", choices=_ROLES, help="only accounts with this role")
    showing = actions.add_parser("show", help="show an account with its devices and security log")
    creating = actions.add_parser("create", help="make an account; its owner gets a mail to choose a password")
    creating.add_argument("--name", default="", help="what to call them")
    creating.add_argument("--role", choices=_ROLES, default="member", help="what they may do (default: member)")
    promoting = actions.add_parser("promote", help="give an account a role; its sessions end")
    promoting.add_argument("--role", choices=_ROLES, default="admin", help="which role (default: admin)")
    resetting = actions.add_parser("reset", help="send an account's owner a link for a new password")
    for parser in (showing, creating, promoting, resetting):
        parser.add_argument("member", metavar="EMAIL", help="e-mail address" if parser is creating else "or account id")
    for parser in (listing, showing, creating, promoting, resetting):
        parser.add_argument("--server", metavar="URL", help="base URL of the service (default: this machine's)")
        add_json(parser)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace, source: SettingsSource) -> int:
    """Do one thing and print the accounts it was about."""
    service = source.load("service", ServiceSettings)
    result = asyncio.run(_with_api(arguments, service))
    if arguments.json:
        print_json(result)
    elif arguments.action == "show":
        _print_member(result)
    else:
        print_rows(result, columns=_COLUMNS)
    return 0


async def _with_api(arguments: argparse.Namespace, service: ServiceSettings) -> Any:
    actions: dict[str, Callable[[Api, argparse.Namespace], Awaitable[Any]]] = {
        "list": _list,
        "show": _show,
        "create": _create,
        "promote": _promote,
        "reset": _reset,
    }
    async with operator_api(service, arguments.server) as api:
        return await actions[arguments.action](api, arguments)


async def _list(api: Api, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    wanted = {"q": arguments.query, "limit": str(_PAGE), **({"role": arguments.role} if arguments.role else {})}
    while True:
        _, _, page = await api.call("GET", f"{_ACCOUNTS}?{urlencode(wanted)}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        wanted["cursor"] = page["next_cursor"]


async def _show(api: Api, arguments: argparse.Namespace) -> Any:
    account = await _account(api, arguments.member)
    _, _, member = await api.call("GET", f"{_ACCOUNTS}/{account['account_id']}")
    return member


async def _create(api: Api, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    body = {"email": arguments.member, "name": arguments.name, "role": arguments.role}
    _, _, account = await api.call("POST", _ACCOUNTS, json=body)
    return [account]


async def _promote(api: Api, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    account = await _account(api, arguments.member)
    path = f"{_ACCOUNTS}/{account['account_id']}/role"
    _, _, changed = await api.call("POST", path, json={"role": arguments.role})
    return [changed]


async def _reset(api: Api, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    account = await _account(api, arguments.member)
    await api.call("POST", f"{_ACCOUNTS}/{account['account_id']}/reset")
    return [account]


async def _account(api: Api, member: str) -> dict[str, Any]:
    """Return the account with this e-mail, or with this id when there is no @ in it."""
    if "@" not in member:
        _, _, found = await api.call("GET", f"{_ACCOUNTS}/{quote(member, safe='')}")
        return dict(found["account"])
    _, _, page = await api.call("GET", f"{_ACCOUNTS}?{urlencode({'q': member, 'limit': str(_PAGE)})}")
    for account in page["items"]:
        if account["email"].casefold() == member.casefold():
            return dict(account)
    raise NobodyError(f"Nobody has the address {member}; see: matinee member list")


def _print_member(member: dict[str, Any]) -> None:
    print_rows([member["account"]], columns=_COLUMNS)
    methods = member["methods"]
    console.print(f"Signs in with: {_methods(methods)}", highlight=False)
    print_rows(
        member["sessions"], columns=("device_name", "user_agent_name", "last_used_at", "address_hint"), title="Devices"
    )
    print_rows(member["activity"], columns=("at", "kind", "facts"), title="Security log")


def _methods(methods: dict[str, Any]) -> str:
    named = [name for name in ("password", "totp") if methods[name]]
    passkeys = [f"{methods['passkeys']} passkeys"] if methods["passkeys"] else []
    return ", ".join([*named, *passkeys, *methods["oidc"]]) or "nothing yet"
