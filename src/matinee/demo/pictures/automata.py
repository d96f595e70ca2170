"""Cellular automata: woven rows, living dots, turning spirals."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from matinee.demo.canvas import Canvas, Field, Frame, Lut, Picture, between, ease, shade
from matinee.demo.noise import enlarge
from matinee.demo.palettes import palette, wheel

Cells = npt.NDArray[np.uint8]


def _history(rule: int, first: Cells, rows: int) -> Cells:
    """Return the rows of an elementary automaton (Wolfram's numbering) on a ring of cells."""
    table = np.array([rule >> pattern & 1 for pattern in range(8)], dtype=np.uint8)
    history = np.empty((rows, first.size), dtype=np.uint8)
    history[0] = first
    for row in range(1, rows):
        above = history[row - 1]
        history[row] = table[4 * np.roll(above, 1) + 2 * above + np.roll(above, -1)]
    return history


def _crowding(history: Cells, reach: int) -> Field:
    """Return how many neighbours within `reach` columns live, 0 to 1, softened downwards."""
    total = np.zeros(history.shape, dtype=np.float32)
    for offset in range(-reach, reach + 1):
        total += np.roll(history, offset, axis=1)
    total /= 2 * reach + 1
    return (total + np.roll(total, 1, axis=0) + np.roll(total, 2, axis=0)) / 3


def _thread(cell: int, *, upright: bool) -> Field:
    """Return the light on one stitch, brighter along its middle."""
    across = np.sin(np.pi * (np.arange(cell, dtype=np.float32) + 0.5) / cell)
    along = 0.72 + 0.28 * across
    shape = np.outer(0.86 + 0.14 * across, along) if upright else np.outer(along, 0.86 + 0.14 * across)
    return shape.astype(np.float32)


def loom(
    *, rule: int, name: str, cell: float = 1 / 90, speed: float = 0.16, single: bool = False, ground: int = 40
) -> Picture:
    """Return cloth woven by a rule, drawn past the eye.

    Args:
        rule: 0 to 255.
        name: palette; crowded threads take its light end.
        cell: size of a stitch in picture heights; `speed` in heights a second.
        single: whether the first row holds one thread, not a random mixture.
        ground: palette entry (of 512) of the warp behind.
    """

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        size = max(2, round(cell * canvas.height))
        columns = -(-canvas.width // size)
        pace = max(1, round(speed * canvas.height / canvas.rate))
        rows = (canvas.height + pace * canvas.frames) // size + 2
        first = np.zeros(columns, dtype=np.uint8) if single else rng.integers(0, 2, columns, dtype=np.uint8)
        first[columns // 2] = 1
        history = _history(rule, first, rows)
        stripes = np.interp(np.arange(columns), np.linspace(0, columns, 14), rng.random(14)).astype(np.float32)
        tone = np.clip(0.18 + 0.62 * _crowding(history, 5) + 0.50 * stripes, 0, 1)
        lut = palette(name)
        weft, warp = lut.take((tone * 511).astype(np.intp), axis=0), np.broadcast_to(lut[ground], (rows, columns, 3))
        colours = np.where(history[:, :, None] == 1, weft, warp).astype(np.float32)
        light = np.where(
            history.astype(bool)[:, None, :, None],
            _thread(size, upright=False)[None, :, None, :],
            _thread(size, upright=True)[None, :, None, :],
        )
        lit = (colours[:, None, :, None, :] * light[..., None]).reshape(rows * size, columns * size, 3)
        cloth: Frame = lit[:, : canvas.width].astype(np.uint8)
        for frame in range(canvas.frames):
            yield cloth[frame * pace : frame * pace + canvas.height]

    return draw


def _live(cells: Cells) -> Cells:
    """Return the next generation of Conway's Life on a torus."""
    rows = cells + np.roll(cells, 1, 0) + np.roll(cells, -1, 0)
    count = rows + np.roll(rows, 1, 1) + np.roll(rows, -1, 1)
    return np.asarray((count == 3) | ((count == 4) & (cells == 1)), dtype=np.uint8)  # noqa: PLR2004 - Conway's rule, self included


def _dot(size: int, roundness: float) -> Field:
    """Return a dot of light in a square cell, smooth at its edge."""
    place = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    distance = np.hypot(place[:, None], place[None, :])
    return np.asarray(np.clip((np.float32(roundness) - distance) * np.float32(size * 0.9), 0, 1))


def life(*, name: str, cell: float = 1 / 60, pace: int = 3, density: float = 0.22, roundness: float = 0.47) -> Picture:
    """Return Conway's Life on lamps that glow and fade; a generation lasts `pace` frames, `cell` is in heights."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        size = max(2, round(cell * canvas.height))
        rows, columns = -(-canvas.height // size), -(-canvas.width // size)
        cells = (rng.random((rows, columns)) < density).astype(np.uint8)
        for _ in range(12):
            cells = _live(cells)
        heat, age = cells.astype(np.float32), cells.astype(np.float32)
        lut, mask = palette(name), np.tile(_dot(size, roundness), (rows, columns))[: canvas.height, : canvas.width]
        mask8 = (mask * 255).astype(np.uint16)[..., None]
        for frame in range(canvas.frames):
            if frame % pace == 0:
                cells = _live(cells)
                age = np.where(cells == 1, age + 1, 0).astype(np.float32)
            target = cells * (1 - np.minimum(age, 60) * np.float32(0.0075))
            heat += (target - heat) * np.where(target > heat, np.float32(0.6), np.float32(0.09))
            colours = shade(lut, np.float32(0.10) + np.float32(0.88) * heat)
            big = colours.repeat(size, axis=0).repeat(size, axis=1)[: canvas.height, : canvas.width]
            yield np.maximum((big * mask8) >> 8, lut[8] // 2).astype(np.uint8)

    return draw


def _turn(cells: Cells, states: int) -> Cells:
    """Return the next generation of the cyclic automaton: a cell is taken over by its successor beside it."""
    following = (cells + 1) % states
    taken = np.zeros(cells.shape, dtype=bool)
    for axis in (0, 1):
        for step in (-1, 1):
            taken |= np.roll(cells, step, axis) == following
    return np.where(taken, following, cells).astype(np.uint8)


def spirals(
    *,
    name: str,
    states: int = 14,
    cells_high: int = 160,
    warm: int = 320,
    pace: int = 2,
    zoom: tuple[float, float] = (1.0, 0.8),
) -> Picture:
    """Return the cyclic automaton once its spirals have formed, seen by a slowly nearing camera."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        high = min(cells_high, canvas.height)
        wide = round(high * canvas.aspect)
        cells = rng.integers(0, states, (high, wide), dtype=np.uint8)
        for _ in range(warm):
            cells = _turn(cells, states)
        lut: Lut = wheel(name)
        angles = np.exp(2j * np.pi * np.arange(states) / states).astype(np.complex64)
        memory = angles[cells]
        for frame, t in enumerate(canvas.times()):
            if frame % pace == 0:
                cells = _turn(cells, states)
            memory += (angles[cells] - memory) * np.float32(0.35)
            part = between(zoom[0], zoom[1], ease(t))
            yield _angle_colours(memory, canvas, part, lut)

    return draw


def _angle_colours(memory: npt.NDArray[np.complex64], canvas: Canvas, part: float, lut: Lut) -> Frame:
    """Enlarge the middle `part` of a field of directions and colour them round the wheel; disagreement is darker."""
    high, wide = memory.shape
    top, left = int(high * (1 - part) / 2), int(wide * (1 - part) / 2)
    crop = memory[top : high - top, left : wide - left]
    real, imaginary = enlarge(crop.real, canvas.width, canvas.height), enlarge(crop.imag, canvas.width, canvas.height)
    turn = np.arctan2(imaginary, real) * np.float32(0.5 / np.pi) + np.float32(0.5)
    light = np.clip(np.hypot(real, imaginary) * np.float32(1.15) + np.float32(0.1), 0, 1)
    return np.asarray(shade(lut, turn) * light[..., None], dtype=np.uint8)
