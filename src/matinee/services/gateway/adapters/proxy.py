"""Requests to rooms in other processes: streamed both ways, with back-pressure, deadlines and one retry."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp

from matinee.kit.errors import DeadlineError, UnavailableError
from matinee.services.gateway.exchange import Exchange
from matinee.services.gateway.filters.shape import raw_path
from matinee.services.gateway.refusals import RoomSilentError
from matinee.services.gateway.settings import GatewaySettings

_NOT_FORWARDED = frozenset({b"host", b"expect"})
# What aiohttp would add or keep by itself; the request goes on as it came.
_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_ATTEMPTS = 2


class RoomAwayError(UnavailableError):
    """The process of a room does not take connections."""

    code = "room-away"
    title = "A part of the service is away"


class _Body:
    """The client's body, read piece by piece as the room takes it."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.read_to_end = asyncio.Event()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body; ClientGoneError when the client leaves in the middle."""
        while True:
            message = await self._exchange.receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body", False):
                self.read_to_end.set()
                return

    async def gone(self) -> None:
        """Return when the client has left after its body."""
        await self.read_to_end.wait()
        while (await self._exchange.receive())["type"] != "http.disconnect":
            continue


class ClientGoneError(Exception):
    """Nobody waits for the answer any more."""


class Proxy:
    """Forwards exchanges.

    Args:
        http: its connector bounds connections; its timeouts bound connecting and silence.
    """

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def forward(self, exchange: Exchange, base_url: str) -> None:
        """Send the request to a process and its answer back.

        Raises:
            RoomAwayError: when nothing listens there.
            RoomSilentError: when it breaks off or does not speak HTTP.
            DeadlineError: when it stays silent.
        """
        body = _Body(exchange)
        try:
            response = await self._request(exchange, base_url, body)
            async with response:
                await self._give_back(exchange, response, body)
        except ClientGoneError:
            return
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise exchange.refusal or _refusal(error) from error

    async def _request(self, exchange: Exchange, base_url: str, body: _Body) -> aiohttp.ClientResponse:
        repeatable = exchange.method in {"GET", "HEAD"} and exchange.header(b"content-length") in {None, "0"}
        if repeatable:
            body.read_to_end.set()
        attempts = _ATTEMPTS if repeatable else 1
        for left in reversed(range(attempts)):
            try:
                return await self._http.request(
                    exchange.method,
                    _address(exchange, base_url),
                    headers=_forwarded(exchange),
                    data=None if repeatable else body.pieces(),
                    allow_redirects=False,
                    skip_auto_headers=_NOT_ADDED,
                )
            except (aiohttp.ClientConnectorError, aiohttp.ServerDisconnectedError):
                if not left:
                    raise
        raise RoomSilentError("The room does not answer.")

    async def _give_back(self, exchange: Exchange, response: aiohttp.ClientResponse, body: _Body) -> None:
        headers = [(name.lower(), value) for name, value in response.raw_headers]
        await exchange.send({"type": "http.response.start", "status": response.status, "headers": headers})
        copying = asyncio.create_task(_copy(exchange, response))
        leaving = asyncio.create_task(body.gone())
        try:
            await asyncio.wait({copying, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not copying.done():
                raise ClientGoneError
            copying.result()
        finally:
            for task in (copying, leaving):
                task.cancel()
            await asyncio.gather(copying, leaving, return_exceptions=True)


async def _copy(exchange: Exchange, response: aiohttp.ClientResponse) -> None:
    async for piece in response.content.iter_any():
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})


def _address(exchange: Exchange, base_url: str) -> str:
    query = bytes(exchange.scope.get("query_string", b"")).decode("latin-1")
    return f"{base_url}{raw_path(exchange).decode('ascii')}{'?' if query else ''}{query}"


def _forwarded(exchange: Exchange) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in exchange.headers
        if name not in _NOT_FORWARDED
    ]


def _refusal(error: Exception) -> RoomAwayError | RoomSilentError | DeadlineError:
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return RoomAwayError("The part of the service behind this address is away; try again.")
    if isinstance(error, TimeoutError):
        return DeadlineError("The part of the service behind this address did not answer in time.")
    return RoomSilentError("The part of the service behind this address broke off; try again.")


def proxy_session(settings: GatewaySettings) -> aiohttp.ClientSession:
    """Return the client that a proxy uses, with the bounds of the settings."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, limit_per_host=settings.upstream_connections),
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=settings.connect_seconds, sock_read=settings.read_seconds
        ),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )
