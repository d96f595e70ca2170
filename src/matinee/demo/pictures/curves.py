"""Drawn lines and clouds of points: pendulums, strange attractors, gratings."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from matinee.demo.canvas import Canvas, Field, Frame, Picture, between, ease, shade
from matinee.demo.noise import blur
from matinee.demo.palettes import palette

_POINTS = 320_000


def _scatter(x: Field, y: Field, canvas: Canvas, weights: Field | None = None) -> Field:
    """Return how much ink falls on each pixel, from points in heights around the middle."""
    column = ((x + np.float32(canvas.aspect / 2)) * canvas.height).astype(np.int32)
    row = ((y + np.float32(0.5)) * canvas.height).astype(np.int32)
    inside = (column >= 0) & (column < canvas.width) & (row >= 0) & (row < canvas.height)
    where = (row * canvas.width + column)[inside]
    chosen = None if weights is None else weights[inside]
    total = np.bincount(where, weights=chosen, minlength=canvas.width * canvas.height)
    return total.reshape(canvas.height, canvas.width).astype(np.float32)


def _fit(canvas: Canvas) -> float:
    """Return how much smaller a figure must be in a narrow picture."""
    return min(1.0, canvas.aspect / 1.4)


def pendulums(
    *,
    name: str,
    ratios: tuple[float, float, float, float],
    damping: float = 0.0034,
    turns: float = 46.0,
    light: float = 1.0,
    reveal: float = 0.75,
    paper: bool = False,
) -> Picture:
    """Return a harmonograph: two damped pendulums a side draw one line.

    Args:
        name: palette from ground to line.
        ratios: frequencies of the two pendulums of x, then of y.
        damping: how much of each swing is lost per radian.
        turns: length of the line.
        light: brightness of the line.
        reveal: when the line is complete, as a part of the shot.
        paper: whether the ground is the palette's light end; the glow is left out then.
    """

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        phases = rng.uniform(0, 2 * np.pi, 4)
        count = round(_POINTS * min(1.0, canvas.height / 540))
        gain = np.float32(light * 130 * canvas.height / count)
        for t in canvas.times():
            end = between(0.06, 1.0, ease(min(1.0, t / reveal)))
            place = np.linspace(0, 2 * np.pi * turns * end, count, dtype=np.float32)
            loss = np.exp(-place * np.float32(damping))
            drift = 0.9 * t
            swings = [
                np.sin(place * np.float32(ratio) + np.float32(phase + drift * (index - 1.3)))
                for index, (ratio, phase) in enumerate(zip(ratios, phases, strict=True))
            ]
            x = loss * (swings[0] + np.float32(0.42) * swings[1]) * np.float32(0.43 * _fit(canvas))
            y = loss * (swings[2] + np.float32(0.42) * swings[3]) * np.float32(0.29 * _fit(canvas))
            turn = np.float32(0.35 * np.sin(2 * t))
            ink = _scatter(
                x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn), canvas
            ) * np.float32(gain * end)
            tone = 1 - np.exp(-ink)
            yield shade(
                palette(name),
                tone if paper else tone * np.float32(0.92) + np.clip(blur(ink, 10), 0, 1) * np.float32(0.5),
            )

    return draw


def attractor(
    *,
    name: str,
    start: tuple[float, float, float, float],
    end: tuple[float, float, float, float],
    points: int = 160_000,
    light: float = 1.0,
    size: float = 0.78,
    spin: float = 0.25,
) -> Picture:
    """Return Peter de Jong's attractor while its four numbers move from `start` to `end`.

    `light` is its brightness, `size` its height in picture heights, and `spin` the turn of the camera in radians.
    """

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        x = rng.uniform(-1, 1, points).astype(np.float32)
        y = rng.uniform(-1, 1, points).astype(np.float32)
        cloud = np.zeros((canvas.height, canvas.width), dtype=np.float32)
        lut = palette(name)
        gain = light * 0.08 * canvas.width * canvas.height / points
        for frame in range(-10, canvas.frames):
            t = max(0.0, frame / canvas.frames)
            a, b, c, d = (np.float32(between(low, high, ease(t))) for low, high in zip(start, end, strict=True))
            x, y = np.sin(a * y) - np.cos(b * x), np.sin(c * x) - np.cos(d * y)
            turn = np.float32(spin * (t - 0.5))
            extent = max(float(np.ptp(y)), 0.6 * float(np.ptp(x)), 0.5)
            scale = np.float32(size * _fit(canvas) * (1 + 0.14 * t) / extent)
            right, down = (x - (x.max() + x.min()) / 2) * scale, (y - (y.max() + y.min()) / 2) * scale
            east = (right * np.cos(turn) - down * np.sin(turn)) * np.float32(1.25)
            south = right * np.sin(turn) + down * np.cos(turn)
            cloud *= np.float32(0.80)
            cloud += _scatter(east, south, canvas)
            if frame >= 0:
                yield shade(lut, np.log1p(cloud * np.float32(gain)) * np.float32(0.36) + np.float32(0.03))

    return draw


def gratings(
    *,
    paper: tuple[int, int, int],
    ink: tuple[int, int, int],
    accent: tuple[int, int, int],
    lines: float = 46.0,
    kind: str = "rings",
    tilt: float = 0.06,
) -> Picture:
    """Return two fine patterns that slide over each other: `rings` or `combs`, so many `lines` per height."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        x, y = canvas.grid()
        colours = np.array([paper, ink, accent, ink], dtype=np.float32)
        wave = np.clip(np.sin(np.arange(4096) * (2 * np.pi / 4096)) * 2.2 + 0.5, 0, 1).astype(np.float32)
        start = rng.uniform(0, 2 * np.pi)
        for t in canvas.times():
            angle = start + 2.4 * ease(t)
            step = 0.16 * np.sin(2 * np.pi * t * 0.8 + 0.5) + 0.08
            first = _pattern(kind, x + np.float32(step * np.cos(angle)), y + np.float32(step * np.sin(angle)), 0.0)
            second = _pattern(
                kind,
                x - np.float32(step * np.cos(angle)),
                y - np.float32(step * np.sin(angle)),
                tilt * 6 * ease(t) + tilt,
            )
            one = wave.take((first * np.float32(lines * 4096)).astype(np.int32) & 4095)
            two = wave.take((second * np.float32(lines * 4096)).astype(np.int32) & 4095)
            yield _print(colours, one, two)

    return draw


def _pattern(kind: str, x: Field, y: Field, turn: float) -> Field:
    """Return the phase of a pattern in heights: distance from its middle, or distance along a direction."""
    if kind == "rings":
        return np.sqrt(x * x + y * y)
    bend = np.float32(0.05) * np.sin(y * np.float32(5) + np.float32(turn * 9))
    return np.asarray(x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn)) + bend + 4, dtype=np.float32)


def _print(colours: npt.NDArray[np.float32], one: Field, two: Field) -> Frame:
    """Return two transparent inks printed over each other on paper: first ink, second ink, both."""
    paper, first, second = colours[0], colours[1], colours[2]
    left = paper + one[..., None] * (first - paper)
    return np.asarray(left * (1 - two[..., None] * (1 - second / 255)), dtype=np.uint8)
