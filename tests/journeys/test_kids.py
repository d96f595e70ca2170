"""A children's profile: only what it may see, no way to the account, and no way out without a grown-up."""

import pytest

from matinee.testing.browser import plays, until
from matinee.testing.journeys import call_as, enter_profile, open_film

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

CLOSED = ("/account", "/account/plan", "/account/payment", "/account/devices", "/account/security")


@pytest.fixture
def child(make_member):
    """A page in a children's profile, its member, and the name of the profile."""
    member, page = make_member("standard")
    profile = {"name": "Mia", "avatar": "fox", "kids": True, "maturity": 7}
    made = call_as(page.context, "POST", "/api/v1/profiles", profile)
    enter_profile(page.context, made["profile_id"])
    return page, member


def test_children_see_and_play_only_what_is_for_them(child, member_film, grown_up_film):
    page, _member = child
    page.goto("/")
    page.get_by_role("heading", name="Hello, Mia!").wait_for()
    page.get_by_role("link", name=member_film["name"]).first.wait_for()
    assert grown_up_film["name"] not in page.inner_text("body")
    page.goto(f"/title/{grown_up_film['title_id']}")
    page.get_by_role("heading", name="That title is not in the programme").wait_for()
    page.goto(f"/watch/{grown_up_film['title_id']}")
    page.get_by_test_id("player-failure").wait_for()
    refused = page.context.request.get(f"/api/v1/stream?movie_id={grown_up_film['title_id']}")
    assert (refused.status, refused.json()["code"]) == (403, "maturity")
    open_film(page, member_film["title_id"])
    plays(page, beyond=1.0)


def test_children_find_no_way_to_the_account(child):
    page, _member = child
    for path in CLOSED:
        page.goto(path)
        page.get_by_role("heading", name="This is for grown-ups").wait_for()
    for path in ("/api/v1/account/sessions", "/api/v1/billing/subscription", "/api/v1/admin/accounts"):
        refused = page.context.request.get(path)
        assert (refused.status, refused.json()["code"]) == (403, "profile-restricted")


def test_leaving_takes_a_grown_up(child):
    page, member = child
    page.goto("/profiles")
    page.locator("main").get_by_role("button", name=member.name).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password of the account").fill("a child's guess")
    dialog.get_by_role("button", name="Go on").click()
    dialog.locator(".field-error").filter(has_text=" ").first.wait_for()
    profile = call_as(page.context, "GET", "/api/v1/session")["profile"]
    assert profile["kids"] is True
    dialog.get_by_label("Password of the account").fill(member.password)
    dialog.get_by_role("button", name="Go on").click()
    until(page, "to be a grown-up again", lambda: page.locator(".profile-button").inner_text().strip() == member.name)
    page.goto("/account")
    page.get_by_role("heading", name="Account", exact=True).wait_for()
