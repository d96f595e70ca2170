"""When a body has ended, and what an application learns after that."""

import asyncio

import pytest

from matinee.host.leftovers import LeftoverBounds, ReadLeftovers


class Server:
    """Gives messages to an application; when there are no more, it is silent for ever."""

    def __init__(self, *messages):
        self.messages = list(messages)
        self.asked = 0

    async def receive(self):
        self.asked += 1
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message):
        raise AssertionError(message)

    async def serve(self, app, *headers):
        scope = {"type": "http", "headers": list(headers)}
        async with asyncio.timeout(5):
            await ReadLeftovers(app, LeftoverBounds())(scope, self.receive, self.send)


def piece(body, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


async def whole(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    return body


@pytest.mark.parametrize("pieces", [(b"abc", b"de"), (b"abcde",), (b"", b"abcd", b"e")])
async def test_an_announced_body_ends_with_its_last_byte(pieces):
    server = Server(*map(piece, pieces))

    async def app(_, receive, __):
        assert await whole(receive) == b"abcde"

    await server.serve(app, (b"content-length", b"5"))
    assert server.asked == len(pieces)


async def test_an_announced_body_of_nothing_ends_at_once():
    async def app(_, receive, __):
        assert await whole(receive) == b""

    await Server(piece(b"")).serve(app, (b"content-length", b"0"))


@pytest.mark.parametrize("told", [(), (piece(b"", more=False),)], ids=["end lost", "end told"])
async def test_after_the_body_only_the_clients_leaving_is_news(told):
    server = Server(piece(b"abc"), *told, {"type": "http.disconnect"})

    async def app(_, receive, __):
        assert await whole(receive) == b"abc"
        assert (await receive())["type"] == "http.disconnect"

    await server.serve(app, (b"content-length", b"3"))


async def test_a_body_of_no_announced_length_ends_when_it_is_said():
    server = Server(piece(b"abc"), piece(b"de"), piece(b"", more=False))

    async def app(_, receive, __):
        assert await whole(receive) == b"abcde"

    await server.serve(app, (b"transfer-encoding", b"chunked"))


async def test_a_client_that_leaves_in_the_middle_is_heard_of():
    async def app(_, receive, __):
        assert (await receive())["more_body"] is True
        assert (await receive())["type"] == "http.disconnect"

    await Server(piece(b"ab"), {"type": "http.disconnect"}).serve(app, (b"content-length", b"5"))
