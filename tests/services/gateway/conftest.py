import msgspec
import pytest

from matinee.testing.doors import open_door


async def echo(scope, receive, send):
    """Answers with what a room gets to see."""
    body, messages = b"", 0
    while True:
        message = await receive()
        messages += 1
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    seen = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "scheme": scope["scheme"],
        "size": len(body),
        "messages": messages,
    }
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": msgspec.json.encode(seen)})


@pytest.fixture
async def door(tmp_path):
    async with open_door(tmp_path, {"/api/v1/echo": echo, "/api/v1/uploads": echo}) as opened:
        yield opened


async def seen(door, path="/api/v1/echo", method="GET", **options):
    async with door.http.request(method, door.url + path, **options) as answer:
        body = await answer.read()
        assert answer.status == 200, body
        document = msgspec.json.decode(body)
        document["by_name"] = dict(document["headers"])
        return document
