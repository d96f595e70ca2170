"""Subtitle files of every kind become harmless WebVTT."""

import re
from pathlib import Path

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from matinee.services.transcode.service.cues import SubtitleError, decode_text, sanitised, write_vtt

TAG = re.compile(r"</?[biu]>")


def only_cue(data: bytes, form: str) -> str:
    captions = sanitised(data, form, length_seconds=100)
    assert len(captions.cues) == 1
    return captions.cues[0].text


def srt(words: str) -> bytes:
    return f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n".encode()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("<i>soft</i> and <b>loud</b>", "<i>soft</i> and <b>loud</b>"),
        ("<i>never closed", "<i>never closed</i>"),
        ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b><i>c</i>"),
        ("<font color=red>red</font>", "red"),
        ("5 < 6 & 7", "5 &lt; 6 &amp; 7"),
        ("{\\an8}above", "above"),
        ("a --> b", "a --&gt; b"),
        ("&lt;script&gt;", "&lt;script&gt;"),
    ],
)
def test_subrip_text(words: str, text: str) -> None:
    assert only_cue(srt(words), "srt") == text


def test_ass_columns_in_any_order() -> None:
    data = b"[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.50,{\\i1}one{\\i0}, \\Ntwo\n"
    captions = sanitised(data, "ass", length_seconds=100)
    assert (captions.cues[0].start, captions.cues[0].end) == (1000, 2500)
    assert captions.cues[0].text == "<i>one</i>,\ntwo"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(encoding: str) -> None:
    assert only_cue(srt("Grüße, naïve").decode().encode(encoding), "srt") == "Grüße, naïve"


def test_times_are_clamped_to_the_film() -> None:
    data = b"WEBVTT\n\n00:01.000 --> 99:00:00.000\nlong\n\n01:50.000 --> 01:51.000\nafter\n"
    captions = sanitised(data, "vtt", length_seconds=100)
    assert [(cue.start, cue.end) for cue in captions.cues] == [(1000, 100_000)]
    assert captions.dropped == 1


def test_film_clock_is_taken_off() -> None:
    captions = sanitised(srt("words"), "srt", length_seconds=100, begin_seconds=0.5)
    assert (captions.cues[0].start, captions.cues[0].end) == (500, 1500)


@given(st.binary(max_size=400), st.sampled_from(["srt", "ass", "ssa", "vtt"]))
def test_garbage_never_breaks_through(data: bytes, form: str) -> None:
    try:
        captions = sanitised(data, form, length_seconds=10)
    except SubtitleError:
        return
    for cue in captions.cues:
        assert "-->" not in cue.text
        assert "\n\n" not in cue.text
        assert "<" not in TAG.sub("", cue.text)


@given(st.text(alphabet="ab<>/biu&;{}\\N-\n\r\t 0\u2028\u0000", max_size=80), st.sampled_from(["srt", "vtt", "ass"]))
def test_hostile_words_stay_words(words: str, form: str) -> None:
    head = {"srt": "1\n", "vtt": "WEBVTT\n\n", "ass": "[Events]\nFormat: Start, End, Text\n"}[form]
    line = f"Dialogue: 0:00:01.00,0:00:02.00,{words}" if form == "ass" else f"00:00:01.000 --> 00:00:02.000\n{words}"
    try:
        captions = sanitised((head + line).encode(), form, length_seconds=10)
    except SubtitleError:
        return
    parsed = webvtt.from_string(write_vtt(captions))
    assert len(parsed.captions) == len(captions.cues)
    for cue in captions.cues:
        assert "<" not in TAG.sub("", cue.text)


@pytest.mark.media
def test_every_known_file_is_read_or_refused(test_media: Path) -> None:
    read = 0
    for path in sorted((test_media / "data" / "subtitles").glob("*/*")):
        form = {"subrip": "srt", "webvtt": "vtt", "ssa": "ssa"}.get(path.parent.name, path.suffix.removeprefix("."))
        try:
            captions = sanitised(path.read_bytes(), form, length_seconds=10_000)
        except SubtitleError:
            assert path.name == "empty"
            continue
        read += bool(captions.cues)
        if captions.cues:
            assert len(webvtt.from_string(write_vtt(captions)).captions) == len(captions.cues)
    assert read >= 40


def test_text_that_is_not_text_is_refused() -> None:
    with pytest.raises(SubtitleError):
        decode_text(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
