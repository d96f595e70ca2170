"""Panes and drops: leaded windows, lamps of wax, mirrors."""

from collections.abc import Iterator

import numpy as np

from matinee.demo.canvas import Canvas, Field, Frame, Picture, between, ease, shade
from matinee.demo.noise import enlarge, slopes, tile
from matinee.demo.palettes import palette, wheel


def _wanderers(rng: np.random.Generator, count: int, canvas: Canvas) -> tuple[Field, Field, Field, Field]:
    """Return home places and phases of `count` wandering points, spread evenly by a golden lattice."""
    index = np.arange(count)
    x = ((index * 0.7548776662) % 1 - 0.5) * canvas.aspect * 1.12 + rng.uniform(-0.015, 0.015, count)
    y = ((index * 0.5698402910) % 1 - 0.5) * 1.12 + rng.uniform(-0.015, 0.015, count)
    phase, pace = rng.uniform(0, 6.28, count), rng.uniform(0.6, 1.4, count)
    return x.astype(np.float32), y.astype(np.float32), phase.astype(np.float32), pace.astype(np.float32)


def panes(
    *, name: str, count: int = 42, lead: float = 0.012, wander: float = 0.03, sun: tuple[float, float] = (-0.6, 0.7)
) -> Picture:
    """Return a leaded window whose panes shift while the sun crosses behind it (from and to, in heights)."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        coarse = Canvas(max(8, canvas.width * 2 // 3), max(8, canvas.height * 2 // 3), 1)
        x, y = coarse.grid()
        home_x, home_y, phase, pace = _wanderers(rng, count, canvas)
        stray = np.float32(wander * np.sqrt(42 / count))
        lut = palette(name)
        tones = rng.permutation(np.linspace(0.06, 0.98, count)).astype(np.float32)
        fine_x, fine_y = canvas.grid()
        seeds = np.float32(0.88) + np.float32(0.24) * enlarge(
            tile(rng, 256, cells=24, octaves=2), canvas.width, canvas.height
        )
        for t in canvas.times():
            seconds = t * canvas.frames / canvas.rate
            nearest, second, owner = _two_nearest(
                x,
                y,
                home_x + stray * np.sin(phase + pace * seconds * 0.5),
                home_y + stray * np.cos(phase * 2 + pace * seconds * 0.4),
            )
            gap = enlarge(np.sqrt(second) - np.sqrt(nearest), canvas.width, canvas.height)
            rows = (np.arange(canvas.height) * coarse.height) // canvas.height
            columns = (np.arange(canvas.width) * coarse.width) // canvas.width
            pane = tones[owner][np.ix_(rows, columns)]
            shine = np.exp(
                -((fine_x - np.float32(between(sun[0], sun[1], ease(t)))) ** 2 + (fine_y + np.float32(0.12)) ** 2)
                * np.float32(2.2)
            )
            light = (np.float32(0.34) + np.float32(0.95) * shine) * np.clip(0.62 + gap * 5, 0.62, 1.05) * seeds
            light *= np.clip((gap - np.float32(lead)) * np.float32(canvas.height * 0.9), 0.05, 1)
            colours = (
                shade(lut, pane) * light[..., None]
                + (shine * shine * np.float32(38))[..., None] * (gap > lead)[..., None]
            )
            yield np.clip(colours, 0, 255).astype(np.uint8)

    return draw


def _two_nearest(x: Field, y: Field, point_x: Field, point_y: Field) -> tuple[Field, Field, Frame]:
    """Return squared distances to the nearest and the second nearest point, and the number of the nearest."""
    nearest = np.full(x.shape, 9.0, dtype=np.float32)
    second = nearest.copy()
    owner = np.zeros(x.shape, dtype=np.uint8)
    for index, (px, py) in enumerate(zip(point_x, point_y, strict=True)):
        distance = (x - np.float32(px)) ** 2 + (y - np.float32(py)) ** 2
        closer = distance < nearest
        second = np.minimum(second, np.maximum(distance, nearest))
        owner[closer] = index
        np.minimum(nearest, distance, out=nearest)
    return nearest, second, owner


def wax(*, name: str, count: int = 11, size: float = 0.105, rise: float = 0.16) -> Picture:
    """Return drops that rise, sink and join in a lamp."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        coarse = Canvas(max(8, canvas.width // 2), max(8, canvas.height // 2), 1)
        x, y = coarse.grid()
        home, phase, pace, reach = (
            rng.uniform(-0.62, 0.62, count),
            rng.uniform(0, 6.28, count),
            rng.uniform(0.6, 1.3, count),
            rng.uniform(0.6, 1.25, count),
        )
        lut = palette(name)
        for t in canvas.times():
            seconds = t * canvas.frames / canvas.rate + 4
            field = np.zeros(x.shape, dtype=np.float32)
            for index in range(count):
                place_x = home[index] + 0.10 * np.sin(phase[index] + 0.4 * seconds)
                place_y = 0.52 * np.sin(phase[index] * 3 + rise * 4 * pace[index] * seconds)
                field += np.float32((size * reach[index]) ** 2) / (
                    (x - np.float32(place_x)) ** 2
                    + ((y - np.float32(place_y)) * np.float32(0.86)) ** 2
                    + np.float32(0.35 * (size * reach[index]) ** 2)
                )
            field += np.exp((y - np.float32(0.5)) * np.float32(16)) * np.float32(1.3) + np.exp(
                (-y - np.float32(0.53)) * np.float32(18)
            )
            yield _waxen(enlarge(field, canvas.width, canvas.height), canvas, lut)

    return draw


