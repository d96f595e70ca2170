"""Things carried by currents: birds, marbled ink, smoke."""

from collections.abc import Iterator

import numpy as np

from matinee.demo.canvas import Canvas, Field, Frame, Integers, Picture, ease, shade
from matinee.demo.noise import enlarge, sample, tile
from matinee.demo.palettes import colour, palette

_STREAM_SIZE = 256


class _Current:
    """A slow flow without sources: the curl of two noise tiles that drift across each other."""

    def __init__(self, rng: np.random.Generator, cells: int) -> None:
        tiles = [tile(rng, _STREAM_SIZE, cells=cells, octaves=3) for _ in range(2)]
        self._east = [(np.roll(t, -1, 0) - np.roll(t, 1, 0)).ravel() for t in tiles]
        self._south = [(np.roll(t, 1, 1) - np.roll(t, -1, 1)).ravel() for t in tiles]

    def at(self, x: Field, y: Field, seconds: float) -> tuple[Field, Field]:
        """Return the velocity at points given in heights, in roughly heights a second."""
        east, south = np.zeros_like(x), np.zeros_like(y)
        for index, drift in enumerate((0.022, -0.031)):
            column = ((x + np.float32(drift * seconds)) * _STREAM_SIZE).astype(np.int32) % _STREAM_SIZE
            row = ((y + np.float32(0.6 * drift * seconds)) * _STREAM_SIZE).astype(np.int32) % _STREAM_SIZE
            where = row * _STREAM_SIZE + column
            east += self._east[index].take(where)
            south += self._south[index].take(where)
        return east * np.float32(6), south * np.float32(6)


def swarm(
    *,
    name: str,
    count: int = 26_000,
    cells: int = 3,
    speed: float = 0.5,
    memory: float = 0.93,
    gather: float = 0.12,
    light: float = 1.0,
    paper: bool = False,
) -> Picture:
    """Return particles on a current, leaving trails.

    Args:
        name: palette, by density; `paper` draws dark trails on its light end.
        count: particles in a 16:9 picture; `cells` lumps of current per height; `speed` its strength.
        memory: what of a trail remains after a frame; `light` its brightness.
        gather: how strongly all are drawn to a point that wanders.
        paper: whether the palette runs from paper to ink.
    """

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        current, half = _Current(rng, cells), np.float32(canvas.aspect / 2)
        x = (rng.random(count, dtype=np.float32) - np.float32(0.5)) * half * 2
        y = rng.random(count, dtype=np.float32) - np.float32(0.5)
        trail = np.zeros(canvas.width * canvas.height, dtype=np.float32)
        lut, step = palette(name), 1 / canvas.rate
        gain = light * 0.05 * canvas.width * canvas.height / count
        for frame in range(-16, canvas.frames):
            seconds = frame * step
            east, south = current.at(x, y, seconds)
            aim_x, aim_y = 0.5 * np.sin(0.5 * seconds + 1), 0.26 * np.sin(0.8 * seconds)
            x += (east * np.float32(speed) + (np.float32(aim_x) - x) * np.float32(gather)) * np.float32(step)
            y += (south * np.float32(speed) + (np.float32(aim_y) - y) * np.float32(gather)) * np.float32(step)
            lost = rng.integers(0, count, count // 220)
            x[lost] = (rng.random(lost.size, dtype=np.float32) - np.float32(0.5)) * half * 2
            y[lost] = rng.random(lost.size, dtype=np.float32) - np.float32(0.5)
            trail *= np.float32(memory)
            column, row = (
                ((x + half) * canvas.height).astype(np.int32),
                ((y + np.float32(0.5)) * canvas.height).astype(np.int32),
            )
            inside = (column >= 0) & (column < canvas.width) & (row >= 0) & (row < canvas.height)
            trail += np.bincount((row * canvas.width + column)[inside], minlength=trail.size).astype(np.float32)
            if frame >= 0:
                tone = 1 - np.exp(-trail.reshape(canvas.height, canvas.width) * np.float32(gain))
                yield shade(lut, tone * np.float32(0.96) + np.float32(0.0 if paper else 0.02))

    return draw


def _drops(rng: np.random.Generator, x: Field, y: Field, inks: int) -> Field:
    """Return which ink lies where after drops fell one into another, as ink numbers."""
    ground = np.zeros(x.shape, dtype=np.float32)
    for _ in range(19):
        place_x, place_y, reach = rng.uniform(-0.88, 0.88), rng.uniform(-0.48, 0.48), rng.uniform(0.12, 0.34)
        distance = np.hypot(x - np.float32(place_x), y - np.float32(place_y))
        rings = np.floor(distance / np.float32(reach) * np.float32(7))
        ink = np.where(rings % 2 == 0, 1 + (rings + rng.integers(0, inks)) % inks, 0)
        ground = np.where(distance < reach, ink, ground).astype(np.float32)
    return ground


def marbling(*, inks: tuple[str, ...], cells: int = 2, speed: float = 0.42, reach: float = 1.3) -> Picture:
    """Return drops of ink on water, drawn out by currents; the first colour is the water's."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        high = min(1080, max(180, canvas.height * 4 // 3))
        wide = round(high * canvas.aspect)
        fine = Canvas(wide, high, 1).grid()
        sheet = _drops(rng, *fine, len(inks) - 1)
        soft = np.stack(
            [
                enlarge(
                    np.asarray(np.array([colour(ink) for ink in inks], np.float32)[:, channel][sheet.astype(np.intp)]),
                    wide,
                    high,
                )
                for channel in range(3)
            ],
            axis=2,
        )
        packed = (
            np.concatenate([soft.clip(0, 255).astype(np.uint8), np.full((high, wide, 1), 255, np.uint8)], axis=2)
            .view(np.uint32)
            .ravel()
        )
        current = _Current(rng, cells)
        coarse = Canvas(max(8, canvas.width // 2), max(8, canvas.height // 2), 1)
        x, y = coarse.grid()
        from_x, from_y = x.copy(), y.copy()
        step = 1 / canvas.rate
        for frame, t in enumerate(canvas.times()):
            east, south = current.at(x, y, frame * step * 0.6)
            pull = np.float32(speed * step * (0.35 + reach * ease(min(1.0, 1.6 * t))) * coarse.height)
            column = (x + np.float32(coarse.aspect / 2)) * coarse.height - np.float32(0.5) - east * pull
            row = (y + np.float32(0.5)) * coarse.height - np.float32(0.5) - south * pull
            from_x, from_y = sample(from_x, column, row), sample(from_y, column, row)
            yield _fetch(
                packed,
                enlarge(from_x, canvas.width, canvas.height),
                enlarge(from_y, canvas.width, canvas.height),
                wide,
                high,
            )

    return draw


def _fetch(packed: Integers, x: Field, y: Field, wide: int, high: int) -> Frame:
    """Return the sheet's colours at the places where the water came from."""
    column = np.clip((x + np.float32(wide / high / 2)) * high, 0, wide - 1).astype(np.int32)
    row = np.clip((y + np.float32(0.5)) * high, 0, high - 1).astype(np.int32)
    taken = packed.take(row * wide + column)
    return np.ascontiguousarray(taken).view(np.uint8).reshape(*x.shape, 4)[:, :, :3]
