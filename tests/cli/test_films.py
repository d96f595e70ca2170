import pytest

from matinee.cli.films import NothingThereError, find_films


def test_films_are_found_by_extension_with_their_subtitles(tmp_path):
    for name in ("a.mkv", "a.de.srt", "a.en.forced.vtt", "ab.srt", "sub/b.MP4", "sub/notes.txt", "poster.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    films = find_films(tmp_path)
    assert [film.path.name for film in films] == ["a.mkv", "b.MP4"]
    assert [(text.path.name, text.language) for text in films[0].texts] == [
        ("a.de.srt", "de"),
        ("a.en.forced.vtt", "en"),
    ]


def test_attack_03_links_in_a_folder_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.mkv").touch()
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "link.mkv").symlink_to(outside / "secret.mkv")
    (folder / "linked").symlink_to(outside)
    (folder / "real.mkv").touch()
    assert [film.path.name for film in find_films(folder)] == ["real.mkv"]


@pytest.mark.parametrize("name", ["-dash.mp4", "a'b\"c.mp4", "new\nline.mp4", "电影 ñ.mp4", "$(reboot).mp4"])
def test_odd_names_are_names_like_any(tmp_path, name):
    (tmp_path / name).touch()
    assert [film.path.name for film in find_films(tmp_path)] == [name]


def test_a_named_file_is_taken_whatever_its_extension(tmp_path):
    (tmp_path / "film.weird").touch()
    assert find_films(tmp_path / "film.weird")[0].path.name == "film.weird"


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(NothingThereError, match="no file or folder"):
        find_films(tmp_path / "absent")
