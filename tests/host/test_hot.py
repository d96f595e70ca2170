"""Routes that are answered without the framework are opened to the same roles, and their failures look the same."""

import pytest
from litestar import get, post
from litestar.testing import AsyncTestClient

from matinee.host.hot import HotRoutes, whole_body
from matinee.host.http import PassportReader, RouteWithoutRolesError, compose
from matinee.host.module import HotAnswer
from matinee.kit.errors import ConflictError
from matinee.kit.passport import PASSPORT_SCOPE, Passport
from matinee.testing.titles import Callers, member

JSON = [(b"content-type", b"application/json")]


@get("/members", opt={"roles": ("member",)})
async def members() -> str:
    return "the long way"


@post("/bodies", opt={"roles": ("stranger", "member")}, status_code=200)
async def bodies() -> None:
    return None


async def short(passport, scope, receive):
    return HotAnswer(200, JSON, b'"%s %s"' % (passport.role.encode(), scope["query_string"]))


async def sized(passport, scope, receive):
    return HotAnswer(200, JSON, str(len(await whole_body(receive, limit_bytes=10))).encode())


async def taken(passport, scope, receive):
    raise ConflictError("Somebody else has it.", place=3)


async def broken(passport, scope, receive):
    raise ZeroDivisionError("inner words")


def opened(callers, **hot):
    reader = PassportReader(callers.key.public)
    return HotRoutes(
        compose([members, bodies], reader), reader, {route.replace("_", " /api/v1/"): h for route, h in hot.items()}
    )


@pytest.fixture
def callers():
    return Callers()


async def test_a_hot_route_is_answered_the_short_way_and_other_methods_the_long_one(callers):
    async with AsyncTestClient(opened(callers, GET_members=short)) as client:
        answer = await client.get("/api/v1/members?a=1", headers=callers.headers(member()))
        assert (answer.status_code, answer.json()) == (200, "member a=1")
        assert (await client.post("/api/v1/members", headers=callers.headers(member()))).status_code == 405
        assert (await client.get("/api/v1/members/", headers=callers.headers(member()))).text == "the long way"


async def test_attack_10_a_hot_route_is_open_to_the_roles_of_its_handler_alone(callers):
    async with AsyncTestClient(opened(callers, GET_members=short)) as client:
        for headers, status in (({}, 401), (callers.stranger, 401), (callers.operator, 403)):
            answer = await client.get("/api/v1/members", headers=headers)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"


async def test_failures_are_problems_without_the_cause(callers):
    async with AsyncTestClient(opened(callers, GET_members=taken, POST_bodies=broken)) as client:
        answer = await client.get("/api/v1/members", headers=callers.headers(member()))
        assert (answer.status_code, answer.json()["facts"]) == (409, {"place": 3})
        crash = await client.post("/api/v1/bodies", headers=callers.headers(member()))
        assert crash.status_code == 500
        assert "inner words" not in crash.text


async def test_attack_30_a_body_is_bounded(callers):
    async with AsyncTestClient(opened(callers, POST_bodies=sized)) as client:
        assert (await client.post("/api/v1/bodies", content=b"x" * 10, headers=callers.headers(member()))).json() == 10
        assert (
            await client.post("/api/v1/bodies", content=b"x" * 11, headers=callers.headers(member()))
        ).status_code == 413


def test_attack_10_a_hot_route_needs_a_handler_that_says_who_may_call_it(callers):
    with pytest.raises(RouteWithoutRolesError, match="nowhere"):
        opened(callers, GET_nowhere=short)


async def test_attack_17_only_an_object_in_the_scope_is_believed_without_a_signature(callers):
    reader = PassportReader(callers.key.public)
    handed = Passport(role="member", session="s", client_address="127.0.0.1", expires_at=0)
    assert reader.of({"headers": [], PASSPORT_SCOPE: handed}) is handed
    app = opened(callers, GET_members=short)
    async with AsyncTestClient(app) as client:
        for value in ("member", '{"role":"member"}', repr(handed)):
            answer = await client.get("/api/v1/members", headers={PASSPORT_SCOPE: value})
            assert answer.status_code == 401
    for value in ("member", {"role": "member"}, None):
        sent = []

        async def send(message, sent=sent):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/api/v1/members", "headers": [], "query_string": b""}
        await app({**scope, PASSPORT_SCOPE: value}, None, send)
        assert sent[0]["status"] == 401
