"""The edge's application: the same answers over RSGI, the fast way, and over ASGI.

The path of a hit is kept short on purpose: two dict look-ups for the token, three for the file, no disk, no await.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
import structlog

from matinee.host.health import run_checks
from matinee.kit.clock import Clock
from matinee.kit.errors import InternalError, InvalidError, MatineeError, NotFoundError
from matinee.kit.ids import SessionId
from matinee.kit.signing import TokenError
from matinee.kit.tracing import join_trace
from matinee.services.edge.http.asgi import send_over_asgi
from matinee.services.edge.http.metrics import CONTENT_TYPE, Metrics
from matinee.services.edge.http.replies import Renderer, Reply, RequestHeaders, preflight, text
from matinee.services.edge.service.access import Access
from matinee.services.edge.service.counters import Counters
from matinee.services.edge.service.deliveries import Deliveries, Delivery
from matinee.services.edge.service.edge import Edge
from matinee.services.edge.service.errors import ScopeError

_PREFIX: Final = "/v1/"
_PATH_PARTS: Final = 4  # "", "v1", the token, the file
_METHODS: Final = frozenset({"GET", "HEAD"})
_log = structlog.get_logger()
Checks = Mapping[str, Callable[[], Awaitable[bool]]]


class MethodError(InvalidError):
    """An edge only gives."""

    code = "method"
    title = "The method is not allowed here"


class EdgeApp:
    """Answers requests; nothing but path, method, Range, If-Range and If-None-Match makes a difference to an answer."""

    def __init__(
        self,
        *,
        edge: Edge,
        access: Access,
        renderer: Renderer,
        clock: Clock,
        counters: Counters,
        deliveries: Deliveries,
        metrics: Metrics,
        checks: Checks,
    ) -> None:
        self._edge = edge
        self._access = access
        self._renderer = renderer
        self._clock = clock
        self._counters = counters
        self._deliveries = deliveries
        self._metrics = metrics
        self._checks = checks

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request over RSGI: files go from the server's own threads, whole or in part."""
        if scope.proto != "http":
            return
        reply = await self._reply(scope.method, scope.path, scope.headers)
        if reply.body is not None:
            protocol.response_bytes(reply.status, reply.headers, reply.body)
        elif reply.path is None:
            protocol.response_empty(reply.status, reply.headers)
        elif reply.status == 200:  # noqa: PLR2004  # a whole file
            protocol.response_file(reply.status, reply.headers, reply.path)
        else:
            protocol.response_file_range(reply.status, reply.headers, reply.path, reply.start, reply.end)

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        """Answer one request over ASGI."""
        if scope["type"] == "http":
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            reply = await self._reply(scope["method"], scope["path"], headers)
            await send_over_asgi(reply, scope, send)

    def _reply(self, method: str, path: str, headers: RequestHeaders) -> Awaitable[Reply]:
        # Hands the work on without a coroutine of its own, which every hit would pay for.
        if path.startswith(_PREFIX) and method in _METHODS:
            return self._file(method == "HEAD", path, headers)
        return self._beside(method, path, headers)

    async def _beside(self, method: str, path: str, headers: RequestHeaders) -> Reply:
        join_trace(headers.get("traceparent"))
        reply = await self._other(method, path)
        self._counters.status[reply.status // 100] += 1
        return reply

    async def _file(self, head_only: bool, path: str, headers: RequestHeaders) -> Reply:  # noqa: FBT001  # hot path
        now = self._clock.monotonic()
        session = SessionId("")
        parts = path.split("/", 3)
        if len(parts) < _PATH_PARTS:
            self._counters.status[4] += 1
            return self._renderer.problem(_nothing_here(), head_only=head_only)
        name = parts[3]
        try:
            grant = self._access.check(parts[2], name, now=self._clock.now())
            session = grant.session
            found = self._edge.peek(grant.title_id, grant.release_id, name, now)
            if found is None:
                join_trace(headers.get("traceparent"))
                found = await self._edge.find(grant.title_id, grant.release_id, name)
                now = self._clock.monotonic()
            reply = self._renderer.file(found, head_only=head_only, headers=headers, now=now)
        except Exception as error:  # noqa: BLE001  # whatever happened, the client gets a problem document
            reply = self._refuse(error, head_only, headers)
        self._count(reply, session)
        return reply

    def _refuse(self, error: Exception, head_only: bool, headers: RequestHeaders) -> Reply:  # noqa: FBT001
        join_trace(headers.get("traceparent"))
        if isinstance(error, (TokenError, ScopeError)):
            self._counters.token_refusals += 1
        if not isinstance(error, MatineeError):
            _log.error("edge_request_crashed", exc_info=error)
            error = InternalError("Something broke on our side; it has been recorded.")
        return self._renderer.problem(error, head_only=head_only)

    def _count(self, reply: Reply, session: SessionId) -> None:
        counters = self._counters
        counters.status[reply.status // 100] += 1
        counters.bytes_sent += reply.size_bytes
        how = reply.cache
        if how == "hit":
            counters.hits += 1
        elif how == "miss":
            counters.misses += 1
        elif how == "collapsed":
            counters.collapsed += 1
        elif how != "none":
            counters.stale += 1
        if session:
            self._deliveries.record(Delivery(session, reply.size_bytes, reply.status, how))

    async def _other(self, method: str, path: str) -> Reply:
        if path.startswith(_PREFIX):
            if method == "OPTIONS":
                return preflight()
            return self._renderer.method_refused(MethodError("An edge answers GET, HEAD and OPTIONS."))
        if method == "GET":
            if path == "/health/live":
                return _json(200, {"ready": True, "checks": {}})
            if path == "/health/ready":
                results = await run_checks(self._checks)
                return _json(200 if all(results.values()) else 503, {"ready": all(results.values()), "checks": results})
            if path == "/metrics":
                return text(200, CONTENT_TYPE, self._metrics.text())
        return self._renderer.problem(_nothing_here(), head_only=method == "HEAD")


def _nothing_here() -> NotFoundError:
    return NotFoundError("There is nothing at this address.")


def _json(status: int, value: Mapping[str, Any]) -> Reply:
    return text(status, "application/json", msgspec.json.encode(value))
