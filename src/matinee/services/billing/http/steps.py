"""Steps in a subscription's life, as its owner takes them."""

from litestar import Controller, Response, post
from litestar.di import NamedDependency

from matinee.kit.passport import SIGNED_IN
from matinee.services.billing.http.answers import Caller, IdempotencyKey, answer, asked, problems, undecided
from matinee.services.billing.service.billing import BillingService
from matinee.services.billing.service.outcomes import SubscriptionView

Rules = NamedDependency[BillingService]
MEMBERS = {"roles": SIGNED_IN}
_ANSWERS = {**undecided(), **problems(401, 402, 404, 409, 422, 503)}


class StepController(Controller):
    """What can be done without saying more; each is refused with 409 where the state does not allow it."""

    path = "/billing/subscription"
    tags = ("billing",)
    opt = MEMBERS

    @post(
        "/cancel",
        summary="Cancel",
        operation_id="cancelSubscription",
        opt=MEMBERS,
        status_code=200,
        responses=_ANSWERS,
    )
    async def cancel(
        self, billing: Rules, passport: Caller, idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Stop renewing; what is paid or on trial lasts to its end."""
        return answer(await billing.act(asked(passport, "cancel", idempotency_key), "cancel"))

    @post(
        "/resume",
        summary="Take a cancellation back",
        operation_id="resumeSubscription",
        opt=MEMBERS,
        status_code=200,
        responses=_ANSWERS,
    )
    async def resume(
        self, billing: Rules, passport: Caller, idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Renew after all, while the subscription still runs."""
        return answer(await billing.act(asked(passport, "resume", idempotency_key), "resume"))

    @post(
        "/pause",
        summary="Pause",
        operation_id="pauseSubscription",
        opt=MEMBERS,
        status_code=200,
        responses=_ANSWERS,
    )
    async def pause(
        self, billing: Rules, passport: Caller, idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Open no period after this one."""
        return answer(await billing.act(asked(passport, "pause", idempotency_key), "pause"))

    @post(
        "/unpause",
        summary="Take it up again",
        operation_id="unpauseSubscription",
        opt=MEMBERS,
        status_code=200,
        responses=_ANSWERS,
    )
    async def unpause(
        self, billing: Rules, passport: Caller, idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Go on; a pause that has begun ends with a new period, now."""
        return answer(await billing.act(asked(passport, "unpause", idempotency_key), "unpause"))

    @post(
        "/pay",
        summary="Pay what is owed",
        operation_id="paySubscription",
        opt=MEMBERS,
        status_code=200,
        responses=_ANSWERS,
    )
    async def pay(
        self, billing: Rules, passport: Caller, idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Try the payment that failed again now."""
        return answer(await billing.act(asked(passport, "pay", idempotency_key), "pay"))
