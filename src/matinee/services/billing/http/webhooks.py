"""Where payment processors tell what came about."""

from typing import Any

from litestar import Request, Router, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from matinee.host.problems import Problem
from matinee.kit.clock import Clock
from matinee.kit.errors import NotFoundError
from matinee.kit.passport import EVERYONE
from matinee.services.billing.ports import Payments, ProviderEvents

MAX_WEBHOOK_BYTES = 64 * 1024


class NoSuchProviderError(NotFoundError):
    """Nothing is heard from that processor here."""

    code = "provider"
    title = "No such payment provider"


def _problems(*statuses: int) -> dict[int, ResponseSpec]:
    return {s: ResponseSpec(Problem, description="Problem details", generate_examples=False) for s in statuses}


@post(
    "/webhooks/{provider:str}",
    summary="A payment processor's event",
    description="The body is signed together with a timestamp; each event counts once, in any order.",
    operation_id="receiveWebhook",
    tags=["billing"],
    opt={"roles": EVERYONE},
    status_code=204,
    request_max_body_size=MAX_WEBHOOK_BYTES,
    responses=_problems(400, 404, 413, 503),
)
async def receive(
    provider: FromPath[str],
    request: Request[Any, Any, Any],
    payments: NamedDependency[Payments],
    events: NamedDependency[ProviderEvents],
    clock: NamedDependency[Clock],
) -> None:
    """Verify an event and keep it before answering; anything but 2xx has it sent again."""
    if provider != payments.provider:
        raise NoSuchProviderError("Events of this processor are not taken here.")
    # The signature covers the bytes as they came; nothing parses them before it has been checked.
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items()}
    event = payments.verify_webhook(headers, body, now=clock.now())
    await events.apply(provider=payments.provider, event=event)


def webhook_routes(payments: Payments, events: ProviderEvents, clock: Clock) -> tuple[ControllerRouterHandler, ...]:
    """Return the route, below `/api/v1`."""

    def give_payments() -> Payments:
        return payments

    def give_events() -> ProviderEvents:
        return events

    def give_clock() -> Clock:
        return clock

    provided = {
        "payments": Provide(give_payments, sync_to_thread=False),
        "events": Provide(give_events, sync_to_thread=False),
        "clock": Provide(give_clock, sync_to_thread=False),
    }
    return (Router("/", route_handlers=[receive], dependencies=provided),)
