from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matinee.contracts.catalogue import Title
from matinee.kit.ids import TitleId
from matinee.services.catalogue.shelves import browse_page
from matinee.testing.titles import release

START = datetime(2030, 1, 1, tzinfo=UTC)


def title(number, *, kind="film", genres=(), ready=True, featured=False):
    title_id = TitleId(f"t{number:03d}")
    return Title(
        title_id=title_id,
        kind=kind,
        name=f"Title {number}",
        synopsis="",
        year=None,
        genres=genres,
        audience="everyone",
        listed=True,
        featured=featured,
        series_id=None,
        season_number=None,
        episode_number=None,
        artwork={},
        release=release(title_id) if ready and kind != "series" else None,
        version=1,
        created_at=START - timedelta(seconds=number),
        changed_at=START,
    )


def names(page):
    return {row.row_id: [one.name for one in row.items] for row in page.rows}


def test_shelves_hold_what_plays_what_comes_and_what_is_alike():
    titles = [
        title(1, genres=("Drama", "Night")),
        title(2, genres=("drama",), ready=False),
        title(3, genres=("DRAMA",)),
        title(4, kind="series", genres=("Night",)),
        title(5, kind="series"),
        title(6, genres=("Alone",)),
    ]
    page = browse_page(titles, {titles[3].title_id}, shelf_items=40)
    assert names(page) == {
        "new": ["Title 1", "Title 3", "Title 4", "Title 6"],
        "arriving": ["Title 2", "Title 5"],
        "series": ["Title 4"],
        "genre-drama": ["Title 1", "Title 3"],
        "genre-night": ["Title 1", "Title 4"],
    }
    assert [row.name for row in page.rows] == ["New", "Arriving", "Series", "Drama", "Night"]


def test_the_page_opens_with_a_featured_film_else_the_newest_that_plays():
    newest, featured, arriving = title(1), title(2, featured=True), title(0, featured=True, ready=False)
    series = title(3, kind="series", featured=True)
    assert browse_page([arriving, newest, featured, series], {series.title_id}, shelf_items=9).featured == featured
    assert browse_page([arriving, newest, series], {series.title_id}, shelf_items=9).featured == series
    assert browse_page([arriving, newest], set(), shelf_items=9).featured == newest
    assert browse_page([arriving], set(), shelf_items=9).featured is None
    assert browse_page([], set(), shelf_items=9).rows == ()


@given(
    st.lists(st.tuples(st.sampled_from(["film", "series"]), st.booleans(), st.sets(st.sampled_from("abc"), max_size=2)))
)
def test_every_title_is_on_a_shelf_and_shelves_are_stable_and_bounded(drawn):
    titles = [title(n, kind=k, ready=r, genres=tuple(sorted(g))) for n, (k, r, g) in enumerate(drawn)]
    series = {one.title_id for one in titles if one.kind == "series" and int(one.title_id[1:]) % 2}
    page = browse_page(titles, series, shelf_items=1000)
    assert page == browse_page(titles, series, shelf_items=1000)
    shown = {one.title_id for row in page.rows for one in row.items}
    assert shown == {one.title_id for one in titles}
    ids = [row.row_id for row in page.rows]
    assert len(ids) == len(set(ids))
    assert all(len(row.items) <= 3 for row in browse_page(titles, series, shelf_items=3).rows)
    assert all(row.items for row in page.rows)
