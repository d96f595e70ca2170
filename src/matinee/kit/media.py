"""What a film file is made of: the words that ingest, transcode and catalogue share."""

from fractions import Fraction
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Dynamics = Literal["sdr", "pq", "hlg"]
Severity = Literal["note", "warning", "refusal"]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$", description="BCP 47; 'und' when unknown")]


class Rate(msgspec.Struct, frozen=True):
    """Frames per second as an exact fraction, such as 30000/1001."""

    numerator: int
    denominator: int

    def fraction(self) -> Fraction:
        """Return the rate as a Fraction."""
        return Fraction(self.numerator, self.denominator)

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


class VideoTrack(msgspec.Struct, frozen=True, kw_only=True):
    """One picture track.

    Attributes:
        index: ffprobe's stream index in the file.
        width: coded width in pixels; `height` likewise.
        display_width: width after sample aspect ratio and rotation, in square pixels; `display_height` likewise.
        rotation_degrees: clockwise, one of 0, 90, 180, 270.
        rate: the constant output rate chosen for the film, from the source's own.
        variable_rate: whether source timestamps are uneven.
        interlaced: whether fields must be merged before encoding.
        colour_*: ffmpeg's names, "unknown" when the file does not say.
    """

    index: int
    codec: str
    width: int
    height: int
    display_width: int
    display_height: int
    rotation_degrees: int
    rate: Rate
    variable_rate: bool
    interlaced: bool
    pixel_format: str
    bit_depth: int
    dynamics: Dynamics
    colour_primaries: str
    colour_transfer: str
    colour_matrix: str
    colour_range: str


class AudioTrack(msgspec.Struct, frozen=True, kw_only=True):
    """One sound track. `channels` counts all, LFE included; `title` is the file's own label, made safe to show."""

    index: int
    codec: str
    channels: int
    sample_rate_hz: int
    language: Language
    title: str
    default: bool


class TextTrack(msgspec.Struct, frozen=True, kw_only=True):
    """One subtitle track inside the file. Bitmap tracks (PGS, DVD) cannot become WebVTT and are reported."""

    index: int
    codec: str
    language: Language
    title: str
    forced: bool
    bitmap: bool


class SourceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What ffprobe says of a file. `start_seconds` is the earliest timestamp, often not zero."""

    container: str
    size_bytes: int
    duration_seconds: float
    start_seconds: float
    video: VideoTrack
    audio: tuple[AudioTrack, ...]
    text: tuple[TextTrack, ...]


class Loudness(msgspec.Struct, frozen=True, kw_only=True):
    """EBU R 128 figures of one sound track, for the second pass of normalisation."""

    index: int
    integrated_lufs: float
    true_peak_dbtp: float
    range_lu: float
    threshold_lufs: float


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What one full decode found.

    Attributes:
        frame_count: frames at the constant output rate; every rendition must have exactly as many.
        scene_starts: numbers of output frames at which a new shot starts, ascending, without 0.
        loudness: one entry for each sound track that is not silent.
        decode_errors: how many errors the decoder reported and got over.
    """

    frame_count: int
    scene_starts: tuple[int, ...]
    loudness: tuple[Loudness, ...]
    decode_errors: int


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One plain-language line of an inspection report. `code` is stable, such as `interlaced`."""

    severity: Severity
    code: str
    sentence: str


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """The report on one source. A refusal leaves `facts` or `analysis` empty where they could not be had."""

    accepted: bool
    findings: tuple[Finding, ...]
    facts: SourceFacts | None = None
    analysis: Analysis | None = None
