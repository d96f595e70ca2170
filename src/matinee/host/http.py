"""Composes the HTTP edges of the rooms in a process into one application, and guards every route."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
import structlog
from litestar import Litestar, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from matinee import __version__
from matinee.host.problems import Problem, problem_headers, problem_of
from matinee.kit.errors import (
    ForbiddenError,
    InternalError,
    InvalidError,
    MatineeError,
    NotFoundError,
    TooLargeError,
    UnauthenticatedError,
)
from matinee.kit.passport import PASSPORT_HEADER, PASSPORT_SCOPE, Passport, Role
from matinee.kit.signing import TokenError, Verifier
from matinee.kit.tracing import join_trace

API_PREFIX = "/api/v1"
MAX_JSON_BYTES = 1024 * 1024
_PASSPORT_NAME = PASSPORT_HEADER.encode()
_log = structlog.get_logger()


class _ProblemSpec(ResponseSpec):
    """What a problem answer looks like. The framework copies handlers deeply; nothing ever changes this one."""

    def __deepcopy__(self, _memo: object) -> "_ProblemSpec":
        return self


_PROBLEM = _ProblemSpec(Problem, description="Problem details", generate_examples=False)


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the documentation of problem answers with these statuses."""
    return dict.fromkeys(statuses, _PROBLEM)


class RouteWithoutRolesError(RuntimeError):
    """A handler does not say who may call it; the host refuses to start."""


class UnlistedRouteError(RuntimeError):
    """A handler is not in the authorisation table, or says something else; the host refuses to start."""


class MethodError(InvalidError):
    """The path exists, the method does not."""

    code = "method"
    title = "The method is not allowed here"


class SessionExpiredError(UnauthenticatedError):
    """The caller came with a session that has expired or ended; renewing it may help."""

    code = "session-expired"
    title = "Your session has expired"


class PassportReader:
    """Turns the signed header of a request into the caller, refusing what the gateway did not sign."""

    def __init__(self, gateway_public_key: bytes) -> None:
        self._verifier = Verifier(gateway_public_key, Passport, remembered=4096)

    def of(self, scope: Mapping[str, Any]) -> Passport:
        """Return who asks: as handed over by the front door in this process, else as its signature says.

        Nothing that arrives over the network becomes an object in a scope, so what is handed over needs no signature.

        Raises:
            UnauthenticatedError: when the header is absent, forged or expired.
        """
        handed = scope.get(PASSPORT_SCOPE)
        if type(handed) is Passport:
            return handed
        given = [value for name, value in scope["headers"] if name == _PASSPORT_NAME]
        return self.read(given[0].decode("latin-1") if len(given) == 1 else None)

    def read(self, header: str | None) -> Passport:
        """Return the caller.

        Raises:
            UnauthenticatedError: when the header is absent, forged or expired.
        """
        try:
            return self._verifier.verify(header or "", now=datetime.now(UTC))
        except TokenError as error:
            raise UnauthenticatedError("The request did not come through the front door.") from error


def roles_of(handler: BaseRouteHandler) -> tuple[Role, ...]:
    """Return who may call a handler.

    Raises:
        RouteWithoutRolesError: when it does not say, or names an unknown role.
    """
    if handler.handler_name == "options_handler" and "roles" not in handler.opt:
        # The framework makes these itself; they say which methods there are and do nothing.
        return get_args(Role)
    roles = handler.opt.get("roles", ())
    if not roles or not set(roles) <= set(get_args(Role)):
        raise RouteWithoutRolesError(f"{handler.handler_name} must name its roles in opt.")
    return tuple(roles)


def routes_of(application: Litestar) -> dict[str, tuple[Role, ...]]:
    """Return who may call the API's routes: "METHOD path template" → roles; `*` for an application mounted whole.

    Raises:
        RouteWithoutRolesError: when a handler does not name its roles.
    """
    found: dict[str, tuple[Role, ...]] = {}
    for route in application.routes:
        if not route.path.startswith(API_PREFIX):
            continue
        handlers: Sequence[Any] = getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]
        for handler in handlers:
            roles = roles_of(handler)
            if handler.handler_name != "options_handler":
                methods = getattr(handler, "http_methods", None) or ("*",)
                found.update({f"{method} {route.path_format}": roles for method in methods})
    return found


def _compare(found: Mapping[str, tuple[Role, ...]], table: Mapping[str, tuple[Role, ...]]) -> None:
    for route, roles in found.items():
        if set(roles) != set(table.get(route, ())):
            told = "is not in the authorisation table" if route not in table else "differs from the table"
            raise UnlistedRouteError(f"{route} for {', '.join(sorted(roles))} {told}.")


