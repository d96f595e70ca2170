"""The operations routes, tried by pages of other sites, by forged processes, and with names made to harm."""

import time

import aiohttp
import msgspec
import pytest
from yarl import URL

from matinee.engines.keyring import Keyring
from matinee.host.operations import Operations, ProcessOperations
from matinee.host.remote import CallerSigner, ContractServer, remote
from matinee.kit.errors import UnauthenticatedError
from matinee.kit.signing import SigningKey
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.testing.doors import listening, lone_fleet, open_door

ROUTE = "/api/v1/admin/operations/commands/films.read"


@pytest.fixture
def commands():
    made = Commands(Tuning(allow_faults=True), time.monotonic)
    made.get("films.read")
    return made


@pytest.fixture
async def door(tmp_path, commands):
    async with open_door(tmp_path, {}, fleet=lone_fleet(commands)) as opened:
        yield opened


async def status(door, method, path, headers, body=None):
    async with door.http.request(method, f"{door.url}{path}", headers=headers, json=body) as answer:
        await answer.read()
        return answer.status


async def test_attack_23_another_site_cannot_change_commands_with_our_cookie(door, commands):
    cookie = await door.cookie()
    change = {"breaker_force": "open"}
    for origin in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert await status(door, "PATCH", ROUTE, {**cookie, **origin}, change) == 403
    assert commands.get("films.read").settings.breaker_force == ""
    assert await status(door, "PATCH", ROUTE, {**cookie, "origin": door.url}, change) == 200
    assert commands.get("films.read").settings.breaker_force == "open"


async def test_attack_10_nobody_below_an_admin_opens_circuits_or_lets_things_fail(door, commands):
    faults = {"items": [{"pattern": "*", "kind": "fail"}]}
    for role in ("member", "support", "editor"):
        bearer = door.members.bearer(role)
        assert await status(door, "PATCH", ROUTE, bearer, {"breaker_force": "open"}) == 403
        assert await status(door, "PUT", "/api/v1/admin/operations/faults", bearer, faults) == 403
    kids = door.members.bearer("admin", kds=True)
    assert await status(door, "GET", "/api/v1/admin/operations", kids) == 403
    assert (commands.get("films.read").settings.breaker_force, commands.get("films.read").fault) == ("", None)


@pytest.mark.parametrize("name", ["..%2f..%2foperations", "%00", "a" * 4000, "x%0d%0aset-cookie:y", "__proto__", "*"])
async def test_attack_01_names_that_are_no_commands_lead_nowhere(door, name):
    path = f"/api/v1/admin/operations/commands/{name}"
    async with aiohttp.ClientSession() as http:
        url = door.url + path
        async with http.patch(URL(url, encoded=True), headers=door.operator, json={"max_concurrent": 3}) as answer:
            assert answer.status in {400, 404}, await answer.text()
            assert "set-cookie" not in answer.headers


async def test_attack_13_bodies_without_end_and_without_sense_are_refused(door):
    for body in (b"[" * 100_000, b'{"timeout_seconds": 1e999}', b"\xff\xfe", b'{"timeout_seconds": -1}', b"null"):
        async with door.http.patch(f"{door.url}{ROUTE}", headers=door.operator, data=body) as answer:
            assert answer.status == 400
            assert msgspec.json.decode(await answer.read())["code"] in {"request-shape", "command-change"}


async def test_attack_17_only_the_services_own_processes_are_told_or_obeyed(tmp_path, commands):
    key = Keyring(tmp_path / "keys").signing_key("rooms")
    app = ContractServer({Operations: ProcessOperations("shelves", ("catalogue",), commands)}, key.public)
    async with listening(app) as url, aiohttp.ClientSession() as http:
        own = remote(Operations, url, http, CallerSigner("gateway", key))
        assert (await own.report()).process == "shelves"
        forged = remote(Operations, url, http, CallerSigner("gateway", SigningKey(SigningKey.generate())))
        with pytest.raises(UnauthenticatedError):
            await forged.report()
        with pytest.raises(UnauthenticatedError):
            await forged.apply(changes={"films.read": {"breaker_force": "open"}}, faults=())
    assert commands.get("films.read").settings.breaker_force == ""
