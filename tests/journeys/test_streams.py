"""As many screens as the plan has: one more is refused with a way out, and whoever is ended stops at once."""

import time

import pytest

from matinee.testing.browser import plays, until
from matinee.testing.journeys import call_as, let_run, open_film, sign_in

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

STOP_SECONDS = 5.0


def seconds_until_stopped(page, began):
    """Wait until the player says why it stopped; return how long after `began` that was, and what it says."""
    until(page, "the player to say why it stopped", page.get_by_test_id("player-failure").is_visible, seconds=15)
    took = time.monotonic() - began
    assert page.evaluate("() => document.querySelector('video')?.paused ?? true"), "the film goes on behind the words"
    return took, page.get_by_test_id("player-failure").inner_text()


def test_the_third_stream_of_two_is_refused_with_a_way_out(open_page, make_member, member_film):
    member, first = make_member("standard")
    second, third = open_page(), open_page()
    for page in (second, third):
        sign_in(page, member)
    for page in (first, second):
        open_film(page, member_film["title_id"])
        plays(page, beyond=0.5)
    third.goto(f"/watch/{member_film['title_id']}?protocol=dash")
    refusal = third.get_by_test_id("player-failure")
    streams = refusal.get_by_test_id("active-stream")
    until(third, "the two streams to choose from", lambda: streams.count() == 2)
    assert member.name in streams.first.inner_text()
    newest = call_as(third.context, "GET", "/api/v1/streams")["items"][0]
    assert newest["current"] is False
    began = time.monotonic()
    streams.first.get_by_role("button", name="Stop it").click()
    took, words = seconds_until_stopped(second, began)
    assert took <= STOP_SECONDS
    assert "household" in words
    let_run(third)
    plays(third, beyond=0.5)
    plays(first, beyond=1.0)


def test_a_device_that_is_signed_out_elsewhere_stops_within_five_seconds(open_page, make_member, member_film):
    member, watching = make_member("basic")
    steering = open_page()
    sign_in(steering, member)
    open_film(watching, member_film["title_id"])
    plays(watching, beyond=0.5)
    steering.goto("/account/devices")
    other = steering.get_by_test_id("device").filter(has_not_text="This device")
    until(steering, "the other device", lambda: other.count() == 1)
    began = time.monotonic()
    other.get_by_role("button", name="Sign out").click()
    took, words = seconds_until_stopped(watching, began)
    assert took <= STOP_SECONDS
    assert "sign" in words.lower()
