"""Whatever is away or slow: there is a page, in time, with what can be had."""

import time

import pytest
from tests.services.home.conftest import by_id, landed, names, read
from tests.services.home.test_loading import AwayCache

from matinee.resilience.events import Event
from matinee.services.home.service.loading import RowAwayError
from matinee.testing.clock import ManualClock
from matinee.testing.home import viewer_passport

CALLS = {
    "going": ["continue-watching"],
    "my_list": ["my-list"],
    "popular": ["top-10", "trending"],
    "shelf.new": ["new"],
    "shelf.hot": ["hot"],
    "shelf.genre": ["genre-drama", "genre-family"],
    "similar": ["because-title-0003"],
}


def used(bench):
    bench.history.watch("profile-1", "title-0003", "title-0008")
    bench.history.keep("profile-1", "title-0042")
    return bench


def trouble(bench, call):
    return bench.library if call in {"cards", "genres", "similar"} or call.startswith("shelf") else bench.history


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("slow", [False, True])
async def test_a_provider_that_fails_or_hangs_is_answered_by_its_copy(open_home, call, slow):
    clock = ManualClock()
    bench = used(open_home(clock=clock, row_seconds=0.05, page_seconds=0.3, soft_seconds=10, jitter=0))
    first = await read(bench, viewer_passport())
    if slow:
        trouble(bench, call).seconds[call] = 10
    else:
        trouble(bench, call).broken.add(call)
    clock.advance(20)
    bench.history.versions["profile-1"] += 1
    again = await read(bench, viewer_passport())
    assert (again["left_out"], by_id(again).keys()) == ([], by_id(first).keys())
    assert {by_id(again)[row_id]["source"] for row_id in CALLS[call]} == {"stale"}


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("call", ["shelf.new", "shelf.genre", "similar", "popular"])
async def test_without_a_copy_what_is_popular_stands_in_once(open_home, call, slow):
    bench = used(open_home(row_seconds=0.08, page_seconds=0.6))
    if slow:
        trouble(bench, call).seconds[call] = 10
    else:
        trouble(bench, call).broken.add(call)
    page = await read(bench, viewer_passport())
    generic = [row for row in page["rows"] if row["source"] == "generic"]
    assert len(generic) <= 1
    failed = set(CALLS[call])
    if call != "shelf.new":  # what is new is part of what is popular where few plays are known
        assert [row["name"] for row in generic] == ["Popular now"]
    assert failed & {*page["left_out"], *(row["row_id"] for row in generic)}
    assert {"continue-watching", "my-list", "hot"} <= by_id(page).keys()


@pytest.mark.parametrize("call", ["going", "my_list"])
async def test_nothing_stands_in_for_what_is_the_viewers_own(open_home, call):
    bench = used(open_home())
    bench.history.broken.add(call)
    page = await read(bench, viewer_passport())
    assert page["left_out"] == CALLS[call]
    assert "generic" not in {row["source"] for row in page["rows"]}


async def test_without_knowing_what_was_watched_everybody_is_shown_what_everybody_watches(open_home):
    bench = used(open_home())
    bench.history.broken.add("recent")
    page = await read(bench, viewer_passport())
    row = by_id(page)["because-popular"]
    assert (row["name"], row["source"], row["kind"]) == ("Popular now", "generic", "because")
    assert page["left_out"] == ["because"]


async def test_with_everything_away_there_is_an_empty_page_that_says_so(open_home):
    bench = used(open_home())
    bench.library.broken.add("")
    bench.history.broken.add("")
    page = await read(bench, viewer_passport())
    assert page["rows"] == []
    assert set(page["left_out"]) >= {"continue-watching", "my-list", "top-10", "new", "genre", "because"}
    bench.library.broken.clear()
    bench.history.broken.clear()


async def test_what_was_left_out_is_there_again_soon(open_home):
    clock = ManualClock()
    bench = used(open_home(clock=clock))
    bench.library.broken.add("shelf.hot")
    assert "hot" in (await read(bench, viewer_passport()))["left_out"] + [
        row["row_id"] for row in (await read(bench, viewer_passport()))["rows"] if row["source"] == "generic"
    ]
    bench.library.broken.clear()
    clock.advance(2.1)
    page = await read(bench, viewer_passport())
    assert (page["left_out"], by_id(page)["hot"]["source"]) == ([], "fresh")


async def test_a_page_is_there_by_its_deadline_whatever_hangs(open_home):
    bench = used(open_home(page_seconds=0.25, row_seconds=5, version_seconds=0.05))
    bench.library.seconds[""] = 30
    bench.history.seconds["my_list"] = 30
    began = time.monotonic()
    page = await read(bench, viewer_passport())
    assert 0.2 < time.monotonic() - began < 0.6
    assert page["rows"] == []
    assert {"my-list", "new", "genre"} <= set(page["left_out"])


@pytest.mark.parametrize("seconds", [0.0, 30.0])
async def test_without_its_row_cache_there_are_pages(open_home, seconds):
    bench = used(open_home(AwayCache(seconds), cache_seconds=0.05))
    page = await read(bench, viewer_passport())
    assert len(page["rows"]) > 8
    assert page["left_out"] == []


async def test_the_commands_tell_why(open_home):
    bench = used(open_home(row_seconds=0.05))
    bench.library.broken.add("similar")
    bench.history.seconds["going"] = 10
    await read(bench, viewer_passport())
    known = {command.name: command for command in bench.commands.all()}
    assert {
        f"home.{kind}" for kind in ("continue", "list", "top", "trending", "new", "hot", "because", "genre")
    } <= set(known)

    def sums(name):
        return known[name].metrics.counts.sums(time.monotonic())

    assert sums("home.because")[Event.FAILURE] == 2
    assert sums("home.continue")[Event.TIMEOUT] == 1
    assert sums("home.new")[Event.SUCCESS] == 1


async def test_a_breaker_that_is_open_costs_no_time(open_home):
    clock = ManualClock()
    bench = used(open_home(clock=clock, row_seconds=0.2, version_seconds=0.05, soft_seconds=1, jitter=0))
    first = await read(bench, viewer_passport())
    bench.library.seconds[""] = 30
    bench.commands.tuning.change("home.new", breaker_force="open")
    bench.commands.tuning.change("home.genre", breaker_force="open")
    clock.advance(5)
    began = time.monotonic()
    again = await read(bench, viewer_passport())
    assert time.monotonic() - began < 0.15
    assert by_id(again).keys() == by_id(first).keys()


async def test_a_row_that_cannot_be_had_is_a_problem_of_its_own_page(open_home):
    bench = open_home()
    bench.library.broken.add("")
    bench.history.broken.add("")
    with pytest.raises(RowAwayError):
        await bench.service.row(passport=viewer_passport(), row_id="new", limit=10, cursor=None)


async def test_a_title_that_is_hidden_now_is_gone_once_rows_were_fetched_anew(open_home):
    clock = ManualClock()
    bench = open_home(clock=clock, soft_seconds=10, jitter=0)
    hidden = names(by_id(await read(bench, viewer_passport()))["new"])[0]
    bench.library.hidden.add(hidden)
    clock.advance(11)
    await read(bench, viewer_passport())
    await landed(bench)
    clock.advance(5)
    page = await read(bench, viewer_passport())
    assert hidden not in [title for row in page["rows"] for title in names(row)]
