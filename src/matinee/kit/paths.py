"""The one place where outside text becomes part of a path or a key.

Every key of a blob, every file below a folder that an outside name may reach, goes through here.
"""

import re
import unicodedata
from pathlib import Path

from matinee.kit.errors import InvalidError

MAX_KEY_CHARACTERS = 512
MAX_SEGMENT_CHARACTERS = 128
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-=]*")
_DISPLAY_UNSAFE = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029/\\]+")


class PathError(InvalidError):
    """The name would lead outside, or holds characters that keys never hold."""

    code = "path"
    title = "Not a usable name"


def checked_key(key: str) -> str:
    """Return `key` unchanged when it is a safe relative key.

    A safe key has 1 to 512 characters in segments of 1 to 128 parted by `/`; each segment starts with a letter, digit
    or `_` and continues with those, `.`, `-` or `=`. So `..`, empty segments, percent signs, NUL and back slashes
    never pass, and nothing needs decoding.

    Raises:
        PathError: for anything else.
    """
    if not 0 < len(key) <= MAX_KEY_CHARACTERS:
        raise PathError("A key has 1 to 512 characters.")
    for segment in key.split("/"):
        if len(segment) > MAX_SEGMENT_CHARACTERS or not _SEGMENT.fullmatch(segment):
            raise PathError("A key holds letters, digits, '_', '.', '-' and '=' in segments parted by '/'.")
    return key


def below(root: Path, key: str) -> Path:
    """Return the path of `key` below `root`, with links resolved, never outside of it.

    Raises:
        PathError: when the key is unsafe, or a link on the way leads outside `root`.
    """
    base = root.resolve()
    try:
        path = (base / checked_key(key)).resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise PathError("The path cannot be followed to its end.") from error
    if not path.is_relative_to(base):
        raise PathError("The path leads outside its folder.")
    return path


def display_name(name: str, *, limit: int = 200) -> str:
    """Return an uploaded file's name made safe to show and log: one line, no separators, at most `limit` characters.

    The result is for people only; it never becomes part of a path.
    """
    flat = _DISPLAY_UNSAFE.sub(" ", unicodedata.normalize("NFC", name)).strip()
    printable = "".join(c for c in flat if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return printable[:limit].strip() or "untitled"
