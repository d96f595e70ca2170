"""Runs as a process of its own: one untrusted picture in on stdin, clean WebP pictures out on stdout.

`python -I -m …picture_child KIND MEMORY_BYTES CPU_SECONDS`. Before a byte of the picture is looked at, the process
gives up new files and sockets, children, and all but the stated memory and time.
"""

import io
import resource
import sys
import warnings
from typing import Literal

import msgspec
from PIL import (
    Image,
    ImageCms,
    ImageFilter,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from matinee.services.catalogue.ports import MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, OFFERED_WIDTHS

Kind = Literal["poster", "backdrop"]
_SHAPES: dict[str, tuple[int, int]] = {"poster": (2, 3), "backdrop": (16, 9)}
_FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
)
_OPEN_FILES = 3  # stdin, stdout, stderr; so nothing can be opened any more
_MAP_SIDE = 64
_SHAPE_TOLERANCE = 0.02
_CENTRE_PULL = 0.35
_QUALITY = 82
_ORIENTATION = 0x0112


class Outcome(msgspec.Struct, frozen=True):
    """What the parent reads: pictures by width, or a sentence that says why there are none."""

    by_width: dict[int, bytes] = {}
    refusal: str = ""


class RefusedError(Exception):
    """The picture is not one that we take."""


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up what decoding does not need."""
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_NPROC: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def decoded(data: bytes) -> Image.Image:
    """Return the first frame, upright, in sRGB, without transparency.

    Raises:
        RefusedError: when it is not a JPEG, PNG or WebP in bounds.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=[f for f in _FORMATS if f])
    except UnidentifiedImageError as error:
        raise RefusedError("The picture is not a JPEG, PNG or WebP.") from error
    if image.width * image.height > MAX_PICTURE_PIXELS:
        raise RefusedError(f"The picture has more than {MAX_PICTURE_PIXELS // 1_000_000} megapixels.")
    image.draft("RGB", (2 * OFFERED_WIDTHS[-1], 2 * OFFERED_WIDTHS[-1]))
    image.load()
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "CMYK" or (profile and upright.mode == "RGB"):
        return _in_srgb(upright, profile)
    if upright.has_transparency_data:
        over = Image.new("RGBA", upright.size, "black")
        return Image.alpha_composite(over, upright.convert("RGBA")).convert("RGB")
    return upright.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            return image.convert("RGB")
        if converted is not None:
            return converted
    return image.convert("RGB")


def interest(image: Image.Image) -> list[list[int]]:
    """Return a small map of how much happens where: edges, since faces and shapes have them and skies do not."""
    small = (
        image.convert("L")
        .resize((_MAP_SIDE, _MAP_SIDE), Image.Resampling.BOX, reducing_gap=2.0)
        .filter(ImageFilter.FIND_EDGES)
    )
    values = small.tobytes()
    # The filter sees the picture's border as an edge.
    return [
        [0 if {x, y} & {0, _MAP_SIDE - 1} else values[y * _MAP_SIDE + x] for x in range(_MAP_SIDE)]
        for y in range(_MAP_SIDE)
    ]


def best_offset(weights: list[int], share: float) -> float:
    """Return where a window of `share` of the length begins, 0 to 1 - share, to hold most of the weight.

    Of windows that hold nearly the same, the one nearer to the middle is taken.
    """
    length = max(1, round(len(weights) * share))
    places = len(weights) - length
    if places <= 0:
        return 0.0
    total = sum(weights) or 1

    def value(start: int) -> float:
        off_centre = abs(2 * start / places - 1)
        return sum(weights[start : start + length]) / total - _CENTRE_PULL * share * off_centre**2

    return max(range(places + 1), key=value) / places * (1 - share)


def cut(image: Image.Image, kind: str) -> Image.Image:
    """Return the part of the picture that has the kind's shape and shows most."""
    across, down = _SHAPES[kind]
    wanted, actual = across / down, image.width / image.height
    if abs(wanted / actual - 1) < _SHAPE_TOLERANCE:
        return image
    rows = interest(image)
    if actual > wanted:
        share = wanted / actual
        left = round(best_offset([sum(column) for column in zip(*rows, strict=True)], share) * image.width)
        return image.crop((left, 0, left + round(image.width * share), image.height))
    share = actual / wanted
    top = round(best_offset([sum(row) for row in rows], share) * image.height)
    return image.crop((0, top, image.width, top + round(image.height * share)))


def scaled(image: Image.Image, kind: str) -> dict[int, bytes]:
    """Return WebP pictures by offered width, never enlarged; the last may be narrower than its name."""
    across, down = _SHAPES[kind]
    if image.width < OFFERED_WIDTHS[0]:
        raise RefusedError(
            f"The picture is too small: cut to {across}:{down} it is {image.width} pixels wide, not 240."
        )
    pictures: dict[int, bytes] = {}
    for width in OFFERED_WIDTHS:
        target = min(width, image.width)
        size = (target, round(target * down / across))
        sized = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        buffer = io.BytesIO()
        sized.save(buffer, "WEBP", quality=_QUALITY, method=4)
        pictures[width] = buffer.getvalue()
        if width >= image.width:
            break
    return pictures


def outcome(data: bytes, kind: str) -> Outcome:
    """Return the pictures or the refusal. Whatever the decoder says, the picture is at fault."""
    try:
        return Outcome(scaled(cut(decoded(data), kind), kind))
    except RefusedError as error:
        return Outcome(refusal=str(error))
    except MemoryError:
        return Outcome(refusal="The picture takes too much memory to read.")
    except Exception as error:  # noqa: BLE001  # decoders raise what they like on damaged input
        return Outcome(refusal=f"The picture is damaged ({type(error).__name__}).")


def warm_up() -> None:
    """Decode and encode a few harmless pictures, so that nothing is left to import once no file can be opened."""
    exif, profile = Image.Exif(), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif[_ORIENTATION] = 6
    for mode, image_format in (("RGB", "JPEG"), ("CMYK", "JPEG"), ("RGBA", "PNG"), ("P", "PNG"), ("RGB", "WEBP")):
        buffer = io.BytesIO()
        sample = Image.new(mode, (OFFERED_WIDTHS[0], OFFERED_WIDTHS[0]))
        sample.save(buffer, image_format, exif=exif, **({"icc_profile": profile} if mode == "RGB" else {}))
        cut(decoded(buffer.getvalue()), "poster").resize((2, 3)).save(io.BytesIO(), "WEBP")
        outcome(buffer.getvalue()[:200], "poster")


def main() -> None:
    """Read one picture, write the outcome."""
    kind, memory_bytes, cpu_seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    Image.MAX_IMAGE_PIXELS = MAX_PICTURE_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    warm_up()
    data = sys.stdin.buffer.read(MAX_PICTURE_BYTES + 1)
    confine(memory_bytes, cpu_seconds)
    sys.stdout.buffer.write(msgspec.msgpack.encode(outcome(data, kind)))


if __name__ == "__main__":
    main()
