"""From ffprobe's words to `kit.media`'s."""

import re
from fractions import Fraction

from matinee.engines.media.languages import language_tag
from matinee.engines.media.probe import Probed, Stream
from matinee.engines.media.rates import Pace
from matinee.kit.media import AudioTrack, Dynamics, SourceFacts, TextTrack, VideoTrack

_BITMAP_TEXT = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub", "dvb_teletext"})
_PLAIN_TEXT = frozenset({"mov_text", "subrip", "srt", "ass", "ssa", "webvtt", "text"})
_INTERLACED = frozenset({"tt", "bb", "tb", "bt"})
_DYNAMICS: dict[str, Dynamics] = {"smpte2084": "pq", "arib-std-b67": "hlg"}
_BITS_IN_NAME = re.compile(r"(?:p|gray|gbrap?|x2rgb|rgb|bgr|nv|y2)(9|10|12|14|16)(?:le|be)?$|p0(10|12|16)(?:le|be)$")
_BITS_USUAL = 8
_QUARTER_TURN = 90


def main_picture(probed: Probed) -> Stream | None:
    """Return the moving picture that becomes the film: the largest, the first among equals; never a cover."""
    pictures = [one for one in probed.streams if one.kind == "video" and not one.cover_picture]
    return max(pictures, key=lambda one: (one.width * one.height, -one.index), default=None)


def sounds(probed: Probed) -> list[Stream]:
    """Return the sound tracks that can be decoded."""
    return [one for one in probed.streams if one.kind == "audio" and one.codec != "unknown" and one.channels > 0]


def rotation_degrees(stream: Stream) -> int:
    """Return the clockwise rotation to the nearest quarter turn."""
    return round(stream.rotation_degrees / _QUARTER_TURN) * _QUARTER_TURN % 360


def display_size(stream: Stream) -> tuple[int, int]:
    """Return width and height in square pixels, after rotation, at least 1 each."""
    aspect = stream.sample_aspect or Fraction(1)
    width, height = max(1, round(stream.width * aspect)), max(1, stream.height)
    return (height, width) if rotation_degrees(stream) % 180 else (width, height)


def bit_depth(stream: Stream) -> int:
    """Return bits per sample, from the pixel format's name, else as stated, else 8."""
    match = _BITS_IN_NAME.search(stream.pixel_format)
    if match:
        return int(match.group(1) or match.group(2))
    return stream.raw_bits or _BITS_USUAL


def video_track(stream: Stream, pace: Pace) -> VideoTrack:
    """Return the picture track with its chosen rate."""
    display_width, display_height = display_size(stream)
    return VideoTrack(
        index=stream.index,
        codec=stream.codec,
        width=stream.width,
        height=stream.height,
        display_width=display_width,
        display_height=display_height,
        rotation_degrees=rotation_degrees(stream),
        rate=pace.output_rate,
        variable_rate=pace.variable,
        interlaced=stream.field_order in _INTERLACED,
        pixel_format=stream.pixel_format,
        bit_depth=bit_depth(stream),
        dynamics=_DYNAMICS.get(stream.colour_transfer, "sdr"),
        colour_primaries=stream.colour_primaries,
        colour_transfer=stream.colour_transfer,
        colour_matrix=stream.colour_matrix,
        colour_range=stream.colour_range,
    )


def _audio_track(stream: Stream) -> AudioTrack:
    return AudioTrack(
        index=stream.index,
        codec=stream.codec,
        channels=stream.channels,
        sample_rate_hz=stream.sample_rate_hz,
        language=language_tag(stream.language),
        title=stream.title,
        default=stream.default,
    )


def _text_track(stream: Stream) -> TextTrack:
    return TextTrack(
        index=stream.index,
        codec=stream.codec,
        language=language_tag(stream.language),
        title=stream.title,
        forced=stream.forced,
        bitmap=stream.codec in _BITMAP_TEXT,
    )


def start_seconds(probed: Probed, picture: Stream) -> float:
    """Return the earliest timestamp among the picture and the sounds, in seconds."""
    starts = [one.start_seconds for one in (picture, *sounds(probed)) if one.start_seconds is not None]
    return min(starts, default=probed.start_seconds or 0.0)


def source_facts(probed: Probed, picture: Stream, pace: Pace) -> SourceFacts:
    """Return all that is known before decoding; a duration the container does not state is 0."""
    text = [one for one in probed.streams if one.kind == "subtitle" and one.codec in _BITMAP_TEXT | _PLAIN_TEXT]
    return SourceFacts(
        container=probed.container,
        size_bytes=probed.size_bytes,
        duration_seconds=probed.duration_seconds or 0.0,
        start_seconds=start_seconds(probed, picture),
        video=video_track(picture, pace),
        audio=tuple(_audio_track(one) for one in sounds(probed)),
        text=tuple(_text_track(one) for one in text),
    )
