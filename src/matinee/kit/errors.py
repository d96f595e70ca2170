"""The root of every error that a caller may meet, with the few categories that decide an HTTP status.

MatineeError
├── InvalidError        the caller sent something that can never work             400
├── UnauthenticatedError nobody known is asking                                    401
├── PaymentError        money is needed and could not be had                       402
├── ForbiddenError      somebody known may not do this                            403
├── NotFoundError       there is no such thing, or the caller may not know of it  404
├── ConflictError       right in itself, wrong now                                409
├── GoneError           there was one                                             410
├── TooLargeError       over a stated bound                                       413
├── UnprocessableError  well formed, but the content cannot be used               422
├── TooManyError        over a rate or a count                                    429
├── InternalError       our fault                                                 500
├── UnavailableError    a dependency is away; try again                           503
└── DeadlineError       the time given ran out                                    504

A room subclasses these, each with its own stable `code`; `host/problems.py` is the only place that knows statuses.
"""

from collections.abc import Mapping
from typing import ClassVar

JsonScalar = str | int | float | bool | None


class MatineeError(Exception):
    """Any failure with a stable code, a sentence for people, and flat facts.

    Args:
        detail: one sentence that says what happened and what to do next. Never holds secrets or stack traces.
        facts: flat values for programs, such as `{"limit_bytes": 1024}`.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something failed"

    def __init__(self, detail: str, /, **facts: JsonScalar) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: Mapping[str, JsonScalar] = facts


class InvalidError(MatineeError):
    """The request can never work as sent."""

    code = "invalid"
    title = "The request is not valid"


class UnauthenticatedError(MatineeError):
    """The caller is not known."""

    code = "unauthenticated"
    title = "Sign in first"


class PaymentError(MatineeError):
    """Money is needed and could not be had."""

    code = "payment"
    title = "The payment did not go through"


class ForbiddenError(MatineeError):
    """The caller is known and may not."""

    code = "forbidden"
    title = "Not allowed"


class NotFoundError(MatineeError):
    """Nothing here by that name."""

    code = "not-found"
    title = "Not found"


class ConflictError(MatineeError):
    """The state of the thing does not permit this now."""

    code = "conflict"
    title = "Not possible now"


class GoneError(MatineeError):
    """It existed and does not any more."""

    code = "gone"
    title = "Gone"


class TooLargeError(MatineeError):
    """Over a stated bound on size."""

    code = "too-large"
    title = "Too large"


class UnprocessableError(MatineeError):
    """Well formed, but the content cannot be used."""

    code = "unprocessable"
    title = "The content cannot be used"


class TooManyError(MatineeError):
    """Over a rate or a count."""

    code = "too-many"
    title = "Too many"


class InternalError(MatineeError):
    """A defect on our side."""

    code = "internal"
    title = "Our mistake"


class UnavailableError(MatineeError):
    """A dependency is away for the moment."""

    code = "unavailable"
    title = "Not available right now"


class DeadlineError(MatineeError):
    """The time given ran out."""

    code = "deadline"
    title = "Took too long"
