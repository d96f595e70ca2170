"""Billing for staff: plans, coupons, gifts, accounts, refunds, the ledger."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from matinee.kit.errors import InvalidError
from matinee.kit.ids import AccountId
from matinee.kit.money import Currency
from matinee.kit.passport import ADMINS, SUPPORT, Passport
from matinee.services.billing.http.answers import PRIVATE, Caller, Code, IdempotencyKey, PlanId, problems
from matinee.services.billing.model import AuditLine, Coupon, Plan, Refund
from matinee.services.billing.service.desk import Asked
from matinee.services.billing.service.office import AccountBilling, Actor, Books, GiftCodes, Office
from matinee.services.billing.store import Violation

Rules = NamedDependency[Office]
PathId = FromPath[str]
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
SENIOR = {"roles": ADMINS}
HELPERS = {"roles": SUPPORT}
Price = Annotated[int, Meta(ge=1, le=10_000_000, description="a month, minor units, as listed")]
Prices = Annotated[dict[Currency, Price], Meta(min_length=1, max_length=40)]
Name = Annotated[str, Meta(min_length=1, max_length=60)]
Text = Annotated[str, Meta(max_length=500)]
Height = Annotated[int, Meta(ge=144, le=4320, description="lines")]
Few = Annotated[int, Meta(ge=0, le=100)]
Some = Annotated[int, Meta(ge=1, le=100)]
Days = Annotated[int, Meta(ge=0, le=90)]
Sum = Annotated[int, Meta(ge=1, le=10_000_000, description="minor units")]
Percent = Annotated[int, Meta(ge=1, le=100)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Months = Annotated[int, Meta(ge=1, le=120)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]


class NewPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan to offer."""

    plan_id: PlanId
    name: Name
    description: Text = ""
    prices: Prices
    max_height: Height
    streams: Some
    download_devices: Few
    trial_days: Days = 0
    listed: bool = True
    rank: Few = 0


class PlanChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a plan to change; running periods keep what they were priced at."""

    name: Name | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    prices: Prices | UnsetType = UNSET
    max_height: Height | UnsetType = UNSET
    streams: Some | UnsetType = UNSET
    download_devices: Few | UnsetType = UNSET
    trial_days: Days | UnsetType = UNSET
    listed: bool | UnsetType = UNSET
    rank: Few | UnsetType = UNSET


class NewCoupon(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon: a share in per cent, or an amount in a currency. `periods` None is for ever."""

    code: Code
    percent: Percent | None = None
    amount: Sum | None = None
    currency: Currency | None = None
    periods: Months | None = None
    max_redemptions: Count | None = None
    expires_at: datetime | None = None


class CouponChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a coupon ends, how often it goes, and whether it goes at all; what it gives stays."""

    max_redemptions: Count | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class NewGifts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gift codes to make, each worth `amount`."""

    amount: Sum
    currency: Currency
    count: Annotated[int, Meta(ge=1, le=1000)] = 1
    expires_at: datetime | None = None


class NewRefund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a payment to give back, and why; the reason is printed on the credit note."""

    amount: Sum
    reason: Reason


class NewCredit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goodwill credit for an account."""

    amount: Sum
    currency: Currency
    reason: Reason


class PlanRecords(msgspec.Struct, frozen=True):
    """All plans, hidden ones too."""

    items: tuple[Plan, ...]


class CouponList(msgspec.Struct, frozen=True):
    """All coupons."""

    items: tuple[Coupon, ...]


class ViolationList(msgspec.Struct, frozen=True):
    """Violations of the books' invariants; none, when all is well."""

    items: tuple[Violation, ...]


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """What staff did, newest first."""

    items: tuple[AuditLine, ...]
    next_cursor: str | None


def _actor(passport: Passport) -> Actor:
    name = str(passport.account) or "operator"
    return Actor(name=name, role=passport.role, address=passport.client_address)


