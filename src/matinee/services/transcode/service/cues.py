"""Subtitle files of strangers become WebVTT that cannot harm: parsed within bounds, rebuilt from plain text alone.

Only `<b>`, `<i>` and `<u>` survive, balanced; everything else is text and escaped. Source of the form: W3C WebVTT.
"""

import html
import re
from collections.abc import Iterable, Iterator

import msgspec

from matinee.kit.errors import UnprocessableError
from matinee.services.transcode.service.subtitle_forms import READERS

MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_CUES = 50_000
MAX_CUE_CHARACTERS = 2_000
MAX_CUE_LINES = 12
MAX_TOTAL_CHARACTERS = 8 * 1024 * 1024
_MILLISECONDS = 1_000
_ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_HTML = re.compile(rb"^\s*(<!doctype\s+html|<html|<\?xml|<head|<body|<script)", re.IGNORECASE)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_STYLE = re.compile(r"\{[^{}\n]{0,500}\}")
_SWITCH = re.compile(r"\\([biu])(\d*)(?![A-Za-z0-9])")
_TAG = re.compile(r"<(/?)([a-zA-Z]{1,10})[^<>\n]{0,200}>")


class SubtitleError(UnprocessableError):
    """The file is no subtitle file of its form, or over a bound; the sentence says which."""

    code = "subtitle"
    title = "The subtitles cannot be used"


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """One line of text; `start` and `end` in milliseconds; `text` is finished WebVTT cue text."""

    start: int
    end: int
    text: str


class Captions(msgspec.Struct, frozen=True, kw_only=True):
    """A sanitised track: cues by start time, and how many of the file were dropped."""

    cues: tuple[Cue, ...]
    dropped: int


def decode_text(data: bytes) -> str:
    """Return the text of a subtitle file, by its byte order mark, as UTF-8, UTF-16 without a mark, or Windows-1252.

    Raises:
        SubtitleError: when it is too large, an archive, a web page or binary.
    """
    if len(data) > MAX_FILE_BYTES:
        raise SubtitleError(f"The file has more than {MAX_FILE_BYTES // 1024 // 1024} MiB.")
    if data.startswith(_ARCHIVES):
        raise SubtitleError("The file is an archive; unpack it first.")
    if _HTML.match(data[:1024].lstrip(b"\xef\xbb\xbf")):
        raise SubtitleError("The file is a web page, not subtitles.")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data[:1024]:
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if text.count("\0") > 0 or text[:4096].count("\ufffd") > len(text[:4096]) // 10:
        raise SubtitleError("The file is not text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _balanced(events: Iterable[tuple[str, str]]) -> str:
    """Return cue text from ("text", words), ("open", letter) and ("close", letter) events, with tags nested."""
    out: list[str] = []
    wanted: list[str] = []
    opened: list[str] = []
    for kind, value in events:
        if kind == "open" and value not in wanted:
            wanted.append(value)
        elif kind == "close" and value in wanted:
            wanted.remove(value)
        elif kind == "text" and value:
            while any(letter not in wanted for letter in opened):
                out.append(f"</{opened.pop()}>")
            for letter in wanted:
                if letter not in opened:
                    out.append(f"<{letter}>")
                    opened.append(letter)
            out.append(_escaped(value))
    out += [f"</{letter}>" for letter in reversed(opened)]
    return "".join(out)


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _ass_events(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    for block in _STYLE.finditer(text):
        yield "text", text[at : block.start()]
        for switch in _SWITCH.finditer(block.group()):
            yield ("close" if switch.group(2) in {"", "0"} else "open"), switch.group(1)
        at = block.end()
    yield "text", text[at:]


def _tag_events(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    for tag in _TAG.finditer(text):
        yield "text", html.unescape(text[at : tag.start()])
        name = tag.group(2).lower()
        if name in {"b", "i", "u"}:
            yield ("close" if tag.group(1) else "open"), name
        at = tag.end()
    yield "text", html.unescape(text[at:])


def _clean_words(text: str) -> str:
    """Return cue text without controls, blank lines or an arrow, which would end the cue, and within bounds."""
    flat = _CONTROL.sub("", text[: MAX_CUE_CHARACTERS * 2]).replace("\t", " ")
    lines = [line.strip() for line in flat.split("\n")]
    return "\n".join([line for line in lines if line][:MAX_CUE_LINES])[:MAX_CUE_CHARACTERS]


def _ass_text(text: str) -> str:
    plain = text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    return _balanced(_ass_events(_clean_words(plain)))


def _tagged_text(text: str) -> str:
    # The styling of ASS in braces is common in SubRip files too; it means nothing here.
    return _balanced(_tag_events(_clean_words(_STYLE.sub("", text))))


def _timed(start: int, end: int, text: str, length: int) -> Cue | None:
    start, end = max(0, start), min(end, length)
    if end <= start or not text.strip():
        return None
    return Cue(start=start, end=end, text=text)


def sanitised(data: bytes, form: str, *, length_seconds: float, begin_seconds: float = 0.0) -> Captions:
    """Return the harmless cues of a subtitle file.

    Args:
        data: the file.
        form: `srt`, `ass`, `ssa` or `vtt`.
        length_seconds: the film's length; what lies after it is dropped, what crosses it is cut.
        begin_seconds: the film's start on the clock of the file.

    Raises:
        SubtitleError: when it is not such a file or over a bound. Single bad cues are dropped and counted.
    """
    if form not in READERS:
        raise SubtitleError("Subtitles are SRT, ASS, SSA or WebVTT files.")
    text = decode_text(data)
    write = _ass_text if form in {"ass", "ssa"} else _tagged_text
    if form == "vtt" and not text.lstrip("\ufeff").startswith("WEBVTT"):
        raise SubtitleError("The file does not begin with WEBVTT.")
    length, begin = int(length_seconds * _MILLISECONDS), round(begin_seconds * _MILLISECONDS)
    cues: list[Cue] = []
    dropped, characters = 0, 0
    for raw in READERS[form](text):
        if len(cues) >= MAX_CUES or characters > MAX_TOTAL_CHARACTERS:
            raise SubtitleError(f"The file has more than {MAX_CUES} cues or too much text.")
        cue = None if raw is None else _timed(raw.start - begin, raw.end - begin, write(raw.text), length)
        if cue is None:
            dropped += 1
            continue
        cues.append(cue)
        characters += len(cue.text)
    return Captions(cues=tuple(sorted(cues, key=lambda cue: (cue.start, cue.end))), dropped=dropped)


def _stamp(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, _MILLISECONDS)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{thousandths:03d}"


def write_vtt(captions: Captions) -> str:
    """Return the WebVTT file."""
    blocks = [f"{_stamp(cue.start)} --> {_stamp(cue.end)}\n{cue.text}\n" for cue in captions.cues]
    return "\n".join(["WEBVTT\n", *blocks])
