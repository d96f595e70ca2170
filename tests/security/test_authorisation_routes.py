"""Every public route, asked by every role, against the running service."""

import dataclasses
import re
from contextlib import asynccontextmanager
from typing import get_args

import aiohttp
import msgspec
import pytest
from litestar import get

from matinee.contracts.identity import Identity
from matinee.engines.keyring import Keyring
from matinee.host.http import PassportReader, UnlistedRouteError, compose
from matinee.host.module import Needs
from matinee.host.process import running
from matinee.host.settings import SettingsSource
from matinee.kit.passport import EDITORS, EVERYONE, OPERATOR, SIGNED_IN, Role
from matinee.kit.signing import SigningKey
from matinee.services.gateway.endpoints.documents import _OWN_PATHS
from matinee.testing.access_tokens import TestMembers
from matinee.testing.deployment import free_port_block
from matinee.wiring.authorisation import TABLE, authorisation
from matinee.wiring.openapi import composed, described_routes, document
from matinee.wiring.plan import Serve, planned
from matinee.wiring.rooms import TARGETS
from matinee.wiring.settings import ServiceSettings

ROLES = get_args(Role)
BUILT = {*described_routes(), *TABLE["gateway"]}
RUNNING = [route for room in TARGETS["all"] for route in TABLE.get(room, ()) if route in BUILT]
FILLED = {"kind": "poster", "number": "0", "provider": "sandbox"}
UNKNOWN = "0" * 22


@asynccontextmanager
async def service(folder, members):
    """Run every room of a whole service in one process; the gateway hears of members from the test."""

    def known(module):
        def open_room(settings, needs):
            bound = {need: needs.get(need) for need in module.needs if need is not Identity}
            return module.open(settings, Needs({**bound, Identity: members}))

        return dataclasses.replace(module, open=open_room) if module.name == "gateway" else module

    port = free_port_block()
    settings = ServiceSettings(data_folder=str(folder), port=port, edge_port=port + 1)
    source = SettingsSource(None, {})
    async with planned(settings, source, Serve(targets=("all",), name="all")) as plan:
        modules = tuple(known(module) for module in plan.modules)
        async with running(dataclasses.replace(plan, modules=modules)) as view:
            yield view


def address(route):
    method, _, template = route.partition(" ")
    path = re.sub(r"{(\w+)}", lambda name: FILLED.get(name[1], UNKNOWN), template)
    return ("GET" if method == "*" else method), path


async def ask(http, url, route, headers):
    """Return the status and the problem code of a route's answer; what streams is left at its head."""
    method, path = address(route)
    body = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
    async with http.request(method, url + path, headers=headers, allow_redirects=False, **body) as answer:
        if "problem+json" not in answer.headers.get("content-type", ""):
            return answer.status, ""
        return answer.status, msgspec.json.decode(await answer.read())["code"]


def judged(route, role, answer):
    """Return what is wrong with an answer, or None."""
    if role in authorisation()[route]:
        wrong = answer in {(401, "unauthenticated"), (401, "session-expired"), (403, "forbidden")} or answer[0] == 500
    else:
        wrong = answer != ((401, "unauthenticated") if role == "stranger" else (403, "forbidden"))
    return (route, role, answer) if wrong else None


@pytest.mark.slow
async def test_attack_10_each_route_opens_to_the_roles_of_the_table_alone(tmp_path):
    members = TestMembers()
    async with service(tmp_path / "data", members) as view, aiohttp.ClientSession() as http:
        url = view.plan.listener.url
        papers = {role: members.bearer(role) for role in ROLES if role not in {"stranger", "operator"}}
        key = Keyring(tmp_path / "data" / "keys").operator_key()
        papers |= {"stranger": {}, "operator": {"authorization": f"Bearer {key}"}}
        wrong = []
        for route in RUNNING:
            wrong += [judged(route, role, await ask(http, url, route, papers[role])) for role in ROLES]
            expired = await ask(http, url, route, {"authorization": f"Bearer {members.token(exp=1, iat=0)}"})
            if "stranger" not in authorisation()[route] and " /api/" in route:
                wrong.append(None if expired == (401, "session-expired") else (route, "expired", expired))
    assert [one for one in wrong if one] == []


def test_attack_10_no_route_is_missing_from_the_table_and_none_differs():
    table = authorisation()
    assert len(table) == sum(len(rows) for rows in TABLE.values()), "two rooms own one route"
    for route, roles in described_routes().items():
        assert set(roles) == set(table.get(route, ())), route


@pytest.mark.parametrize("room", [room for room in TARGETS["all"] if room in TABLE and room != "gateway"])
def test_no_row_is_left_of_a_route_that_is_gone(room):
    assert set(TABLE[room]) <= set(described_routes())


def test_every_path_of_the_document_is_in_the_table():
    """The gateway's own paths below the API come from its endpoints, not from handlers."""
    for path, item in _OWN_PATHS.items():
        for method in item:
            assert f"{method.upper()} {path}" in TABLE["gateway"]


@get("/browse", opt={"roles": EVERYONE})
async def listed() -> None:
    return None


@get("/browse", opt={"roles": EDITORS})
async def narrower() -> None:
    return None


@get("/studio/jobs", opt={"roles": SIGNED_IN})
async def wider() -> None:
    return None


@get("/nobody/listed/this", opt={"roles": OPERATOR})
async def unlisted() -> None:
    return None


def test_attack_10_a_room_that_says_something_else_than_the_table_does_not_start():
    reader = PassportReader(SigningKey(SigningKey.generate()).public)
    compose([listed], reader, table=authorisation())
    for handler in (narrower, wider, unlisted):
        with pytest.raises(UnlistedRouteError):
            compose([handler], reader, table=authorisation())
    compose([unlisted], reader)


async def test_attack_10_the_process_itself_refuses_an_unlisted_route(tmp_path):
    port = free_port_block()
    settings = ServiceSettings(data_folder=str(tmp_path), port=port, edge_port=port + 1)
    async with planned(settings, SettingsSource(None, {}), Serve(targets=("catalogue",), name="catalogue")) as plan:
        async with running(plan) as view:
            assert view.rooms
        table = {route: roles for route, roles in authorisation().items() if route != "GET /api/v1/browse"}
        with pytest.raises(UnlistedRouteError, match="GET /api/v1/browse"):
            async with running(dataclasses.replace(plan, authorisation=table)):
                pytest.fail("it must not start")


def test_no_field_of_a_body_is_called_like_something_that_is_given_to_handlers():
    """The framework would take a bad field of that name for a failure of ours, and answer 500."""
    given = set()
    for route in composed().routes:
        for handler in getattr(route, "route_handlers", ()):
            given |= set(handler.resolve_dependencies())
    schemas = document()["components"]["schemas"]
    bodies = {
        body["content"]["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
        for item in document()["paths"].values()
        for operation in item.values()
        if "application/json" in (body := operation.get("requestBody") or {"content": {}})["content"]
    }
    fields = {field for body in bodies if body for field in schemas[body].get("properties", {})}
    assert fields & given == set()
