"""Where payment processors tell what came about."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class WebhookDesk:
    """Checks webhooks and hands on what they say."""

    payments: Payments
    events: ProviderEvents
    clock: Clock

    async def take(self, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        """Return when an event has been kept.

        Raises:
            NoSuchProviderError: when the path names another processor.
            WebhookError: when it is not the processor's own word.
            UnavailableError: when it could not be kept.
        """
        if provider != self.payments.provider:
            raise NoSuchProviderError("Events of this processor are not taken here.")
        event = self.payments.verify_webhook(headers, body, now=self.clock.now())
        await self.events.apply(provider=self.payments.provider, event=event)


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
async def receive(provider: FromPath[str], request: Request[Any, Any, Any], desk: NamedDependency[WebhookDesk]) -> None:
    """Verify an event and keep it before answering; anything but 2xx has it sent again."""
    # The signature covers the bytes as they came; nothing parses them before it has been checked.
    body = await request.body()
    await desk.take(provider, {name.lower(): value for name, value in request.headers.items()}, body)


def webhook_routes(payments: Payments, events: ProviderEvents, clock: Clock) -> tuple[ControllerRouterHandler, ...]:
    """Return the route, below `/api/v1`."""

    def desk() -> WebhookDesk:
        return WebhookDesk(payments, events, clock)

    return (Router("/", route_handlers=[receive], dependencies={"desk": Provide(desk, sync_to_thread=False)}),)
