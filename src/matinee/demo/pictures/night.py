"""After dark: nebulae and stars, a town lighting its windows."""

from collections.abc import Iterator

import msgspec
import numpy as np
from PIL import Image, ImageDraw

from matinee.demo.canvas import Canvas, Frame, Integers, Picture, between, ease, shade
from matinee.demo.noise import noise, sample
from matinee.demo.palettes import palette


def _cloud(rng: np.random.Generator, canvas: Canvas, name: str, cells: float) -> Image.Image:
    """Return a nebula larger than the picture: noise bent by noise, with dark lanes."""
    wide, high = round(canvas.width * 1.3), round(canvas.height * 1.3)
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    bend = [
        (noise(rng, wide, high, cells=cells, octaves=4) - np.float32(0.5)) * np.float32(0.55 * high) for _ in range(2)
    ]
    body = sample(noise(rng, wide, high, cells=cells * 1.2, octaves=8), x + bend[0], y + bend[1])
    lanes = (
        np.abs(sample(noise(rng, wide, high, cells=cells * 1.8, octaves=7), x + bend[1], y - bend[0]) - np.float32(0.5))
        * 2
    )
    slope = (
        np.linspace(-0.5, 0.5, high, dtype=np.float32)[:, None]
        + np.linspace(-0.35, 0.35, wide, dtype=np.float32)[None, :]
    )
    band = np.exp(-((slope + (body - np.float32(0.5)) * np.float32(0.9)) ** 2) * np.float32(9))
    tone = np.clip((body - np.float32(0.26)) * np.float32(2.1), 0, 1) ** 1.35 * (
        np.float32(0.16) + np.float32(0.84) * band
    )
    return Image.fromarray(
        shade(palette(name), tone * (np.float32(0.35) + np.float32(0.65) * np.clip(lanes * 4, 0, 1)))
    )


