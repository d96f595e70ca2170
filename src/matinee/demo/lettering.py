"""Type: Pillow's built-in face, given weight, tracking and size, as masks to print with any colour."""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

_SMOOTH = 2


@lru_cache(maxsize=64)
def _face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def line(text: str, *, size: int, weight: float = 0.0, tracking: float = 0.0) -> Image.Image:
    """Return one line of type as a mask (mode L) cut to its ink.

    Args:
        text: ASCII; the face has little more.
        size: em in pixels.
        weight: added to each side of every stroke, in hundredths of an em.
        tracking: added between letters, in hundredths of an em.
    """
    em = size * _SMOOTH
    face = _face(em)
    stroke = weight * em / 100
    gap = tracking * em / 100 + stroke * 1.4
    advance = [face.getlength(letter) for letter in text]
    sheet = Image.new("L", (int(sum(advance) + gap * len(text) + em), em * 2))
    pen, place = ImageDraw.Draw(sheet), em / 2
    for letter, step in zip(text, advance, strict=True):
        pen.text((place, em * 1.5), letter, font=face, fill=255, anchor="ls", stroke_width=stroke)
        place += step + gap
    box = sheet.getbbox() or (0, 0, _SMOOTH, _SMOOTH)
    ink = sheet.crop(box)
    return ink.resize((max(1, ink.width // _SMOOTH), max(1, ink.height // _SMOOTH)), Image.Resampling.LANCZOS)


def fitted(text: str, *, width: int, height: int, weight: float = 0.0, tracking: float = 0.0) -> Image.Image:
    """Return one line of type as large as fits into a box, see `line`."""
    trial = line(text, size=100, weight=weight, tracking=tracking)
    size = 100 * min(width / trial.width, height / trial.height)
    return line(text, size=max(6, int(size)), weight=weight, tracking=tracking)


def stack(lines: tuple[str, ...], *, width: int, height: int, weight: float, leading: float = 0.24) -> Image.Image:
    """Return several lines of one size, flush left, as one mask within a box.

    Args:
        lines: from top to bottom.
        width: of the box in pixels; `height` likewise.
        weight: see `line`.
        leading: space between lines, as a part of the height of a capital.
    """
    widest = max(line(text, size=100, weight=weight).width for text in lines)
    masks = [line(text, size=max(6, int(100 * width / widest)), weight=weight) for text in lines]
    gap = int(min(mask.height for mask in masks) * leading)
    tall = sum(mask.height for mask in masks) + gap * (len(masks) - 1)
    sheet = Image.new("L", (max(mask.width for mask in masks), tall))
    top = 0
    for mask in masks:
        sheet.paste(mask, (0, top))
        top += mask.height + gap
    if sheet.height > height:
        sheet = sheet.resize((max(1, sheet.width * height // sheet.height), height), Image.Resampling.LANCZOS)
    return sheet


def stamp(image: Image.Image, mask: Image.Image, place: tuple[int, int], ink: tuple[int, ...]) -> None:
    """Print a mask on an image with its upper left corner at `place`."""
    image.paste(ink, (place[0], place[1], place[0] + mask.width, place[1] + mask.height), mask)


def title_card(
    width: int, height: int, *, lines: tuple[str, ...], above: str, ink: tuple[int, int, int]
) -> Image.Image:
    """Return a film's title, transparent around it (RGBA), to lie over the opening shot."""
    card = Image.new("RGBA", (width, height), (*ink, 0))
    size = round(height * 0.1)
    masks = [line(text, size=size, weight=1.6, tracking=3) for text in lines]
    small = line(above, size=round(height * 0.021), weight=0.6, tracking=26)
    gap, rule = round(size * 0.42), round(height * 0.05)
    tall = small.height + rule * 2 + sum(mask.height for mask in masks) + gap * (len(masks) - 1)
    top = (height - tall) // 2
    sheet = Image.new("L", (width, height))
    sheet.paste(small, ((width - small.width) // 2, top))
    top += small.height + rule
    half = round(height * 0.03)
    ImageDraw.Draw(sheet).rectangle((width // 2 - half, top, width // 2 + half, top + max(1, height // 480)), fill=230)
    top += rule
    for mask in masks:
        sheet.paste(mask, ((width - mask.width) // 2, top))
        top += mask.height + gap
    card.putalpha(sheet)
    return card
