"""Every route of billing under nonsense: no failure of ours, no answer that the API description does not know."""

import random
import re

from matinee.services.billing.module import MODULE
from matinee.testing.billing_door import Door
from matinee.wiring.openapi import document

NONSENSE = [
    None,
    0,
    -1,
    1,
    10**18,
    1.5,
    "",
    "x",
    "basic",
    "EUR",
    "good-1",
    "\0",
    "é" * 50,
    [],
    {},
    {"EUR": 5},
    "A" * 5000,
]
FIELDS = [
    "plan_id",
    "currency",
    "payment_method_token",
    "coupon",
    "trial",
    "token",
    "code",
    "amount",
    "reason",
    "percent",
    "periods",
    "name",
    "prices",
    "max_height",
    "streams",
    "download_devices",
    "expires_at",
    "count",
    "active",
    "listed",
]
SEGMENTS = ["basic", "x", "%00", "a%20b", "%F0%9F%98%80", "A" * 300]
QUERIES = ["", "?limit=0", "?limit=x", "?limit=99999999999999999999", "?cursor=abc", "?cursor=%00"]
ROLES = ["member", "admin", "stranger", "operator", "support"]


def ours(path: str) -> bool:
    prefixes = [prefix for prefix in MODULE.route_prefixes if prefix != "/api/v1/webhooks"]
    return any(re.match(prefix.replace("*", "[^/]+") + "(/|$)", path) for prefix in prefixes)


async def test_nonsense_gets_described_answers(door: Door):
    chance, asked = random.Random(7), 0
    for path, operations in document()["paths"].items():
        if not ours(path):
            continue
        for method, operation in operations.items():
            known = {int(status) for status in operation["responses"]}
            for _ in range(8):
                answer = await nonsense(door, chance, method, path)
                asked += 1
                assert answer.status_code in known, (method, path, answer.status_code, answer.text)
                assert answer.status_code < 500, (method, path, answer.text)
    assert asked > 200
    assert (await door.staff("GET", "/admin/invariants")).json() == {"items": []}


async def nonsense(door: Door, chance: random.Random, method: str, path: str):
    filled = re.sub(r"\{[^}]+\}", lambda _: chance.choice(SEGMENTS), path.removeprefix("/api/v1"))
    body = {field: chance.choice(NONSENSE) for field in chance.sample(FIELDS, chance.randrange(6))}
    role = chance.choice(ROLES)
    return await door.ask(
        method.upper(),
        filled + (chance.choice(QUERIES) if method == "get" else ""),
        by="" if role in {"stranger", "operator"} else "ann",
        role=role,
        key=chance.choice(["", "k"]),
        body=None if method == "get" else chance.choice([body, body, body, chance.choice(NONSENSE)]),
    )
