"""All routes of billing, below `/api/v1`."""

from typing import Any

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from matinee.services.billing.http.admin import BooksController, OfferController
from matinee.services.billing.http.documents import Pages
from matinee.services.billing.http.member import SubscriptionController, list_plans
from matinee.services.billing.http.steps import StepController
from matinee.services.billing.service.billing import BillingService
from matinee.services.billing.service.office import Office


def routes(service: BillingService, office: Office, pages: Pages) -> tuple[ControllerRouterHandler, ...]:
    """Return the routes of members and staff; webhooks come beside them."""

    def billing() -> BillingService:
        return service

    def staff() -> Office:
        return office

    def drawing() -> Pages:
        return pages

    provided = {
        "billing": Provide(billing, sync_to_thread=False),
        "office": Provide(staff, sync_to_thread=False),
        "pages": Provide(drawing, sync_to_thread=False),
    }
    handlers: list[Any] = [list_plans, SubscriptionController, StepController, OfferController, BooksController]
    return (Router("/", route_handlers=handlers, dependencies=provided),)