class _Root(Router):
    """The router above all others, made for one application; the framework would copy it and all that is below it."""

    def __deepcopy__(self, _: dict[int, Any]) -> "_Root":
        """Return this very router."""
        return self


def compose(
    routes: Sequence[ControllerRouterHandler],
    reader: PassportReader,
    *,
    max_body_bytes: int = MAX_JSON_BYTES,
    table: Mapping[str, tuple[Role, ...]] | None = None,
) -> Litestar:
    """Return the application that serves `routes` below `/api/v1`, each open only to the roles it names.

    Args:
        table: the roles of every route, as `routes_of` writes them; None where nobody keeps one, in tests.

    Raises:
        RouteWithoutRolesError: when a handler does not name its roles.
        UnlistedRouteError: when the table does not say the same.
    """
    known: dict[BaseRouteHandler, frozenset[Role]] = {}

    # The framework would hand a plain function to a thread, for every request.
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        passport = reader.of(connection.scope)
        connection.scope["state"]["passport"] = passport
        roles = known.get(handler)
        if roles is None:
            roles = known[handler] = frozenset(roles_of(handler))
        if passport.role not in roles:
            raise refused(passport)

    async def passport_of(request: Request[Any, Any, Any]) -> Passport:
        passport: Passport = request.scope["state"]["passport"]
        return passport

    application = Litestar(
        route_handlers=[_Root(API_PREFIX, route_handlers=list(routes))] if routes else [],
        guards=[guard],
        dependencies={"passport": Provide(passport_of)},
        exception_handlers={
            MatineeError: _known,
            HTTPException: _framework,
            # The framework lets these two of its JSON reader through: bytes that are no text, and nesting without end.
            UnicodeDecodeError: _unreadable,
            RecursionError: _unreadable,
            Exception: _unknown,
        },
        before_request=_join_trace,
        request_max_body_size=max_body_bytes,
        openapi_config=OpenAPIConfig(title="Matinee", version=__version__, path="/schema", render_plugins=[]),
        logging_config=None,
        debug=False,
    )
    found = routes_of(application)
    if table is not None:
        _compare(found, table)
    return application


def refused(passport: Passport) -> MatineeError:
    """Return what a caller is told whose role does not open a route."""
    if passport.role != "stranger":
        return ForbiddenError("Your account may not do this.")
    if passport.expired:
        return SessionExpiredError("Your session has expired or ended; renew it or sign in again.")
    return UnauthenticatedError("Sign in first.")


async def _join_trace(request: Request[Any, Any, Any]) -> None:
    join_trace(request.headers.get("traceparent"))


def _answer(error: MatineeError) -> Response[Any]:
    problem = problem_of(error)
    headers = {name.decode(): value.decode() for name, value in problem_headers(problem)}
    media_type = headers.pop("content-type")
    return Response(problem, status_code=problem.status, headers=headers, media_type=media_type)


def _known(_: Request[Any, Any, Any], error: MatineeError) -> Response[Any]:
    if isinstance(error, InternalError):
        _log.error("request_failed", code=error.code, exc_info=error)
    return _answer(error)


def _framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    kinds: dict[int, type[MatineeError]] = {404: NotFoundError, 405: MethodError, 413: TooLargeError}
    if error.status_code >= 500:  # noqa: PLR2004  # the framework's own failure is ours
        return _unknown(request, error)
    kind = kinds.get(error.status_code, InvalidError)
    answer = _answer(kind(_sentence(error)))
    if error.status_code == 405:  # noqa: PLR2004  # the one status that InvalidError does not carry
        answer.status_code = 405
        answer.content = msgspec.structs.replace(answer.content, status=405)
    answer.headers.update(error.headers or {})
    return answer


def _sentence(error: HTTPException) -> str:
    if error.status_code == 404:  # noqa: PLR2004  # the framework's own words would echo the path
        return "There is nothing at this address."
    extra = getattr(error, "extra", None)
    reasons = "; ".join(_reason(item) for item in extra) if isinstance(extra, list) else ""
    return reasons or error.detail or "The request is not valid."


def _reason(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    return f"{item.get('key', 'body')}: {item.get('message', 'not valid')}"


def _unreadable(_: Request[Any, Any, Any], _error: Exception) -> Response[Any]:
    return _answer(InvalidError("The body is not JSON in UTF-8."))


def _unknown(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    _log.error("request_crashed", exc_info=error)
    return _answer(InternalError("Something broke on our side; it has been recorded."))
