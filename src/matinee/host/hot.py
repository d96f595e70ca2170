"""Routes that are asked thousands of times a second, answered without the framework.

The framework takes about 60 µs to find a route, fill in its arguments and wrap what it returns. A room may offer a
second, bare way into a route that it also has as a handler. The handler still says who may call it and how it is
described, and stands in the authorisation table: the bare way is opened to the same roles, and to no other path.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from litestar import Litestar

from matinee.host.http import PassportReader, RouteWithoutRolesError, refused, routes_of
from matinee.host.module import HotAnswer, HotHandler
from matinee.host.problems import send_problem
from matinee.kit.errors import InternalError, InvalidError, MatineeError, TooLargeError
from matinee.kit.passport import PASSPORT_SCOPE, Role
from matinee.kit.tracing import join_trace

_log = structlog.get_logger()


class HotRoutes:
    """An ASGI application in front of the framework's.

    Args:
        application: has every route as a handler, with its roles.
        handlers: "METHOD path" → what answers instead of that handler; paths without parameters only.

    Raises:
        RouteWithoutRolesError: when there is no handler of that method and path.
    """

    def __init__(self, application: Litestar, reader: PassportReader, handlers: Mapping[str, HotHandler]) -> None:
        self._application = application
        self._reader = reader
        roles = routes_of(application)
        missing = [route for route in handlers if route not in roles or "{" in route]
        if missing:
            raise RouteWithoutRolesError(f"{', '.join(missing)} is answered without a handler that says by whom.")
        self._hot: dict[tuple[str, str], tuple[HotHandler, frozenset[Role]]] = {}
        for route, handler in handlers.items():
            method, _, path = route.partition(" ")
            self._hot[method, path] = (handler, frozenset(roles[route]))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI request."""
        found = self._hot.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None:
            await self._application(scope, receive, send)
            return
        handler, roles = found
        try:
            answer = await self._answer(handler, roles, scope, receive)
        except MatineeError as error:
            if isinstance(error, InternalError):
                _log.error("request_failed", code=error.code, exc_info=error)
            await send_problem(send, error)
            return
        except Exception as error:  # noqa: BLE001  # the last line of defence: the caller gets an answer, the log the cause
            _log.error("request_crashed", exc_info=error)
            await send_problem(send, InternalError("Something broke on our side; it has been recorded."))
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, handler: HotHandler, roles: frozenset[Role], scope: Any, receive: Any) -> HotAnswer:
        if PASSPORT_SCOPE not in scope:
            given = [value for name, value in scope["headers"] if name == b"traceparent"]
            join_trace(given[0].decode("latin-1") if given else None)
        passport = self._reader.of(scope)
        if passport.role not in roles:
            raise refused(passport)
        return await handler(passport, scope, receive)


async def whole_body(receive: Any, *, limit_bytes: int) -> bytes:
    """Return a request's body.

    Raises:
        TooLargeError: when it grows over the limit.
        InvalidError: when the client leaves in the middle.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= limit_bytes:
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise InvalidError("The caller left before the end of the body.")
    if len(body) > limit_bytes:
        raise TooLargeError(f"A body here has at most {limit_bytes} bytes.", limit_bytes=limit_bytes)
    return body
