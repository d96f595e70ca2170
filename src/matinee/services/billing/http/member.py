"""Plans for everybody; subscriptions, payment methods and invoices for their owners."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from matinee.kit.money import Currency
from matinee.kit.passport import EVERYONE, SIGNED_IN
from matinee.services.billing.http.answers import (
    PRIVATE,
    Caller,
    Code,
    IdempotencyKey,
    PlanId,
    answer,
    asked,
    owner,
    problems,
    undecided,
)
from matinee.services.billing.http.documents import InvoiceList, Pages, invoice_list
from matinee.services.billing.ports import Invoice, ProviderView
from matinee.services.billing.service.billing import BillingService
from matinee.services.billing.service.outcomes import MethodView, PlanView, Quote, SubscriptionView

Rules = NamedDependency[BillingService]
Papers = NamedDependency[Pages]
PathId = FromPath[str]
MEMBERS = {"roles": SIGNED_IN}
Token = Annotated[str, Meta(min_length=1, max_length=255, pattern="^[A-Za-z0-9_.-]+$")]


class PlanList(msgspec.Struct, frozen=True):
    """Plans on offer, the smallest first."""

    items: tuple[PlanView, ...]


class MethodList(msgspec.Struct, frozen=True):
    """The payment methods of an account."""

    items: tuple[MethodView, ...]


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to subscribe to. Prices are the plan's, whatever a client thinks."""

    plan_id: PlanId
    currency: Currency
    payment_method_token: Token | None = None
    coupon: Code | None = None
    trial: bool = True


class QuoteRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a choice would cost. `currency` counts only for those without a subscription."""

    plan_id: PlanId | None = None
    currency: Currency | None = None
    coupon: Code | None = None


class PlanChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another plan."""

    plan_id: PlanId


