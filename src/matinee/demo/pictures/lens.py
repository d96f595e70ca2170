"""A round eyepiece on paper, through which another picture is seen; and a camera that moves over one."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from matinee.demo.canvas import Canvas, Frame, Picture, between, ease
from matinee.demo.palettes import colour


def lens(
    picture: Picture, *, paper: str, ink: str, radius: float = 0.40, centre: tuple[float, float] = (0.0, 0.0)
) -> Picture:
    """Return `picture` seen through a round glass lying on paper, with a scale of fine marks around it.

    `radius` and `centre` are in picture heights, from the middle.
    """

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        x, y = canvas.grid()
        x, y = x - np.float32(centre[0]), y - np.float32(centre[1])
        distance, angle = np.hypot(x, y), np.arctan2(y, x)
        unit = np.float32(canvas.height)
        inside = np.clip((np.float32(radius) - distance) * unit, 0, 1)
        marks = np.clip((np.abs((angle * np.float32(60 / np.pi)) % 1 - np.float32(0.5)) - np.float32(0.44)) * 22, 0, 1)
        band = np.clip((distance - np.float32(radius + 0.018)) * unit, 0, 1) * np.clip(
            (np.float32(radius + 0.034) - distance) * unit, 0, 1
        )
        ring = np.clip((np.float32(0.0032) - np.abs(distance - np.float32(radius + 0.006))) * unit, 0, 1)
        shadow = np.float32(1) - np.float32(0.22) * np.exp(
            -np.maximum(np.hypot(x - np.float32(0.012), y - np.float32(0.025)) - np.float32(radius), 0) * 26
        )
        ground = np.array(colour(paper), np.float32) * shadow[..., None]
        drawn = np.clip(marks * band + ring, 0, 1)[..., None]
        ground += (np.array(colour(ink), np.float32) - ground) * drawn
        glass = (np.float32(1.04) - np.float32(0.42) * np.clip(distance / np.float32(radius), 0, 1) ** 4) * inside
        ground8, glass16 = (
            (ground * (1 - inside[..., None])).astype(np.uint8),
            (np.minimum(glass, 1) * 256).astype(np.uint16)[..., None],
        )
        left, top = round(centre[0] * canvas.height), round(centre[1] * canvas.height)
        for frame in picture(canvas, rng):
            yield ground8 + ((np.roll(frame, (top, left), axis=(0, 1)) * glass16) >> 8).astype(np.uint8)

    return draw


def camera(
    picture: Picture,
    *,
    part: tuple[float, float] = (0.72, 0.6),
    start: tuple[float, float] = (0.5, 0.5),
    end: tuple[float, float] = (0.5, 0.5),
) -> Picture:
    """Return a slow move over `picture`: the visible part, and where its middle looks, from first to last frame."""

    def draw(canvas: Canvas, rng: np.random.Generator) -> Iterator[Frame]:
        for t, frame in zip(canvas.times(), picture(canvas, rng), strict=True):
            glide = ease(t)
            share = between(part[0], part[1], glide)
            wide, high = canvas.width * share, canvas.height * share
            left = (canvas.width - wide) * between(start[0], end[0], glide)
            top = (canvas.height - high) * between(start[1], end[1], glide)
            image = Image.fromarray(frame).resize(
                (canvas.width, canvas.height), Image.Resampling.BICUBIC, box=(left, top, left + wide, top + high)
            )
            yield np.asarray(image)

    return draw
