"""What a viewer changes shows at once, and to nobody else."""

import time

from tests.services.home.conftest import by_id, names, read

from matinee.testing.home import viewer_passport


async def test_my_list_and_continue_watching_show_a_change_at_the_next_page(open_home):
    bench = open_home()
    assert "my-list" not in by_id(await read(bench, viewer_passport()))
    bench.history.keep("profile-1", "title-0007")
    assert names(by_id(await read(bench, viewer_passport()))["my-list"]) == ["title-0007"]
    bench.history.keep("profile-1", "title-0009")
    assert names(by_id(await read(bench, viewer_passport()))["my-list"]) == ["title-0009", "title-0007"]
    bench.history.watch("profile-1", "title-0001", "title-0002")
    assert names(by_id(await read(bench, viewer_passport()))["continue-watching"]) == ["title-0002", "title-0001"]
    bench.history.stop("profile-1", "title-0002")
    assert names(by_id(await read(bench, viewer_passport()))["continue-watching"]) == ["title-0001"]


async def test_others_keep_their_page(open_home):
    bench = open_home()
    mine, theirs = await read(bench, viewer_passport()), await read(bench, viewer_passport("profile-2"))
    bench.history.keep("profile-1", "title-0007")
    assert (await read(bench, viewer_passport()))["page_id"] != mine["page_id"]
    again = await read(bench, viewer_passport("profile-2"))
    assert (again["page_id"], "my-list" in by_id(again)) == (theirs["page_id"], False)


async def test_only_own_rows_are_fetched_for_a_change(open_home):
    bench = open_home()
    await read(bench, viewer_passport())
    bench.history.keep("profile-1", "title-0007")
    before = bench.library.calls["shelf.genre"] + bench.library.calls["shelf.new"] + bench.history.calls["popular"]
    await read(bench, viewer_passport())
    after = bench.library.calls["shelf.genre"] + bench.library.calls["shelf.new"] + bench.history.calls["popular"]
    assert after == before


async def test_another_process_sees_the_change_too(open_home):
    one = open_home()
    two = open_home(one.cache, library=one.library, history=one.history)
    for bench in (one, two):
        await read(bench, viewer_passport())
    one.history.keep("profile-1", "title-0007")
    for bench in (one, two, one, two):
        assert names(by_id(await read(bench, viewer_passport()))["my-list"]) == ["title-0007"]


async def test_without_a_version_the_last_page_is_shown_and_nothing_waits(open_home):
    bench = open_home(version_seconds=0.05)
    bench.history.keep("profile-1", "title-0007")
    first = await read(bench, viewer_passport())
    bench.history.broken.add("version")
    assert (await read(bench, viewer_passport()))["page_id"] == first["page_id"]
    bench.history.broken.clear()
    bench.history.seconds["version"] = 5.0
    began = time.monotonic()
    assert (await read(bench, viewer_passport()))["page_id"] == first["page_id"]
    assert time.monotonic() - began < 0.4
