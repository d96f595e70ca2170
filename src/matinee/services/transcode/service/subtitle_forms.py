"""Reads SRT, ASS, SSA and WebVTT as leniently as players do: what cannot be read is passed over and counted.

Own readers, because real files have any columns in any order, lack numbers, and break off; none of that may cost the
rest.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

MAX_BLOCKS = 200_000
_TIME = r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,3})(?:[.,:](\d{1,3}))?"
_CUE_LINE = re.compile(_TIME + r"[ \t]*-->[ \t]*" + _TIME + r"(?:[ \t].*)?")
# A line that means to time a cue, well or badly; an arrow among words is text.
_CUE_LIKE = re.compile(r"[-\d:.,\s]*-->\s*([-\d]|$)")
_END = "0 --> 0"
_ASS_TIME = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2})[.,:](\d{1,3})")
_NUMBER = re.compile(r"\d{1,9}")
_VTT_SKIPPED = re.compile(r"(NOTE|STYLE|REGION)(\s|$)")
_DEFAULT_COLUMNS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_DRAWING = re.compile(r"\\p[1-9]")


class RawCue(msgspec.Struct, frozen=True, kw_only=True):
    """One cue as written: milliseconds, and text with its own markup."""

    start: int
    end: int
    text: str


def _milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _cue_times(line: str) -> tuple[int, int] | None:
    match = _CUE_LINE.fullmatch(line.strip())
    if match is None:
        return None
    parts = match.groups()
    return _milliseconds(*parts[:4]), _milliseconds(*parts[4:])


def read_srt(text: str) -> Iterator[RawCue | None]:
    """Yield the cues of a SubRip file; None for one whose times cannot be read."""
    times: tuple[int, int] | None = None
    words: list[str] = []
    dropped = False
    for line in [*text.split("\n"), _END]:
        if not _CUE_LIKE.match(line):
            words.append(line)
            continue
        if times is not None or dropped:
            yield None if times is None else RawCue(start=times[0], end=times[1], text=_without_number(words))
        times, words = _cue_times(line), []
        dropped = times is None


def _without_number(words: list[str]) -> str:
    """Return the lines of a cue without the number of the next one, which follows a blank line."""
    lines = list(words)
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > 1 and _NUMBER.fullmatch(lines[-1].strip()) and not lines[-2].strip():
        lines.pop()
    return "\n".join(lines)


def read_vtt(text: str) -> Iterator[RawCue | None]:
    """Yield the cues of a WebVTT file; None for one whose times cannot be read."""
    for block in re.split(r"\n[ \t]*\n", text)[1:MAX_BLOCKS]:
        lines = block.strip("\n").split("\n")
        at = next((number for number, line in enumerate(lines[:2]) if "-->" in line), None)
        if at is None or _VTT_SKIPPED.match(lines[0]):
            continue
        times = _cue_times(lines[at])
        yield None if times is None else RawCue(start=times[0], end=times[1], text="\n".join(lines[at + 1 :]))


def read_ass(text: str) -> Iterator[RawCue | None]:
    """Yield the dialogue of an ASS or SSA file by whatever columns it declares; drawings are left out."""
    columns: tuple[str, ...] = _DEFAULT_COLUMNS
    in_events = True
    for line in text.split("\n"):
        name, _, value = line.strip().partition(":")
        if line.strip().startswith("["):
            in_events = line.strip().lower() == "[events]"
        elif in_events and name.strip().lower() == "format":
            declared = tuple(one.strip().lower() for one in value.split(","))
            columns = declared if {"start", "end", "text"} <= set(declared) else _DEFAULT_COLUMNS
        elif in_events and name.strip().lower() == "dialogue":
            yield from _dialogue(value, columns)


def _dialogue(value: str, columns: tuple[str, ...]) -> Iterator[RawCue | None]:
    fields = dict(zip(columns, value.split(",", len(columns) - 1), strict=False))
    times = [_ASS_TIME.fullmatch(fields.get(name, "").strip()) for name in ("start", "end")]
    if times[0] is None or times[1] is None or "text" not in fields:
        yield None
    elif not _DRAWING.search(fields["text"]):
        start, end = (_milliseconds(*time.groups()) for time in times if time is not None)
        yield RawCue(start=start, end=end, text=fields["text"])


READERS: dict[str, Callable[[str], Iterator[RawCue | None]]] = {
    "srt": read_srt,
    "vtt": read_vtt,
    "ass": read_ass,
    "ssa": read_ass,
}
