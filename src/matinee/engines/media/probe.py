"""What ffprobe says of a file, as numbers and bounded text."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from matinee.engines.media.arguments import INPUT_DESCRIPTOR, probe_arguments
from matinee.engines.media.child import run
from matinee.engines.media.limits import (
    ChildError,
    ChildFailedError,
    ChildTimedOutError,
    InterruptedToolError,
    Limits,
)
from matinee.engines.media.tools import find_tools
from matinee.kit.errors import UnprocessableError
from matinee.kit.paths import display_name

PROBE_LIMITS = Limits(
    wall_seconds=90.0, cpu_seconds=60, memory_bytes=2 << 30, file_bytes=0, stdout_bytes=8 << 20, nice=5
)
_TIMED_PACKETS = 1200
_TITLE_CHARACTERS = 80
_LARGEST_NUMBER = 1e12
_FIELDS = (
    "format=format_name,duration,start_time,probe_score:"
    "stream=index,codec_type,codec_name,width,height,pix_fmt,bits_per_raw_sample,r_frame_rate,avg_frame_rate,"
    "sample_aspect_ratio,field_order,color_transfer,color_primaries,color_space,color_range,start_time,duration,"
    "channels,sample_rate:stream_disposition=attached_pic,default,forced,still_image:"
    "stream_tags=language,title,rotate:stream_side_data=rotation"
)


class UnreadableError(UnprocessableError):
    """ffprobe finds no media in the file, or cannot get through it within its limits."""

    code = "unreadable"
    title = "The file cannot be read"


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """One track as ffprobe describes it. Numbers that the file does not give are None; rates of 0/0 too."""

    index: int
    kind: str
    codec: str
    language: str | None
    title: str
    default: bool
    forced: bool
    cover_picture: bool
    start_seconds: float | None
    duration_seconds: float | None
    width: int
    height: int
    pixel_format: str
    raw_bits: int | None
    base_rate: Fraction | None
    average_rate: Fraction | None
    sample_aspect: Fraction | None
    rotation_degrees: float
    field_order: str
    colour_transfer: str
    colour_primaries: str
    colour_matrix: str
    colour_range: str
    channels: int
    sample_rate_hz: int


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file. `duration_seconds` is the container's claim, None when it makes none."""

    container: str
    size_bytes: int
    duration_seconds: float | None
    start_seconds: float | None
    streams: tuple[Stream, ...]


class _Sheet:
    """Reads ffprobe's loosely typed JSON objects; anything unexpected counts as absent."""

    def __init__(self, raw: object) -> None:
        self._raw: dict[str, Any] = raw if isinstance(raw, dict) else {}

    def text(self, name: str, otherwise: str = "") -> str:
        value = self._raw.get(name)
        return display_name(value, limit=_TITLE_CHARACTERS) if isinstance(value, str) and value else otherwise

    def number(self, name: str) -> float | None:
        try:
            value = float(self._raw.get(name, "nan"))
        except (TypeError, ValueError):
            return None
        return value if math.isfinite(value) and abs(value) < _LARGEST_NUMBER else None

    def integer(self, name: str) -> int:
        return int(self.number(name) or 0)

    def ratio(self, name: str) -> Fraction | None:
        text = str(self._raw.get(name, "")).replace(":", "/")
        try:
            value = Fraction(text)
        except (ValueError, ZeroDivisionError):
            return None
        return value if value > 0 else None

    def sheet(self, name: str) -> "_Sheet":
        return _Sheet(self._raw.get(name))

    def sheets(self, name: str) -> list["_Sheet"]:
        value = self._raw.get(name)
        return [_Sheet(one) for one in value] if isinstance(value, list) else []

    def has(self, name: str) -> bool:
        return name in self._raw


def _rotation(sheet: _Sheet) -> float:
    """Return the clockwise rotation; ffprobe gives it counter-clockwise, and old files as a clockwise tag."""
    for side in sheet.sheets("side_data_list"):
        if side.has("rotation"):
            return -(side.number("rotation") or 0.0) % 360
    return (sheet.sheet("tags").number("rotate") or 0.0) % 360


