import pytest

from matinee.cli.side_files import beside, nfo_files, one_nfo, series_of

MOVIE = "<movie><title>A</title></movie>"
EPISODE = "<episodedetails><title>E</title><season>1</season><episode>1</episode></episodedetails>"
SERIES = "<tvshow><title>S</title></tvshow>"


def put(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def library(tmp_path):
    put(
        tmp_path,
        films__one_dot_mp4="film",
        films__one_dot_nfo=MOVIE,
        **{
            "films__one-poster_dot_jpg": "p",
            "films__poster_dot_jpg": "p",
            "alone__film_dot_mkv": "film",
            "alone__movie_dot_nfo": MOVIE,
            "alone__poster_dot_png": "p",
            "alone__fanart_dot_jpg": "b",
            "show__tvshow_dot_nfo": SERIES,
            "show__folder_dot_jpg": "p",
            "show__Season 1__e1_dot_mkv": "film",
            "show__Season 1__e1_dot_nfo": EPISODE,
            "show__Season 1__e1-thumb_dot_jpg": "b",
        },
    )
    return tmp_path


def test_a_film_has_its_own_side_files(library):
    side = beside(library / "films/one.mp4")
    assert (side.nfo.name, side.root) == ("one.nfo", "movie")
    assert side.pictures["poster"].name == "one-poster.jpg"


def test_a_film_alone_in_its_folder_has_the_folders(library):
    side = beside(library / "alone/film.mkv")
    assert (side.nfo.name, {kind: path.name for kind, path in side.pictures.items()}) == (
        "movie.nfo",
        {"poster": "poster.png", "backdrop": "fanart.jpg"},
    )
    (library / "alone/second.mkv").write_text("film")
    assert beside(library / "alone/film.mkv") is None


def test_an_episode_finds_its_series_and_not_its_poster(library):
    side = beside(library / "show/Season 1/e1.mkv")
    assert (side.root, {kind: path.name for kind, path in side.pictures.items()}) == (
        "episodedetails",
        {"backdrop": "e1-thumb.jpg"},
    )
    series = series_of(library / "show/Season 1/e1.mkv")
    assert (series.root, series.pictures["poster"].name) == ("tvshow", "folder.jpg")
    assert series_of(library / "films/one.mp4") is None


def test_all_of_a_folder_with_series_before_episodes(library):
    assert [side.root for side in nfo_files(library)] == ["movie", "movie", "tvshow", "episodedetails"]


def test_other_files_called_so_are_none(tmp_path):
    (tmp_path / "a.nfo").write_text("https://www.themoviedb.org/movie/77")
    (tmp_path / "a.mp4").write_text("film")
    assert one_nfo(tmp_path / "a.nfo") is None
    assert beside(tmp_path / "a.mp4") is None
    assert nfo_files(tmp_path) == []
