"""Refusals of the processor as problem details."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from matinee.host.problems import problem_headers, problem_of
from matinee.kit.errors import (
    ConflictError,
    InternalError,
    InvalidError,
    MatineeError,
    NotFoundError,
    TooLargeError,
)

_log = structlog.get_logger()
_KINDS: dict[int, type[MatineeError]] = {404: NotFoundError, 405: ConflictError, 413: TooLargeError}


def _answer(error: MatineeError) -> Response[Any]:
    problem = problem_of(error)
    headers = {name.decode(): value.decode() for name, value in problem_headers(problem)}
    media_type = headers.pop("content-type")
    return Response(problem, status_code=problem.status, headers=headers, media_type=media_type)


def _known(_: Request[Any, Any, Any], error: MatineeError) -> Response[Any]:
    return _answer(error)


def _framework(_: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    # The framework's own words may repeat what was sent, and what is sent here are card numbers.
    sentences = {404: "There is nothing at this address.", 413: "The body is too large."}
    kind = _KINDS.get(error.status_code, InvalidError)
    return _answer(kind(sentences.get(error.status_code, "The request is not what this address takes.")))


def _unreadable(_: Request[Any, Any, Any], _error: Exception) -> Response[Any]:
    return _answer(InvalidError("The body is not JSON in UTF-8."))


def _unknown(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    _log.error("sandbox_request_crashed", exc_info=error)
    return _answer(InternalError("Something broke in the processor; it has been recorded."))


HANDLERS: ExceptionHandlersMap = {
    MatineeError: _known,
    HTTPException: _framework,
    UnicodeDecodeError: _unreadable,
    RecursionError: _unreadable,
    Exception: _unknown,
}
