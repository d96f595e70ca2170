"""What is told of a title: people, genres and tags, ratings, markers, languages."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.contracts.catalogue import NewTitle, TitleChange, TitleFieldsError
from matinee.contracts.metadata import GENRES, Credit, Marker, Rating
from matinee.services.catalogue.ages import AGES, age_of
from matinee.services.catalogue.metadata import clean_markers, sorted_out
from matinee.testing.titles import release


async def make(room, **fields):
    return await room.service.create_title(new=NewTitle(name="Film", audience="everyone", **fields))


async def test_everything_that_is_told_is_kept(room, http):
    body = {
        "name": "Film",
        "audience": "everyone",
        "original_name": "Der Film",
        "people": [{"name": "Ada", "role": "director"}, {"name": "Bob", "character": "The Fox"}],
        "genres": ["drama", "sci fi things", "Science-Fiction"],
        "tags": ["Rain", "rain", "slow"],
        "ratings": [{"system": "fsk", "label": "12"}, {"system": "mpa", "label": "pg-13"}],
        "markers": [{"kind": "intro", "starts_seconds": 1, "ends_seconds": 5}],
        "languages": ["de", "en", "de"],
        "released_on": "2001-02-03",
        "hot": True,
    }
    made = (await http.post("/api/v1/studio/titles", json=body, headers=room.callers.operator)).json()
    seen = (await http.get(f"/api/v1/titles/{made['title_id']}", headers=room.callers.operator)).json()
    assert seen["genres"] == ["Drama", "Science Fiction"]
    assert seen["tags"] == ["Rain", "slow", "sci fi things"]
    assert [(one["name"], one["role"], one["character"]) for one in seen["people"]] == [
        ("Ada", "director", ""),
        ("Bob", "actor", "The Fox"),
    ]
    assert all(one["person_id"] for one in seen["people"])
    assert seen["ratings"] == [{"system": "fsk", "label": "12"}, {"system": "mpa", "label": "PG-13"}]
    assert (seen["maturity"], seen["languages"], seen["released_on"]) == (13, ["de", "en"], "2001-02-03")
    assert (seen["original_name"], seen["hot"], seen["similar"]) == ("Der Film", True, [])


async def test_the_same_person_is_the_same_by_name_and_by_id(room):
    first = await make(room, people=(Credit(name="Zoë Ünal"),))
    (known,) = first.people
    second = await make(room, people=(Credit(name="zoe unal", role="director"), Credit(name="New")))
    assert second.people[0] == msgspec.structs.replace(known, role="director")
    third = await make(room, people=(Credit(name="Whoever", person_id=known.person_id, role="writer"),))
    assert third.people == (msgspec.structs.replace(known, role="writer"),)
    with pytest.raises(TitleFieldsError):
        await make(room, people=(Credit(name="Nobody", person_id="x" * 500),))


async def test_a_person_has_a_page_with_what_may_be_seen(room, http):
    ada = Credit(name="Ada", role="director")
    film = await make(room, people=(ada, Credit(name="Ada", character="Herself")))
    await room.service.create_title(new=NewTitle(name="Secret", people=(ada,)))
    person_id = film.people[0].person_id
    page = (await http.get(f"/api/v1/people/{person_id}", headers=room.callers.stranger)).json()
    assert (page["name"], [item["role"] for item in page["items"]]) == ("Ada", ["director", "actor"])
    assert {item["title"]["name"] for item in page["items"]} == {"Film"}
    staff = (await http.get(f"/api/v1/people/{person_id}", headers=room.callers.operator)).json()
    assert {item["title"]["name"] for item in staff["items"]} == {"Film", "Secret"}
    await room.service.change_title(title_id=film.title_id, change=TitleChange(audience="operators"))
    gone = await http.get(f"/api/v1/people/{person_id}", headers=room.callers.stranger)
    assert (gone.status_code, gone.json()["code"]) == (404, "person-not-found")


async def test_the_studio_offers_the_genres_and_the_ratings(room, http):
    genres = await http.get("/api/v1/studio/genres", headers=room.callers.operator)
    assert genres.json()["items"] == list(GENRES)
    ratings = (await http.get("/api/v1/studio/ratings", headers=room.callers.operator)).json()["items"]
    assert {"system": "fsk", "label": "16", "age": 16} in ratings


def test_words_that_are_no_genres_are_tags():
    assert sorted_out(("horror", "Robots", "SCIENCE FICTION", "Horror")) == (("Horror", "Science Fiction"), ("Robots",))


@pytest.mark.parametrize("system", AGES)
def test_every_label_of_a_board_has_an_age(system):
    for label, age in AGES[system].items():
        assert age_of(Rating(system=system, label=label.lower())) == age
        assert 0 <= age <= 18


def test_a_number_that_the_board_does_not_use_means_itself_and_a_word_is_refused():
    assert age_of(Rating(system="age", label="14+")) == 14
    assert age_of(Rating(system="mpa", label="21")) == 18
    with pytest.raises(TitleFieldsError, match="PG-13"):
        age_of(Rating(system="mpa", label="fine"))


async def test_a_rating_raises_the_age_unless_an_editor_says_otherwise(room):
    film = await make(room, maturity=6, ratings=(Rating(system="fsk", label="16"),))
    assert film.maturity == 16
    milder = TitleChange(ratings=(Rating(system="fsk", label="12"),))
    assert (await room.service.change_title(title_id=film.title_id, change=milder)).maturity == 12
    said = TitleChange(ratings=(Rating(system="fsk", label="6"),), maturity=10)
    assert (await room.service.change_title(title_id=film.title_id, change=said)).maturity == 10


def marker(kind, starts, ends):
    return Marker(kind=kind, starts_seconds=starts, ends_seconds=ends)


@pytest.mark.parametrize(
    ("markers", "reason"),
    [
        ((marker("intro", 5, 5),), "before it starts"),
        ((marker("intro", 9, 5),), "before it starts"),
        ((marker("credits", 50, 61),), "after the film"),
        ((marker("intro", 0, 10), marker("intro", 9, 12)), "overlap"),
        ((marker("recap", 5, 6), marker("recap", 0, 10)), "overlap"),
    ],
)
def test_markers_that_make_no_sense_are_refused(markers, reason):
    with pytest.raises(TitleFieldsError, match=reason):
        clean_markers(markers, 60.0)


times = st.floats(0, 70, allow_nan=False)


@given(st.lists(st.builds(marker, st.sampled_from(["intro", "recap", "credits"]), times, times), max_size=6))
def test_markers_that_are_kept_are_whole_and_apart(markers):
    try:
        kept = clean_markers(tuple(markers), 60.0)
    except TitleFieldsError:
        return
    assert sorted(map(repr, kept)) == sorted(map(repr, markers))
    for kind in ("intro", "recap", "credits"):
        ends = 0.0
        for one in (one for one in kept if one.kind == kind):
            assert ends <= one.starts_seconds < one.ends_seconds <= 60.5
            ends = one.ends_seconds


async def test_markers_are_cut_to_the_film_that_comes(room):
    film = await make(room, markers=(marker("intro", 1, 5), marker("credits", 50, 90), marker("recap", 100, 110)))
    published = await room.service.publish(release=release(film.title_id, frames=0))
    assert published.markers == (marker("intro", 1, 5), marker("credits", 50, 60))
    assert published.languages == ("en",)
    with pytest.raises(TitleFieldsError):
        await room.service.change_title(title_id=film.title_id, change=TitleChange(markers=(marker("intro", 1, 99),)))


async def test_a_series_has_no_markers(room):
    with pytest.raises(TitleFieldsError):
        await make(room, kind="series", markers=(marker("intro", 1, 5),))


async def test_a_date_can_be_taken_back(room):
    film = await make(room, released_on=date(2020, 1, 1))
    changed = await room.service.change_title(title_id=film.title_id, change=TitleChange(released_on=None))
    assert changed.released_on is None


async def test_names_that_differ_in_a_mark_of_their_script_are_two_people(room):
    names = ("ハリー・スミス", "バリー・スミス", "สุดา", "สีดา", "Zoë Åman")
    first = await make(room, people=tuple(Credit(name=name) for name in names))
    assert tuple(one.name for one in first.people) == names
    assert len({one.person_id for one in first.people}) == len(names)
    second = await make(room, people=tuple(Credit(name=name) for name in (*names[:4], "Zoe Aman")))
    assert [one.person_id for one in second.people] == [one.person_id for one in first.people]
