"""The door: runs every request through its filters and answers whatever goes wrong."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog

from matinee.host.problems import problem_headers
from matinee.kit.clock import Clock
from matinee.kit.errors import InternalError, MatineeError
from matinee.kit.tracing import current_trace_id
from matinee.services.gateway.exchange import Exchange, Filter
from matinee.services.gateway.metrics import DoorMetrics
from matinee.services.gateway.refusals import AnswerTooLargeError, NowhereError, WrongMethodError, door_problem
from matinee.telemetry.logs import log_request
from matinee.telemetry.requests import Level, RequestLine

_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})
_CLIENT_CLOSED = 499  # logged when the client left before an answer began
_SERVER_ERROR = 500
_log = structlog.get_logger()
Send = Callable[[dict[str, Any]], Awaitable[None]]


def open_exchange(scope: dict[str, Any], receive: Any, send: Any) -> Exchange:
    """Return the exchange of an ASGI HTTP scope."""
    headers = [(bytes(name).lower(), bytes(value)) for name, value in scope["headers"]]
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    client = scope.get("client") or ("", 0)
    return Exchange(
        scope=scope,
        receive=receive,
        send=send,
        headers=headers,
        method=scope["method"].upper(),
        path=scope["path"],
        scheme=scope.get("scheme", "http"),
        host=hosts[0] if hosts else "",
        client_address=str(client[0]),
    )


class _Step:
    """A filter as it is run: what is looked up once rather than at every request."""

    __slots__ = ("apply", "should_filter", "spans")

    def __init__(self, step: Filter, metrics: DoorMetrics) -> None:
        self.apply = step.apply
        self.should_filter = step.should_filter
        self.spans = metrics.filter_spans(step.name, step.kind)


class _Filtered:
    """A `send` by way of the door."""

    __slots__ = ("_door", "_exchange", "_send")

    def __init__(self, door: "FrontDoor", exchange: Exchange, send: Send) -> None:
        self._door = door
        self._exchange = exchange
        self._send = send

    def __call__(self, message: dict[str, Any]) -> Awaitable[None]:
        return self._door.send(self._exchange, message, self._send)


class FrontDoor:
    """An ASGI application.

    Args:
        filters: in any order; they run by kind and order.
        max_answer_bytes: longer answers are broken off.
    """

    def __init__(self, filters: Sequence[Filter], metrics: DoorMetrics, clock: Clock, *, max_answer_bytes: int) -> None:
        ordered = sorted(filters, key=lambda step: (step.order, step.name))
        self._inbound = tuple(_Step(step, metrics) for step in ordered if step.kind == "inbound")
        self._endpoints = tuple(_Step(step, metrics) for step in ordered if step.kind == "endpoint")
        self._outbound = tuple(_Step(step, metrics) for step in ordered if step.kind == "outbound")
        self._metrics = metrics
        self._clock = clock
        self._monotonic = clock.monotonic
        self._max_answer_bytes = max_answer_bytes

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        exchange = open_exchange(scope, receive, send)
        exchange.send = _Filtered(self, exchange, send)
        started = self._monotonic()
        try:
            await self._answer(exchange)
        finally:
            self._record(exchange, self._monotonic() - started)
            exchange.let_go()

    async def _answer(self, exchange: Exchange) -> None:
        try:
            await self._run(self._inbound, exchange)
            await self._endpoint(exchange)
        except MatineeError as error:
            await self._refuse(exchange, exchange.refusal or error)
        except Exception as error:  # noqa: BLE001  # the last line of defence: the caller gets an answer, the log the cause
            _log.error("door_crashed", path=_shown(exchange.path), exc_info=error)
            await self._refuse(exchange, InternalError("Something broke on our side; it has been recorded."))

    async def _run(self, steps: Sequence[_Step], exchange: Exchange) -> None:
        """Run the filters that apply. Most never wait, and the end of one is the beginning of the next."""
        began = self._monotonic()
        for step in steps:
            if step.should_filter(exchange):
                try:
                    waiting = step.apply(exchange)
                    if waiting is not None:
                        await waiting
                finally:
                    ended = self._monotonic()
                    step.spans.observe(ended - began)
                    began = ended

    async def _endpoint(self, exchange: Exchange) -> None:
        for step in self._endpoints:
            if step.should_filter(exchange):
                await self._run((step,), exchange)
                return
        raise NowhereError("There is nothing at this address.")

    async def send(self, exchange: Exchange, message: dict[str, Any], send: Send) -> None:
        """Send a message; the outbound filters see the head of the answer first."""
        if message["type"] == "http.response.start":
            if exchange.refusal is not None and exchange.status == 0 and not message.get("refusing"):
                raise exchange.refusal
            exchange.status = message["status"]
            exchange.answer_headers = [(bytes(n).lower(), bytes(v)) for n, v in message.get("headers", ())]
            await self._run(self._outbound, exchange)
            message = {"type": message["type"], "status": exchange.status, "headers": exchange.answer_headers}
        self._count(exchange, message)
        await send(message)

    def _count(self, exchange: Exchange, message: dict[str, Any]) -> None:
        """Bound what one client can make us hold: the server takes every piece at once, read or not."""
        exchange.answer_bytes += len(message.get("body", b""))
        if exchange.answer_bytes > self._max_answer_bytes:
            raise AnswerTooLargeError("The answer ran over its bound; ask again.", limit_bytes=self._max_answer_bytes)

    async def _refuse(self, exchange: Exchange, error: MatineeError) -> None:
        if exchange.status:
            # Half an answer is out; breaking the connection is the only honest end.
            raise error
        problem = door_problem(error)
        body = msgspec.json.encode(problem)
        headers = [*problem_headers(problem), (b"content-length", str(len(body)).encode())]
        if isinstance(error, WrongMethodError):
            headers.append((b"allow", ", ".join(error.allowed).encode()))
        start = {"type": "http.response.start", "status": problem.status, "headers": headers, "refusing": True}
        await exchange.send(start)
        await exchange.send({"type": "http.response.body", "body": b"" if exchange.method == "HEAD" else body})

    def _record(self, exchange: Exchange, seconds: float) -> None:
        status = exchange.status or _CLIENT_CLOSED
        self._metrics.request(exchange.upstream, status, seconds)
        level: Level = "debug" if exchange.path in _QUIET else "warning" if status >= _SERVER_ERROR else "info"
        log_request(
            RequestLine(
                method=exchange.method[:16],
                path=_shown(exchange.path),
                status=status,
                answer_bytes=exchange.answer_bytes,
                milliseconds=round(seconds * 1000, 1),
                room=exchange.upstream,
                role=exchange.role,
                client=exchange.client_address,
                request_id=exchange.request_id,
                trace_id=current_trace_id(),
                level=level,
                timestamp=self._clock.now(),
            )
        )


def _shown(path: str) -> str:
    """Return a path as logs keep it: short, and in characters that no terminal obeys."""
    return path[:256].encode("unicode_escape").decode("ascii")
