"""What boards say of films, and the age in years that each label stands for.

Ages are those that the boards print; where they only advise, those that home media servers commonly use.
"""

import re
from typing import Final

from matinee.contracts.catalogue import TitleFieldsError
from matinee.contracts.metadata import Rating, RatingSystem

MAX_AGE: Final = 18
AGES: Final[dict[RatingSystem, dict[str, int]]] = {
    "mpa": {"G": 0, "PG": 10, "PG-13": 13, "R": 17, "NC-17": 18},
    "tvpg": {"TV-Y": 0, "TV-G": 0, "TV-Y7": 7, "TV-Y7-FV": 7, "TV-PG": 10, "TV-14": 14, "TV-MA": 17},
    "bbfc": {"U": 0, "UC": 0, "PG": 8, "12": 12, "12A": 12, "15": 15, "18": 18, "R18": 18},
    "fsk": {"0": 0, "6": 6, "12": 12, "16": 16, "18": 18},
    "cnc": {"TP": 0, "TOUS PUBLICS": 0, "10": 10, "12": 12, "16": 16, "18": 18},
    "age": {str(age): age for age in range(MAX_AGE + 1)},
}
_NUMBER = re.compile(r"[0-9]{1,2}")


def age_of(rating: Rating) -> int:
    """Return the age that a rating stands for; a label that holds a number which its board does not use means that.

    Raises:
        TitleFieldsError: when the board has no such label.
    """
    label = rating.label.upper()
    known = AGES[rating.system].get(label)
    if known is not None:
        return known
    number = _NUMBER.search(label)
    if number is None:
        offered = ", ".join(AGES[rating.system])
        raise TitleFieldsError(f"{rating.system} has no rating “{rating.label}”; it has {offered}.")
    return min(int(number.group()), MAX_AGE)


def strictest(ratings: tuple[Rating, ...]) -> int:
    """Return the highest age of some ratings, 0 of none.

    Raises:
        TitleFieldsError: when one is not known.
    """
    return max((age_of(rating) for rating in ratings), default=0)
