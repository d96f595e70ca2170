"""Reads a packaged release as a player would: decrypted, in presentation order, on its own clock."""

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np

from matinee.engines.media.tools import find_tools
from matinee.services.transcode.service.verify import read_track
from matinee.testing.transcode import KEY


def whole(folder: Path) -> Path:
    """Join the header and the segments of a packaged track."""
    path = folder.parent / f"{folder.name}.whole.mp4"
    path.write_bytes(b"".join(part.read_bytes() for part in [folder / "init.mp4", *sorted(folder.glob("*.m4s"))]))
    return path


def decoded(folder: Path, *arguments: str) -> bytes:
    """Decrypt and decode a packaged track to standard output."""
    argv = [
        str(find_tools().ffmpeg),
        "-v",
        "error",
        "-decryption_key",
        KEY.key,
        "-i",
        str(whole(folder)),
        *arguments,
        "-",
    ]
    return subprocess.run(argv, check=True, capture_output=True, timeout=60).stdout


def pictures(folder: Path, width: int, height: int) -> np.ndarray:
    """Return all frames of a packaged rendition as frames × height × width × RGB."""
    raw = decoded(folder, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24")
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def flash_seconds(folder: Path, width: int, height: int, rate: Fraction) -> float:
    """Return when the picture first becomes bright."""
    light = pictures(folder, width, height).mean(axis=(1, 2, 3))
    return float(int(np.argmax(light > 128)) / rate)


def samples(folder: Path) -> np.ndarray:
    """Return the first channel of a packaged sound track."""
    raw = decoded(folder, "-f", "f32le", "-ac", "2", "-ar", "48000")
    return np.frombuffer(raw, np.float32).reshape(-1, 2)[:, 0]


def beep_seconds(folder: Path) -> float:
    """Return when the sound first becomes loud."""
    sound = np.abs(samples(folder))
    first = int(np.argmax(sound > 0.3 * sound.max()))
    return max(0.0, float(read_track(folder).starts()[0])) + first / 48_000