def _waxen(field: Field, canvas: Canvas, lut: Frame) -> Frame:
    """Return a field of drops as lit wax on a glowing ground; the surface lies at 1."""
    _, y = canvas.grid()
    down, right = slopes(1 - np.exp(-np.maximum(field - 1, 0) * np.float32(1.5)))
    slope = (right * np.float32(0.5) + down) * np.float32(canvas.height / 52)
    inside = np.clip((field - 1) * np.float32(canvas.height / 18), 0, 1)
    ground = np.float32(0.13) + np.float32(0.22) * (y + np.float32(0.5)) + np.clip(field, 0, 1) * np.float32(0.17)
    body = np.float32(0.62) + np.clip(slope, -0.26, 0.34) + np.clip(field - 1, 0, 1) * np.float32(0.10)
    return shade(lut, ground + (body - ground) * inside)


def mirrors(
    *,
    name: str,
    folds: int = 6,
    drift: float = 0.05,
    scale: float = 0.55,
    spin: float = 0.4,
    cells: int = 4,
    bands: float = 2.2,
) -> Picture:
    """Return a kaleidoscope: a slice of coloured pattern, folded `2 * folds` times around the middle."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        x, y = canvas.grid()
        size = 1024
        ground, warp = tile(rng, size, cells=cells, octaves=4), tile(rng, size, cells=cells, octaves=2)
        tone = (ground * np.float32(bands) + np.float32(0.4) * warp) % 1
        edge = np.clip(np.abs((ground * np.float32(bands * 6)) % 1 - np.float32(0.5)) * 7, 0.42, 1)
        pattern = (shade(wheel(name, size=1024), tone) * edge[..., None]).astype(np.uint8)
        packed = np.concatenate([pattern, np.full((size, size, 1), 255, np.uint8)], axis=2).view(np.uint32).ravel()
        radius, angle, slice_angle = np.hypot(x, y), np.arctan2(y, x), np.float32(np.pi / folds)
        for t in canvas.times():
            seconds = t * canvas.frames / canvas.rate
            turned = np.abs((angle + np.float32(spin * 0.25 * seconds)) % (2 * slice_angle) - slice_angle)
            reach = radius * np.float32(scale * (1.15 - 0.3 * ease(t)) * size)
            look = np.float32(spin * 0.3 * seconds)
            column = reach * np.cos(turned + look) + np.float32((drift * seconds + 0.3) * size)
            row = reach * np.sin(turned + look) + np.float32((drift * 0.7 * seconds + 0.5) * size)
            where = (row.astype(np.int32) & (size - 1)) * size + (column.astype(np.int32) & (size - 1))
            yield packed.take(where).view(np.uint8).reshape(canvas.height, canvas.width, 4)[:, :, :3]

    return draw
