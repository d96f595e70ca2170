"""What billing's rules need from outside: who moves money, who writes documents and letters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.kit.errors import InvalidError
from matinee.kit.ids import AccountId
from matinee.kit.money import Currency
from matinee.mail.port import Mail

PositiveAmount = Annotated[int, Meta(ge=1, le=10**12, description="minor units")]
Ref = Annotated[str, Meta(min_length=1, max_length=255, description="the processor's own identifier")]


class ChargeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to take money.

    Attributes:
        payment_id: ours; comes back in webhooks as metadata.
        idempotency_key: names the attempt, `<bill>-<attempt number>`; the processor takes money once per key at most.
        customer_ref: the processor's name of the member; empty when it keeps none.
        return_path: where a challenge sends the browser back to, below the public URL.
    """

    payment_id: str
    idempotency_key: Annotated[str, Meta(min_length=1, max_length=128)]
    amount: PositiveAmount
    currency: Currency
    method_ref: Ref
    customer_ref: str
    description: Annotated[str, Meta(max_length=200)]
    return_path: str = "/account/plan"


class Succeeded(msgspec.Struct, frozen=True, kw_only=True, tag="succeeded"):
    """The money was taken. `processor_ref` names the charge for refunds."""

    processor_ref: Ref


class Declined(msgspec.Struct, frozen=True, kw_only=True, tag="declined"):
    """The money was not taken and will not be under this key.

    Attributes:
        code: stable and ours: `insufficient-funds`, `expired-card`, `lost-card`, `stolen-card`, `closed-account`,
            `challenge-failed`, `declined` and the like.
        hard: trying this card again is pointless (and frowned upon), so nobody does until there is another one.
    """

    code: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]*$", max_length=64)]
    hard: bool


class Challenged(msgspec.Struct, frozen=True, kw_only=True, tag="challenged"):
    """The bank wants the member to confirm; the outcome comes by webhook or when asked."""

    challenge_url: Annotated[str, Meta(max_length=2000)]
    processor_ref: str = ""


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="unknown"):
    """Nobody knows: no answer in time, a broken connection, still in progress there. It is asked about by its key."""


ChargeResult = Succeeded | Declined | Challenged | Unknown


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Give back part or all of a charge; `idempotency_key` names this refund."""

    refund_id: str
    idempotency_key: Annotated[str, Meta(min_length=1, max_length=128)]
    processor_ref: Ref
    amount: PositiveAmount
    currency: Currency


class Pending(msgspec.Struct, frozen=True, kw_only=True, tag="pending"):
    """The processor has taken the refund on and money is on its way; it may still come back."""

    processor_ref: Ref


RefundResult = Succeeded | Pending | Declined | Unknown
"""Of a refund, `Declined` may come after `Pending`, and weeks after `Succeeded`: the member's bank sent it back."""


class AttachRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Keep a payment method for later charges; `token` is what the page got from the processor, good once.

    Attributes:
        customer_ref: what an earlier attachment of this account gave, or empty.
    """

    account_id: AccountId
    token: Annotated[str, Meta(min_length=1, max_length=255, pattern="^[A-Za-z0-9_.-]+$")]
    customer_ref: str
    idempotency_key: Annotated[str, Meta(min_length=1, max_length=128)]


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A payment method as the processor keeps it.

    Attributes:
        fingerprint: equal for the same card, however often it is added.
        customer_ref: give it back with the next attachment and with charges.
    """

    method_ref: Ref
    customer_ref: str
    brand: Annotated[str, Meta(max_length=40)]
    last4: Annotated[str, Meta(pattern="^[0-9]{4}$")]
    expiry_month: Annotated[int, Meta(ge=1, le=12)]
    expiry_year: Annotated[int, Meta(ge=2000, le=9999)]
    fingerprint: Annotated[str, Meta(max_length=255)]


class PaymentMethodError(InvalidError):
    """The token is unknown, used or refused by the processor; nothing was kept."""

    code = "payment-method"
    title = "This payment method cannot be used"


class WebhookError(InvalidError):
    """The webhook is unsigned, wrongly signed, too old or unreadable; nothing was done."""

    code = "webhook"
    title = "The webhook cannot be accepted"


class ProviderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified webhook says. May come late, twice and in any order; only final results change anything.

    Attributes:
        event_id: the processor's, applied once.
        kind: `charge` and `refund` carry a result; `other` is acknowledged and does nothing.
        idempotency_key: of the charge or refund it is about; empty for `other`.
    """

    event_id: Annotated[str, Meta(min_length=1, max_length=255)]
    kind: Literal["charge", "refund", "other"]
    idempotency_key: str = ""
    result: ChargeResult | RefundResult | None = None


class ProviderView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a page needs to turn a card into a token without our seeing it."""

    provider: Literal["sandbox", "stripe"]
    tokenize_url: str = ""
    publishable_key: str = ""


