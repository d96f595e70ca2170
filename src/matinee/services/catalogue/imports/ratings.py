"""Age ratings of several boards, and the age in years that each stands for.

The ages are those that the boards print or, where they speak of guidance, those that home media servers commonly use.
"""

import re
from typing import Final

import msgspec

from matinee.contracts.metadata import Rating, RatingSystem

_MPA: Final = {"G": 0, "PG": 10, "PG-13": 13, "R": 17, "NC-17": 18}
_TVPG: Final = {"TV-Y": 0, "TV-G": 0, "TV-Y7": 7, "TV-Y7-FV": 7, "TV-PG": 10, "TV-14": 14, "TV-MA": 17}
_BBFC: Final = {"U": 0, "UC": 0, "12A": 12, "R18": 18}
_CNC: Final = {"TP": 0, "TOUS PUBLICS": 0}
_UNRATED: Final = frozenset(
    ("", "NR", "UR", "N/A", "NA", "NONE", "UNRATED", "NOT RATED", "NOT YET RATED", "APPROVED", "PASSED")
)
_FSK = re.compile(r"FSK[\s:-]*(\d{1,2})")
_AGE = re.compile(r"(\d{1,2})\s*\+|(?:AGE\s*)(\d{1,2})\+?|-\s*(\d{1,2})|(\d{1,2})")
# Kodi writes `Rated PG-13`, `US:R`, `UK:15`, `Germany:16` and `DE:FSK 16`.
_COUNTRY: Final[dict[str, RatingSystem]] = {
    "US": "mpa",
    "USA": "mpa",
    "UNITED STATES": "mpa",
    "UK": "bbfc",
    "GB": "bbfc",
    "UNITED KINGDOM": "bbfc",
    "DE": "fsk",
    "GERMANY": "fsk",
    "FR": "cnc",
    "FRANCE": "cnc",
}
_MAX_AGE = 18
_LABEL_CHARACTERS = 20


class Rated(msgspec.Struct, frozen=True):
    """A rating that was understood: what the board says, and the age; `rating` None means said to be unrated."""

    rating: Rating | None
    age: int | None


def rated(text: str) -> Rated | None:
    """Return what a rating says, None when it is not one that is known."""
    words = " ".join(text.upper().replace("RATED ", "").split())
    if words in _UNRATED:
        return Rated(None, None)
    country, separator, rest = words.partition(":")
    if separator and country.strip() in _COUNTRY:
        return _of_board(_COUNTRY[country.strip()], rest.strip())
    for system, table in (("tvpg", _TVPG), ("mpa", _MPA), ("bbfc", _BBFC), ("cnc", _CNC)):
        if words in table:
            return _found(system, words, table[words])
    fsk = _FSK.fullmatch(words)
    if fsk:
        return _found("fsk", fsk.group(1), int(fsk.group(1)))
    return _by_age("age", words)


def _of_board(system: RatingSystem, label: str) -> Rated | None:
    tables = {"mpa": {**_TVPG, **_MPA}, "bbfc": {**_BBFC, "PG": 8}, "cnc": _CNC}
    if label in _UNRATED:
        return Rated(None, None)
    age = tables.get(system, {}).get(label)
    if age is not None:
        return _found("tvpg" if system == "mpa" and label.startswith("TV-") else system, label, age)
    fsk = _FSK.fullmatch(label)
    return _found("fsk", fsk.group(1), int(fsk.group(1))) if fsk else _by_age(system, label)


def _by_age(system: RatingSystem, label: str) -> Rated | None:
    match = _AGE.fullmatch(label)
    if match is None:
        return None
    age = int(next(group for group in match.groups() if group is not None))
    return _found(system, label, age) if age <= _MAX_AGE + 3 else None


def _found(system: str, label: str, age: int) -> Rated:
    rating = msgspec.convert({"system": system, "label": label[:_LABEL_CHARACTERS]}, Rating)
    return Rated(rating, min(age, _MAX_AGE))
