"""Soft randomness: value noise by cubic enlargement of small random grids, and lookups into fields."""

import numpy as np
from PIL import Image

from matinee.demo.canvas import Field


def enlarge(field: Field, width: int, height: int) -> Field:
    """Return a field enlarged or reduced by cubic interpolation, shape (height, width)."""
    image = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def noise(rng: np.random.Generator, width: int, height: int, *, cells: float, octaves: int = 4) -> Field:
    """Return fractal noise of roughly 0 to 1, mean 0.5.

    Args:
        rng: where the grids come from.
        width: pixels; `height` likewise.
        cells: how many lumps of the coarsest octave lie across the height.
        octaves: each next one is twice as fine and half as strong.
    """
    total = np.zeros((height, width), dtype=np.float32)
    weight_sum = 0.0
    for octave in range(octaves):
        rows = max(2, round(cells * 2**octave) + 3)
        columns = max(2, round(cells * 2**octave * width / height) + 3)
        grid = rng.random((rows, columns), dtype=np.float32)
        total += enlarge(grid, width, height) * np.float32(0.5**octave)
        weight_sum += 0.5**octave
    return total / np.float32(weight_sum)


def tile(rng: np.random.Generator, size: int, *, cells: int, octaves: int = 4) -> Field:
    """Return square fractal noise that repeats without a seam, stretched to exactly 0 to 1."""
    total = np.zeros((size, size), dtype=np.float32)
    for octave in range(octaves):
        count = cells * 2**octave
        grid = rng.random((count, count), dtype=np.float32)
        margin = 2 * size // count
        padded = enlarge(np.pad(grid, 2, mode="wrap"), size + 2 * margin, size + 2 * margin)
        total += padded[margin : margin + size, margin : margin + size] * np.float32(0.55**octave)
    low, high = float(total.min()), float(total.max())
    return (total - np.float32(low)) / np.float32(high - low)


def sample(field: Field, x: Field, y: Field) -> Field:
    """Return `field` at pixel positions, bilinear, clamped at the borders."""
    height, width = field.shape
    x = np.clip(x, 0, width - 1.001)
    y = np.clip(y, 0, height - 1.001)
    column, row = x.astype(np.int32), y.astype(np.int32)
    across, down = x - column, y - row
    corner = row * width + column
    flat = field.ravel()
    upper = flat.take(corner) * (1 - across) + flat.take(corner + 1) * across
    lower = flat.take(corner + width) * (1 - across) + flat.take(corner + width + 1) * across
    return np.asarray(upper * (1 - down) + lower * down, dtype=np.float32)


def blur(field: Field, factor: int) -> Field:
    """Return the field softened by reducing it `factor` times and enlarging it again."""
    height, width = field.shape
    return enlarge(enlarge(field, max(2, width // factor), max(2, height // factor)), width, height)


def slopes(field: Field) -> tuple[Field, Field]:
    """Return how much the field grows per pixel downwards and to the right."""
    down, right = np.gradient(field, axis=(0, 1))
    return np.asarray(down, dtype=np.float32), np.asarray(right, dtype=np.float32)
