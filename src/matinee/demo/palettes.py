"""Colour: palettes mixed in OKLab, where halfway looks halfway (Björn Ottosson, "A perceptual color space", 2020)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matinee.demo.canvas import Lut

Colour = tuple[int, int, int]

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LINEAR_BELOW = 0.0031308

PALETTES: dict[str, tuple[str, ...]] = {
    "dusk": ("#0b1026", "#1f2a58", "#5b3a7c", "#b5476d", "#f0784f", "#ffc46b", "#fff3cf"),
    "dawn": ("#10182c", "#27476a", "#5f83a0", "#c9a7a0", "#f5c99a", "#fff0d0"),
    "noon": ("#17304a", "#2e6583", "#6fa9b0", "#cfd8bd", "#f4ecd2", "#fffaf0"),
    "sea": ("#03121f", "#062f4a", "#0d6273", "#3ca59a", "#b3dfc0", "#fbf7df"),
    "ember": ("#0a0507", "#2b0a14", "#701a1f", "#c8401f", "#f79a32", "#ffe9a8"),
    "reef": ("#071a24", "#0c4047", "#1b7a6b", "#f0866b", "#ffc2a0", "#fff4e2"),
    "bone": ("#151412", "#3b352d", "#7d7262", "#c8bda6", "#f4eedf"),
    "ice": ("#060b1c", "#12305c", "#2f78a8", "#8fd0dc", "#f2fbff"),
    "moss": ("#0b120c", "#1d3420", "#3f6a33", "#91a94a", "#e5dc9a", "#fbf8e3"),
    "violet": ("#0a0618", "#28105a", "#6a2a9a", "#c95bb4", "#ffb3b0", "#fff0dd"),
    "neon": ("#05060f", "#101b4d", "#3b2fb0", "#c02fb4", "#ff5f7e", "#ffd36e"),
    "brass": ("#0d0a07", "#33220f", "#7b5220", "#c9963f", "#f5da94", "#fffbe9"),
    "sumi": ("#f5efe2", "#ded6c5", "#a59f95", "#4d4d52", "#15171d"),
    "glass": ("#14213d", "#26547c", "#2a9d8f", "#e9c46a", "#f4a261", "#d1495b", "#6d2e46"),
    "lagoon": ("#0a1128", "#1c3f60", "#2a7f8e", "#8cc7a1", "#f3e9c6", "#e07a5f", "#3d1f3a"),
    "rose": ("#1a0b16", "#4b1637", "#9b2a55", "#e4646f", "#f9b8a4", "#fff1e6"),
    "paper": ("#f3ecdd", "#e7cfa7", "#d9825b", "#9b3d4b", "#3a2342", "#14132a"),
    "night": ("#04060d", "#0a1226", "#152446", "#2c3f6d", "#66709a", "#c9b9b4"),
}


def colour(text: str) -> Colour:
    """Return the red, green and blue of `#rrggbb`."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _oklab(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - sRGB's own constants
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def _srgb(lab: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0, 1)
    curved = 1.055 * np.maximum(linear, _LINEAR_BELOW) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= _LINEAR_BELOW, linear * 12.92, curved))


def ramp(stops: Sequence[str], *, size: int = 512) -> Lut:
    """Return a palette of `size` colours through evenly spaced `#rrggbb` stops, shape (size, 3)."""
    lab = _oklab(np.array([colour(stop) for stop in stops], dtype=np.float64) / 255)
    places = np.linspace(0, len(stops) - 1, size)
    channels = [np.interp(places, np.arange(len(stops)), lab[:, channel]) for channel in range(3)]
    return np.round(_srgb(np.stack(channels, axis=1)) * 255).astype(np.uint8)


def palette(name: str, *, size: int = 512) -> Lut:
    """Return a named palette, dark (or paper) end first."""
    return ramp(PALETTES[name], size=size)


def wheel(name: str, *, size: int = 512) -> Lut:
    """Return a named palette that runs to its end and back, so that it can turn without a seam."""
    stops = PALETTES[name]
    return ramp((*stops, *reversed(stops[:-1])), size=size)


def mix(first: Lut, second: Lut, amount: float) -> Lut:
    """Return the palette `amount` (0 to 1) of the way between two of one size."""
    blend = first.astype(np.float32) * np.float32(1 - amount) + second.astype(np.float32) * np.float32(amount)
    return np.round(blend).astype(np.uint8)
