"""Months from an anchor, in somebody's own time zone."""

import calendar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS_IN_YEAR = 12


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def months_after(anchor: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Return the moment `months` calendar months after an anchor, at the same local time of day, in UTC.

    The day of the month is the anchor's; a month without it uses its last day, and later months return to the
    anchor's: 31 January, 28 or 29 February, 31 March. A local time that a change of clocks skips is read as before the
    change, so it lands an hour later; one that comes twice is the first.

    Args:
        anchor: aware.
        months: from zero.
    """
    local = anchor.astimezone(zone)
    if not months:
        return anchor.astimezone(UTC)
    years, month = divmod(local.month - 1 + months, _MONTHS_IN_YEAR)
    year = local.year + years
    last_day = calendar.monthrange(year, month + 1)[1]
    moved = local.replace(year=year, month=month + 1, day=min(local.day, last_day), fold=0)
    return moved.astimezone(UTC)
