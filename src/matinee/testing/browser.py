"""What journeys in a real browser share: waiting, looking into the player, checking accessibility."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

POLL_SECONDS = 0.1
WIDTHS = {"phone": (390, 844), "laptop": (1440, 900), "tv": (1920, 1080)}
_WEB = Path(__file__).resolve().parents[3] / "web"


def until(page: Page, what: str, condition: Callable[[], Any], *, seconds: float = 30.0) -> Any:
    """Wait for a condition while the page goes on; return its value.

    Raises:
        AssertionError: naming `what` when the time is over.
    """
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if value := condition():
            return value
        page.wait_for_timeout(POLL_SECONDS * 1000)
    shown = page.inner_text("body")[:600]
    raise AssertionError(f"not within {seconds:.0f} s: {what}; the page shows: {shown!r}; player: {player(page)}")


def player(page: Page) -> dict[str, Any]:
    """Return the player's own account of itself, empty until there is one."""
    state: dict[str, Any] = page.evaluate("() => (window.__matineePlayer ? window.__matineePlayer() : {})")
    return state


def time_of(page: Page) -> float:
    """Return the position in the film, seconds."""
    return float(player(page).get("currentTime") or 0.0)


def plays(page: Page, *, beyond: float, seconds: float = 30.0) -> dict[str, Any]:
    """Wait until the film has played beyond a position with new pictures and new sound; return the player's account."""
    before = player(page)

    def advanced() -> dict[str, Any] | None:
        now = player(page)
        if now.get("failureReference"):
            raise AssertionError(f"the player failed: {now['failureReference']}")
        moved = (now.get("currentTime") or 0) > beyond
        pictures = (now.get("decodedFrames") or 0) > (before.get("decodedFrames") or 0)
        sound = (now.get("audioBytesDecoded") or 0) > (before.get("audioBytesDecoded") or 0)
        return now if moved and pictures and sound else None

    state: dict[str, Any] = until(page, f"playing beyond {beyond} s, was {before}", advanced, seconds=seconds)
    return state


def throttle(context: BrowserContext, page: Page, bits_per_second: int | None) -> None:
    """Limit the page's network; None lifts the limit."""
    rate = -1 if bits_per_second is None else bits_per_second / 8
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": 0, "downloadThroughput": rate, "uploadThroughput": rate}
    session.send("Network.emulateNetworkConditions", conditions)


def accessibility_violations(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 A and AA, one line each."""
    page.evaluate((_WEB / "node_modules" / "axe-core" / "axe.min.js").read_text())
    result = page.evaluate(
        "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{violation['id']}: {violation['help']} at {violation['nodes'][0]['target']}"
        for violation in result["violations"]
    ]