class Payments(Protocol):
    """A payment processor.

    Promises: under one key money moves once at most, whatever is repeated; a repeat with the same key answers with the
    first one's result. Every call ends within its own deadline. Not promised: that an answer arrives.
    """

    @property
    def provider(self) -> Literal["sandbox", "stripe"]:
        """The name in `/api/v1/webhooks/{provider}`."""
        ...

    def page(self) -> ProviderView:
        """Return what pages need."""
        ...

    async def charge(self, request: ChargeRequest) -> ChargeResult:
        """Take money; `Unknown` when no answer came, never an exception for that."""
        ...

    async def find(self, idempotency_key: str) -> ChargeResult | None:
        """Return what became of a charge; None when the processor has never seen the key.

        Raises:
            PaymentProviderError: when the processor does not answer; ask again later.
        """
        ...

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back; `Unknown` when no answer came. Repeating it with the same key is safe.

        A repeat may answer as the first did, though more is known by then: `find_refund` tells.
        """
        ...

    async def find_refund(self, refund_ref: str) -> RefundResult:
        """Return what has become of a refund by now.

        Args:
            refund_ref: the processor's name of it, which `refund` gave.

        Raises:
            PaymentProviderError: when the processor does not answer; ask again later.
        """
        ...

    async def attach(self, request: AttachRequest) -> Method:
        """Keep a payment method.

        Raises:
            PaymentMethodError: when the token cannot be used.
            PaymentProviderError: when the processor does not answer; the token may be tried again.
        """
        ...

    async def detach(self, method_ref: str) -> None:
        """Forget a payment method; idempotent.

        Raises:
            PaymentProviderError: when the processor does not answer.
        """
        ...

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> ProviderEvent:
        """Return what a webhook says. Header names are in small letters.

        Raises:
            WebhookError: when its signature over `timestamp.body` is missing, wrong, or older than the tolerance.
        """
        ...


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Amounts hold the tax where `Invoice.tax_included`; discounts and returned parts are negative."""

    description: str
    amount: int
    period_start: datetime | None = None
    period_end: datetime | None = None


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    """Tax of one rate. `net` is what it is reckoned on; net plus tax is the gross amount."""

    name: str
    basis_points: int
    net: int
    tax: int


class PaidBy(msgspec.Struct, frozen=True, kw_only=True):
    """How a part was paid: `Visa •••• 4242`, `Gift credit`, `Credit`."""

    description: str
    amount: int


DocumentKind = Literal["invoice", "credit-note", "reversal"]


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """A settled invoice, a credit note (whose amounts are negative), or the reversal of one whose money came back.

    Never changes after its number is given.

    Attributes:
        number: unique and without gaps within its series, such as `MT-2026-000042`, `MTC-2026-000007` (credit notes)
            or `MTR-2026-000001` (reversals).
        account_id: whose it is; not printed.
        time_zone: IANA name in which dates are shown.
        total: what was to be paid, tax in it; equal to the lines' sum, plus tax where it is not included.
        corrects: the number of the invoice that a credit note is about, or of the credit note that is reversed.
    """

    invoice_id: str
    number: str
    kind: DocumentKind
    account_id: AccountId
    issued_at: datetime
    currency: Currency
    language: str
    time_zone: str
    seller_name: str
    seller_address: str
    seller_tax_id: str
    customer_name: str
    customer_email: str
    territory: str
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxLine, ...]
    tax_included: bool
    subtotal: int
    tax: int
    total: int
    paid_by: tuple[PaidBy, ...]
    corrects: str = ""


class Documents(Protocol):
    """Renders invoices; pure and deterministic, the same invoice gives the same bytes."""

    def html(self, invoice: Invoice) -> str:
        """Return a complete page that needs no network."""
        ...

    def pdf(self, invoice: Invoice) -> bytes:
        """Return a PDF; takes milliseconds of CPU, so callers use a thread."""
        ...


NoticeKind = Literal[
    "receipt",
    "credit-note",
    "refund-failed",
    "payment-failed",
    "challenge",
    "trial-ending",
    "on-hold",
    "canceled",
    "welcome",
]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a member is told by letter.

    Attributes:
        notice_id: becomes the mail's key, so that it is sent once.
        invoice: of `receipt`, `credit-note` and `refund-failed`; the PDF goes with it.
        plan_name, amount, currency, at, decline_code: as far as the kind has them; `at` is when the next attempt, the
            end of the trial or the end of access comes.
    """

    notice_id: str
    kind: NoticeKind
    to: str
    name: str
    language: str
    time_zone: str
    plan_name: str = ""
    amount: int = 0
    currency: str = ""
    at: datetime | None = None
    decline_code: str = ""
    invoice: Invoice | None = None


class Letters(Protocol):
    """Words of billing's mail."""

    def write(self, notice: Notice) -> Mail:
        """Return the mail for a notice; takes milliseconds of CPU where a PDF goes with it."""
        ...


class ProviderEvents(Protocol):
    """Where verified webhooks go; the rules implement it."""

    async def apply(self, *, provider: str, event: ProviderEvent) -> None:
        """Apply an event, once however often it comes and in whatever order; a return means that it is stored.

        Raises:
            UnavailableError: when it could not be stored; the processor must send it again.
        """
        ...