def _stream(sheet: _Sheet) -> Stream:
    disposition, tags = sheet.sheet("disposition"), sheet.sheet("tags")
    language = tags.text("language") or tags.text("LANGUAGE")
    return Stream(
        index=sheet.integer("index"),
        kind=sheet.text("codec_type", "unknown"),
        codec=sheet.text("codec_name", "unknown"),
        language=language or None,
        title=tags.text("title"),
        default=disposition.integer("default") == 1,
        forced=disposition.integer("forced") == 1,
        cover_picture=disposition.integer("attached_pic") == 1 or disposition.integer("still_image") == 1,
        start_seconds=sheet.number("start_time"),
        duration_seconds=sheet.number("duration"),
        width=sheet.integer("width"),
        height=sheet.integer("height"),
        pixel_format=sheet.text("pix_fmt", "unknown"),
        raw_bits=sheet.integer("bits_per_raw_sample") or None,
        base_rate=sheet.ratio("r_frame_rate"),
        average_rate=sheet.ratio("avg_frame_rate"),
        sample_aspect=sheet.ratio("sample_aspect_ratio"),
        rotation_degrees=_rotation(sheet),
        field_order=sheet.text("field_order", "unknown"),
        colour_transfer=sheet.text("color_transfer", "unknown"),
        colour_primaries=sheet.text("color_primaries", "unknown"),
        colour_matrix=sheet.text("color_space", "unknown"),
        colour_range=sheet.text("color_range", "unknown"),
        channels=sheet.integer("channels"),
        sample_rate_hz=sheet.integer("sample_rate"),
    )


async def _ask(path: Path, work_dir: Path, options: list[str], limits: Limits) -> _Sheet:
    argv = [str(find_tools().ffprobe), "-v", "error", *options, "-of", "json", *probe_arguments()]
    try:
        finished = await run(argv, limits=limits, work_dir=work_dir, inputs={INPUT_DESCRIPTOR: path})
        return _Sheet(msgspec.json.decode(finished.stdout))
    except ChildError as error:
        if error.interrupted():
            raise InterruptedToolError("Reading the file's headers was interrupted; try again.") from error
        raise UnreadableError(_sentence(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError("The file's headers make no sense; it is damaged.") from error


def _sentence(error: ChildError) -> str:
    if isinstance(error, ChildTimedOutError):
        return "Reading the file's headers took too long; it is damaged or made to waste time."
    if isinstance(error, ChildFailedError):
        return "The file is not a film that can be read: its format is unknown or damaged."
    return "Reading the file's headers needed more than is reasonable; it is damaged."


async def probe(path: Path, *, work_dir: Path, limits: Limits = PROBE_LIMITS) -> Probed:
    """Describe a file in a confined child.

    Args:
        path: a regular file; a link is refused.
        work_dir: an existing folder for the child.
        limits: of the child.

    Raises:
        UnreadableError: when no allowed container is recognised, or within the limits not understood.
        InterruptedToolError: when the child was ended from outside; says nothing of the file.
    """
    size_bytes = path.stat().st_size
    sheet = await _ask(path, work_dir, ["-show_entries", _FIELDS], limits)
    form = sheet.sheet("format")
    streams = tuple(_stream(one) for one in sheet.sheets("streams"))
    if not streams:
        raise UnreadableError("The file holds no picture and no sound.")
    return Probed(
        container=form.text("format_name", "unknown").split(",", 1)[0],
        size_bytes=size_bytes,
        duration_seconds=form.number("duration"),
        start_seconds=form.number("start_time"),
        streams=streams,
    )


async def picture_times(path: Path, *, index: int, work_dir: Path, limits: Limits = PROBE_LIMITS) -> tuple[float, ...]:
    """Return the ascending timestamps in seconds of a picture track's first 1200 frames; those without are left out.

    Raises:
        UnreadableError: when the packets cannot be read.
        InterruptedToolError: when the child was ended from outside; says nothing of the file.
    """
    options = ["-select_streams", str(index), "-read_intervals", f"%+#{_TIMED_PACKETS}"]
    sheet = await _ask(path, work_dir, [*options, "-show_entries", "packet=pts_time"], limits)
    times = {time for packet in sheet.sheets("packets") if (time := packet.number("pts_time")) is not None}
    return tuple(sorted(times))
