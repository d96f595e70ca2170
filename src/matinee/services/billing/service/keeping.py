"""Keeping books: invoice numbers, events and the next look at the clock, in the transaction of the change itself."""

from collections.abc import Collection, Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from matinee.contracts.billing import ENTITLEMENTS_TOPIC, EntitlementChanged
from matinee.services.billing.book import Book, DraftInvoice
from matinee.services.billing.model import Issued, Letter, Outgoing
from matinee.services.billing.ports import DocumentKind
from matinee.services.billing.service.entitlements import entitlement_of
from matinee.services.billing.service.lifecycle import schedule
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.store import BillingRows

_MARKS: Final[dict[DocumentKind, str]] = {"invoice": "", "credit-note": "C", "reversal": "R"}


async def keep(rows: BillingRows, books: Collection[Book], terms: Terms) -> None:
    """Write what rules changed in some books, and what follows from it."""
    for book in books:
        schedule(book, terms)
        _note_entitlement(book, terms)
    await _number(rows, books, terms)
    await rows.keep(books)


def _note_entitlement(book: Book, terms: Terms) -> None:
    before = book.stored_subscription()
    if before is book.subscription:
        return
    now = entitlement_of(book.subscription, terms)
    if before is not None and replace(entitlement_of(before, terms), decided_at=now.decided_at) == now:
        return
    book.outgoing.append(
        Outgoing(
            outgoing_id=terms.ids.new(),
            topic=ENTITLEMENTS_TOPIC,
            event_key=book.account_id,
            value=msgspec.json.encode(EntitlementChanged(entitlement=now)),
        )
    )


def _series(draft: DraftInvoice, terms: Terms) -> str:
    return f"{terms.settings.invoice_prefix}{_MARKS[draft.invoice.kind]}-{draft.invoice.issued_at.year}"


async def _number(rows: BillingRows, books: Collection[Book], terms: Terms) -> None:
    drafts = [(book, draft, _series(draft, terms)) for book in books for draft in book.drafts]
    issued: list[Issued] = []
    for series in sorted({series for _, _, series in drafts}):
        ours = [(book, draft) for book, draft, its in drafts if its == series]
        first = await rows.take_numbers(series, len(ours))
        for number, (book, draft) in enumerate(ours, start=first):
            issued.append(_issue(draft, series, number))
            book.letters.extend(_letter(draft, issued[-1], terms))
    for book in books:
        book.drafts = []
    await rows.add(issued)


def _issue(draft: DraftInvoice, series: str, number: int) -> Issued:
    document = replace(draft.invoice, number=f"{series}-{number:06d}")
    return Issued(
        invoice_id=document.invoice_id,
        number=document.number,
        series=series,
        account_id=document.account_id,
        bill_id=draft.bill_id,
        kind=document.kind,
        issued_at=document.issued_at,
        currency=document.currency,
        total=document.total,
        document=document,
    )


def _letter(draft: DraftInvoice, issued: Issued, terms: Terms) -> Iterator[Letter]:
    if draft.notice is not None:
        told = replace(draft.notice, invoice=issued.document)
        yield Letter(letter_id=told.notice_id, account_id=issued.account_id, notice=told, created_at=terms.now)
