"""Names and descriptions that try to be code, in documents that staff and members open."""

import pytest

from matinee.services.billing.adapters.documents import InvoiceDocuments
from matinee.services.billing.ports import InvoiceLine, PaidBy, TaxLine
from matinee.testing.invoices import invoice

ATTEMPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</style><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% for x in y %}",
    "&lt;script&gt;",
)

pytestmark = pytest.mark.slow  # fonts of every script are loaded and shaped


@pytest.mark.parametrize("evil", ATTEMPTS)
def test_attack_14_script_injection_in_invoices(evil):
    hostile = invoice(
        number=evil,
        seller_name=evil,
        seller_address=f"{evil}\n{evil}",
        seller_tax_id=evil,
        customer_name=evil,
        customer_email=evil,
        territory=evil,
        corrects=evil,
        lines=(InvoiceLine(description=evil, amount=1),),
        taxes=(TaxLine(name=evil, basis_points=1, net=1, tax=1),),
        paid_by=(PaidBy(description=evil, amount=1),),
    )
    documents = InvoiceDocuments()
    html = documents.html(hostile)
    harmless = documents.html(invoice())
    for opening in ("<script", "<img", "<svg", "<style", "</style", "</title", "onerror=alert(1)>"):
        assert html.count(opening) == harmless.count(opening)
    pdf = documents.pdf(hostile)
    for active in (b"/JavaScript", b"/JS", b"/OpenAction /", b"/Launch", b"/URI", b"/EmbeddedFile"):
        assert active not in pdf
