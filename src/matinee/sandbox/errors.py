"""What the sandbox processor refuses.

IdempotencyError    409  the key was used for another request
MethodUnknownError  404  no such kept card
CardTokenError      422  the token is unknown, too old or used
ChargeUnknownError  404  no such charge
RefundUnknownError  404  no such refund
RefundError         422  more than was taken
ChallengeError      404  no such question, or it was answered
ReturnError         400  the address to return to is not the service's
ServiceKeyError     401  the service's own key is missing or wrong
StalledError        503  the card is one that times out
"""

from matinee.kit.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
    UnprocessableError,
)


class IdempotencyError(ConflictError):
    """The key named another request before."""

    code = "idempotency-key-reused"
    title = "This key was used for another request"


class MethodUnknownError(NotFoundError):
    """No such kept card, or it was forgotten."""

    code = "method-unknown"
    title = "There is no such payment method"


class CardTokenError(UnprocessableError):
    """The token is unknown, too old, or was used by somebody else."""

    code = "token-unusable"
    title = "This token cannot be used"


class ChargeUnknownError(NotFoundError):
    """No such charge."""

    code = "charge-unknown"
    title = "There is no such charge"


class RefundUnknownError(NotFoundError):
    """No such refund."""

    code = "refund-unknown"
    title = "There is no such refund"


class RefundError(UnprocessableError):
    """There is not so much to give back."""

    code = "refund-refused"
    title = "This cannot be given back"


class ChallengeError(NotFoundError):
    """No such question, or it has been answered, or too late."""

    code = "challenge-over"
    title = "This confirmation is over"


class ReturnError(InvalidError):
    """A browser is sent back to the service only."""

    code = "return-url"
    title = "This address is not returned to"


class ServiceKeyError(UnauthenticatedError):
    """The service's own key is missing or wrong."""

    code = "service-key"
    title = "The service's key is needed"


class StalledError(UnavailableError):
    """The card is one that times out."""

    code = "stalled"
    title = "No answer in time"
