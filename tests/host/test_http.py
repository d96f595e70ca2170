"""Every route names who may call it, and the host keeps to that."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.testing import AsyncTestClient

from matinee.host.http import PassportReader, RouteWithoutRolesError, compose
from matinee.kit.errors import ConflictError
from matinee.kit.passport import EVERYONE, PASSPORT_HEADER, Passport
from matinee.kit.signing import SigningKey
from matinee.testing.titles import Callers


@get("/open", opt={"roles": ("stranger", "operator")})
async def open_to_all(passport: NamedDependency[Passport]) -> dict[str, str]:
    return {"role": passport.role}


@get("/closed", opt={"roles": ("operator",)})
async def closed() -> dict[str, str]:
    return {"secret": "yes"}


@get("/taken", opt={"roles": ("stranger",)})
async def taken() -> None:
    raise ConflictError("Somebody else has it.", place=3)


@get("/broken", opt={"roles": ("stranger",)})
async def broken() -> None:
    raise ZeroDivisionError("inner words")


@get("/number/{value:int}", opt={"roles": ("stranger",)})
async def number(value: FromPath[int]) -> int:
    return value


@post("/body", opt={"roles": ("stranger",)})
async def body(data: JSONBody[Passport]) -> None:
    return None


KEY = SigningKey(SigningKey.generate())


def passport(role: str, *, key: SigningKey = KEY, life: timedelta = timedelta(seconds=60)) -> dict[str, str]:
    expires_at = int((datetime.now(UTC) + life).timestamp())
    signed = Passport(role=role, session="s", client_address="127.0.0.1", expires_at=expires_at)
    return {PASSPORT_HEADER: key.sign(signed)}


@pytest.fixture
async def client():
    app = compose([open_to_all, closed, taken, broken, number, body], PassportReader(KEY.public))
    async with AsyncTestClient(app) as client:
        yield client


async def test_the_caller_is_who_the_gateway_says(client):
    assert (await client.get("/api/v1/open", headers=passport("operator"))).json() == {"role": "operator"}


async def test_a_stranger_is_asked_to_sign_in(client):
    answer = await client.get("/api/v1/closed", headers=passport("stranger"))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"


async def test_attack_17_a_forged_or_missing_or_old_passport_opens_nothing(client):
    forged = passport("operator", key=SigningKey(SigningKey.generate()))
    old = passport("operator", life=timedelta(seconds=-1))
    for headers in ({}, {PASSPORT_HEADER: "operator"}, forged, old):
        for path in ("/api/v1/open", "/api/v1/closed"):
            assert (await client.get(path, headers=headers)).status_code == 401


async def test_errors_are_problems_with_their_facts_and_never_the_cause(client):
    answer = await client.get("/api/v1/taken", headers=passport("stranger"))
    assert answer.status_code == 409
    assert answer.json()["facts"] == {"place": 3}
    crash = await client.get("/api/v1/broken", headers=passport("stranger"))
    assert crash.status_code == 500
    assert "inner words" not in crash.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nowhere", 404), ("POST", "/api/v1/open", 405), ("GET", "/api/v1/number/x", 404)],
)
async def test_the_frameworks_refusals_are_problems_too(client, method, path, status):
    answer = await client.request(method, path, headers=passport("stranger"))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) >= {"type", "title", "status", "detail", "code", "trace_id"}
    assert answer.json()["status"] == status


async def test_a_malformed_body_names_what_is_wrong(client):
    answer = await client.post("/api/v1/body", content=b'{"role": "king"}', headers=passport("stranger"))
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_route_without_roles_stops_the_process():
    @get("/forgotten")
    async def forgotten() -> None:
        return None

    with pytest.raises(RouteWithoutRolesError, match="forgotten"):
        compose([forgotten], PassportReader(KEY.public))


class Unnamed(Protocol):
    """Nothing can be given by this type."""


async def test_a_failure_of_the_framework_itself_is_ours_and_not_the_callers():
    @get("/lame", opt={"roles": EVERYONE})
    async def lame(given: NamedDependency[Unnamed]) -> None:
        return None

    callers = Callers()
    provided = {"given": Provide(object, sync_to_thread=False)}
    app = compose([Router("/", route_handlers=[lame], dependencies=provided)], PassportReader(callers.key.public))
    async with AsyncTestClient(app) as client:
        answer = await client.get("/api/v1/lame", headers=callers.stranger)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
