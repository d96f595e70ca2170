"""Path traversal in keys: nothing from outside names a file elsewhere."""

import string
import urllib.parse
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matinee.blobs.local import LocalBlobs
from matinee.kit.paths import PathError, below, checked_key

ROOT = Path("/srv/matinee/blobs")
CORPUS = (
    "..",
    "../",
    "../etc/passwd",
    "a/../../etc/passwd",
    "a/..",
    "./a",
    "a/./b",
    "....//....//etc/passwd",
    "..;/a",
    "%2e%2e",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%252e%252e%252fetc",
    "%c0%ae%c0%ae/etc",
    "a%00.mp4",
    "a\0",
    "a\0/../../etc/passwd",
    "/etc/passwd",
    "//etc/passwd",
    "///",
    "\\\\server\\share\\film.mp4",
    "//server/share/film.mp4",
    "\\\\?\\C:\\film",
    "..\\..\\windows\\win.ini",
    "a\\..\\b",
    "C:\\film.mp4",
    "C:/film.mp4",
    "C:film.mp4",
    "file:///etc/passwd",
    "~/secret",
    "~root",
    "a/~/b",
    "$HOME",
    "`id`",
    "a;b",
    "a|b",
    "-rf",
    "a/-rf",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\u2024\u2024/b",
    "\uff0e\uff0e/\uff0fetc",
    "a\u202eb",
    ".ssh/authorized_keys",
    ".drafts/x",
    "a//b",
    "a/",
    "/a",
    "",
    " ",
    "a/ /b",
    "a" * 5000,
    "a/" * 300 + "a",
)
HOSTILE = st.text(st.sampled_from("./\\%2eEfF5cC0:~;-_=a\0\n \u202e\uff0e") | st.characters(), max_size=40) | st.lists(
    st.sampled_from(["..", ".", "", "a", "%2e%2e", "..%2f", "\\", "C:", "\0", "~", "film.mp4"]), max_size=6
).map("/".join)


@pytest.mark.parametrize("key", CORPUS)
def test_attack_01_every_known_trick_is_refused(key):
    with pytest.raises(PathError):
        checked_key(key)
    with pytest.raises(PathError):
        below(ROOT, key)


@given(HOSTILE)
@example("a/b.c-d=e_f")
def test_attack_01_whatever_passes_stays_below_and_needs_no_decoding(key):
    try:
        path = below(ROOT, key)
    except PathError:
        return
    assert path == ROOT / key
    assert path.parts[: len(ROOT.parts)] == ROOT.parts
    assert ".." not in path.parts
    assert urllib.parse.unquote(key) == key
    assert set(key) <= set(string.ascii_letters + string.digits + "_.-=/")
    assert all(not part.startswith((".", "-", "~")) for part in key.split("/"))


async def test_attack_01_a_blob_store_reads_and_writes_nothing_outside(tmp_path):
    (tmp_path / "secret").write_text("secret")
    store = LocalBlobs(tmp_path / "blobs")
    for key in (*CORPUS, "../secret", str(tmp_path / "secret"), "%2e%2e/secret"):
        for call in (store.get(key), store.put(key, b"owned"), store.info(key), store.delete(key)):
            with pytest.raises(PathError):
                await call
    assert (tmp_path / "secret").read_text() == "secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blobs", "secret"]
    assert [path.name for path in (tmp_path / "blobs").iterdir()] == [".drafts"]
