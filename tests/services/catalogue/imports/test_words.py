from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.contracts.metadata import GENRES
from matinee.services.catalogue.imports.dates import day_of, year_of
from matinee.services.catalogue.imports.genres import sorted_words
from matinee.services.catalogue.imports.ratings import rated
from matinee.services.catalogue.imports.texts import decoded, put_right, shortened, tidy, tidy_paragraph


@pytest.mark.parametrize(
    ("words", "genres", "tags"),
    [
        (["International TV Shows", "TV Dramas", "TV Mysteries"], ("Drama", "Mystery"), ("International",)),
        (["TV Action & Adventure"], ("Action", "Adventure"), ()),
        (["TV Sci-Fi & Fantasy"], ("Science Fiction", "Fantasy"), ()),
        (["Stand-Up Comedy"], ("Comedy",), ("Stand-Up Comedy",)),
        (["Stand-Up Comedy & Talk Shows"], ("Comedy",), ("Stand-Up Comedy & Talk",)),
        (["Kids' TV", "Children & Family Movies"], ("Family",), ()),
        (["Documentaries", "Docuseries"], ("Documentary",), ()),
        (["Science & Nature TV", "Movies", "TV Shows"], (), ("Science & Nature",)),
        (["drama", "DRAMA", "Korean TV Shows", "korean"], ("Drama",), ("Korean",)),
        (["Anime Features", "Anime Series"], ("Anime",), ()),
        (["", "  "], (), ()),
    ],
)
def test_shelves_become_genres_and_tags(words, genres, tags):
    assert sorted_words(words) == (genres, tags)


@given(st.lists(st.text(max_size=80), max_size=60))
def test_whatever_the_words_genres_are_ours_and_bounds_hold(words):
    genres, tags = sorted_words(words)
    assert set(genres) <= set(GENRES)
    assert len(genres) <= 8
    assert len(tags) <= 40
    assert all(0 < len(tag) <= 40 for tag in tags)


@pytest.mark.parametrize(
    ("text", "system", "label", "age"),
    [
        ("PG-13", "mpa", "PG-13", 13),
        ("tv-ma", "tvpg", "TV-MA", 17),
        ("TV-Y7-FV", "tvpg", "TV-Y7-FV", 7),
        ("Rated R", "mpa", "R", 17),
        ("US:PG", "mpa", "PG", 10),
        ("US:TV-14", "tvpg", "TV-14", 14),
        ("UK:PG", "bbfc", "PG", 8),
        ("UK:15", "bbfc", "15", 15),
        ("FSK 16", "fsk", "16", 16),
        ("DE:FSK 12", "fsk", "12", 12),
        ("16+", "age", "16+", 16),
        ("FR:-12", "cnc", "-12", 12),
        ("12", "age", "12", 12),
    ],
)
def test_ratings_of_boards_are_read(text, system, label, age):
    found = rated(text)
    assert (found.rating.system, found.rating.label, found.age) == (system, label, age)


def test_unrated_is_known_and_has_no_age_and_what_is_no_rating_is_none():
    assert (rated("NR").rating, rated("not rated").age) == (None, None)
    assert rated("74 min") is None
    assert rated("99+") is None
    assert rated("nonsense") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-09-25", date(2021, 9, 25)),
        ("September 25, 2021", date(2021, 9, 25)),
        ("Sept. 5 2021", date(2021, 9, 5)),
        ("25 September 2021", date(2021, 9, 25)),
        ("25-Sep-21", date(2021, 9, 25)),
        ("1-Jan-68", date(1968, 1, 1)),
        ("9/25/2021", date(2021, 9, 25)),
        ("25/9/2021", date(2021, 9, 25)),
        ("03/04/2021", date(2021, 3, 4)),
        ("03.04.2021", date(2021, 4, 3)),
        ("2021-02-30", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_as_people_write_them(text, day):
    assert day_of(text) == day


def test_years_and_spans_of_years():
    assert [year_of(text) for text in ("2019", "(2019)", "2019–2021", "2019-", "2019.0", "1066", "90 min", "")] == [
        2019,
        2019,
        2019,
        2019,
        2019,
        None,
        None,
        None,
    ]


def test_letters_that_were_decoded_twice_are_put_right_and_others_stay():
    assert put_right("Ozan AÃ§Ä±ktan") == "Ozan Aç\u0131ktan"
    assert put_right("itâ€™s") == "it’s"
    once = "Élan vital".encode().decode("cp1252")
    assert put_right(once.encode().decode("cp1252")) == "Élan vital"
    for right in ("São Paulo", "Ârc", "naïve — “quoted”", "Ganz schön"):
        assert put_right(right) == right


def test_bytes_of_two_encodings_in_one_line():
    assert decoded("Aç\u0131ktan ".encode() + "Muñoz".encode("cp1252")) == ("Aç\u0131ktan Muñoz", True)
    assert decoded("Aç\u0131ktan".encode()) == ("Aç\u0131ktan", False)


@given(st.binary(max_size=300))
def test_any_bytes_become_text_that_can_be_stored(data):
    decoded(data)[0].encode()


@given(st.text(max_size=300))
def test_tidy_text_stays_as_it_is(text):
    assert tidy(tidy(text)) == tidy(text)


def test_text_is_made_tidy():
    assert tidy("\u200bMaj Rati \u200b\u200bKeteki\u00a0") == "Maj Rati Keteki"
    assert (
        tidy_paragraph("anything could happen –\n and probably will.") == "anything could happen – and probably will."
    )
    assert tidy_paragraph("One.\n\nTwo.") == "One.\n\nTwo."
    assert shortened("many words that go on", 12) == "many words…"
    assert shortened("abcdefghijkl", 5) == "abcd…"
