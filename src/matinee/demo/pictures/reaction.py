"""Two substances that feed on each other (Gray and Scott, 1984), lit from the side; and a shallow tank of water."""

from collections.abc import Iterator

import numpy as np

from matinee.demo.canvas import Canvas, Field, Frame, Picture, between, ease, shade
from matinee.demo.noise import enlarge, noise, sample, slopes
from matinee.demo.palettes import palette


def _neighbours(field: Field) -> Field:
    """Return the mean of the neighbours minus the cell, on a torus (nine-point weights)."""
    vertical = np.roll(field, 1, 0) + np.roll(field, -1, 0)
    edge = vertical + np.roll(field, 1, 1) + np.roll(field, -1, 1)
    corner = np.roll(vertical, 1, 1) + np.roll(vertical, -1, 1)
    return np.asarray(edge * np.float32(0.2) + corner * np.float32(0.05) - field, dtype=np.float32)


def _react(food: Field, growth: Field, feed: float | Field, kill: float) -> None:
    """Advance both substances by one step in place."""
    meeting = food * growth * growth
    food += _neighbours(food) - meeting + (1 - food) * feed
    growth += _neighbours(growth) * np.float32(0.5) + meeting - growth * (feed + np.float32(kill))


def _relief(height: Field, name: str, strength: float) -> Frame:
    """Return the field as lit relief: colour by height, light from the upper left, a little gloss."""
    down, right = slopes(height)
    slope = (-right - down) * np.float32(strength)
    tone = np.clip(height * np.float32(2.3), 0, 1)
    colours = shade(palette(name), tone).astype(np.float32)
    lit = np.clip(1 + slope, 0.35, 1.5)[..., None]
    gloss = (np.clip(slope - np.float32(0.28), 0, 1) * np.float32(150))[..., None]
    return np.asarray(np.clip(colours * lit + gloss, 0, 255).astype(np.uint8))


def reef(
    *,
    name: str,
    feed: float = 0.055,
    kill: float = 0.062,
    cells_high: int = 240,
    steps: int = 10,
    warm: int = 400,
    seeds: int = 14,
    zoom: tuple[float, float] = (1.0, 0.82),
    strength: float = 5.0,
) -> Picture:
    """Return growth from a few seeds.

    Args:
        name: palette by thickness.
        feed: how fast food flows in; `kill` how fast growth dies (they choose the species).
        cells_high: cells across the height.
        steps: steps a frame; `warm` steps before the first.
        seeds: places where growth begins.
        zoom: visible part at the first and at the last frame.
        strength: steepness of the light.
    """

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        high = min(cells_high, canvas.height)
        wide = round(high * canvas.aspect)
        food, growth = np.ones((high, wide), dtype=np.float32), np.zeros((high, wide), dtype=np.float32)
        for _ in range(seeds):
            row, column = int(rng.integers(4, high - 4)), int(rng.integers(4, wide - 4))
            growth[row - 4 : row + 4, column - 4 : column + 4] = rng.uniform(0.3, 0.6)
            food[row - 4 : row + 4, column - 4 : column + 4] = 0.5
        varied = (
            np.float32(feed) + (noise(rng, wide, high, cells=2, octaves=2) - np.float32(0.5)) * np.float32(0.006)
        ).astype(np.float32)
        for _ in range(warm):
            _react(food, growth, varied, kill)
        for t in canvas.times():
            for _ in range(steps):
                _react(food, growth, varied, kill)
            part = between(zoom[0], zoom[1], ease(t))
            top, left = high * (1 - part) / 2, wide * (1 - part) / 2
            crop = growth[int(top) : high - int(top), int(left) : wide - int(left)]
            yield _relief(enlarge(crop, canvas.width, canvas.height), name, strength * canvas.height / 360)

    return draw


def ripples(
    *,
    name: str,
    every: float = 0.5,
    cells_high: int = 200,
    depth: float = 26.0,
    steps: int = 3,
    fall: float = 0.997,
    glint: float = 1.0,
) -> Picture:
    """Return rain on a still pool over a mottled floor; `every` seconds a drop falls."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        high = min(cells_high, canvas.height)
        wide = round(high * canvas.aspect)
        now, before = np.zeros((high, wide), dtype=np.float32), np.zeros((high, wide), dtype=np.float32)
        x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
        floor = noise(rng, wide, high, cells=3, octaves=5) * np.float32(0.9) - np.float32(0.1)
        floor += np.float32(0.18) * (1 - y / high)
        wait = max(1, round(every * canvas.rate))
        lut = palette(name)
        for frame in range(-3 * wait, canvas.frames):
            if frame % wait == 0:
                centre_x, centre_y, size = (
                    rng.uniform(0.08, 0.92) * wide,
                    rng.uniform(0.1, 0.9) * high,
                    rng.uniform(2.2, 4.6),
                )
                now += np.float32(rng.uniform(1.2, 2.2)) * np.exp(
                    -((x - np.float32(centre_x)) ** 2 + (y - np.float32(centre_y)) ** 2) / np.float32(size * size)
                )
            for _ in range(steps):
                after = (2 * now - before + np.float32(0.34) * _neighbours(now)) * np.float32(fall)
                before, now = now, after.astype(np.float32)
            if frame >= 0:
                down, right = slopes(now)
                bent = sample(floor, x + right * np.float32(depth), y + down * np.float32(depth))
                shine = np.clip((-right - np.float32(1.4) * down) * np.float32(1.5 * glint), -0.16, 0.7)
                yield shade(lut, enlarge(bent + shine, canvas.width, canvas.height))

    return draw
