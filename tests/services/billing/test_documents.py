"""Invoices as pages and PDF: right figures, any script, the same bytes each time."""

import io
import re
from html.parser import HTMLParser

import pypdfium2
import pytest

from matinee.services.billing.adapters.documents import InvoiceDocuments, page_policy
from matinee.services.billing.adapters.documents.wordmark import WIDTH, shapes
from matinee.services.billing.adapters.documents.words import amount, date, period, plain, rate
from matinee.services.billing.ports import InvoiceLine, PaidBy
from matinee.testing.invoices import JUNE, MAY, invoice

pytestmark = pytest.mark.slow  # fonts of every script are loaded and shaped

NAMES = {
    "latin": "Łucja Grüße-Ångström",
    "greek": "Ελένη Παπαδοπούλου",
    "cyrillic": "Людмила Петрівна",
    "japanese": "山田 太郎",
    "chinese": "王小明",
    "korean": "김철수",
    "thai": "สมชาย",
}


class Texts(HTMLParser):
    """Collects what a reader sees, and every tag."""

    def __init__(self):
        super().__init__()
        self.texts, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def read_page(html):
    parser = Texts()
    parser.feed(html)
    return parser


def read_pdf(data):
    document = pypdfium2.PdfDocument(data)
    try:
        pages = []
        for page in document:
            text = page.get_textpage()
            pages.append(text.get_text_range())
            text.close()
            page.close()
        return "\n".join(pages), document.get_metadata_dict(), len(pages)
    finally:
        document.close()


@pytest.fixture(scope="module")
def documents():
    return InvoiceDocuments()


FIGURES = (
    "MT-2026-000042",
    "Kino am Raschplatz GmbH",
    "30161 Hannover",
    "DE123456789",
    "lucja@example.org",
    "Standard, one month",
    "1 May 2026 – 31 May 2026",
    "12.99 EUR",
    "\N{MINUS SIGN}3.00 EUR",
    "USt 19\N{NO-BREAK SPACE}% on 8.39 EUR",
    "1.60 EUR",
    "9.99 EUR",
    "Gift credit",
    "7.99 EUR",
)


@pytest.mark.parametrize("figure", FIGURES)
def test_the_page_says(documents, figure):
    assert figure in "".join(read_page(documents.html(invoice())).texts)


def test_the_pdf_says_the_same(documents):
    text, _, _ = read_pdf(documents.pdf(invoice()))
    flat = text.replace("\N{NO-BREAK SPACE}", " ").replace("\r\n", "\n")
    for figure in FIGURES:
        assert figure.replace("\N{NO-BREAK SPACE}", " ") in flat


def test_tax_on_top_says_so(documents):
    html = documents.html(invoice(tax_included=False))
    assert "plus USt" in html
    assert "of which" not in html


def test_a_credit_note_says_what_it_corrects(documents):
    note = invoice(kind="credit-note", number="MTC-2026-000007", corrects="MT-2026-000042", total=-999)
    text, facts, _ = read_pdf(documents.pdf(note))
    assert "Corrects MT-2026-000042" in text
    assert facts["Title"] == "Credit note MTC-2026-000007"
    assert "\N{MINUS SIGN}9.99 EUR" in text
    assert "Corrects invoice" in documents.html(note)


LARGE_FONT = {"japanese", "chinese", "korean"}


@pytest.mark.parametrize(
    "script", [pytest.param(one, marks=pytest.mark.slow if one in LARGE_FONT else ()) for one in NAMES]
)
def test_names_in_any_script_are_readable(documents, script):
    name = NAMES[script]
    text, _, _ = read_pdf(documents.pdf(invoice(customer_name=name)))
    assert name in text
    # What follows a name from another font is readable as well.
    assert "lucja@example.org" in text
    assert name in documents.html(invoice(customer_name=name))


@pytest.mark.parametrize("name", ["שלום", "عالم", "हिन्दी", pytest.param("👩🏽‍🚀", marks=pytest.mark.slow)])
def test_scripts_that_are_shaped_do_not_break_the_rest(documents, name):
    text, _, _ = read_pdf(documents.pdf(invoice(customer_name=name)))
    assert "lucja@example.org" in text
    assert "12.99 EUR" in text


@pytest.mark.slow
def test_the_same_invoice_gives_the_same_bytes(documents):
    for changes in ({}, {"customer_name": NAMES["japanese"]}):
        assert InvoiceDocuments().pdf(invoice(**changes)) == documents.pdf(invoice(**changes))
        assert InvoiceDocuments().html(invoice(**changes)) == documents.html(invoice(**changes))


