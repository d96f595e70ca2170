"""The wordmark, drawn: seven letters of straight strokes.

Each is a little wider than the one before, as light is on its way from a projector. No font is needed, so the word
looks the same on every page.
"""

from typing import Final

Point = tuple[float, float]
Shape = tuple[Point, ...]

_STROKE: Final = 0.2  # of an upright stroke; all lengths are parts of the letters' height
_BAR: Final = 0.17  # of a level one
_GAP: Final = 0.13
_WIDTHS: Final = (0.62, 0.62, 0.58, _STROKE, 0.82, 0.78, 0.95)


def _box(left: float, top: float, right: float, bottom: float) -> Shape:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _slant(top: float, bottom: float, lowest: float = 1.0) -> Shape:
    """Return a slanting stroke from the top line to `lowest`, given its left ends."""
    return ((top, 0.0), (top + _STROKE, 0.0), (bottom + _STROKE, lowest), (bottom, lowest))


def _m(w: float) -> tuple[Shape, ...]:
    middle = (w - _STROKE) / 2
    sides = (_box(0, 0, _STROKE, 1), _box(w - _STROKE, 0, w, 1))
    return (*sides, _slant(0, middle, 0.75), _slant(w - _STROKE, middle, 0.75))


def _a(w: float) -> tuple[Shape, ...]:
    middle = (w - _STROKE) / 2
    return (_slant(middle, 0), _slant(middle, w - _STROKE), _box(w * 0.2, 0.6, w * 0.8, 0.6 + _BAR))


def _t(w: float) -> tuple[Shape, ...]:
    middle = (w - _STROKE) / 2
    return (_box(0, 0, w, _BAR), _box(middle, 0, middle + _STROKE, 1))


def _i(w: float) -> tuple[Shape, ...]:
    return (_box(0, 0, w, 1),)


def _n(w: float) -> tuple[Shape, ...]:
    return (_box(0, 0, _STROKE, 1), _box(w - _STROKE, 0, w, 1), _slant(0, w - _STROKE))


def _e(w: float) -> tuple[Shape, ...]:
    half = _BAR / 2
    bars = (_box(0, 0, w, _BAR), _box(0, 0.5 - half, w * 0.9, 0.5 + half), _box(0, 1 - _BAR, w, 1))
    return (_box(0, 0, _STROKE, 1), *bars)


_LETTERS: Final = (_m, _a, _t, _i, _n, _e, _e)
WIDTH: Final = sum(_WIDTHS) + _GAP * (len(_WIDTHS) - 1)
"""Of the whole word, in heights."""


def shapes() -> tuple[Shape, ...]:
    """Return the filled shapes of the word, one height high, from its upper left corner, y downwards."""
    result: list[Shape] = []
    left = 0.0
    for letter, width in zip(_LETTERS, _WIDTHS, strict=True):
        result += [tuple((left + x, y) for x, y in shape) for shape in letter(width)]
        left += width + _GAP
    return tuple(result)


def svg_path(height: float) -> str:
    """Return the word as the data of one SVG path."""
    parts = []
    for shape in shapes():
        points = [f"{x * height:.2f} {y * height:.2f}" for x, y in shape]
        parts.append(f"M{'L'.join(points)}Z")
    return "".join(parts)
