"""Keys, paths and names from outside."""

import string
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matinee.kit.paths import PathError, below, checked_key, display_name

FIRST = string.ascii_letters + string.digits + "_"
SEGMENTS = st.builds(lambda first, rest: first + rest, st.sampled_from(FIRST), st.text(FIRST + ".-=", max_size=20))
KEYS = st.lists(SEGMENTS, min_size=1, max_size=6).map("/".join)


@given(KEYS)
def test_safe_keys_pass_unchanged_and_stay_below(key):
    assert checked_key(key) == key
    assert below(Path("/srv/blobs"), key) == Path("/srv/blobs") / key


@pytest.mark.parametrize(
    "key", ["a" * 128, "/".join(["a" * 127] * 4), "releases/t/r/video/v=1080/00001.m4s", "_", "a..b"]
)
def test_bounds_are_inclusive(key):
    assert checked_key(key) == key


@pytest.mark.parametrize(
    "key", ["a" * 129, "/".join(["a" * 127] * 4) + "/b", "", "a\n", "a/b\n", "-a", ".a", "=a", "a b"]
)
def test_over_the_bounds_is_refused(key):
    with pytest.raises(PathError):
        checked_key(key)


def test_a_link_inside_that_leads_out_is_refused(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    with pytest.raises(PathError):
        below(tmp_path / "root", "out/secret")


def test_a_root_that_is_itself_a_link_is_fine(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    assert below(tmp_path / "root", "a/b") == tmp_path / "real" / "a" / "b"


@given(st.text(max_size=300))
@example("0\u20280")
@example("a\u2029b\x85c")
def test_display_names_are_one_safe_line(name):
    shown = display_name(name, limit=50)
    assert 0 < len(shown) <= 50
    assert not set(shown) & set("/\\\0\n\r\t\x1b\x85\u202e\u2028\u2029")
    assert shown == shown.strip()
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in shown)
    assert display_name(shown, limit=50) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("film.mp4", "film.mp4"),
        ("../../etc/passwd", ".. .. etc passwd"),
        ("a\nb\x00c", "a b c"),
        ("Am\u0065\u0301lie.mkv", "Am\u00e9lie.mkv"),
        ("gpj\u202e.exe", "gpj.exe"),
        ("\u200b", "untitled"),
        ("", "untitled"),
    ],
)
def test_display_names_by_example(name, shown):
    assert display_name(name) == shown
