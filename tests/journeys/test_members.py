"""A stranger joins, a member comes back: by password and second step, by passkey, on a television."""

import pytest

from matinee.testing.browser import plays, until
from matinee.testing.journeys import Authenticator, call_as, fill_card, join, let_run, totp_code

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

PAIRING_SECONDS = 20.0


def test_a_stranger_joins_and_watches_within_a_few_presses(service, open_page, fresh_member, member_film):
    page = open_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.get_by_role("link", name="Join Matinee").click()
    join(page, service, fresh_member, "Standard")
    fill_card(page, "4242424242424242")
    page.get_by_role("button", name="Start 7 days free").click()
    page.get_by_role("heading", name="Who’s watching?").wait_for()
    page.locator("main").get_by_role("button", name=fresh_member.name).click()
    page.locator(f"a[href='/title/{member_film['title_id']}']").first.click()
    page.locator("article").get_by_role("link", name="Play").click()
    until(page, "the watch page", lambda: f"/watch/{member_film['title_id']}" in page.url)
    let_run(page)
    plays(page, beyond=2.0)
    subscription = call_as(page.context, "GET", "/api/v1/billing/subscription")
    assert (subscription["state"], subscription["plan"]["plan_id"]) == ("trialing", "standard")
    assert errors == []


def test_members_films_stay_shut_without_a_plan(open_page, make_member, member_film):
    stranger = open_page()
    stranger.goto(f"/watch/{member_film['title_id']}")
    stranger.get_by_test_id("player-failure").get_by_role("link", name="Sign in").wait_for()
    _member, page = make_member()
    page.goto(f"/watch/{member_film['title_id']}")
    page.get_by_test_id("player-failure").get_by_role("link", name="Choose a plan").click()
    until(page, "the plan page", lambda: page.url.endswith("/account/plan"))


def add_authenticator_app(page):
    """Turn the second step on in the page; return its secret, and the recovery codes."""
    page.goto("/account/security")
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/account/totp")) as begun:
        page.get_by_role("button", name="Add an authenticator app").click()
    secret = begun.value.json()["secret"]
    page.get_by_label("Code", exact=False).first.fill(totp_code(secret))
    with page.expect_response(lambda answer: answer.url.endswith("/totp/confirm")) as confirmed:
        page.keyboard.press("Enter")
    return secret, confirmed.value.json()["recovery_codes"]


def give_password(page, member):
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(member.email)
    page.get_by_label("Password", exact=True).fill(member.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_the_second_step_takes_the_next_code_and_each_recovery_code_once(open_page, make_member):
    member, page = make_member()
    secret, recovery_codes = add_authenticator_app(page)
    assert len(recovery_codes) == 10
    by_app = open_page()
    give_password(by_app, member)
    by_app.get_by_label("Code of your authenticator app").fill(totp_code(secret, step=1))
    by_app.get_by_role("button", name="Go on").click()
    by_app.get_by_role("heading", name="Who’s watching?").wait_for()
    for attempt in ("first", "second"):
        other = open_page()
        give_password(other, member)
        other.get_by_role("button", name="Use a recovery code").click()
        other.get_by_label("Recovery code").fill(recovery_codes[0])
        other.get_by_role("button", name="Go on").click()
        if attempt == "first":
            other.get_by_role("heading", name="Who’s watching?").wait_for()
        else:
            other.get_by_role("alert").first.wait_for()
            assert "/sign-in" in other.url


def test_a_passkey_is_made_and_opens_the_door_alone(service, open_page, make_member):
    # Passkeys belong to names: a browser takes none for an address in figures.
    named = service.url.replace("127.0.0.1", "localhost")
    _member, page = make_member(url=named)
    authenticator = Authenticator(page)
    page.goto("/account/security")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Laptop")
    page.get_by_role("dialog").get_by_role("button", name="Go on").click()
    page.get_by_test_id("passkey").filter(has_text="Laptop").wait_for()
    assert len(authenticator.credentials()) == 1
    # The address field would ask the device by itself, which answers at once: there were no button to press.
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    page.get_by_label("Account").get_by_role("button", name="Sign out").click()
    until(page, "the front of the house", page.get_by_role("link", name="Join Matinee").is_visible)
    assert page.context.cookies() == []
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="Who’s watching?").wait_for()


def test_a_television_is_let_in_from_another_screen(open_page, make_member):
    _member, phone = make_member()
    television = open_page(screen="tv")
    television.goto("/tv")
    code = television.get_by_test_id("tv-code").locator("[aria-hidden=true]").inner_text()
    phone.goto("/pair")
    phone.get_by_label("Code on the television").fill(code)
    phone.get_by_role("button", name="Go on").click()
    phone.get_by_role("button", name="Yes, connect it").click()
    phone.get_by_role("heading", name="Connected").wait_for()
    television.get_by_role("heading", name="Who’s watching?").wait_for(timeout=PAIRING_SECONDS * 1000)
    phone.goto("/account/devices")
    until(phone, "the television among the devices", lambda: phone.get_by_test_id("device").count() == 2)