def _changes(body: msgspec.Struct) -> dict[str, Any]:
    """Return the fields that were sent."""
    sent = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in sent.items() if value is not UNSET}


def _sensible(moment: Any) -> None:
    """Refuse a time without zone, which could mean any of 24 hours, and one that calendars do not reach."""
    if not isinstance(moment, datetime):
        return
    if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise InvalidError("Times carry a zone and a year of this or the next century, such as 2030-01-31T00:00:00Z.")


def _version(if_match: str | None) -> int | None:
    text = (if_match or "").strip().strip('"')
    if text in {"", "*"}:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004  # versions stay far below
        raise InvalidError('If-Match carries the version of the plan in quotes, such as "3".')
    return int(text)


class OfferController(Controller):
    """Plans, coupons and gifts."""

    path = "/admin"
    tags = ("admin",)
    opt = SENIOR

    @get("/plans", summary="All plans", operation_id="listAllPlans", opt=SENIOR, responses=problems(401, 403, 503))
    async def plans(self, office: Rules) -> Response[PlanRecords]:
        """Return all plans with their versions."""
        return Response(PlanRecords(items=tuple(await office.plans())), headers=PRIVATE)

    @post(
        "/plans",
        summary="Add a plan",
        operation_id="createPlan",
        opt=SENIOR,
        responses=problems(400, 401, 403, 409, 503),
    )
    async def create_plan(self, office: Rules, passport: Caller, data: JSONBody[NewPlan]) -> Plan:
        """Add a plan; when it is listed, it can be chosen at once."""
        return await office.create_plan(_actor(passport), Plan(**_changes(data)))

    @patch(
        "/plans/{plan_id:str}",
        summary="Change a plan",
        operation_id="changeAnyPlan",
        opt=SENIOR,
        responses=problems(400, 401, 403, 404, 409, 422, 503),
    )
    async def change_plan(
        self,
        office: Rules,
        passport: Caller,
        plan_id: PathId,
        data: JSONBody[PlanChange],
        if_match: Annotated[
            str | None, HeaderParameter(name="If-Match", max_length=40, description="version expected")
        ] = None,
    ) -> Plan:
        """Change the fields that are sent; a new price counts from each member's next period."""
        return await office.change_plan(_actor(passport), plan_id, _changes(data), if_version=_version(if_match))

    @get("/coupons", summary="All coupons", operation_id="listCoupons", opt=SENIOR, responses=problems(401, 403, 503))
    async def coupons(self, office: Rules) -> Response[CouponList]:
        """Return all coupons with their redemptions."""
        return Response(CouponList(items=tuple(await office.coupons())), headers=PRIVATE)

    @post(
        "/coupons",
        summary="Add a coupon",
        operation_id="createCoupon",
        opt=SENIOR,
        responses=problems(400, 401, 403, 409, 422, 503),
    )
    async def create_coupon(self, office: Rules, passport: Caller, data: JSONBody[NewCoupon]) -> Coupon:
        """Add a coupon."""
        _sensible(data.expires_at)
        fields = {**_changes(data), "code": data.code.upper()}
        coupon = Coupon(**fields, redeemed=0, active=True, created_at=datetime.min)  # noqa: DTZ901  # set when stored
        return await office.create_coupon(_actor(passport), coupon)

    @patch(
        "/coupons/{coupon_id:str}",
        summary="Change a coupon",
        operation_id="changeCoupon",
        opt=SENIOR,
        responses=problems(400, 401, 403, 404, 503),
    )
    async def change_coupon(
        self, office: Rules, passport: Caller, coupon_id: PathId, data: JSONBody[CouponChange]
    ) -> Coupon:
        """Change the fields that are sent; those who have claimed it keep what it gives."""
        _sensible(data.expires_at)
        return await office.change_coupon(_actor(passport), coupon_id, _changes(data))

    @post(
        "/gifts",
        summary="Make gift codes",
        operation_id="createGifts",
        opt=SENIOR,
        responses=problems(400, 401, 403, 503),
    )
    async def gifts(self, office: Rules, passport: Caller, data: JSONBody[NewGifts]) -> Response[GiftCodes]:
        """Return new codes, this once."""
        _sensible(data.expires_at)
        codes = await office.create_gifts(
            _actor(passport),
            amount=data.amount,
            currency=data.currency,
            count=data.count,
            expires_at=data.expires_at,
        )
        return Response(codes, status_code=201, headers=PRIVATE)


