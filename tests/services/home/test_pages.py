"""What stands on a page, in which order, and that it stays."""

import msgspec
import pytest
from tests.services.home.conftest import by_id, films, names, read

from matinee.contracts.library import Card
from matinee.kit.cursors import CursorError
from matinee.services.home.http import HomeView
from matinee.testing.clock import ManualClock
from matinee.testing.home import FakeHistory, FakeLibrary, card, viewer_passport

STRANGER = viewer_passport("", role="stranger", account="", session="")
OWN = ("continue-watching", "my-list")


def used(bench, profile="profile-1"):
    bench.history.watch(profile, "title-0003", "title-0008", "title-0010")
    bench.history.keep(profile, "title-0042", "title-0041")
    return bench


async def test_a_page_has_its_rows_in_one_order_and_the_shape_that_was_agreed(open_home):
    bench = used(open_home())
    page = await read(bench, viewer_passport())
    assert [row["row_id"] for row in page["rows"]] == [
        "continue-watching",
        "my-list",
        "top-10",
        "because-title-0010",
        "trending",
        "new",
        "genre-science-fiction",
        "because-title-0008",
        "hot",
        "genre-drama",
        "because-title-0003",
        "genre-comedy",
        "genre-action",
        "genre-family",
    ]
    view = msgspec.convert(page, HomeView, strict=True)
    assert set(page["rows"][0]["items"][0]) == {
        *(field.name for field in msgspec.structs.fields(Card)),
        *("rank", "resume_seconds", "watched_fraction", "up_next", "series_name"),
    }
    assert view.left_out == ()
    assert page["next_cursor"] is None
    assert {row.source for row in view.rows} == {"fresh"}
    again = await read(bench, viewer_passport())
    assert {row["source"] for row in again["rows"]} == {"cached"}
    assert again["page_id"] == page["page_id"]


async def test_what_rows_say_of_their_titles(open_home):
    page = await read(used(open_home()), viewer_passport())
    rows = by_id(page)
    going = rows["continue-watching"]["items"][0]
    assert (going["title_id"], going["resume_seconds"], going["watched_fraction"]) == ("title-0010", 2700.0, 0.5)
    assert names(rows["my-list"]) == ["title-0042", "title-0041"]
    assert [item["rank"] for item in rows["top-10"]["items"]] == list(range(1, 11))
    assert names(rows["top-10"])[:3] == ["title-0000", "title-0003", "title-0006"]
    because = rows["because-title-0010"]
    assert (because["name"], because["reason"]) == ("Because you watched Film 10", "because you watched Film 10")
    assert because["because"] == {"title_id": "title-0010", "name": "Film 10"}
    assert "title-0010" not in names(because)
    assert rows["new"]["items"][0]["rank"] is None
    assert page["featured"]["hot"]
    assert "rank" not in page["featured"]


async def test_an_episode_to_go_on_with_names_its_series(open_home):
    bench = open_home()
    bench.history.watch("profile-1", "title-0004", series_id="title-0007")
    bench.history.watch("profile-1", "title-0005", series_id="title-of-nobody")
    bench.history.watch("profile-1", "title-0006")
    page = await read(bench, viewer_passport())
    shown = {item["title_id"]: item["series_name"] for item in by_id(page)["continue-watching"]["items"]}
    assert shown == {"title-0004": "Film 7", "title-0005": None, "title-0006": None}


async def test_genres_that_are_watched_come_first(open_home):
    bench = open_home()
    bench.history.watch("profile-1", "title-0004", "title-0009", "title-0003")  # family twice, science fiction once
    page = await read(bench, viewer_passport())
    genres = [row["row_id"] for row in page["rows"] if row["kind"] == "genre"]
    assert genres[:2] == ["genre-family", "genre-science-fiction"]


async def test_a_title_does_not_begin_many_rows(open_home):
    page = await read(open_home(), viewer_passport(), limit=20)
    heads = [title for row in page["rows"] for title in names(row)[:6]]
    assert len(set(heads)) > len(heads) * 0.85
    new = names(by_id(page)["new"])
    assert len(set(new)) == len(new) == 20


async def test_small_catalogues_have_rows_although_titles_repeat(open_home):
    bench = open_home(library=FakeLibrary([card(0), card(5)]), history=FakeHistory())
    page = await read(bench, viewer_passport())
    assert [row["row_id"] for row in page["rows"]] == ["new", "genre-drama", "hot"]
    assert all(row["items"] for row in page["rows"])


async def test_an_empty_house_is_an_empty_page(open_home):
    bench = open_home(library=FakeLibrary([]), history=FakeHistory())
    page = await read(bench, viewer_passport())
    assert (page["rows"], page["left_out"], page["featured"], page["next_cursor"]) == ([], [], None, None)


async def test_strangers_see_rows_that_need_no_profile(open_home):
    page = await read(used(open_home()), STRANGER)
    assert not {row["kind"] for row in page["rows"]} & {"continue", "list", "because"}
    assert len(page["rows"]) > 5


