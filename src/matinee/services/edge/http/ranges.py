"""Byte ranges and conditions (RFC 9110, sections 13 and 14), as far as a cache of unchanging files needs them.

More ranges than one are answered with the whole file, which section 14.2 allows: no player asks for several, and
multipart answers are an old way to make servers work hard. What is no valid range is ignored, as the section asks.
"""

import re

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*", re.IGNORECASE)
UNSATISFIABLE = (0, 0)


def wanted_range(value: str, size_bytes: int) -> tuple[int, int] | None:
    """Return the bytes that a Range header asks for.

    Args:
        value: the header as sent.
        size_bytes: size of the whole file.

    Returns:
        Start and end, the end exclusive; `UNSATISFIABLE` when the file has no such bytes; None when the header is to
        be ignored and the whole file sent.
    """
    match = _RANGE.fullmatch(value)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size_bytes)
        return (size_bytes - length, size_bytes) if length else UNSATISFIABLE
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size_bytes:
        return UNSATISFIABLE
    return start, min(int(last) + 1, size_bytes) if last else size_bytes


def same_entity(if_range: str | None, etag: str) -> bool:
    """Say whether a range may be sent: no If-Range, or one with exactly this strong tag. Dates never match."""
    return if_range is None or if_range.strip() == etag


def none_match(if_none_match: str, etag: str) -> bool:
    """Say whether the client holds the file already (weak comparison, section 13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    return any(tag.strip().removeprefix("W/") == etag for tag in if_none_match.split(","))
