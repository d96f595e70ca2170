import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.contracts.ingest import SourceRefusedError
from matinee.services.ingest.service.names import (
    MetadataError,
    parse_metadata,
    text_form,
    text_label,
    text_language,
    title_from,
)
from matinee.services.ingest.service.side_text import check_text


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Big_Buck.Bunny.mp4", "Big Buck Bunny"),
        ("A film. With dots.mkv", "A film. With dots"),
        ("no extension", "no extension"),
        (".mp4", ".mp4"),
        ("2001.mp4", "2001"),
        ("x.verylongextension", "x verylongextension"),
        ("---.mp4", "Untitled"),
        ("Ü.mov", "Ü"),
    ],
)
def test_titles_from_file_names(name: str, title: str) -> None:
    assert title_from(name) in {title, title.strip(". ")}


@given(st.text(max_size=400))
def test_titles_always_fit(name: str) -> None:
    assert 1 <= len(title_from(name)) <= 200


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=300))
def test_metadata_parses_or_says_why_not(header: str) -> None:
    try:
        parsed = parse_metadata(header)
    except MetadataError:
        return
    assert parsed.raw == header


@pytest.mark.parametrize(
    ("name", "language", "forced"),
    [
        ("film.de.srt", "de", False),
        ("film.en.forced.vtt", "en", True),
        ("film.pt-BR.srt", "pt-BR", False),
        ("film.ger.sdh.srt", "de", False),
        ("film.srt", "und", False),
        ("a.long.name.with.dots.fr.srt", "fr", False),
    ],
)
def test_languages_from_file_names(name: str, language: str, forced: bool) -> None:
    assert text_language(name) == (language, forced)


def test_forms_and_labels() -> None:
    assert text_form("a.SRT") == "srt"
    assert text_form("a.exe") is None
    assert text_label("de") == "Deutsch"
    assert text_label("pt-BR") == "Português"
    assert text_label("und") == "Subtitles"
    assert text_label("tlh") == "tlh"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_subtitles_in_old_encodings_are_taken(encoding: str) -> None:
    assert check_text("1\n00:00:00,000 --> 00:00:01,000\nGrüße\n".encode(encoding), "srt") == "srt"


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_taken_never_a_crash(data: bytes) -> None:
    try:
        check_text(data, "srt")
    except SourceRefusedError:
        return
    assert b"-" in data
