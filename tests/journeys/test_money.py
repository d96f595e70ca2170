"""Money in a real browser: a card that is declined, a trial that becomes a charge, and the paper for it."""

from datetime import timedelta

import pypdfium2
import pytest

from matinee.testing.browser import plays, until
from matinee.testing.journeys import (
    CARD,
    DECLINED_CARD,
    call_as,
    charges,
    fill_card,
    join,
    open_film,
    turn_billing_clock,
    wait_for,
)

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

AT_ONCE = "At once"
AT_ONCE_PRICE = 799


@pytest.fixture(scope="session")
def plan_without_trial(service):
    """A plan that is charged when it begins."""
    plan = {
        "plan_id": "at-once",
        "name": AT_ONCE,
        "description": "Paid from the first day.",
        "prices": {"EUR": AT_ONCE_PRICE},
        "max_height": 1080,
        "streams": 2,
        "download_devices": 0,
        "trial_days": 0,
    }
    return service.call("POST", "/api/v1/admin/plans", plan)


def account_of(page):
    return call_as(page.context, "GET", "/api/v1/session")["account"]["account_id"]


def test_a_declined_card_is_told_at_the_form_and_another_one_plays(
    service, open_page, fresh_member, member_film, plan_without_trial
):
    page = open_page()
    join(page, service, fresh_member, AT_ONCE)
    fill_card(page, DECLINED_CARD)
    page.get_by_role("button", name="Pay €7.99").click()
    alert = page.get_by_role("alert").filter(has_text="The payment was declined")
    alert.wait_for()
    assert "use another card" in alert.inner_text()
    assert "Nothing was charged" in alert.inner_text()
    page.get_by_role("button", name="Use another card").click()
    fill_card(page, CARD)
    page.get_by_role("button", name="Pay €7.99").click()
    page.get_by_role("heading", name="Who’s watching?").wait_for()
    page.locator("main").get_by_role("button", name=fresh_member.name).click()
    until(page, "the programme", lambda: "/profiles" not in page.url)
    open_film(page, member_film["title_id"])
    plays(page, beyond=1.0)
    made = charges(service, account_of(page))
    assert [status for status, _, _ in made].count("succeeded") == 1
    assert made[-1] == ("succeeded", AT_ONCE_PRICE, "EUR")


def test_a_trial_ends_in_one_charge_and_an_invoice_that_opens(service, make_member):
    _member, page = make_member("standard")
    account_id = account_of(page)
    assert charges(service, account_id) == []
    page.goto("/account/plan")
    page.get_by_text("On trial").wait_for()
    turn_billing_clock(service, account_id, timedelta(days=7, minutes=1))

    def state():
        return call_as(page.context, "GET", "/api/v1/billing/subscription")["state"]

    wait_for("the trial to become a paid month", lambda: state() == "active", seconds=30)
    plan = next(plan for plan in service.call("GET", "/api/v1/admin/plans")["items"] if plan["plan_id"] == "standard")
    assert charges(service, account_id) == [("succeeded", plan["prices"]["EUR"], "EUR")]
    page.goto("/account/invoices")
    invoice = page.get_by_test_id("invoice")
    invoice.first.wait_for()
    assert invoice.count() == 1
    with page.expect_download() as kept:
        invoice.get_by_role("link", name="PDF").click()
    data = kept.value.path().read_bytes()
    assert data.startswith(b"%PDF")
    document = pypdfium2.PdfDocument(data)
    words = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    assert kept.value.suggested_filename.removesuffix(".pdf") in words
    with page.expect_popup() as opened:
        invoice.get_by_role("link", name="Open").click()
    opened.value.get_by_text(kept.value.suggested_filename.removesuffix(".pdf")).first.wait_for()
    # Time has passed once; looking again must not charge again.
    assert len(charges(service, account_id)) == 1
