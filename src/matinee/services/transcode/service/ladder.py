"""Which renditions a film gets: sizes, rate caps, levels. The one place where a choice per title will stand."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import msgspec

from matinee.contracts.transcode import Codec
from matinee.kit.media import Rate, SourceFacts

# Height of a 16:9 box, its H.264 rate cap in kbit/s at 30 frames a second, and the constant rate factor that is capped.
_BOXES = (
    (2160, 18_000, 23),
    (1440, 10_000, 22),
    (1080, 6_000, 22),
    (720, 3_500, 22),
    (540, 2_000, 22),
    (360, 900, 23),
    (240, 450, 24),
)
_REFERENCE_RATE = 30.0
_RATE_EXPONENT = 0.75
_MIN_BITS_PER_SECOND = 150_000
_SMALLEST_EDGE = 2
# A rendition that has nearly as many pixels as the one above it would add nothing.
_NEXT_SHARE = 0.85
_FIRST_RENDITION_HEIGHT = 360
# A viewer should wait for at most about a quarter of the whole, packaging included.
_FIRST_SHARE = 0.12
_BUFFER_SECONDS = 1.5
# AV1 reaches the same quality with about 60 % of the rate; its constant rate factors run from 0 to 63.
_AV1_SHARE = 0.6
_AV1_CRF_OFFSET = 12

# ITU-T H.264 table A-1: level, macroblocks per second, macroblocks per frame, kbit/s in High profile.
_H264_LEVELS = (
    ("1.0", 1_485, 99, 80),
    ("1.1", 3_000, 396, 240),
    ("1.2", 6_000, 396, 480),
    ("1.3", 11_880, 396, 960),
    ("2.0", 11_880, 396, 2_500),
    ("2.1", 19_800, 792, 5_000),
    ("2.2", 20_250, 1_620, 5_000),
    ("3.0", 40_500, 1_620, 12_500),
    ("3.1", 108_000, 3_600, 17_500),
    ("3.2", 216_000, 5_120, 25_000),
    ("4.0", 245_760, 8_192, 25_000),
    ("4.2", 522_240, 8_704, 62_500),
    ("5.0", 589_824, 22_080, 168_750),
    ("5.1", 983_040, 36_864, 300_000),
    ("5.2", 2_073_600, 36_864, 300_000),
    ("6.2", 16_711_680, 139_264, 1_000_000),
)


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One rendition to make.

    Attributes:
        name: letters, digits and `_`, such as `h264_720p`; a folder and part of tool arguments.
        crf: constant rate factor, capped by `max_bits_per_second` over `buffer_bits`.
        level: H.264 level such as `4.0`; empty for AV1, whose encoder chooses.
    """

    name: str
    codec: Codec
    width: int
    height: int
    crf: int
    max_bits_per_second: int
    buffer_bits: int
    level: str

    def pixels(self) -> int:
        """Return the pixels of one frame; an estimate of work."""
        return self.width * self.height


def _even(value: Fraction) -> int:
    return max(_SMALLEST_EDGE, 2 * round(value / 2))


def _fit(width: int, height: int, box_height: int) -> tuple[int, int]:
    """Return the largest even size of the same shape inside a 16:9 box (9:16 for upright films), never larger."""
    long_edge, short_edge = Fraction(box_height * 16, 9), Fraction(box_height)
    box = (long_edge, short_edge) if width >= height else (short_edge, long_edge)
    scale = min(Fraction(1), box[0] / width, box[1] / height)
    if scale == 1:
        return max(_SMALLEST_EDGE, width - width % 2), max(_SMALLEST_EDGE, height - height % 2)
    return _even(width * scale), _even(height * scale)


def _sizes(width: int, height: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield (box height, width, height, cap in kbit/s, crf) from large to small; the first is the source's own size."""
    contains = [box for box in _BOXES if _fits(width, height, box[0])]
    top = contains[-1] if contains else _BOXES[0]
    previous: int | None = None
    for box_height, cap, crf in (box for box in _BOXES if box[0] <= top[0]):
        size = _fit(width, height, box_height)
        pixels = size[0] * size[1]
        if previous is None or pixels <= _NEXT_SHARE * previous:
            yield box_height, *size, cap, crf
            previous = pixels


def _fits(width: int, height: int, box_height: int) -> bool:
    return _fit(width, height, box_height) == _fit(width, height, max(width, height) * 2)


def h264_level(width: int, height: int, rate: Rate, max_bits_per_second: int) -> str:
    """Return the lowest level that holds the size, the rate and the cap (ITU-T H.264 table A-1)."""
    blocks = -(-width // 16) * -(-height // 16)
    per_second = blocks * rate.fraction()
    for level, level_per_second, level_blocks, kilobits in _H264_LEVELS:
        longest_edge = 16 * int((8 * level_blocks) ** 0.5)
        if (
            per_second <= level_per_second
            and blocks <= level_blocks
            and max_bits_per_second <= kilobits * 1000
            and max(width, height) <= longest_edge
        ):
            return level
    return _H264_LEVELS[-1][0]


def _rung(codec: Codec, size: tuple[int, int, int, int, int], rate: Rate) -> Rung:
    box_height, width, height, kilobits, crf = size
    share = float(rate.fraction()) / _REFERENCE_RATE * width * height / (box_height * box_height * 16 / 9)
    cap = max(_MIN_BITS_PER_SECOND, int(kilobits * 1000 * share**_RATE_EXPONENT))
    if codec == "av1":
        cap, crf = int(cap * _AV1_SHARE), crf + _AV1_CRF_OFFSET
    return Rung(
        name=f"{codec}_{box_height}p",
        codec=codec,
        width=width,
        height=height,
        crf=crf,
        max_bits_per_second=cap,
        buffer_bits=int(cap * _BUFFER_SECONDS),
        level=h264_level(width, height, rate, cap) if codec == "h264" else "",
    )


def choose_ladder(facts: SourceFacts, codecs: Sequence[Codec]) -> tuple[Rung, ...]:
    """Return the renditions of a film, H.264 first, each codec from large to small; at least one.

    No rendition is larger than the source. Sizes keep the display shape after sample aspect ratio and rotation. A
    choice per title (trial encodes, convex hull) replaces the fixed boxes here and nowhere else.
    """
    video = facts.video
    sizes = list(_sizes(video.display_width, video.display_height))
    wanted: tuple[Codec, ...] = ("h264", *codecs)
    return tuple(_rung(codec, size, video.rate) for codec in dict.fromkeys(wanted) for size in sizes)


def first_rendition(rungs: Sequence[Rung]) -> Rung:
    """Return the H.264 rendition to publish early: near 360 lines, or lower where that is much of the whole work."""
    plain = [rung for rung in rungs if rung.codec == "h264"]
    work = sum(rung.pixels() for rung in plain)
    quick = [rung for rung in plain if rung.pixels() <= _FIRST_SHARE * work] or plain[-1:]
    return min(quick, key=lambda rung: abs(min(rung.width, rung.height) - _FIRST_RENDITION_HEIGHT))
