"""What journeys of members share: films to watch, letters that arrive, households, and a billing clock to turn."""

import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pyotp
from playwright.sync_api import Browser, BrowserContext, Page

from matinee.testing.browser import WIDTHS, until
from matinee.testing.deployment import Deployment

PASSWORD = "nine lanterns above the stalls"  # noqa: S105  # of members that only live in a test
CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
_POLL_SECONDS = 0.1
_TOTP_SECONDS = 30
_LINK = re.compile(r"https?://[^/\s]+(/[^\s]*#token=[\w-]+)")


def wait_for(what: str, condition: Callable[[], Any], *, seconds: float = 30.0) -> Any:
    """Wait for a condition without a page; return its value.

    Raises:
        AssertionError: naming `what` when the time is over.
    """
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if value := condition():
            return value
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


@dataclass(frozen=True)
class Member:
    """Somebody with an account."""

    email: str
    name: str = "Ada"
    password: str = PASSWORD


def letter_link(deployment: Deployment, address: str, *, seconds: float = 20.0) -> str:
    """Return the path, with its token, of the link in the newest letter to an address."""

    def found() -> str | None:
        for mail in deployment.call("GET", "/api/v1/mailbox?limit=100")["items"]:
            if mail["to"] == address and (match := _LINK.search(mail["text"])):
                return match.group(1)
        return None

    link: str = wait_for(f"a letter to {address}", found, seconds=seconds)
    return link


def publish_film(deployment: Deployment, film: Path, *, seconds: float = 240.0, **facts: Any) -> dict[str, Any]:
    """Import a film from the server's folder, wait until it is published, and set facts of its title."""
    folder = deployment.data / "import"
    folder.mkdir(exist_ok=True)
    path = folder / film.name
    shutil.copyfile(film, path)
    job = deployment.call("POST", "/api/v1/studio/imports", {"path": str(path)})

    def published() -> bool:
        order = deployment.call("GET", f"/api/v1/studio/jobs/{job['job_id']}")["order"]
        return order is not None and order["state"] == "published"

    wait_for(f"{film.name} to be published", published, seconds=seconds)
    title: dict[str, Any] = deployment.call("PATCH", f"/api/v1/studio/titles/{job['title_id']}", facts)
    return title


def new_page(browser: Browser, deployment: Deployment, *, screen: str = "laptop", url: str = "") -> Page:
    """Return a page in a browser of its own: other cookies, another device."""
    width, height = WIDTHS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        base_url=url or deployment.url,
        locale="de-DE",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    return context.new_page()


