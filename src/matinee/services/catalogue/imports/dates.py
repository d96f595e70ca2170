"""Dates as people and spreadsheets write them."""

import re
from datetime import date
from typing import Final

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4}|\d{2})")
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
_TWELVE = 12
_CENTURY = 100
# Two digits are of this century up to here; what lies further on is of the last one.
_PIVOT = 50


def day_of(text: str) -> date | None:
    """Return the day that a text names, None when it names none.

    `03/04/2021` is read as the fourth of March, with dots as the third of April; where only one reading is
    a date it is that one.
    """
    words = text.strip()
    if match := _ISO.fullmatch(words):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _NAMED_FIRST.fullmatch(words):
        return _day(int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2]))
    if match := _DAY_FIRST.fullmatch(words):
        return _day(_year(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1]))
    if match := _NUMBERS.fullmatch(words):
        first, second, year = int(match[1]), int(match[3]), _year(match[4])
        day_first = match[2] == "." or first > _TWELVE
        return _day(year, second, first) if day_first else _day(year, first, second) or _day(year, second, first)
    return None


def year_of(text: str) -> int | None:
    """Return the year that a text is or begins with, such as `2019` or `2019–2021`; None when there is none."""
    match = re.fullmatch(r"\(?(\d{4})\)?(?:\.0)?(?:\s*[–-]\s*(?:\d{4})?)?", text.strip())
    if match is None:
        return None
    year = int(match[1])
    return year if 1874 <= year <= 2200 else None  # noqa: PLR2004  # the bounds of the contract


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004  # two digits leave the century open
        return year
    return year + (20 if year < _PIVOT else 19) * _CENTURY


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