@pytest.mark.parametrize("ceiling", [0, 7, 12])
async def test_ceilings_apply_before_anything_is_ranked_or_cut(open_home, ceiling):
    bench = used(open_home(row_items=20))
    page = await read(bench, viewer_passport(maturity=ceiling, kids=True))
    assert all(item["maturity"] <= ceiling for row in page["rows"] for item in row["items"])
    allowed = [one for one in films() if one.maturity <= ceiling]
    rows = by_id(page)
    played = [title for title in bench.history.plays["week"] if bench.library.all[title].maturity <= ceiling]
    assert names(rows["top-10"]) == played[:10]
    assert len(rows["new"]["items"]) == min(20, len(allowed))
    assert page["featured"]["maturity"] <= ceiling


async def test_along_a_cursor_rows_neither_move_nor_repeat(open_home):
    bench = used(open_home())
    whole = [row["row_id"] for row in (await read(bench, viewer_passport(), limit=20))["rows"]]
    seen, cursor, pages = [], None, set()
    while True:
        page = await read(bench, viewer_passport(), limit=3, cursor=cursor)
        seen += [row["row_id"] for row in page["rows"]]
        pages.add(page["page_id"])
        assert (page["featured"] is not None) == (cursor is None)
        cursor = page["next_cursor"]
        if cursor is None:
            break
        # Whatever changes meanwhile changes the next page, not this one.
        bench.history.watch("profile-1", f"title-{len(seen):04d}")
        bench.history.plays["week"] = {f"title-{len(seen):04d}": 10_000}
    assert seen == whole
    assert len(pages) == 1


async def test_a_page_that_is_gone_goes_on_with_rows_that_were_not_seen(open_home):
    clock = ManualClock()
    bench = used(open_home(clock=clock, page_kept_seconds=60))
    first = await read(bench, viewer_passport(), limit=5)
    clock.advance(61)
    second = await read(bench, viewer_passport(), limit=20, cursor=first["next_cursor"])
    assert second["page_id"] != first["page_id"]
    before, after = [row["row_id"] for row in first["rows"]], [row["row_id"] for row in second["rows"]]
    assert set(before) & set(after) == set()
    assert len(before) + len(after) == 14
    third = await read(bench, viewer_passport(), limit=2, cursor=first["next_cursor"])
    fourth = await read(bench, viewer_passport(), limit=20, cursor=third["next_cursor"])
    assert [row["row_id"] for row in third["rows"] + fourth["rows"]] == after


@pytest.mark.parametrize("viewer", [viewer_passport(), STRANGER])
async def test_what_stands_in_for_a_page_that_is_gone_is_nobodys_front_page(open_home, viewer):
    clock = ManualClock()
    bench = used(open_home(clock=clock, page_kept_seconds=60))
    first = await read(bench, viewer, limit=2)
    clock.advance(61)
    after = await read(bench, viewer, limit=2, cursor=first["next_cursor"])
    front = await read(bench, viewer, limit=2)
    ids = [[row["row_id"] for row in page["rows"]] for page in (first, front, after)]
    assert ids[1] == ids[0]
    assert set(ids[2]) & set(ids[1]) == set()
    # What stands in is still there for whoever scrolls it, after the front page was made.
    further = await read(bench, viewer, limit=2, cursor=after["next_cursor"])
    assert further["page_id"] == after["page_id"]


async def test_pages_are_bounded(open_home):
    bench = open_home(pages=5)
    for number in range(20):
        await read(bench, viewer_passport(f"profile-{number}"), limit=1)
    assert len(bench.pages) == 5
    assert len(bench.pages._latest) == 5


@pytest.mark.parametrize(("limit", "rows"), [(-5, 1), (0, 1), (3, 3), (999, 9)])
async def test_the_limit_is_clamped(open_home, limit, rows):
    page = await read(open_home(), viewer_passport(), limit=limit)
    assert len(page["rows"]) == rows


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "a" * 500])
async def test_broken_cursors_are_refused(open_home, cursor):
    bench = open_home()
    with pytest.raises(CursorError):
        await read(bench, viewer_passport(), cursor=cursor)


async def test_a_row_can_be_seen_whole(open_home):
    bench = used(open_home())

    async def row(row_id, **options):
        asked = {"limit": 200, "cursor": None, **options}
        return msgspec.json.decode(await bench.service.row(passport=viewer_passport(), row_id=row_id, **asked))

    drama = await row("genre-drama")
    assert len(drama["row"]["items"]) == 24
    pieces, cursor = [], None
    while True:
        piece = await row("genre-drama", limit=10, cursor=cursor)
        pieces += names(piece["row"])
        cursor = piece["next_cursor"]
        if cursor is None:
            break
    assert pieces == names(drama["row"])
    assert len((await row("new"))["row"]["items"]) == 120
    assert names((await row("my-list"))["row"]) == ["title-0042", "title-0041"]
    assert (await row("because-title-0003"))["row"]["kind"] == "because"