class BooksController(Controller):
    """Accounts, refunds and the ledger."""

    path = "/admin"
    tags = ("admin",)
    opt = SENIOR

    @get(
        "/accounts/{account_id:str}/billing",
        summary="An account's billing",
        operation_id="readAccountBilling",
        opt=HELPERS,
        responses=problems(401, 403, 404, 503),
    )
    async def account(self, office: Rules, account_id: PathId) -> Response[AccountBilling]:
        """Return subscription, invoices, bills, payments and ledger of an account."""
        return Response(await office.account(AccountId(account_id)), headers=PRIVATE)

    @post(
        "/accounts/{account_id:str}/billing/credit",
        summary="Give credit",
        operation_id="grantCredit",
        opt=SENIOR,
        status_code=204,
        responses=problems(400, 401, 403, 404, 422, 503),
    )
    async def credit(
        self,
        office: Rules,
        passport: Caller,
        account_id: PathId,
        data: JSONBody[NewCredit],
        idempotency_key: IdempotencyKey = None,
    ) -> None:
        """Add goodwill credit, which is spent before any card is charged."""
        request = Asked(
            account_id=AccountId(account_id),
            route="grant-credit",
            key=idempotency_key or "",
            body=msgspec.json.encode(data),
        )
        await office.grant_credit(
            _actor(passport), request, amount=data.amount, currency=data.currency, reason=data.reason
        )

    @post(
        "/payments/{payment_id:str}/refund",
        summary="Refund a payment",
        operation_id="refundPayment",
        opt=SENIOR,
        responses=problems(400, 401, 403, 404, 409, 422, 503),
    )
    async def refund(
        self,
        office: Rules,
        passport: Caller,
        payment_id: PathId,
        data: JSONBody[NewRefund],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Refund]:
        """Give back part or all of what a card paid; the member gets a credit note."""
        refund = await office.refund(
            _actor(passport), payment_id=payment_id, amount=data.amount, reason=data.reason, key=idempotency_key or ""
        )
        return Response(refund, status_code=201, headers=PRIVATE)

    @get(
        "/ledger/balance",
        summary="Sums of the ledger",
        operation_id="readLedger",
        opt=SENIOR,
        responses=problems(401, 403, 503),
    )
    async def ledger(self, office: Rules) -> Response[Books]:
        """Return the sum of each ledger account in each currency, debits positive."""
        return Response(await office.books(), headers=PRIVATE)

    @get(
        "/invariants",
        summary="Check the books",
        operation_id="readInvariants",
        opt=SENIOR,
        responses=problems(401, 403, 503),
    )
    async def invariants(self, office: Rules) -> Response[ViolationList]:
        """Check every invariant now and return what breaks one."""
        return Response(ViolationList(items=tuple(await office.violations())), headers=PRIVATE)

    @get(
        "/billing/audit",
        summary="What staff did",
        operation_id="listBillingAudit",
        opt=SENIOR,
        responses=problems(400, 401, 403, 503),
    )
    async def audit(
        self,
        office: Rules,
        limit: Annotated[int, QueryParameter(description="items on a page; clamped to 1 to 200")] = 50,
        cursor: Annotated[str | None, QueryParameter(max_length=512, description="the next_cursor before")] = None,
    ) -> Response[AuditPage]:
        """Return who of the staff did what, newest first."""
        page, following = await office.audit(limit=limit, cursor=cursor)
        return Response(AuditPage(items=tuple(page), next_cursor=following), headers=PRIVATE)
