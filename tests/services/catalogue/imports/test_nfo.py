from datetime import UTC, datetime

import pytest

from matinee.services.catalogue.imports.nfo import MAX_NFO_BYTES, read_nfo
from matinee.services.catalogue.imports.ports import ImportFileError, ImportJob, ImportOptions, Refused

MOVIE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<movie>
  <title>Night Mail</title>
  <originaltitle>Courrier de nuit</originaltitle>
  <plot>A train runs through the night.</plot>
  <mpaa>Rated PG-13</mpaa>
  <uniqueid type="imdb">tt1</uniqueid>
  <uniqueid type="tmdb" default="true">77</uniqueid>
  <genre>Drama</genre><genre>Film-Noir / Crime</genre>
  <tag>Trains</tag><country>United Kingdom</country>
  <director>Person One</director>
  <credits>Person Two</credits>
  <premiered>1936-02-04</premiered>
  <actor><name>Person Three</name><role>The Driver</role></actor>
  <actor><name>Person Three</name><role>again</role></actor>
  <fileinfo><streamdetails><audio><language>eng</language></audio></streamdetails></fileinfo>
</movie>
https://www.themoviedb.org/movie/77
"""


def job(**options):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return ImportJob(
        import_id="i",
        state="running",
        format="nfo",
        name="x.nfo",
        dry_run=False,
        options=ImportOptions(source="nfo", **options),
        size_bytes=0,
        created_at=now,
    )


def test_a_film_is_read_whole():
    (one,) = read_nfo(job(), MOVIE.encode())
    assert (one.key, one.kind) == ("movie:tmdb:77", "film")
    assert one.fields == {
        "name": "Night Mail",
        "original_name": "Courrier de nuit",
        "synopsis": "A train runs through the night.",
        "year": 1936,
        "released_on": "1936-02-04",
        "genres": ("Drama", "Crime"),
        "tags": ("Film-Noir", "Trains", "United Kingdom"),
        "people": (
            {"name": "Person One", "role": "director"},
            {"name": "Person Two", "role": "writer"},
            {"name": "Person Three", "role": "actor", "character": "The Driver"},
        ),
        "languages": ("eng",),
        "ratings": ({"system": "mpa", "label": "PG-13"},),
        "maturity": 13,
    }


def test_several_episodes_stand_in_one_file():
    text = "".join(
        f"<episodedetails><title>Part {n}</title><season>1</season><episode>{n}</episode></episodedetails>\n"
        for n in (1, 2)
    )
    first, second = read_nfo(job(series_id="series1"), text.encode())
    assert (first.season_number, first.episode_number, second.episode_number) == (1, 1, 2)
    assert (first.key, second.key) == ("series1:s1e1", "series1:s1e2")
    assert "maturity" not in first.fields


def test_an_episode_without_its_place_is_refused():
    (one,) = read_nfo(
        job(), b"<episodedetails><title>Special</title><season>0</season><episode>1</episode></episodedetails>"
    )
    assert isinstance(one, Refused)


def test_windows_letters_and_a_byte_order_mark():
    assert read_nfo(job(), "<movie><title>Élan</title></movie>".encode("cp1252"))[0].name == "Élan"
    assert read_nfo(job(), b"\xef\xbb\xbf" + "<movie><title>Élan</title></movie>".encode())[0].name == "Élan"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<movie><title>A</movie>", "well-formed"),
        (b"<html><body>A</body></html>", "no movie"),
        (b"https://www.themoviedb.org/movie/77", "no movie"),
        (b"", "no movie"),
        (b"<movie>" + b" " * MAX_NFO_BYTES + b"</movie>", "at most"),
        (b"<movie>" + b"<a/>" * 30_000 + b"</movie>", "elements"),
    ],
)
def test_files_that_are_none_are_refused_with_a_reason(data, said):
    with pytest.raises(ImportFileError, match=said):
        read_nfo(job(), data)