class NewMethod(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token that the processor gave the page for a card."""

    token: Token


class GiftCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gift's code; case, spaces and dashes do not matter."""

    code: Annotated[str, Meta(min_length=4, max_length=64)]


@get("/plans", summary="Plans on offer", operation_id="listPlans", opt={"roles": EVERYONE}, responses=problems(503))
async def list_plans(billing: Rules) -> PlanList:
    """Return the plans that can be chosen, with their prices in minor units."""
    return PlanList(items=tuple(await billing.plans()))


class SubscriptionController(Controller):
    """The caller's own subscription."""

    path = "/billing"
    tags = ("billing",)
    opt = MEMBERS

    @get(
        "/provider", summary="Where cards become tokens", operation_id="readProvider", opt=MEMBERS, responses=problems()
    )
    async def provider(self, billing: Rules) -> ProviderView:
        """Return what a page needs; card numbers go to the processor and never come here."""
        return billing.provider()

    @get(
        "/subscription",
        summary="Own subscription",
        operation_id="readSubscription",
        opt=MEMBERS,
        responses=problems(401, 404, 503),
    )
    async def read(self, billing: Rules, passport: Caller) -> Response[SubscriptionView]:
        """Return the subscription, its state `none` before there is one."""
        return Response(await billing.subscription(owner(passport)), headers=PRIVATE)

    @post(
        "/subscription",
        summary="Subscribe",
        operation_id="subscribe",
        opt=MEMBERS,
        responses={**undecided(), **problems(400, 401, 402, 404, 409, 422, 503)},
    )
    async def subscribe(
        self, billing: Rules, passport: Caller, data: JSONBody[NewSubscription], idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Begin with a trial where there is one left, else with the first payment."""
        outcome = await billing.subscribe(
            asked(passport, "subscribe", idempotency_key, data),
            plan_id=data.plan_id,
            currency=data.currency,
            token=data.payment_method_token,
            coupon=data.coupon,
            try_first="trial" if data.trial else "pay",
        )
        return answer(outcome, status=201)

    @post(
        "/quote",
        summary="What a choice costs",
        operation_id="quote",
        opt=MEMBERS,
        status_code=200,
        responses=problems(400, 401, 404, 409, 503),
    )
    async def quote(self, billing: Rules, passport: Caller, data: JSONBody[QuoteRequest]) -> Response[Quote]:
        """Return what would be due now and next, without doing it."""
        quoted = await billing.quote(
            owner(passport), plan_id=data.plan_id, currency=data.currency or "", coupon=data.coupon
        )
        return Response(quoted, headers=PRIVATE)

    @post(
        "/subscription/change",
        summary="Change the plan",
        operation_id="changePlan",
        opt=MEMBERS,
        status_code=200,
        responses={**undecided(), **problems(400, 401, 402, 404, 409, 422, 503)},
    )
    async def change(
        self, billing: Rules, passport: Caller, data: JSONBody[PlanChoice], idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Move to a dearer plan now for the difference, to a cheaper one at the period's end."""
        return answer(await billing.change(asked(passport, "change", idempotency_key, data), data.plan_id))

    @delete(
        "/subscription/change",
        summary="Stay on the plan",
        operation_id="dropPlanChange",
        opt=MEMBERS,
        status_code=200,
        responses={**undecided(), **problems(401, 404, 409, 422, 503)},
    )
    async def drop_change(
        self, billing: Rules, passport: Caller, idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Drop a change of plan that waits for the period's end."""
        return answer(await billing.drop_change(asked(passport, "drop-change", idempotency_key)))

    @get(
        "/payment-methods",
        summary="Own payment methods",
        operation_id="listPaymentMethods",
        opt=MEMBERS,
        responses=problems(401, 404, 503),
    )
    async def methods(self, billing: Rules, passport: Caller) -> Response[MethodList]:
        """Return brands and last digits."""
        return Response(MethodList(items=tuple(await billing.methods(owner(passport)))), headers=PRIVATE)

    @post(
        "/payment-methods",
        summary="Add a payment method",
        operation_id="addPaymentMethod",
        opt=MEMBERS,
        responses=problems(400, 401, 404, 409, 422, 503),
    )
    async def add_method(
        self, billing: Rules, passport: Caller, data: JSONBody[NewMethod], idempotency_key: IdempotencyKey = None
    ) -> Response[MethodView]:
        """Keep a method and charge it from now on; what is owed is tried again at once."""
        request = asked(passport, "add-method", idempotency_key, data)
        return Response(await billing.add_method(request, data.token), status_code=201, headers=PRIVATE)

    @delete(
        "/payment-methods/{method_id:str}",
        summary="Remove a payment method",
        operation_id="removePaymentMethod",
        opt=MEMBERS,
        responses=problems(401, 404, 409, 422, 503),
    )
    async def remove_method(
        self, billing: Rules, passport: Caller, method_id: PathId, idempotency_key: IdempotencyKey = None
    ) -> None:
        """Forget a method; the only one of a running subscription stays."""
        await billing.remove_method(asked(passport, f"remove-method/{method_id}", idempotency_key), method_id)

    @post(
        "/payment-methods/{method_id:str}/default",
        summary="Prefer a payment method",
        operation_id="preferPaymentMethod",
        opt=MEMBERS,
        status_code=200,
        responses=problems(401, 404, 409, 422, 503),
    )
    async def prefer_method(
        self, billing: Rules, passport: Caller, method_id: PathId, idempotency_key: IdempotencyKey = None
    ) -> Response[MethodView]:
        """Charge this method from now on."""
        request = asked(passport, f"prefer-method/{method_id}", idempotency_key)
        return Response(await billing.prefer_method(request, method_id), headers=PRIVATE)

    @post(
        "/gifts/redeem",
        summary="Redeem a gift",
        operation_id="redeemGift",
        opt=MEMBERS,
        status_code=200,
        responses=problems(400, 401, 404, 409, 422, 503),
    )
    async def redeem(
        self, billing: Rules, passport: Caller, data: JSONBody[GiftCode], idempotency_key: IdempotencyKey = None
    ) -> Response[SubscriptionView]:
        """Add a gift to the balance, which is spent before any card is charged."""
        view = await billing.redeem(asked(passport, "redeem", idempotency_key, data), data.code)
        return Response(view, headers=PRIVATE)

    @get(
        "/invoices", summary="Own invoices", operation_id="listInvoices", opt=MEMBERS, responses=problems(400, 401, 503)
    )
    async def invoices(
        self,
        billing: Rules,
        passport: Caller,
        limit: Annotated[int, QueryParameter(description="items on a page; clamped to 1 to 100")] = 50,
        cursor: Annotated[str | None, QueryParameter(max_length=512, description="the next_cursor before")] = None,
    ) -> Response[InvoiceList]:
        """Return invoices and credit notes, newest first."""
        page, following = await billing.invoices(owner(passport), limit=limit, cursor=cursor)
        return Response(invoice_list(page, following), headers=PRIVATE)

    @get(
        "/invoices/{invoice_id:str}",
        summary="One invoice",
        operation_id="readInvoice",
        opt=MEMBERS,
        responses=problems(401, 404, 503),
    )
    async def invoice(self, billing: Rules, passport: Caller, invoice_id: PathId) -> Response[Invoice]:
        """Return an invoice of one's own as data."""
        return Response(await billing.invoice(owner(passport), invoice_id), headers=PRIVATE)

    @get(
        "/invoices/{invoice_id:str}/html",
        summary="One invoice as a page",
        operation_id="readInvoicePage",
        opt=MEMBERS,
        media_type="text/html",
        responses=problems(401, 404, 503),
    )
    async def invoice_page(self, billing: Rules, pages: Papers, passport: Caller, invoice_id: PathId) -> Response[str]:
        """Return an invoice of one's own as a page that needs no network."""
        invoice = await billing.invoice(owner(passport), invoice_id)
        headers = {**PRIVATE, "Content-Security-Policy": pages.policy, "X-Content-Type-Options": "nosniff"}
        return Response(pages.documents.html(invoice), media_type="text/html", headers=headers)

    @get(
        "/invoices/{invoice_id:str}/pdf",
        summary="One invoice as PDF",
        operation_id="readInvoicePdf",
        opt=MEMBERS,
        media_type="application/pdf",
        responses=problems(401, 404, 503),
    )
    async def invoice_pdf(self, billing: Rules, pages: Papers, passport: Caller, invoice_id: PathId) -> Response[bytes]:
        """Return an invoice of one's own as PDF."""
        invoice = await billing.invoice(owner(passport), invoice_id)
        data = await asyncio.to_thread(pages.documents.pdf, invoice)
        name = f'inline; filename="{invoice.number}.pdf"'
        return Response(data, media_type="application/pdf", headers={**PRIVATE, "Content-Disposition": name})

    @get(
        "/export",
        summary="Everything kept about oneself",
        operation_id="exportBilling",
        opt=MEMBERS,
        responses=problems(401, 404, 503),
    )
    async def export(self, billing: Rules, passport: Caller) -> Response[dict[str, Any]]:
        """Return billing's part of one's own data."""
        headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="matinee-billing.json"'}
        return Response(await billing.export(owner(passport)), headers=headers)