def test_the_pdf_has_a_title_a_language_and_a_date(documents):
    data = documents.pdf(invoice())
    _, facts, pages = read_pdf(data)
    assert pages == 1
    assert facts["Title"] == "Invoice MT-2026-000042"
    assert facts["CreationDate"].startswith("D:20260430220000")
    assert b"/Lang (en)" in data
    assert len(data) < 100_000


def test_the_page_has_a_title_a_language_and_asks_nobody(documents):
    page = read_page(documents.html(invoice()))
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "en"}) in page.tags
    assert "title" in tags
    assert not {"script", "link", "img", "iframe", "object"} & set(tags)
    assert not [attrs for _, attrs in page.tags if {"src", "href", "style"} & set(attrs)]
    svg = next(attrs for tag, attrs in page.tags if tag == "svg")
    assert svg["aria-label"] == "Matinee"
    assert all(attrs.get("scope") for tag, attrs in page.tags if tag == "th")


def test_the_policy_knows_the_pages_style(documents):
    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; .*", page_policy())


def test_long_invoices_go_on_another_page(documents):
    lines = tuple(InvoiceLine(description=f"Line {n} " + "long " * 30, amount=1) for n in range(60))
    text, _, pages = read_pdf(documents.pdf(invoice(lines=lines)))
    assert pages > 1
    assert all(f"Line {n} " in text for n in range(60))
    assert f"Page {pages}" in text


def test_an_invoice_with_next_to_nothing_on_it(documents):
    bare = invoice(seller_address="", seller_tax_id="", customer_name="", taxes=(), paid_by=(), territory="", lines=())
    assert "Tax number" not in documents.html(bare)
    assert documents.pdf(bare).startswith(b"%PDF")


@pytest.mark.parametrize(
    "text",
    ["\x00\x1f", "\u202eevil", "a" * 10_000, "\ud800", "\n\n\n", "${7*7} {{7*7}} {0} %s", "\\b(){}[]<>/%", "\ufeff"],
)
def test_garbage_in_every_text(documents, text):
    hostile = invoice(
        number=text,
        seller_name=text,
        seller_address=text,
        seller_tax_id=text,
        customer_name=text,
        customer_email=text,
        territory=text,
        corrects=text,
        lines=(InvoiceLine(description=text, amount=1, period_start=MAY, period_end=JUNE),),
        paid_by=(PaidBy(description=text, amount=1),),
    )
    html = documents.html(hostile)
    html.encode()
    assert "49" not in html
    assert "\u202e" not in html
    assert len(html) < 60_000
    assert documents.pdf(hostile).startswith(b"%PDF")


def test_an_unknown_time_zone_counts_as_utc(documents):
    assert "30 April 2026" in documents.html(invoice(time_zone="Nowhere/At_All"))
    assert "30 April 2026" in documents.html(invoice(time_zone="../../etc/passwd"))


def test_words():
    assert date(MAY, "Europe/Berlin") == "1 May 2026"
    assert period(MAY, JUNE, "Europe/Berlin") == "1 May 2026 – 31 May 2026"
    assert period(MAY, None, "UTC") == ""
    assert period(MAY, MAY, "UTC") == "30 April 2026 – 30 April 2026"
    assert amount(-5, "JPY") == "\N{MINUS SIGN}5 JPY"
    assert [rate(points) for points in (1900, 810, 0, 25, 2550)] == [
        f"{text}\N{NO-BREAK SPACE}%" for text in ("19", "8.1", "0", "0.25", "25.5")
    ]
    assert plain(" a\n\tb\u202e\x00c ") == "a bc"


def test_the_wordmark_grows_to_the_right():
    word = shapes()
    assert max(x for shape in word for x, _ in shape) == pytest.approx(WIDTH)
    assert all(0 <= y <= 1 for shape in word for _, y in shape)


def test_a_pdf_renders_its_wordmark(documents):
    document = pypdfium2.PdfDocument(io.BytesIO(documents.pdf(invoice())))
    try:
        picture = document[0].render(scale=1).to_pil().convert("RGB")
    finally:
        document.close()
    colours = {colour for _, colour in picture.crop((50, 20, 160, 70)).getcolors(100_000)}
    assert (255, 194, 71) in colours
    assert (16, 11, 9) in colours
