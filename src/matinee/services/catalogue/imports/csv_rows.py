"""What one row of a CSV file says about a title."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_args

from matinee.contracts.catalogue import Kind
from matinee.contracts.metadata import CreditRole
from matinee.services.catalogue.imports.csv_file import Record
from matinee.services.catalogue.imports.dates import day_of, year_of
from matinee.services.catalogue.imports.genres import MAX_TAGS, MAX_WORD, sorted_words
from matinee.services.catalogue.imports.ports import Incoming, Refused
from matinee.services.catalogue.imports.ratings import rated
from matinee.services.catalogue.imports.texts import shortened, tidy_line, tidy_paragraph

MAX_NAME = 200
MAX_SYNOPSIS = 4000
MAX_PEOPLE = 200
MAX_KEY = 200
_LONGEST = 60_000
_KINDS: Final[dict[str, Kind]] = {
    "movie": "film",
    "film": "film",
    "feature": "film",
    "short": "film",
    "documentary": "film",
    "special": "film",
    "tvmovie": "film",
    "tvspecial": "film",
    "tvshow": "series",
    "tvseries": "series",
    "tvminiseries": "series",
    "miniseries": "series",
    "series": "series",
    "show": "series",
    "tv": "series",
}
_ROLES: Final[tuple[tuple[str, CreditRole], ...]] = (
    ("director", "director"),
    ("creator", "creator"),
    ("writer", "writer"),
    ("cast", "actor"),
    ("producer", "producer"),
    ("composer", "composer"),
)
_DURATION = re.compile(r"\d+\s*(min(ute)?s?|m|h(ours?)?(\s*\d+\s*m(in)?)?|seasons?|episodes?|eps?)\.?", re.IGNORECASE)
_SEASONS = re.compile(r"\d+\s*seasons?", re.IGNORECASE)
# What follows a comma here belongs to the name before it.
_NAME_ENDINGS: Final = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "ph.d.", "m.d."))
_SPREADSHEET_DATE = re.compile(r"\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-\d{2})?|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2}", re.IGNORECASE)  # fmt: skip  # noqa: E501
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _is_rating(text: str) -> bool:
    return bool(text) and rated(text) is not None and not text.isdecimal()


def _is_date(text: str) -> bool:
    return day_of(text) is not None


# Columns whose cells can be told apart by how they look, so that swapped ones can be put back.
_LOOKS: Final[dict[str, Callable[[str], bool]]] = {
    "kind": lambda text: _kind(text) is not None,
    "rating": _is_rating,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "year": lambda text: year_of(text) is not None,
    "released_on": _is_date,
}
_SAID: Final = {"kind": "type", "rating": "rating", "duration": "duration", "year": "year", "released_on": "date"}


def _kind(text: str) -> Kind | None:
    return _KINDS.get(re.sub(r"[^a-z]", "", text.lower()))


def natural_digest(kind: str, name: str, year: int | None, directors: list[str]) -> str:
    """Return what stays the same of a work whatever key it is listed under, as 32 hex digits."""
    words = "|".join((kind, name.casefold(), str(year or ""), *sorted(one.casefold() for one in directors)))
    return hashlib.sha256(words.encode()).hexdigest()[:32]


class RowReader:
    """Turns records into titles.

    Args:
        columns: the known columns of the file.
        width: how many columns the header has.
        unrated_maturity: age, in years, for what has no rating that is known.
    """

    def __init__(self, columns: Mapping[str, int], width: int, *, unrated_maturity: int) -> None:
        self._columns = columns
        self._width = width
        self._unrated = unrated_maturity

    def read(self, record: Record) -> Incoming | Refused:
        """Return the title of a row, or why there is none."""
        cells = {name: text[:_LONGEST] for name, text in record.cells.items()}
        name = tidy_line(cells.get("name", ""))
        reason = self._unusable(record, name, cells)
        if reason:
            return Refused(line=record.line, name=shortened(name, MAX_NAME), reason=reason)
        notes: list[str] = []
        cells = put_back(cells, notes)
        kind = _kind(cells.get("kind", ""))
        if kind is None:
            kind = _guessed(cells)
            if kind is None:
                return Refused(
                    line=record.line, name=shortened(name, MAX_NAME), reason=_unknown_kind(cells.get("kind", ""))
                )
            if "kind" in self._columns:
                notes.append(f"The type is missing or unknown; its duration says {kind}.")
        fields = self._fields(name, cells, notes)
        directors = [person["name"] for person in fields.get("people", ()) if person["role"] == "director"]
        natural = natural_digest(kind, fields["name"], fields.get("year"), directors)
        return Incoming(
            line=record.line,
            key=_key(cells.get("key", ""), natural),
            kind=kind,
            natural=natural,
            fields=fields,
            notes=tuple(notes),
        )

    def _unusable(self, record: Record, name: str, cells: Mapping[str, str]) -> str:
        if record.count > self._width:
            extra = record.count - self._width
            return f"The row has {extra} cells more than the header; a comma stands outside of quotes."
        if not name:
            return "The title has no name."
        if "key" in self._columns and not tidy_line(cells.get("key", "")):
            return "The cell that holds the title's key is empty."
        return ""

    def _fields(self, name: str, cells: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
        if _SPREADSHEET_DATE.fullmatch(name):
            notes.append("The name looks like a date that a spreadsheet made of it; check it.")
        fields: dict[str, Any] = {"name": shortened(name, MAX_NAME)}
        if len(name) > MAX_NAME:
            notes.append(f"The name is longer than {MAX_NAME} characters and was shortened.")
        if "original_name" in self._columns:
            fields["original_name"] = tidy_line(cells.get("original_name", ""))[:MAX_NAME]
        if "synopsis" in self._columns:
            fields["synopsis"] = shortened(tidy_paragraph(cells.get("synopsis", "")), MAX_SYNOPSIS)
        self._add_time(cells, fields, notes)
        self._add_words(cells, fields, notes)
        self._add_rating(cells, fields, notes)
        if any(column in self._columns for column, _ in _ROLES):
            fields["people"] = people(cells, notes)
        return fields

    def _add_time(self, cells: Mapping[str, str], fields: dict[str, Any], notes: list[str]) -> None:
        said, added = cells.get("year", "").strip(), cells.get("released_on", "").strip()
        if "year" in self._columns:
            fields["year"] = year_of(said)
            if said and fields["year"] is None:
                notes.append(f"“{shortened(tidy_line(said), 40)}” is not a year; it was left out.")
        if "released_on" in self._columns:
            day = day_of(added)
            fields["released_on"] = None if day is None else day.isoformat()
            if added and day is None:
                notes.append(f"“{shortened(tidy_line(added), 40)}” is not a date; it was left out.")

    def _add_words(self, cells: Mapping[str, str], fields: dict[str, Any], notes: list[str]) -> None:
        if "genres" in self._columns:
            fields["genres"], shelves = sorted_words(listed(cells.get("genres", "")))
        else:
            shelves = ()
        words = [*shelves, *listed(cells.get("tags", "")), *listed(cells.get("country", ""))]
        if any(column in self._columns for column in ("genres", "tags", "country")):
            fields["tags"] = tuple({word.casefold(): word[:MAX_WORD].strip() for word in words}.values())[:MAX_TAGS]
        if "languages" in self._columns:
            found = [word for word in listed(cells.get("languages", "")) if _LANGUAGE.fullmatch(word)]
            fields["languages"] = tuple(dict.fromkeys(found))[:32]
            if len(found) != len(listed(cells.get("languages", ""))):
                notes.append("Languages are told by codes such as “en”; words were left out.")

    def _add_rating(self, cells: Mapping[str, str], fields: dict[str, Any], notes: list[str]) -> None:
        if "rating" not in self._columns:
            return
        said = tidy_line(cells.get("rating", ""))
        found = rated(said)
        if found is None:
            notes.append(f"“{shortened(said, 40)}” is not a rating that is known; the title is held for adults.")
        fields["ratings"] = () if found is None or found.rating is None else (_plain(found.rating),)
        fields["maturity"] = self._unrated if found is None or found.age is None else found.age


def _plain(rating: Any) -> dict[str, str]:
    return {"system": rating.system, "label": rating.label}


def _key(told: str, natural: str) -> str:
    key = tidy_line(told)
    if not key:
        return natural
    return key if len(key) <= MAX_KEY else hashlib.sha256(key.encode()).hexdigest()


def _guessed(cells: Mapping[str, str]) -> Kind | None:
    """Return what a duration says about the kind; without any column of kinds everything is a film."""
    duration = tidy_line(cells.get("duration", ""))
    if _SEASONS.fullmatch(duration):
        return "series"
    return "film" if "kind" not in cells or _DURATION.fullmatch(duration) else None


def _unknown_kind(said: str) -> str:
    word = shortened(tidy_line(said), 40)
    if "episode" in word.lower():
        return "Episodes are taken from NFO files and TMDB, not from CSV."
    return f"“{word}” is not a type that is known; write Movie or TV Show." if word else "The type is missing."


def put_back(cells: Mapping[str, str], notes: list[str]) -> dict[str, str]:
    """Return cells with those in their places that stood in another's, such as a duration in the rating's."""
    right = {name: text.strip() for name, text in cells.items()}
    astray = {name: text for name, text in right.items() if name in _LOOKS and text and not _LOOKS[name](text)}
    for name, text in astray.items():
        for home, looks in _LOOKS.items():
            if home == name or home not in right or not looks(text) or (right[home] and home not in astray):
                continue
            notes.append(f"The {_SAID[home]} stood in the column of the {_SAID[name]} and was put back.")
            right[home] = text
            if right[name] == text:
                right[name] = ""
            break
    return right


def listed(text: str) -> list[str]:
    """Return the words of a cell that holds several, split at `;` or `|` if there are any, else at commas."""
    separator = next((one for one in (";", "|") if one in text), ",")
    words: list[str] = []
    for part in text.split(separator):
        word = tidy_line(part)
        if separator == "," and word.lower() in _NAME_ENDINGS and words:
            words[-1] = f"{words[-1]}, {word}"
        elif word:
            words.append(word)
    return words


def people(cells: Mapping[str, str], notes: list[str]) -> tuple[dict[str, str], ...]:
    """Return everybody whom a row names, in the order of billing, each once for a role."""
    found = list(_named(cells))
    usable = {(role, name.casefold()): {"name": name, "role": role} for role, name in found if len(name) <= MAX_NAME}
    if len(usable) > MAX_PEOPLE:
        notes.append(f"Only the first {MAX_PEOPLE} people were taken.")
    if any(len(name) > MAX_NAME for _, name in found):
        notes.append(f"A person's name is longer than {MAX_NAME} characters; it was left out.")
    return tuple(usable.values())[:MAX_PEOPLE]


def _named(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    known = get_args(CreditRole)
    for column, role in _ROLES:
        for name in listed(cells.get(column, "")):
            if role in known and any(character.isalnum() for character in name):
                yield role, name
