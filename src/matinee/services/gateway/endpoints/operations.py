"""What the people who run the service see of its commands, and what they may change of them."""

import asyncio
from contextlib import aclosing, suppress
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec

from matinee.host.http import SessionExpiredError
from matinee.kit.errors import ForbiddenError, UnauthenticatedError
from matinee.kit.passport import ADMINS
from matinee.services.gateway.endpoints.answering import NO_STORE, read_body, send_json
from matinee.services.gateway.endpoints.health import reading_only
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.places import below
from matinee.services.gateway.refusals import NowhereError, RequestShapeError, WrongMethodError
from matinee.services.gateway.steering import CommandChange, Steering, WantedFaults, page_of
from matinee.services.gateway.watching import Watch

OPERATIONS = "/api/v1/admin/operations"
_LIVE = f"{OPERATIONS}/live"
_COMMANDS = f"{OPERATIONS}/commands/"
_FAULTS = f"{OPERATIONS}/faults"
LIVE_TICKS = 120
"""A stream ends after a minute, so that who is signed out meanwhile sees no more; pages open it again by themselves."""
_MAX_NAME = 200
T = TypeVar("T")


class OperationsEndpoint:
    """`GET /admin/operations`, its live stream, changes of single commands, and failures on purpose.

    Args:
        watch: looks at all processes.
        steering: changes them.
        max_bytes: of one live stream.
    """

    name = "operations"
    kind: FilterKind = "endpoint"
    order = 35

    def __init__(self, watch: Watch, steering: Steering, *, max_bytes: int) -> None:
        self._watch = watch
        self._steering = steering
        self._max_bytes = max_bytes

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the page's own paths."""
        return below(exchange.path, OPERATIONS)

    async def apply(self, exchange: Exchange) -> None:
        """Answer by path and method.

        Raises:
            UnauthenticatedError: when nobody known asks.
            ForbiddenError: for everybody but admins and the operator.
        """
        _admins_only(exchange)
        if exchange.path == OPERATIONS:
            reading_only(exchange)
            await send_json(exchange, 200, page_of(await self._watch.look(), self._steering))
        elif exchange.path == _LIVE:
            reading_only(exchange)
            await self._live(exchange)
        elif exchange.path == _FAULTS:
            await self._inject(exchange)
        elif exchange.path.startswith(_COMMANDS):
            await self._change(exchange, unquote(exchange.path.removeprefix(_COMMANDS))[:_MAX_NAME])
        else:
            raise NowhereError("There is nothing at this address.")

    async def _change(self, exchange: Exchange, name: str) -> None:
        if exchange.method == "PATCH":
            wanted = await _body(exchange, CommandChange)
            changed, processes = await self._steering.change(name, wanted, by=_who(exchange))
        elif exchange.method == "DELETE":
            changed, processes = {}, await self._steering.take_back(name, by=_who(exchange))
        else:
            raise WrongMethodError("PATCH", "DELETE")
        survives = self._steering.durable
        answer = {"name": name, "changed": changed, "processes": processes, "survives_restart": survives}
        await send_json(exchange, 200, answer)

    async def _inject(self, exchange: Exchange) -> None:
        if exchange.method == "PUT":
            wanted = await _body(exchange, WantedFaults)
        elif exchange.method == "DELETE":
            wanted = WantedFaults(items=())
        else:
            raise WrongMethodError("PUT", "DELETE")
        processes = await self._steering.inject(wanted, by=_who(exchange))
        await send_json(exchange, 200, {"items": wanted.items, "processes": processes})

    async def _live(self, exchange: Exchange) -> None:
        following = self._watch.follow(ticks=LIVE_TICKS, max_bytes=self._max_bytes)
        async with aclosing(following):
            first = await anext(following)
            kind = (b"content-type", b"text/event-stream; charset=UTF-8")
            await exchange.send({"type": "http.response.start", "status": 200, "headers": [kind, NO_STORE]})
            if exchange.method == "HEAD":
                await exchange.send({"type": "http.response.body", "body": b""})
                return
            leaving = asyncio.create_task(_left(exchange))
            try:
                await self._pour(exchange, first, following, leaving)
            finally:
                leaving.cancel()
                await asyncio.gather(leaving, return_exceptions=True)

    async def _pour(self, exchange: Exchange, first: bytes, following: Any, leaving: asyncio.Task[None]) -> None:
        await exchange.send({"type": "http.response.body", "body": first, "more_body": True})
        with suppress(TimeoutError):
            async for piece in following:
                if leaving.done():
                    return
                await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
        await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(exchange: Exchange) -> None:
    """Return when the client has gone."""
    while (await exchange.receive())["type"] != "http.disconnect":
        continue


async def _body(exchange: Exchange, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await read_body(exchange), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestShapeError(f"The body does not fit: {error}.") from error


def _who(exchange: Exchange) -> str:
    return exchange.role if exchange.claims is None else f"{exchange.role} {exchange.claims.sub}"


def _admins_only(exchange: Exchange) -> None:
    if exchange.role in ADMINS:
        return
    if exchange.role != "stranger":
        raise ForbiddenError("Your account may not do this.")
    if exchange.expired:
        raise SessionExpiredError("Your session has expired or ended; renew it or sign in again.")
    raise UnauthenticatedError("Sign in first.")
