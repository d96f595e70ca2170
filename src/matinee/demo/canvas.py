"""What a picture is drawn on: its size, its length, and the coordinates that every picture shares."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]
Field = npt.NDArray[np.floating[Any]]
Lut = npt.NDArray[np.uint8]
Integers = npt.NDArray[Any]


class Canvas(msgspec.Struct, frozen=True):
    """The surface of one shot.

    Attributes:
        width: pixels; `height` likewise. Pictures may be drawn smaller than they are shown.
        frames: how many frames the shot has, at least 1.
        rate: frames per second; pictures use it so that speed does not depend on it.
    """

    width: int
    height: int
    frames: int
    rate: int = 24

    @property
    def aspect(self) -> float:
        """Return width over height."""
        return self.width / self.height

    def times(self) -> list[float]:
        """Return the time of each frame, from 0 to just under 1."""
        return [index / self.frames for index in range(self.frames)]

    def grid(self) -> tuple[Field, Field]:
        """Return x and y of every pixel centre, (0, 0) in the middle, one unit tall, y downwards."""
        x = (np.arange(self.width, dtype=np.float32) + np.float32(0.5)) / self.height - np.float32(self.aspect / 2)
        y = (np.arange(self.height, dtype=np.float32) + np.float32(0.5)) / self.height - np.float32(0.5)
        return np.repeat(x[None, :], self.height, axis=0), np.repeat(y[:, None], self.width, axis=1)


Picture = Callable[[Canvas, np.random.Generator], Iterator[Frame]]
"""Draws a shot: yields exactly `canvas.frames` frames of shape (height, width, 3)."""


def ease(value: float) -> float:
    """Return the smoothest step from 0 to 1 with no speed at either end; outside it stays at the ends."""
    clipped = min(1.0, max(0.0, value))
    return clipped * clipped * clipped * (clipped * (6 * clipped - 15) + 10)


def between(start: float, end: float, value: float) -> float:
    """Return the point `value` (0 to 1) of the way from `start` to `end`."""
    return start + (end - start) * value


def shade(lut: Lut, field: Field) -> Frame:
    """Colour a field of 0 to 1 (clipped) by a palette of any length."""
    top = len(lut) - 1
    index = np.clip(field * np.float32(top), 0, top).astype(np.intp)
    return np.asarray(lut.take(index, axis=0))