def call_as(context: BrowserContext, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Call the API with a browser's cookies, as its pages do; return decoded JSON, None for an empty answer."""
    origin = re.match(r"https?://[^/]+", context.pages[0].url)
    assert origin is not None, "open a page first"
    answer = context.request.fetch(
        path, method=method, data=body, headers={"origin": origin.group(), "sec-fetch-site": "same-origin", **headers}
    )
    assert answer.ok, f"{method} {path}: {answer.status} {answer.text()[:500]}"
    return answer.json() if answer.body() else None


def sign_up(page: Page, deployment: Deployment, member: Member) -> None:
    """Make an account by the API and stay signed in with its first profile: what most journeys begin with."""
    page.goto("/sign-in")
    context = page.context
    wish = {"email": member.email, "password": member.password, "name": member.name, "territory": "DE"}
    call_as(context, "POST", "/api/v1/accounts", {**wish, "time_zone": "Europe/Berlin"})
    token = letter_link(deployment, member.email).rpartition("=")[2]
    view = call_as(context, "POST", "/api/v1/accounts/verification", {"token": token, "password": member.password})
    enter_profile(context, view["profiles"][0]["profile_id"])


def enter_profile(context: BrowserContext, profile_id: str) -> None:
    """Sit down as a profile, by the API."""
    call_as(context, "POST", "/api/v1/session/profile", {"profile_id": profile_id})


def sign_in(page: Page, member: Member) -> None:
    """Sign in by the API, with the first profile."""
    page.goto("/sign-in")
    view = call_as(page.context, "POST", "/api/v1/session", {"email": member.email, "password": member.password})
    enter_profile(page.context, view["profiles"][0]["profile_id"])


def subscribe(context: BrowserContext, plan_id: str, *, card: str = CARD) -> dict[str, Any]:
    """Start a plan's trial by the API, with a card that the processor turned into a token."""
    url = call_as(context, "GET", "/api/v1/billing/provider")["tokenize_url"]
    figures = {"number": card, "exp_month": 12, "exp_year": time.gmtime().tm_year + 3, "cvc": "123"}
    token = call_as(context, "POST", url, figures)["token"]
    wish = {"plan_id": plan_id, "currency": "EUR", "payment_method_token": token, "trial": True}
    key = {"idempotency-key": f"subscribe-{token}"}
    subscription: dict[str, Any] = call_as(context, "POST", "/api/v1/billing/subscription", wish, **key)
    return subscription


def join(page: Page, deployment: Deployment, member: Member, plan: str) -> None:
    """Join through the pages: name and password, a plan, the link in the letter; ends at the payment step."""
    page.goto("/join")
    page.get_by_label("Your name").fill(member.name)
    page.get_by_label("E-mail").fill(member.email)
    page.get_by_label("Password", exact=True).fill(member.password)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("radio", name=plan).check(force=True)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("A link went to").wait_for()
    page.goto(letter_link(deployment, member.email))
    page.get_by_role("button", name="Confirm my address").click()
    until(page, "the payment step", lambda: page.url.endswith("/join/payment"))


def fill_card(page: Page, number: str) -> None:
    """Write a card into its form."""
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expires").fill(f"12{(time.gmtime().tm_year + 3) % 100}")
    page.get_by_label("Security code").fill("123")


def open_film(page: Page, title_id: str) -> None:
    """Open the watch page and let the film run, also where the browser wants a gesture first."""
    page.goto(f"/watch/{title_id}?protocol=dash")
    let_run(page)


def let_run(page: Page) -> None:
    """Wait for the player, and let its film run."""
    until(page, "the player to be ready", lambda: page.evaluate("() => window.__matineePlayer?.().duration > 0"))
    # A key would pause a film that starts by itself at this very moment.
    page.evaluate("() => document.querySelector('video').play()")


def turn_billing_clock(deployment: Deployment, account_id: str, by: timedelta) -> None:
    """Let time pass for one account's subscription, by moving its dates into the past while the service runs.

    The service reads the machine's clock, which no test may turn. Every date of a subscription moves together, so
    what the renewal job sees next is what it would see that much later.
    """
    moved = ("anchor_at", "period_start", "period_end", "paid_through", "trial_ends_at", "next_action_at", "started_at")
    changes = ", ".join(f"{column} = {column} - :by" for column in moved)
    # Column names are the tuple above; values are bound.
    statement = f"UPDATE billing_subscriptions SET {changes} WHERE account_id = :account"  # noqa: S608
    values = {"by": int(by.total_seconds() * 1_000_000), "account": account_id}
    with closing(sqlite3.connect(deployment.data / "billing.db", timeout=10)) as database, database:
        assert database.execute(statement, values).rowcount == 1


def charges(deployment: Deployment, account_id: str) -> list[tuple[str, int, str]]:
    """Return status, amount and currency of every charge that the processor has of an account, in its own books."""
    with closing(sqlite3.connect(deployment.data / "billing.db", timeout=10)) as database:
        query = "SELECT customer_ref FROM billing_customers WHERE account_id = ?"
        customer = database.execute(query, (account_id,)).fetchone()[0]
    with closing(sqlite3.connect(deployment.data / "sandbox.db", timeout=10)) as database:
        query = "SELECT status, amount, currency FROM sandbox_charges WHERE customer = ? ORDER BY created_at_us"
        return list(database.execute(query, (customer,)))


class Authenticator:
    """Chromium's own passkey device, which says yes to everything that its owner is asked."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def answers(self, how: Literal["at once", "never"]) -> None:
        """Say whether it answers questions from now on; a form may ask for a passkey before anybody presses a key."""
        values = {"authenticatorId": self._id, "enabled": how == "at once"}
        self._session.send("WebAuthn.setAutomaticPresenceSimulation", values)

    def credentials(self) -> list[dict[str, Any]]:
        """Return the passkeys that it holds."""
        held: list[dict[str, Any]] = self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})[
            "credentials"
        ]
        return held


def totp_code(secret: str, *, step: int = 0) -> str:
    """Return an authenticator app's code, `step` half minutes from now: each works once, the next one already."""
    return pyotp.TOTP(secret).at(int(time.time()) + step * _TOTP_SECONDS)
