"""The words of billing's mail."""

from typing import Any, Final

import msgspec

from matinee.mail.port import Mail
from matinee.services.billing.adapters.documents import words
from matinee.services.billing.adapters.documents.invoices import InvoiceDocuments, environment, title_of
from matinee.services.billing.ports import Notice, NoticeKind
from matinee.services.billing.settings import BillingSettings

_SUBJECT_CHARACTERS: Final = 150


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed of a kind: placeholders are `{plan}`, `{amount}`, `{at}` and `{number}`."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str
    path: str


_REASONS: Final = {
    "insufficient-funds": "there was not enough money on the card",
    "expired-card": "the card has expired",
    "lost-card": "the card was reported lost",
    "stolen-card": "the card was reported stolen",
    "closed-account": "the card's account is closed",
    "challenge-failed": "the payment was not confirmed",
}
_FORMS: Final[dict[NoticeKind, _Form]] = {
    "welcome": _Form(
        subject="Welcome to Matinee",
        paragraphs=("Your {plan} plan is ready.", "Sit back; the house lights are going down."),
        action="Choose a film",
        path="/",
    ),
    "receipt": _Form(
        subject="Your receipt {number}",
        paragraphs=("Thank you. We have received {amount}.", "The invoice is attached as a PDF."),
        action="See your invoices",
        path="/account/invoices",
    ),
    "credit-note": _Form(
        subject="Your credit note {number}",
        paragraphs=("We have given back {amount}.", "The credit note is attached as a PDF."),
        action="See your invoices",
        path="/account/invoices",
    ),
    "refund-failed": _Form(
        subject="A refund did not arrive: {number}",
        paragraphs=(
            "We gave back {amount}, but the bank of your card sent it back to us.",
            "We have the money and will find another way; you need not do anything.",
            "Attached is the document that takes back the credit note of before.",
        ),
        action="See your invoices",
        path="/account/invoices",
    ),
    "payment-failed": _Form(
        subject="A payment did not go through",
        paragraphs=(
            "We could not take {amount} for your {plan} plan{reason}.",
            "{next_try}",
            "With another card you can pay at once; nothing is taken twice.",
        ),
        action="Check your payment method",
        path="/account/payment",
    ),
    "challenge": _Form(
        subject="Your bank asks you to confirm a payment",
        paragraphs=("Your bank wants your word before it pays {amount} for your {plan} plan.",),
        action="Confirm the payment",
        path="/account/plan",
    ),
    "trial-ending": _Form(
        subject="Your trial ends soon",
        paragraphs=(
            "Your trial of the {plan} plan ends on {at}. From then on it costs {amount} a month.",
            "If you would rather not go on, cancel before that day and nothing is taken.",
        ),
        action="See your plan",
        path="/account/plan",
    ),
    "on-hold": _Form(
        subject="Your plan is on hold",
        paragraphs=(
            "We could not take {amount} for your {plan} plan, so playing is on hold.",
            "Your profiles and lists are kept. As soon as a payment goes through, everything is as it was.",
        ),
        action="Check your payment method",
        path="/account/payment",
    ),
    "canceled": _Form(
        subject="Your plan is cancelled",
        paragraphs=("Your {plan} plan is cancelled.{until}", "You are welcome back whenever you like."),
        action="See the plans",
        path="/account/plan",
    ),
}


class BillingLetters:
    """Implements `Letters`.

    Args:
        settings: for the address that links lead to, and who writes.
    """

    def __init__(self, settings: BillingSettings) -> None:
        self._settings = settings
        self._documents = InvoiceDocuments()
        templates = environment()
        self._html = templates.get_template("letter.html")

    def write(self, notice: Notice) -> Mail:
        """Return the mail for a notice, with the PDF where there is an invoice."""
        form = _FORMS[notice.kind]
        facts = _facts(notice)
        paragraphs = [text for text in (part.format(**facts) for part in form.paragraphs) if text]
        name = words.plain(notice.name, limit=80)
        parts: dict[str, Any] = {
            "subject": _subject(form.subject.format(**facts)),
            "greeting": f"Hello {name}," if name else "Hello,",
            "paragraphs": paragraphs,
            "action": form.action,
            "link": f"{self._settings.public_url.rstrip('/')}{form.path}" if self._settings.public_url else "",
            "seller": words.plain(self._settings.seller_name),
        }
        return Mail(
            key=notice.notice_id,
            to=notice.to,
            subject=parts["subject"],
            text=_text(parts),
            html=self._html.render(parts),
            kind=f"billing-{notice.kind}",
            attachments=self._attachments(notice),
        )

    def _attachments(self, notice: Notice) -> dict[str, bytes]:
        if notice.invoice is None:
            return {}
        name = "".join(one if one.isascii() and one.isalnum() else "-" for one in title_of(notice.invoice)).lower()
        return {f"{name}.pdf": self._documents.pdf(notice.invoice)}


def _facts(notice: Notice) -> dict[str, str]:
    total = abs(notice.invoice.total) if notice.invoice is not None else notice.amount
    currency = notice.invoice.currency if notice.invoice is not None else notice.currency
    at = words.date(notice.at, notice.time_zone) if notice.at is not None else ""
    reason = _REASONS.get(notice.decline_code, "")
    return {
        "plan": words.plain(notice.plan_name, limit=80) or "Matinee",
        "amount": words.amount(total, currency) if currency else "the price",
        "at": at or "its last day",
        "number": words.plain(notice.invoice.number) if notice.invoice is not None else "",
        "reason": f": {reason}" if reason else "",
        "next_try": f"We will try again on {at}." if at else "We will not try this card again.",
        "until": f" You can watch until {at}." if at else "",
    }


def _subject(text: str) -> str:
    return words.plain(text, limit=_SUBJECT_CHARACTERS)


def _text(parts: dict[str, Any]) -> str:
    """Return the plain version. It is no markup, so nothing in it is escaped."""
    link = [f"{parts['action']}: {parts['link']}"] if parts["link"] else []
    return "\n\n".join([parts["greeting"], *parts["paragraphs"], *link, parts["seller"]]) + "\n"
