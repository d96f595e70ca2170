"""The words of billing's mail: text and HTML say the same, and receipts carry their PDF."""

from typing import get_args

import msgspec
import pytest

from matinee.mail.port import Mail
from matinee.services.billing.adapters.documents import BillingLetters
from matinee.services.billing.ports import Notice, NoticeKind
from matinee.services.billing.settings import BillingSettings
from matinee.testing.invoices import JUNE, invoice

PUBLIC = "https://films.example"


@pytest.fixture(scope="module")
def letters():
    return BillingLetters(BillingSettings(public_url=PUBLIC, seller_name="Kino GmbH"))


def notice(kind, **changes):
    given = {
        "notice_id": "notice",
        "kind": kind,
        "to": "lucja@example.org",
        "name": "Łucja",
        "language": "en",
        "time_zone": "Europe/Berlin",
        "plan_name": "Standard",
        "amount": 1299,
        "currency": "EUR",
        **changes,
    }
    return Notice(**given)


@pytest.mark.parametrize("kind", get_args(NoticeKind))
def test_every_kind_is_a_whole_mail(letters, kind):
    bill = invoice() if kind in {"receipt", "credit-note", "refund-failed"} else None
    mail = letters.write(notice(kind, at=JUNE, invoice=bill))
    msgspec.convert(msgspec.to_builtins(mail), Mail)  # within every bound of the port
    assert (mail.key, mail.kind, mail.to) == ("notice", f"billing-{kind}", "lucja@example.org")
    assert "Hello Łucja," in mail.text
    assert f"{PUBLIC}/" in mail.text
    assert f'href="{PUBLIC}/' in mail.html
    assert mail.subject in mail.html
    assert "{" not in mail.text
    assert bool(mail.attachments) is (bill is not None)


def test_a_receipt_carries_its_invoice(letters):
    mail = letters.write(notice("receipt", invoice=invoice()))
    assert mail.subject == "Your receipt MT-2026-000042"
    assert "9.99 EUR" in mail.text
    assert list(mail.attachments) == ["invoice-mt-2026-000042.pdf"]
    assert mail.attachments["invoice-mt-2026-000042.pdf"].startswith(b"%PDF")


def test_a_credit_note_speaks_of_what_was_given_back(letters):
    mail = letters.write(notice("credit-note", invoice=invoice(kind="credit-note", total=-999)))
    assert "given back 9.99 EUR" in mail.text
    assert list(mail.attachments) == ["credit-note-mt-2026-000042.pdf"]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("insufficient-funds", "not enough money"), ("expired-card", "has expired"), ("something-new", "Standard plan.")],
)
def test_a_failed_payment_says_why_and_when_it_is_tried_again(letters, code, sentence):
    mail = letters.write(notice("payment-failed", at=JUNE, decline_code=code))
    assert sentence in mail.text
    assert "again on 1 June 2026" in mail.text
    assert "not try this card again" in letters.write(notice("payment-failed", decline_code=code)).text


def test_a_letter_without_a_public_address_has_no_link():
    mail = BillingLetters(BillingSettings()).write(notice("welcome"))
    assert "href" not in mail.html
    assert "http" not in mail.text


def test_attack_14_script_in_names_does_nothing_in_mail(letters):
    evil = "<script>alert(1)</script>\"' onload=x"
    mail = letters.write(notice("payment-failed", name=evil, plan_name=evil, decline_code=evil, at=JUNE))
    assert "<script" not in mail.html
    assert "&lt;script&gt;" in mail.html


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@example.org", "a\x00b", "\u2028line", "x" * 500, "{0.__class__} %s"])
def test_attack_14_names_add_no_header_and_no_line(letters, evil):
    bill = invoice(number=evil)
    mail = letters.write(notice("receipt", name=evil, plan_name=evil, invoice=bill))
    msgspec.convert(msgspec.to_builtins(mail), Mail)
    assert not set("\r\n\x00\u2028") & set(mail.subject)
    assert "__class__" not in mail.text or "{0.__class__}" in mail.text
    assert all(one.isascii() and "/" not in one for one in mail.attachments)
