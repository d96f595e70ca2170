"""Every page of members, money and the house: within WCAG 2.2 AA at three widths, and pictured."""

import os
from pathlib import Path

import pytest

from matinee.testing.browser import WIDTHS, accessibility_violations, until
from matinee.testing.journeys import PASSWORD, Member, call_as, enter_profile, new_page, sign_in, sign_up, subscribe

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

DOORS = {
    "landing": "/",
    "join": "/join",
    "verify": "/verify",
    "sign-in-member": "/sign-in",
    "reset": "/reset",
    "tv": "/tv",
}
ACCOUNT = {
    "profiles": "/profiles",
    "profiles-manage": "/profiles/manage",
    "account": "/account",
    "account-plan": "/account/plan",
    "account-payment": "/account/payment",
    "account-invoices": "/account/invoices",
    "account-profiles": "/account/profiles",
    "account-devices": "/account/devices",
    "account-security": "/account/security",
    "account-data": "/account/data",
    "pair": "/pair",
}
HOUSE = {
    "admin-members": "/admin/members",
    "admin-member": "/admin/members/{account_id}",
    "admin-streams": "/admin/streams",
    "admin-plans": "/admin/plans",
    "admin-coupons": "/admin/coupons",
    "admin-ledger": "/admin/ledger",
    "admin-audit": "/admin/audit",
    "mailbox": "/mailbox",
}
_PICTURES_SHOWN = """() => Array.from(document.images).every((image) => {
  const { top, left } = image.getBoundingClientRect();
  return (image.complete && image.naturalWidth > 0) || top > innerHeight || left > innerWidth;
})"""
_STILL_LOADING = "[aria-busy=true], .skeleton, .page-progress"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """Where pictures go: the folder that MATINEE_SCREENSHOTS names, else one that is thrown away."""
    folder = os.environ.get("MATINEE_SCREENSHOTS", "")
    return Path(folder) if folder else tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def household(service, browser, member_film):
    """A member with a paid plan, a second profile and a child's, and the address of the account."""
    page = new_page(browser, service)
    member = Member(email="household@example.org", name="Ada Lovelace")
    sign_up(page, service, member)
    context = page.context
    call_as(context, "POST", "/api/v1/profiles", {"name": "Charles", "avatar": "owl", "pin": "1852"})
    child = call_as(
        context, "POST", "/api/v1/profiles", {"name": "Byron", "avatar": "whale", "kids": True, "maturity": 6}
    )
    subscribe(context, "standard")
    account_id = call_as(context, "GET", "/api/v1/session")["account"]["account_id"]
    context.close()
    return member, account_id, child["profile_id"]


def look(page, path, name, screen, pictures):
    """Open a page, wait until it has settled, picture it and return what is wrong with it."""
    page.goto(path)
    page.locator("main h1, main h2").first.wait_for()
    until(page, f"{path} to settle", lambda: page.locator(_STILL_LOADING).count() == 0)
    picture(page, name, screen, pictures)
    overflow = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    return [*accessibility_violations(page), *([f"scrolls sideways by {overflow} px"] if overflow > 0 else [])]


def picture(page, name, screen, pictures):
    # Pictures further down load only when somebody gets there.
    page.wait_for_function(_PICTURES_SHOWN)
    page.screenshot(path=pictures / f"{name}-{screen}.jpg", type="jpeg", quality=86)


def look_at_all(page, paths, screen, pictures):
    return {name: wrong for name, path in paths.items() if (wrong := look(page, path, name, screen, pictures))}


@pytest.mark.parametrize("service", ["one"], indirect=True)
@pytest.mark.parametrize("screen", WIDTHS)
def test_doors_for_strangers(service, open_page, member_film, pictures, screen):
    page = open_page(screen=screen)
    found = look_at_all(page, DOORS, screen, pictures)
    page.goto("/join")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail").fill("not-sent@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("radio").first.wait_for(state="attached")
    picture(page, "join-plan", screen, pictures)
    found["join-plan"] = accessibility_violations(page)
    assert not any(found.values()), found


@pytest.mark.parametrize("service", ["one"], indirect=True)
@pytest.mark.parametrize("screen", WIDTHS)
def test_pages_of_the_account(service, open_page, household, pictures, screen):
    member, _account_id, child = household
    page = open_page(screen=screen)
    sign_in(page, member)
    found = look_at_all(page, ACCOUNT, screen, pictures)
    enter_profile(page.context, child)
    found["kids"] = look(page, "/", "kids", screen, pictures)
    assert not any(found.values()), found


@pytest.mark.parametrize("service", ["one"], indirect=True)
@pytest.mark.parametrize("screen", WIDTHS)
def test_the_till(make_member, pictures, screen):
    _member, page = make_member(screen=screen)
    page.goto("/join/payment")
    page.get_by_role("radio", name="Standard").check(force=True)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Card number").wait_for()
    until(page, "the sum", lambda: page.get_by_text("Due now").count() == 1)
    picture(page, "join-payment", screen, pictures)
    assert accessibility_violations(page) == []


@pytest.mark.parametrize("service", ["one"], indirect=True)
@pytest.mark.parametrize("screen", WIDTHS)
def test_pages_of_the_house(service, open_page, household, pictures, screen):
    _member, account_id, _child = household
    page = open_page(screen=screen)
    page.goto("/setup")
    found = {"setup": look(page, "/setup", "setup", screen, pictures)}
    call_as(page.context, "POST", "/api/v1/operator/session", {"key": service.key})
    paths = {name: path.format(account_id=account_id) for name, path in HOUSE.items()}
    found |= look_at_all(page, paths, screen, pictures)
    assert not any(found.values()), found
