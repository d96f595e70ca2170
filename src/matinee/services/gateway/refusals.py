"""What the door itself refuses, and statuses that only a front door speaks."""

from typing import ClassVar

import msgspec

from matinee.host.problems import Problem, problem_of
from matinee.kit.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    MatineeError,
    NotFoundError,
    TooLargeError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
    UnprocessableError,
)


class RequestShapeError(InvalidError):
    """The request line or a header is malformed or ambiguous."""

    code = "request-shape"
    title = "The request is malformed"


class UrlTooLongError(TooLargeError):
    """Path and query together are over the bound."""

    code = "url-too-long"
    title = "The address is too long"
    http_status: ClassVar[int] = 414


class HeadersTooLargeError(TooLargeError):
    """The headers are over a bound."""

    code = "headers-too-large"
    title = "The headers are too large"
    http_status: ClassVar[int] = 431


class BodyTooLargeError(TooLargeError):
    """The body is over the bound of its route."""

    code = "body-too-large"
    title = "The body is too large"


class BodyTooSlowError(InvalidError):
    """The body did not arrive in time."""

    code = "body-too-slow"
    title = "The body took too long"
    http_status: ClassVar[int] = 408


class EncodedBodyError(InvalidError):
    """A compressed body: it could grow to any size."""

    code = "encoded-body"
    title = "Compressed bodies are not accepted"
    http_status: ClassVar[int] = 415


class AnswerTooLargeError(UnavailableError):
    """An answer grew over the bound: a stream that ran long, which clients open again, or a defect."""

    code = "answer-too-large"
    title = "The answer is too large"


class WrongMethodError(InvalidError):
    """The path exists, the method does not."""

    code = "method"
    title = "The method is not allowed here"
    http_status: ClassVar[int] = 405

    def __init__(self, *allowed: str) -> None:
        super().__init__(f"Allowed here: {', '.join(allowed)}.")
        self.allowed = allowed


class NowhereError(NotFoundError):
    """No room owns the path."""

    code = "not-found"
    title = "Not found"


class OperatorKeyError(UnauthenticatedError):
    """The operator key is wrong."""

    code = "operator-key"
    title = "The operator key is wrong"


class SignInWaitError(TooManyError):
    """Too many wrong keys from one address."""

    code = "sign-in-wait"
    title = "Wait before the next try"


class CrossSiteError(ForbiddenError):
    """A browser sent a session's cookie along with a request from another site, or another site wants to sign in."""

    code = "cross-site"
    title = "Requests from other sites are refused"


class ProfileRestrictedError(ForbiddenError):
    """A kids profile asks for what belongs to the household's adults."""

    code = "profile-restricted"
    title = "Not from this profile"


class TokenInQueryError(InvalidError):
    """A secret stands in the query, where logs, histories and other sites would see it."""

    code = "token-in-query"
    title = "Secrets do not belong into addresses"


class RateLimitError(TooManyError):
    """A caller asks more than its share."""

    code = "rate-limit"
    title = "Too many requests"


class KeysMissingError(UnavailableError):
    """The keys of access tokens have not been heard yet."""

    code = "keys-missing"
    title = "The keys are not known yet"


class IdempotencyKeyError(InvalidError):
    """The Idempotency-Key is malformed."""

    code = "idempotency-key"
    title = "The Idempotency-Key is not valid"


class IdempotencyReusedError(UnprocessableError):
    """The key was used for another request."""

    code = "idempotency-key-reused"
    title = "The Idempotency-Key belongs to another request"


class IdempotencyBusyError(ConflictError):
    """The first request with the key is still at work, or broke off a moment ago."""

    code = "idempotency-in-progress"
    title = "The same request is still at work"


class IdempotencyAnswerError(ConflictError):
    """The request was carried out, but its answer was too large to keep."""

    code = "idempotency-answer-not-kept"
    title = "Done before, and its answer was not kept"


class RoomSilentError(UnavailableError):
    """The process of a room broke off or answers nonsense."""

    code = "room-broken"
    title = "A part of the service is broken"
    http_status: ClassVar[int] = 502


def door_problem(error: MatineeError) -> Problem:
    """Return what the caller is told, with the narrower status where the door has one."""
    problem = problem_of(error)
    status = getattr(error, "http_status", problem.status)
    return msgspec.structs.replace(problem, status=status)