def stars(
    *,
    name: str,
    cells: float = 1.6,
    count: int = 2600,
    speed: float = 0.10,
    zoom: tuple[float, float] = (1.0, 0.86),
    warmth: float = 0.5,
) -> Picture:
    """Return a slow flight towards a nebula past `count` stars; `speed` is depth travelled a second."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        cloud = _cloud(rng, canvas, name, cells)
        depth = rng.random(count)
        place_x, place_y = rng.uniform(-1.4, 1.4, count), rng.uniform(-0.9, 0.9, count)
        tint = np.stack([np.full(count, 1.0), 0.90 + 0.1 * rng.random(count), 1.0 - warmth * rng.random(count)], axis=1)
        blink = rng.uniform(0, 6.28, count)
        for t in canvas.times():
            seconds = t * canvas.frames / canvas.rate
            part = between(zoom[0], zoom[1], ease(t)) / 1.0
            wide, high = cloud.width * part, cloud.height * part
            left, top = (cloud.width - wide) * (0.3 + 0.4 * t), (cloud.height - high) * 0.5
            frame = np.asarray(
                cloud.resize(
                    (canvas.width, canvas.height), Image.Resampling.BILINEAR, box=(left, top, left + wide, top + high)
                )
            ).copy()
            far = 0.12 + (depth - speed * seconds) % 1
            light = (
                np.clip((1.3 - far) * 1.2, 0, 1)
                * (0.72 + 0.28 * np.sin(blink + 3 * seconds))
                * np.clip((far - 0.12) * 9, 0, 1)
            )
            _light_stars(
                frame, place_x / far * 0.55, place_y / far * 0.55, light[:, None] * tint * 255, large=far < _NEAR
            )
            yield frame

    return draw


def _light_stars(frame: Frame, x: Integers, y: Integers, light: Integers, *, large: Integers) -> None:
    """Brighten the frame at the stars, near ones as small crosses."""
    height, width, _ = frame.shape
    column, row = ((x + width / height / 2) * height).astype(int), ((y + 0.5) * height).astype(int)
    inside = (column > 0) & (column < width - 1) & (row > 0) & (row < height - 1)
    reach = max(1, height // 400)
    arms = [(x_step, y_step) for x_step in range(-reach, reach + 1) for y_step in range(-reach, reach + 1)]
    for step_x, step_y in arms:
        share = max(0.0, 1 - (step_x * step_x + step_y * step_y) / (reach + 0.6) ** 2)
        chosen = inside if (step_x, step_y) == (0, 0) else inside & large
        rows = np.clip(row[chosen] + step_y, 0, height - 1)
        columns = np.clip(column[chosen] + step_x, 0, width - 1)
        frame[rows, columns] = np.maximum(frame[rows, columns], (light[chosen] * share).astype(np.uint8))


_NEAR = 0.45
_PALETTE = 512
_LAMPS = np.array([(255, 214, 138), (255, 190, 104), (255, 232, 188), (202, 224, 255)], dtype=np.uint8)


class _Street(msgspec.Struct, frozen=True):
    """One row of houses, wide enough to travel past.

    Attributes:
        paint: palette entry of wall or dark window, and 0 where there is no house.
        lamp: palette entry of each window when it is lit.
        hour: when a window is lit, 0 to 249, and 255 where there is none.
        pace: pixels a frame.
    """

    paint: Integers
    lamp: Integers
    hour: Integers
    pace: int


def _street(rng: np.random.Generator, canvas: Canvas, *, near: float, pace: int, wall_entry: int) -> _Street:
    width, height = canvas.width + pace * canvas.frames + 8, canvas.height
    walls, windows = Image.new("L", (width, height)), Image.new("L", (width, height))
    wall, light = ImageDraw.Draw(walls), ImageDraw.Draw(windows)
    unit = max(2, round(height * (0.008 + 0.007 * near)))
    left = -unit * 4
    while left < width:
        across = int(rng.integers(6, 15)) * unit
        tall = int((0.20 + 0.34 * rng.random() ** 1.6 * (1.25 - 0.55 * near) + 0.10 * (1 - near)) * height)
        top = int(height * 0.80) - tall
        wall.rectangle((left, top, left + across - unit // 2, height), fill=1)
        if rng.random() < 0.4:  # noqa: PLR2004 - two houses in five carry a mast
            wall.rectangle((left + across // 2, top - unit * 3, left + across // 2 + max(1, unit // 6), top), fill=1)
        for row in range(top + unit, int(height * 0.79), unit * 2):
            for column in range(left + unit, left + across - unit * 3 // 2, unit * 2):
                if rng.random() < 0.62:  # noqa: PLR2004 - the rest sleep all night
                    light.rectangle((column, row, column + unit - 1, row + unit), fill=int(rng.integers(1, 250)))
        left += across + (unit if rng.random() < 0.3 else 0)  # noqa: PLR2004 - three alleys in ten
    hours = np.asarray(windows)
    paint = np.where(hours > 0, wall_entry + 1, np.asarray(walls).astype(np.uint16) * wall_entry).astype(np.uint16)
    lamp = hours.astype(np.uint16) % np.uint16(len(_LAMPS)) + np.uint16(_PALETTE)
    return _Street(paint=paint, lamp=lamp, hour=hours - np.uint8(1), pace=pace)


def town(
    *, name: str, lit: tuple[float, float] = (0.05, 0.75), moon: tuple[float, float] = (0.42, -0.26), rain: int = 0
) -> Picture:
    """Return three streets by a river while their windows light up.

    Args:
        name: palette of the sky, dark end above.
        lit: part of the windows lit at the first and at the last frame.
        moon: its place in heights from the middle.
        rain: drops seen in each frame.
    """

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        pace = max(1, canvas.height // 360)
        colours, streets = [palette(name), _LAMPS], []
        for number, (near, tone) in enumerate(((0.0, 205), (0.5, 120), (1.0, 42))):
            entry = _PALETTE + len(_LAMPS) + 2 * number
            streets.append(_street(rng, canvas, near=near, pace=pace * number, wall_entry=entry))
            wall = colours[0][tone] // 2
            colours.append(np.stack([wall, wall + np.uint8(7)]))
        lut = np.concatenate(colours)
        x, y = canvas.grid()
        sky = np.float32(0.14) + np.float32(0.72) * np.clip(y + np.float32(0.5), 0, 0.9) ** 1.3
        distance = np.hypot(x - np.float32(moon[0]), y - np.float32(moon[1]))
        sky += np.clip((np.float32(0.055) - distance) * canvas.height / 2, 0, 1) + np.float32(0.20) * np.exp(
            -distance * 6
        )
        ground = (np.clip(sky, 0, 1) * 511).astype(np.uint16)
        shore = int(canvas.height * 0.80)
        for frame, t in enumerate(canvas.times()):
            entries = ground.copy()
            until = round(250 * between(lit[0], lit[1], t))
            for street in streets:
                _lay(entries, street, frame, until)
            picture = lut.take(entries, axis=0)
            _mirror(picture, shore, frame / canvas.rate)
            if rain:
                _fall(picture, rng, rain)
            yield picture

    return draw


def _lay(entries: Integers, street: _Street, frame: int, until: int) -> None:
    """Draw a street over the picture's palette entries, with the windows whose hour has come."""
    left = street.pace * frame
    part = slice(left, left + entries.shape[1])
    np.copyto(entries, street.paint[:, part], where=street.paint[:, part] > 0)
    np.copyto(entries, street.lamp[:, part], where=street.hour[:, part] < until)


def _mirror(picture: Frame, shore: int, seconds: float) -> None:
    """Fill the picture below the shore with a trembling reflection of what stands above it."""
    height, width, _ = picture.shape
    rows = np.arange(height - shore)
    source = np.clip(shore - 1 - (rows * 1.9).astype(int), 0, height - 1)
    sway = (np.sin(rows * 0.9 + seconds * 3.1) * (1 + rows * 0.10) + np.sin(rows * 0.23 - seconds * 2) * 2).astype(int)
    columns = (np.arange(width)[None, :] + sway[:, None]) % width
    fade = np.linspace(0.62, 0.18, height - shore, dtype=np.float32)[:, None, None]
    picture[shore:] = (picture[source[:, None], columns] * fade + np.array([2, 4, 9], dtype=np.float32)).astype(
        np.uint8
    )


def _fall(picture: Frame, rng: np.random.Generator, rain: int) -> None:
    """Brighten short slanted streaks."""
    height, width, _ = picture.shape
    length = height // 18
    column, row = rng.integers(0, width, rain), rng.integers(0, height - length, rain)
    for step in range(length):
        where = (row + step, (column - step // 6) % width)
        picture[where] = np.minimum(picture[where].astype(np.uint16) + 22, 255).astype(np.uint8)
