"""What changes in the catalogue shows on pages within moments, and is not asked for by everybody."""

import asyncio

from tests.services.home.conftest import by_id, names, read

from matinee.services.home.service.revisions import Revisions
from matinee.testing.clock import ManualClock
from matinee.testing.home import FakeLibrary, HomeBench, card, viewer_passport

EVERY = 2.0


def timed(open_home, **settings):
    clock = ManualClock()
    return open_home(clock=clock, revision_seconds=EVERY, **settings), clock


def shown(page):
    return {item for row in page["rows"] for item in names(row)}


async def test_a_hidden_title_leaves_every_row_within_moments(open_home):
    bench, clock = timed(open_home)
    bench.history.watch("profile-1", "title-0119")
    bench.history.keep("profile-1", "title-0119")
    assert "title-0119" in shown(await read(bench, viewer_passport()))
    bench.library.hidden.add("title-0119")
    bench.library.changes += 1
    clock.advance(EVERY)
    page = await read(bench, viewer_passport())
    assert "title-0119" not in shown(page)
    assert {"continue-watching", "my-list"}.isdisjoint(by_id(page))


async def test_a_new_title_is_there_for_who_looked_before_it_came(open_home):
    bench, clock = timed(open_home)
    kid = viewer_passport(maturity=7, kids=True)
    assert "title-0200" not in shown(await read(bench, kid))
    bench.library.all["title-0200"] = card(200)
    bench.library.changes += 1
    clock.advance(EVERY)
    assert names(by_id(await read(bench, kid))["new"])[0] == "title-0200"


async def test_rows_of_another_revision_stand_in_while_the_library_is_away(open_home):
    bench, clock = timed(open_home)
    first = await read(bench, viewer_passport())
    bench.library.changes += 1
    bench.library.broken |= {f"shelf.{kind}" for kind in ("new", "hot", "genre")}
    clock.advance(EVERY)
    page = await read(bench, viewer_passport())
    assert names(by_id(page)["new"]) == names(by_id(first)["new"])
    assert by_id(page)["new"]["source"] == "stale"


async def test_while_no_revision_can_be_had_the_last_one_counts(open_home):
    bench, clock = timed(open_home, version_seconds=0.05)
    first = await read(bench, viewer_passport())
    for trouble in ("broken", "slow"):
        if trouble == "broken":
            bench.library.broken.add("revision")
        else:
            bench.library.broken.clear()
            bench.library.seconds["revision"] = 5.0
        clock.advance(EVERY)
        assert (await read(bench, viewer_passport()))["page_id"] == first["page_id"]


async def test_a_page_that_is_being_scrolled_does_not_move(open_home):
    bench, clock = timed(open_home)
    first = await read(bench, viewer_passport(), limit=4)
    bench.library.hidden.add("title-0119")
    bench.library.changes += 1
    clock.advance(EVERY)
    rest = await read(bench, viewer_passport(), limit=20, cursor=first["next_cursor"])
    assert rest["page_id"] == first["page_id"]


async def test_all_who_want_to_know_ask_once_and_who_gives_up_takes_nothing_from_others():
    library = FakeLibrary([card(1)])
    library.seconds["revision"] = 0.05
    clock = ManualClock()
    commands = HomeBench(library, None, None).commands
    revisions = Revisions(library, commands, clock, seconds=EVERY, timeout_seconds=5.0)
    asking = [asyncio.create_task(revisions.current()) for _ in range(100)]
    await asyncio.sleep(0)
    asking[0].cancel()
    told = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(told[0], asyncio.CancelledError)
    assert set(told[1:]) == {1}
    assert library.calls["revision"] == 1
    assert revisions.known() == 1
    clock.advance(EVERY)
    assert revisions.known() is None
    await revisions.close()


async def test_while_pages_are_asked_for_nobody_waits_for_the_revision():
    library = FakeLibrary([card(1)])
    clock = ManualClock()
    revisions = Revisions(library, HomeBench(library, None, None).commands, clock, seconds=EVERY, timeout_seconds=5.0)
    await revisions.current()
    library.changes += 1
    clock.advance(EVERY * 0.4)
    assert (revisions.known(), library.calls["revision"]) == (1, 1)
    clock.advance(EVERY * 0.2)
    assert revisions.known() == 1
    async with asyncio.timeout(5):
        while revisions.known() != library.changes:
            await asyncio.sleep(0)
    assert library.calls["revision"] == 2
    clock.advance(EVERY * 0.9)
    assert revisions.known() is not None
    await revisions.close()
