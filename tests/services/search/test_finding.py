"""What is found for what is typed, in the real index."""

from datetime import timedelta

import pytest
from tests.services.search.conftest import asked, fill, names

from matinee.contracts.catalogue import Viewer, Window
from matinee.kit.ids import TitleId
from matinee.services.search.entries import digest_of
from matinee.testing.searching import MADE, MEMBER, a_title, gone, told
from matinee.testing.titles import release

LEONARDO = ("Leonardo DiCaprio", "Kate Winslet")
TITLES = (
    a_title(1, "Stranger Things", genres=("Science Fiction",), synopsis="A boy vanishes in a small town."),
    a_title(2, "Titanic", people=LEONARDO, genres=("Romance",), synopsis="An iceberg meets a ship."),
    a_title(3, "Inception", people=("Leonardo DiCaprio", "Elliot Page"), genres=("Thriller",), tags=("dreams",)),
    a_title(4, "Le Fabuleux Destin d'Amélie Poulain", original_name="Amélie"),
    a_title(5, "Spider-Man: Far from Home", genres=("Action",)),
    a_title(6, "進撃の巨人", original_name="Attack on Titan"),
    a_title(7, "Leon", people=("Jean Reno",)),
    a_title(8, "The Love Boat"),
    a_title(9, "Love"),
    a_title(10, "Love Actually", synopsis="Ten stories of love in the weeks before Christmas."),
    a_title(11, "Шоколад"),
    a_title(12, "Lion"),
)


@pytest.fixture
async def filled(index):
    await fill(index, *TITLES)
    return index


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("stranger things", "Stranger Things"),
        ("strnger thigns", "Stranger Things"),
        ("STRÄNGER THINGS", "Stranger Things"),
        ("stran", "Stranger Things"),
        ("stranger th", "Stranger Things"),
        ("stragn", "Stranger Things"),
        ("stranger zzzzz", "Stranger Things"),
        ("amelie", "Le Fabuleux Destin d'Amélie Poulain"),
        ("ameile", "Le Fabuleux Destin d'Amélie Poulain"),
        ("spiderman", "Spider-Man: Far from Home"),
        ("spider man", "Spider-Man: Far from Home"),
        ("巨人", "進撃の巨人"),
        ("進", "進撃の巨人"),
        ("atack on titan", "進撃の巨人"),
        ("шоколад", "Шоколад"),
        ("шаколад", "Шоколад"),
        ("iceberg", "Titanic"),
        ("winslet titanic", "Titanic"),
        ("dreams", "Inception"),
        ("kate winslet", "Titanic"),
        ("love", "Love"),
        ("love boat", "The Love Boat"),
        ("christmas stories", "Love Actually"),
    ],
)
async def test_finds_what_was_meant(filled, typed, first):
    assert (await names(filled, typed))[:1] == [first]


async def test_leo_finds_the_films_of_leonardo(filled):
    found = await names(filled, "leo")
    assert found[0] == "Leon"
    assert {"Titanic", "Inception"} <= set(found)
    people = await filled.people(asked("leo"))
    assert [(one.name, one.titles) for one in people] == [("Leonardo DiCaprio", 2)]


async def test_people_are_found_beside_titles_typos_and_all(filled):
    for typed in ("leonardo dicaprio", "lenoardo dicaprio", "leonardo dicapro"):
        _, people = await filled.first(asked(typed), people=6)
        assert [one.name for one in people] == ["Leonardo DiCaprio"], typed


async def test_exact_names_rank_above_typos_and_names_above_people_and_texts(filled):
    assert (await names(filled, "lion "))[:2] == ["Lion", "Leon"]
    await filled.apply([told(a_title(20, "Heat", people=("Bob Love",)))])
    found = await names(filled, "love ")
    assert found.index("Love") < found.index("Love Actually") < found.index("Heat")


async def test_words_under_three_letters_forgive_nothing(filled):
    assert await names(filled, "lx ") == []
    assert set(await names(filled, "ti")) >= {"Titanic"}


async def test_a_finished_word_is_no_beginning(filled):
    assert await names(filled, "stran ") == []


@pytest.mark.parametrize("typed", ["zzzzzzz", "qqq www eee", "𓀀", "9999"])
async def test_nothing_is_found_for_nothing(filled, typed):
    assert await names(filled, typed) == []


async def test_genres_are_found_typos_and_all(filled):
    assert "Titanic" in await names(filled, "romance")
    assert "Inception" in await names(filled, "thrillr")
    assert await filled.genres(("Romance", "Horror", "Science Fiction"), asked("x")) == ("Romance", "Science Fiction")


