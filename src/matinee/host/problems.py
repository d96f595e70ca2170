"""Errors as problem details (RFC 9457). The only place that knows which category is which HTTP status."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from matinee.kit.errors import (
    ConflictError,
    DeadlineError,
    ForbiddenError,
    GoneError,
    InternalError,
    InvalidError,
    MatineeError,
    NotFoundError,
    PaymentError,
    TooLargeError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
    UnprocessableError,
)
from matinee.kit.tracing import current_trace_id

PROBLEM_TYPE = b"application/problem+json"
RETRY_AFTER_SECONDS = 2

_STATUS: dict[type[MatineeError], int] = {
    InvalidError: 400,
    UnauthenticatedError: 401,
    PaymentError: 402,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    GoneError: 410,
    TooLargeError: 413,
    UnprocessableError: 422,
    TooManyError: 429,
    InternalError: 500,
    UnavailableError: 503,
    DeadlineError: 504,
}
CATEGORIES = tuple(_STATUS)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every refusal: RFC 9457 members, our stable `code`, and the trace to quote to support."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    trace_id: str
    facts: dict[str, str | int | float | bool | None] | msgspec.UnsetType = UNSET


def category_of(error: MatineeError) -> type[MatineeError]:
    """Return the category that decides the status; `InternalError` when the class is under none."""
    return next((kind for kind in type(error).__mro__ if kind in _STATUS), InternalError)


def status_of(error: MatineeError) -> int:
    """Return the HTTP status of an error."""
    return _STATUS[category_of(error)]


def problem_of(error: MatineeError) -> Problem:
    """Return what the caller is told. Nothing of the cause is shown."""
    return Problem(
        type=f"/problems/{error.code}",
        title=error.title,
        status=status_of(error),
        detail=error.detail,
        code=error.code,
        trace_id=current_trace_id(),
        facts=dict(error.facts) if error.facts else UNSET,
    )


def problem_headers(problem: Problem) -> list[tuple[bytes, bytes]]:
    """Return the headers that go with a problem; refusals are never cached."""
    headers = [(b"content-type", PROBLEM_TYPE), (b"cache-control", b"no-store")]
    if problem.status in {429, 503, 504}:
        after = RETRY_AFTER_SECONDS if problem.facts is UNSET else problem.facts.get("retry_after_seconds")
        headers.append((b"retry-after", str(after or RETRY_AFTER_SECONDS).encode()))
    if problem.status == 401:  # noqa: PLR2004  # RFC 9110 asks for a challenge with this one status
        headers.append((b"www-authenticate", b"Bearer"))
    return headers


async def send_problem(send: Any, error: MatineeError, *, extra: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Answer an ASGI request with a problem."""
    problem = problem_of(error)
    body = msgspec.json.encode(problem)
    headers = [*problem_headers(problem), (b"content-length", str(len(body)).encode()), *extra]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
