"""Posters and backdrops: one house, seven layouts, each film's own picture."""

from collections.abc import Callable
from itertools import islice

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from matinee.demo.canvas import Canvas
from matinee.demo.lettering import fitted, line, stack, stamp
from matinee.demo.palettes import Colour, colour
from matinee.demo.screenplay import Layout, Poster

POSTER = (800, 1200)
BACKDROP = (1920, 1080)
_MARGIN = 56


def _draw(plan: Poster, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Return the poster's picture at a size in pixels."""
    canvas = Canvas(max(16, round(size[0] * plan.drawn)), max(16, round(size[1] * plan.drawn)), plan.run)
    frame = next(islice(plan.picture(canvas, rng), plan.at, None))
    image = Image.fromarray(np.ascontiguousarray(frame))
    return image.resize(size, Image.Resampling.LANCZOS) if image.size != size else image


def _imprint(image: Image.Image, mark: str, ink: Colour, *, top: int = 40) -> None:
    """Print the house line: the mark on the left, the house's name on the right."""
    left, right = line(mark, size=19, weight=1.2, tracking=14), line("MATINEE", size=19, weight=2.2, tracking=20)
    stamp(image, left, (_MARGIN, top), ink)
    stamp(image, right, (POSTER[0] - _MARGIN - right.width, top), ink)


def _darken(image: Image.Image, paper: Colour, *, start: float) -> None:
    """Let a picture sink into a colour, from a part of its height on, nearly all of it 220 pixels further down."""
    height = image.height
    ramp = np.clip((np.arange(height) - start * height) / 260, 0, 1) ** 1.1 * 255 * 0.92
    mask = Image.fromarray(np.repeat(ramp.astype(np.uint8)[:, None], image.width, axis=1))
    image.paste(paper, (0, 0, image.width, height), mask)


def _bleed(plan: Poster, lines: tuple[str, ...], mark: str, rng: np.random.Generator) -> Image.Image:
    image = _draw(plan, POSTER, rng)
    paper, ink = colour(plan.paper), colour(plan.ink)
    title = stack(lines, width=POSTER[0] - 2 * _MARGIN, height=420, weight=2.4)
    top = POSTER[1] - _MARGIN - 12 - title.height
    _darken(image, paper, start=(top - 240) / POSTER[1])
    stamp(image, title, (_MARGIN, top), ink)
    ImageDraw.Draw(image).rectangle((_MARGIN, top - 44, _MARGIN + 90, top - 39), fill=ink)
    _imprint(image, mark, ink)
    return image


def _block(plan: Poster, lines: tuple[str, ...], mark: str, rng: np.random.Generator) -> Image.Image:
    paper, ink = colour(plan.paper), colour(plan.ink)
    image = Image.new("RGB", POSTER, paper)
    title = stack(lines, width=POSTER[0] - 2 * _MARGIN, height=330, weight=3.0)
    edge = POSTER[1] - title.height - 150
    image.paste(_draw(plan, (POSTER[0], edge), rng), (0, 0))
    stamp(image, title, (_MARGIN, edge + 48), ink)
    _imprint(image, mark, ink, top=POSTER[1] - 58)
    return image


def _window(plan: Poster, lines: tuple[str, ...], mark: str, rng: np.random.Generator) -> Image.Image:
    paper, ink = colour(plan.paper), colour(plan.ink)
    image = Image.new("RGB", POSTER, paper)
    title = stack(lines, width=POSTER[0] - 2 * _MARGIN, height=330, weight=2.2)
    top = 96 + title.height + 44
    stamp(image, title, (_MARGIN, 96), ink)
    image.paste(_draw(plan, (POSTER[0] - 2 * _MARGIN, POSTER[1] - top - _MARGIN), rng), (_MARGIN, top))
    _imprint(image, mark, ink)
    return image


def _round(image: Image.Image, art: Image.Image, place: tuple[int, int]) -> None:
    """Lay a square picture on an image, cut to a disc."""
    across = art.width
    mask = Image.new("L", (across * 2, across * 2))
    ImageDraw.Draw(mask).ellipse((2, 2, across * 2 - 3, across * 2 - 3), fill=255)
    image.paste(art, place, mask.resize((across, across), Image.Resampling.LANCZOS))


def _disc(plan: Poster, lines: tuple[str, ...], mark: str, rng: np.random.Generator) -> Image.Image:
    paper, ink = colour(plan.paper), colour(plan.ink)
    image = Image.new("RGB", POSTER, paper)
    across = 688
    left, top = (POSTER[0] - across) // 2, 108
    _round(image, _draw(plan, (across, across), rng), (left, top))
    ImageDraw.Draw(image).ellipse((left - 14, top - 14, left + across + 13, top + across + 13), outline=ink, width=2)
    title = stack(lines, width=POSTER[0] - 2 * _MARGIN, height=POSTER[1] - top - across - 60 - _MARGIN - 10, weight=2.4)
    stamp(image, title, (_MARGIN, POSTER[1] - _MARGIN - 10 - title.height), ink)
    _imprint(image, mark, ink)
    return image


def _spine(plan: Poster, lines: tuple[str, ...], _mark: str, rng: np.random.Generator) -> Image.Image:
    paper, ink = colour(plan.paper), colour(plan.ink)
    image = Image.new("RGB", POSTER, paper)
    title = stack(lines, width=POSTER[1] - 190, height=226, weight=2.6).transpose(Image.Transpose.ROTATE_90)
    edge = _MARGIN + title.width + 34
    image.paste(_draw(plan, (POSTER[0] - edge, POSTER[1]), rng), (edge, 0))
    stamp(image, title, (_MARGIN - 12, POSTER[1] - _MARGIN - title.height), ink)
    stamp(image, line("MATINEE", size=19, weight=2.2, tracking=20), (_MARGIN - 12, 40), ink)
    return image


def _letters(plan: Poster, lines: tuple[str, ...], mark: str, rng: np.random.Generator) -> Image.Image:
    paper, ink = colour(plan.paper), colour(plan.ink)
    image = Image.new("RGB", POSTER, paper)
    art = _draw(plan, POSTER, rng)
    word = "".join(lines)
    half = -(-len(word) // 2)
    rows = (word[:half], word[half:]) if len(word) <= 4 else (word[:3], word[3:5], word[5:])  # noqa: PLR2004 - rows of two or three letters
    high = (POSTER[1] - 150 - 26 * (len(rows) - 1)) // len(rows)
    top = 96
    for row in rows:
        glyphs = fitted(row, width=4000, height=high, weight=5.0, tracking=1).resize(
            (POSTER[0] - 2 * _MARGIN, high), Image.Resampling.LANCZOS
        )
        image.paste(art.crop((_MARGIN, top, _MARGIN + glyphs.width, top + high)), (_MARGIN, top), glyphs)
        top += high + 26
    _imprint(image, mark, ink)
    return image


def _strips(plan: Poster, lines: tuple[str, ...], mark: str, rng: np.random.Generator) -> Image.Image:
    paper, ink = colour(plan.paper), colour(plan.ink)
    image = Image.new("RGB", POSTER, paper)
    art = _draw(plan, (POSTER[0], POSTER[1] - 330), rng)
    count, gap = 5, 12
    wide = (POSTER[0] - 2 * _MARGIN - gap * (count - 1)) // count
    for number in range(count):
        left = _MARGIN + number * (wide + gap)
        drop = (0, 46, 12, 60, 26)[number]
        image.paste(art.crop((left, drop, left + wide, art.height)), (left, 92 + drop))
    title = fitted(" ".join(lines), width=POSTER[0] - 2 * _MARGIN, height=150, weight=3.0)
    stamp(image, title, (_MARGIN, POSTER[1] - _MARGIN - 8 - title.height), ink)
    _imprint(image, mark, ink)
    return image


_LAYOUTS: dict[Layout, Callable[[Poster, tuple[str, ...], str, np.random.Generator], Image.Image]] = {
    "bleed": _bleed,
    "block": _block,
    "window": _window,
    "disc": _disc,
    "spine": _spine,
    "letters": _letters,
    "strips": _strips,
}


def poster_of(plan: Poster, *, lines: tuple[str, ...], mark: str, rng: np.random.Generator) -> Image.Image:
    """Return a poster, RGB, 800×1200."""
    return _LAYOUTS[plan.layout](plan, plan.lines or lines, mark, rng)


def drawer_of(
    plans: tuple[Poster, ...], *, lines: tuple[str, ...], mark: str, paper: str, ink: str, rng: np.random.Generator
) -> Image.Image:
    """Return a poster with six small discs in a drawer of three by two, RGB, 800×1200."""
    image = Image.new("RGB", POSTER, colour(paper))
    pen, across, pitch = ImageDraw.Draw(image), 196, 230
    for number, plan in enumerate(plans):
        left, top = _MARGIN + pitch * (number % 3), 116 + (pitch + 24) * (number // 3)
        pen.rectangle((left - 1, top - 1, left + pitch - 3, top + pitch + 21), outline=colour(ink), width=2)
        art = _draw(plan, (across * 2, across * 2), rng).resize((across, across), Image.Resampling.LANCZOS)
        _round(image, art, (left + 15, top + 15))
        pen.line((left + 88, top + pitch + 2, left + 138, top + pitch + 2), fill=colour(ink), width=2)
    title = stack(lines, width=POSTER[0] - 2 * _MARGIN, height=470, weight=2.6)
    stamp(image, title, (_MARGIN, POSTER[1] - _MARGIN - 10 - title.height), colour(ink))
    _imprint(image, mark, colour(ink))
    return image


def backdrop_of(plan: Poster, *, rng: np.random.Generator) -> Image.Image:
    """Return a wide picture without type, RGB, 1920×1080, quieter on the left, where a page writes."""
    image = _draw(plan, BACKDROP, rng)
    soft = image.filter(ImageFilter.GaussianBlur(1.2)) if plan.drawn < 1 else image
    ramp = np.clip(1 - np.arange(BACKDROP[0]) / (BACKDROP[0] * 0.62), 0, 1) ** 1.3 * 120
    mask = Image.fromarray(np.repeat(ramp.astype(np.uint8)[None, :], BACKDROP[1], axis=0))
    soft.paste((8, 8, 14), (0, 0, *BACKDROP), mask)
    return soft
