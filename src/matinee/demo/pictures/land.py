"""Ridges of hills in mist under a moving sun."""

from collections.abc import Iterator

import numpy as np

from matinee.demo.canvas import Canvas, Field, Frame, Picture, between, ease
from matinee.demo.noise import tile
from matinee.demo.palettes import mix, palette

_PROFILE_SAMPLES = 2048


def _profile(rng: np.random.Generator, roughness: int) -> Field:
    """Return a repeating skyline of 0 to 1."""
    places = np.arange(_PROFILE_SAMPLES, dtype=np.float64) * (2 * np.pi / _PROFILE_SAMPLES)
    line = np.zeros(_PROFILE_SAMPLES)
    for octave in range(7):
        turns = roughness * 2**octave
        line += 0.48**octave * np.sin(turns * places + rng.uniform(0, 2 * np.pi) + 0.6 * np.sin(places * (octave + 1)))
    line = (line - line.min()) / (line.max() - line.min())
    return np.asarray(line, dtype=np.float32)


def _sky(x: Field, y: Field, sun: tuple[float, float], horizon: float) -> Field:
    """Return brightness of the sky: lighter towards the horizon and around the sun."""
    distance = np.sqrt((x - np.float32(sun[0])) ** 2 + (y - np.float32(sun[1])) ** 2)
    base = np.float32(0.30) + np.float32(0.42) * np.clip((y + 0.5) / np.float32(horizon + 0.5), 0, 1)
    glow = np.float32(0.34) * np.exp(-distance * np.float32(3.4))
    disc = np.clip((np.float32(0.075) - distance) * np.float32(180), 0, 1)
    return np.asarray(base + glow + disc, dtype=np.float32)


def ridges(
    *,
    start: str,
    end: str,
    layers: int = 7,
    speed: float = 0.14,
    sun: tuple[float, float, float, float] = (0.28, -0.22, 0.34, 0.02),
    horizon: float = 0.02,
    roughness: int = 2,
) -> Picture:
    """Return parallax hills; the palette moves from `start` to `end` with the hour.

    Args:
        start: palette at the first frame; `end` at the last.
        layers: ridges from far to near.
        speed: how far the nearest ridge travels, in heights a second.
        sun: x and y where the sun begins and where it ends, in heights from the middle.
        horizon: where the farthest ridge stands, in heights below the middle.
        roughness: hills across one repeat.
    """

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        x, y = canvas.grid()
        profiles = [_profile(rng, roughness + layer // 2) for layer in range(layers)]
        grain = tile(rng, 256, cells=16, octaves=2)[0] * np.float32(0.03)
        first, last = palette(start, size=1024), palette(end, size=1024)
        pixel = np.float32(canvas.height)
        for t in canvas.times():
            seconds = t * canvas.frames / canvas.rate
            place = (between(sun[0], sun[2], ease(t)), between(sun[1], sun[3], ease(t)))
            field = _sky(x, y, place, horizon)
            for layer, profile in enumerate(profiles):
                near = layer / (layers - 1)
                travel = seconds * speed * (0.06 + 0.94 * near**2.2) + layer * 0.7
                scale = _PROFILE_SAMPLES / (2.6 + 1.6 * near)
                where = (x[0] + np.float32(travel + 4)) * np.float32(scale)
                tall = 0.10 + 0.16 * near
                top = (
                    horizon
                    + 0.46 * near**1.35
                    - tall * np.interp(where, range(_PROFILE_SAMPLES), profile, period=_PROFILE_SAMPLES)
                )
                _paint(field, y, top.astype(np.float32), near=near, pixel=pixel, grain=float(grain[layer]))
            yield mix(first, last, ease(t)).take((np.clip(field, 0, 1) * np.float32(1023)).astype(np.intp), axis=0)

    return draw


def _paint(field: Field, y: Field, top: Field, *, near: float, pixel: np.float32, grain: float) -> None:
    """Lay one ridge over the field: dark at its edge, lost in mist at its foot, edge smoothed over a pixel."""
    first = max(0, int((float(top.min()) + 0.5) * float(pixel)) - 1)
    depth = y[first:] - top
    cover = np.clip(depth * pixel, 0, 1)
    mist = np.clip(depth * np.float32(2.6), 0, 1) * np.float32(0.30 * (1 - near) + 0.03)
    tone = np.float32(0.50 * (1 - near) ** 1.1 + 0.015 + grain) + mist
    field[first:] += (tone - field[first:]) * cover
