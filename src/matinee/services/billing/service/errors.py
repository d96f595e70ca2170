"""What members may be told.

InvalidError       CurrencyError
PaymentError       PaymentDeclinedError
NotFoundError      PlanNotFoundError  CouponNotFoundError  GiftNotFoundError  MethodNotFoundError  InvoiceNotFoundError
                   PaymentNotFoundError
ConflictError      SubscriptionStateError  PaymentInProgressError  GiftTakenError  RefundTooLargeError  RequestOpenError
                   CouponUsedUpError  CodeTakenError  VersionError
UnprocessableError PaymentMethodNeededError  KeyReusedError  PlanFieldsError
InternalError      UnbalancedError
"""

from matinee.kit.errors import (
    ConflictError,
    InternalError,
    InvalidError,
    NotFoundError,
    PaymentError,
    UnprocessableError,
)


class CurrencyError(InvalidError):
    """The plan has no price in this currency, or the account already keeps another."""

    code = "currency"
    title = "Not in this currency"


class PaymentDeclinedError(PaymentError):
    """The bank said no. Facts: `decline_code`, and `hard` when another card is needed."""

    code = "payment-declined"
    title = "The payment was declined"


class PlanNotFoundError(NotFoundError):
    """There is no such plan, or it is not offered."""

    code = "plan-not-found"
    title = "No such plan"


class CouponNotFoundError(NotFoundError):
    """There is no such coupon, or it is over, or not for this."""

    code = "coupon-not-found"
    title = "This coupon cannot be used"


class CouponUsedUpError(ConflictError):
    """All redemptions of the coupon are gone, or the account has used its one."""

    code = "coupon-used-up"
    title = "This coupon is used up"


class GiftNotFoundError(NotFoundError):
    """There is no such gift, or it is over."""

    code = "gift-not-found"
    title = "This gift code cannot be used"


class GiftTakenError(ConflictError):
    """The gift was redeemed before."""

    code = "gift-redeemed"
    title = "This gift code has been redeemed"


class MethodNotFoundError(NotFoundError):
    """The account has no such payment method."""

    code = "payment-method-not-found"
    title = "No such payment method"


class MethodInUseError(ConflictError):
    """The only payment method of a running subscription cannot go."""

    code = "payment-method-in-use"
    title = "This payment method is needed"


class InvoiceNotFoundError(NotFoundError):
    """The account has no such invoice."""

    code = "invoice-not-found"
    title = "No such invoice"


class PaymentNotFoundError(NotFoundError):
    """There is no such payment."""

    code = "payment-not-found"
    title = "No such payment"


class SubscriptionStateError(ConflictError):
    """The subscription's state does not allow it. Facts: `state`."""

    code = "subscription-state"
    title = "Not possible in this state"


class PaymentInProgressError(ConflictError):
    """A payment's outcome is being found out; repeat the request in a moment."""

    code = "payment-in-progress"
    title = "A payment is under way"


class RefundTooLargeError(ConflictError):
    """More than is left of the payment."""

    code = "refund-too-large"
    title = "More than was paid"


class RequestOpenError(ConflictError):
    """The first request with this key is not answered yet."""

    code = "idempotency-in-progress"
    title = "The first request is still under way"


class KeyReusedError(UnprocessableError):
    """The key was used for another request."""

    code = "idempotency-key-reused"
    title = "This key was used for another request"


class PaymentMethodNeededError(UnprocessableError):
    """There is nothing to charge."""

    code = "payment-method-needed"
    title = "A payment method is needed"


class PlanFieldsError(UnprocessableError):
    """A plan or coupon whose fields contradict each other."""

    code = "billing-fields"
    title = "These values do not go together"


class CodeTakenError(ConflictError):
    """There is a plan or coupon by this name."""

    code = "code-taken"
    title = "This name is taken"


class ChangedError(ConflictError):
    """Somebody else changed it meanwhile."""

    code = "changed-meanwhile"
    title = "Changed meanwhile"


class UnbalancedError(InternalError):
    """Entries of a transaction do not sum to zero; it is refused."""

    code = "ledger-unbalanced"
    title = "The books would not balance"