async def test_popular_titles_come_first_among_equals_and_only_while_they_are(index):
    titles = [a_title(number, "Same Name") for number in range(1, 30)]
    await fill(index, *titles)
    before = [one.entry.title_id for one in await index.find(asked("same name"))]
    for wanted in (before[-1], before[5]):
        await index.popular({wanted: 50, before[7]: 2})
        found = [one.entry.title_id for one in await index.find(asked("same name", most=29))]
        assert found[:2] == [wanted, before[7]]
    await index.popular({})
    assert [one.entry.title_id for one in await index.find(asked("same name"))] == before


async def test_popularity_outlives_a_change_of_the_title(index):
    titles = [a_title(number, "Same Name") for number in range(1, 6)]
    await fill(index, *titles)
    await index.popular({titles[3].title_id: 5})
    await index.apply([told(a_title(4, "Same Name", version=2, year=1999))])
    assert (await index.find(asked("same name")))[0].entry.year == 1999


async def test_popularity_outranks_no_better_match(filled):
    await filled.popular({TitleId(TITLES[9].title_id): 10_000})
    assert (await names(filled, "love"))[0] == "Love"


async def test_what_was_shown_is_left_out(filled):
    first = await filled.find(asked("love", most=2))
    shown = frozenset(digest_of(one.entry.title_id) for one in first)
    rest = await filled.find(asked("love", most=20, shown=shown))
    assert {one.entry.title_id for one in first}.isdisjoint(one.entry.title_id for one in rest)
    assert len(first) + len(rest) == len(await filled.find(asked("love", most=20)))


SERIES = a_title(50, "Breaking Bad", kind="series")
EPISODE = a_title(
    51,
    "Ozymandias",
    kind="episode",
    series_id=SERIES.title_id,
    season_number=5,
    episode_number=14,
    people=("Rian Johnson",),
    release=release(TitleId("title-0000000000000051")),
)


async def test_an_episode_finds_its_series_once(index):
    await fill(index, SERIES, EPISODE)
    for typed in ("ozymandias", "ozymandais", "rian johnson", "breaking bad"):
        found = await index.find(asked(typed))
        assert [(one.entry.name, one.playable) for one in found] == [("Breaking Bad", True)], typed
    assert [(one.name, one.titles) for one in await index.people(asked("rian"))] == [("Rian Johnson", 1)]


async def test_an_episode_of_a_series_that_is_hidden_or_unknown_finds_nothing(index):
    await fill(index, EPISODE)
    assert await names(index, "ozymandias") == []
    await index.apply([told(a_title(50, "Breaking Bad", kind="series", maturity=18))])
    child = Viewer(audience="members", maturity=7)
    assert await names(index, "ozymandias", viewer=child) == []
    assert await index.people(asked("rian", viewer=child)) == ()
    assert await names(index, "ozymandias") == ["Breaking Bad"]


async def test_an_episode_that_is_hidden_does_not_find_its_series(index):
    await fill(index, SERIES, a_title(51, "Ozymandias", kind="episode", series_id=SERIES.title_id, listed=False))
    assert await names(index, "ozymandias") == []
    assert [one.playable for one in await index.find(asked("breaking"))] == [False]


async def test_windows_open_and_close_to_the_moment_in_their_territories(index):
    opens, closes = MADE + timedelta(seconds=10.5), MADE + timedelta(seconds=20.25)
    here = Window(territories=("DE", "FR"), starts_at=opens, ends_at=closes)
    await fill(index, a_title(1, "Window", availability=(here, Window(territories=("US",)))))
    for after, territory, seen in (
        (10.4, "DE", False),
        (10.5, "DE", True),
        (20.2, "FR", True),
        (20.25, "FR", False),
        (15, "US", True),
        (15, "GB", False),
        (15, "", False),
    ):
        viewer = Viewer(audience="everyone", territory=territory)
        moment = MADE + timedelta(seconds=after)
        assert bool(await names(index, "window", viewer=viewer, now=moment)) == seen, (after, territory)


async def test_hidden_titles_that_match_best_do_not_crowd_out_those_that_may_be_seen(index):
    secret = [a_title(number, "Secret", audience="operators") for number in range(1, 300)]
    closed = Window(territories=("DE",), starts_at=MADE - timedelta(days=2), ends_at=MADE - timedelta(days=1))
    later = Window(territories=("DE",), starts_at=MADE + timedelta(days=1))
    over = [a_title(number, "Secret", availability=(closed, later)) for number in range(300, 900)]
    await fill(index, *secret, *over, a_title(1000, "The Secret of the Seven Sisters"))
    assert await names(index, "secret", viewer=MEMBER) == ["The Secret of the Seven Sisters"]


async def test_deleted_titles_are_found_no_more(filled):
    await filled.apply([gone(TITLES[0])])
    assert "Stranger Things" not in await names(filled, "stranger things")
