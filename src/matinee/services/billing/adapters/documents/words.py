"""Dates, amounts and periods as documents and letters write them."""

import unicodedata
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from matinee.kit.money import display

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_HUNDRED: Final = 100
_MINUS: Final = "\N{MINUS SIGN}"
# Marks that turn the direction of what follows, and so could make a line say something else than it does.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def date(moment: datetime, time_zone: str) -> str:
    """Return a day such as `21 November 2026`, in a time zone; one that is unknown here counts as UTC."""
    try:
        local = moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = moment
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def period(start: datetime | None, end: datetime | None, time_zone: str) -> str:
    """Return `1 May 2026 – 31 May 2026`: the last day is the one before the end, which is not part of it."""
    if start is None or end is None:
        return ""
    return f"{date(start, time_zone)} – {date(max(start, end - timedelta(seconds=1)), time_zone)}"


def amount(minor_units: int, currency: str) -> str:
    """Return an amount with a proper minus sign."""
    return display(minor_units, currency).replace("-", _MINUS)


def rate(basis_points: int) -> str:
    """Return a rate such as `19 %` or `8.1 %`."""
    whole, rest = divmod(basis_points, _HUNDRED)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "\N{NO-BREAK SPACE}%"


def plain(text: str, *, limit: int = 300) -> str:
    """Return somebody's words as one line that shows as it is stored: no controls, nothing that turns directions."""
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    kept = (one for one in flat if one not in _TURNING and unicodedata.category(one) not in {"Cc", "Cs", "Co", "Cn"})
    return "".join(kept)[:limit].strip()


def plain_lines(text: str) -> list[str]:
    """Return an address as its lines."""
    return [line for line in (plain(part) for part in text.splitlines()) if line]
