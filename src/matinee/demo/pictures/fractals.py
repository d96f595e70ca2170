"""A long fall into the Mandelbrot set, and Julia sets that turn."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from matinee.demo.canvas import Canvas, Frame, Picture, between, ease
from matinee.demo.palettes import wheel

_ESCAPE = 64.0
_FULL_TURN = 2 * np.pi


def _escape_times(z: npt.NDArray[np.complex128], c: npt.NDArray[np.complex128], limit: int) -> npt.NDArray[np.float32]:
    """Return the smooth number of steps that each point takes to leave; 0 for those that stay."""
    result = np.zeros(c.size, dtype=np.float32)
    where = np.arange(c.size)
    z, c = z.ravel().copy(), c.ravel()
    for step in range(1, limit + 1):
        z *= z
        z += c
        size = z.real**2 + z.imag**2
        gone = size > _ESCAPE
        if step % 4 == 0 or step == limit:
            result[where[gone]] = step + 1 - np.log2(np.log2(size[gone]) / np.log2(_ESCAPE))
            stay = ~gone
            where, z, c = where[stay], z[stay], c[stay]
    return result


def _colours(times: npt.NDArray[np.float32], *, name: str, turns: float, phase: float) -> Frame:
    """Colour escape times by a wheel that turns slower as times grow; what stays is dark."""
    lut = wheel(name, size=1024)
    tone = (np.log1p(times) * np.float32(turns) + np.float32(phase)) % 1
    colours = lut.take((tone * 1023).astype(np.intp), axis=0)
    colours[times <= 0] = lut[0]
    return colours


def mandelbrot(
    *,
    centre: complex,
    decades: float,
    name: str,
    turns: float = 0.55,
    phase: float = 0.0,
    start: float = 1.6,
    limit: int = 260,
    spin: float = 0.15,
) -> Picture:
    """Return a zoom of `decades` powers of ten to `centre`.

    The plane is computed once on rings around the centre, each smaller than the last by a constant factor; a frame is
    then a lookup, so depth costs nothing.
    """

    def draw(canvas: Canvas, _rng: np.random.Generator) -> Iterator[Frame]:
        x, y = canvas.grid()
        spokes = max(64, round(2.9 * canvas.height))
        step = _FULL_TURN / spokes
        depth = np.log(10) * decades
        reach = float(np.log(np.hypot(canvas.aspect / 2, 0.5)))
        inner = float(np.log(0.9 / canvas.height))
        rings = int((depth + reach - inner) / step) + 2
        radius = start * np.exp(reach - step * np.arange(rings))
        angle = step * np.arange(spokes)
        points = centre + radius[:, None] * np.exp(1j * angle)[None, :]
        times = np.concatenate([_escape_times(np.zeros_like(part), part, limit) for part in np.array_split(points, 48)])
        strip = _colours(times.reshape(rings, spokes), name=name, turns=turns, phase=phase)
        packed = np.concatenate([strip, np.full((rings, spokes, 1), 255, np.uint8)], axis=2).view(np.uint32).ravel()
        ring = ((reach - np.log(np.hypot(x, y))) / step).astype(np.float32)
        spoke = (np.arctan2(y, x) / step).astype(np.float32)
        for t in canvas.times():
            glide = 0.5 * t + 0.5 * ease(t)
            row = np.clip(ring + np.float32(glide * depth / step), 0, rings - 1).astype(np.int32)
            column = (spoke + np.float32(spokes + spin * t * spokes)).astype(np.int32) % spokes
            yield packed.take(row * spokes + column).view(np.uint8).reshape(canvas.height, canvas.width, 4)[:, :, :3]

    return draw


def julia(
    *,
    centre: complex,
    radius: float,
    name: str,
    turns: float = 0.5,
    zoom: tuple[float, float] = (2.4, 1.7),
    arc: float = 0.03,
    at: float = 0.0,
) -> Picture:
    """Return a Julia set whose constant walks an arc around `centre`; half of it is computed, symmetry gives the rest.

    `arc` is its length in turns, and `at` the turn of its middle.
    """

    def draw(canvas: Canvas, _rng: np.random.Generator) -> Iterator[Frame]:
        x, y = canvas.grid()
        upper = canvas.height - canvas.height // 2
        for t in canvas.times():
            angle = _FULL_TURN * (at + arc * (ease(t) - 0.5))
            constant = centre + radius * np.exp(1j * angle)
            plane = (x[:upper] + 1j * y[:upper]) * between(zoom[0], zoom[1], ease(t)) * np.exp(0.4j * t)
            times = _escape_times(plane, np.full(plane.size, constant), 72).reshape(plane.shape)
            half = _colours(times, name=name, turns=turns, phase=0.1 + 0.25 * t)
            yield np.concatenate([half, half[::-1, ::-1][upper * 2 - canvas.height :]], axis=0)

    return draw
