"""CSV files as people really keep them, read record by record with the line where each begins."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from matinee.services.catalogue.imports.ports import MAX_ROWS, ImportFileError, Refused
from matinee.services.catalogue.imports.texts import decoded, tidy_line

_MAX_RECORD_LINES = 64
_MAX_RECORD_BYTES = 128 * 1024
_MAX_COLUMNS = 200
_PEEKED_BYTES = 4096
# A stray NUL in a cell is dropped; of a picture or a spreadsheet's own file one byte in twenty is NUL at least.
_BINARY_SHARE = 0.05
_DELIMITERS: Final = (",", ";", "\t", "|")
_WORDS = re.compile(r"[^a-z0-9]+")
# What a column is → the headers that mean it; of several in one file the first counts.
_HEADERS: Final = {
    "key": "show_id id key external_id imdb_id imdb tconst tmdb_id imdbid tmdbid title_id",
    "kind": "type kind media_type title_type titletype mediatype",
    "name": "title name primary_title primarytitle title_name movie_title series_title",
    "original_name": "original_title original_name originaltitle",
    "director": "director directors directed_by",
    "writer": "writer writers written_by screenplay",
    "producer": "producer producers",
    "composer": "composer composers",
    "creator": "creator creators created_by",
    "cast": "cast actors actor starring stars",
    "country": "country countries production_country production_countries",
    "released_on": "release_date released released_on premiered date_released date_added added",
    "year": "release_year year start_year startyear year_released",
    "rating": "rating age_rating certificate certification mpaa content_rating maturity_rating",
    "duration": "duration runtime running_time runtime_minutes runtimeminutes",
    "genres": "listed_in genres genre categories category",
    "tags": "tags tag keywords",
    "languages": "language languages spoken_languages original_language",
    "synopsis": "description synopsis plot overview summary",
}
_COLUMN_OF: Final = {header: column for column, headers in _HEADERS.items() for header in headers.split()}


class Record(msgspec.Struct, frozen=True):
    """One record: the line where it begins, from 1; its cells by column; how many cells there were; bytes read."""

    line: int
    cells: Mapping[str, str]
    count: int
    read_bytes: int


class Table:
    """A CSV file with a header.

    Args:
        data: the whole file, at most 64 MiB.

    Raises:
        ImportFileError: when it is empty, not text, or has no column for the name.
    """

    def __init__(self, data: bytes) -> None:
        data, self.encoding = _as_utf8(data)
        if data[:_PEEKED_BYTES].count(0) > len(data[:_PEEKED_BYTES]) * _BINARY_SHARE:
            raise ImportFileError("The file is not text; save the list as CSV in UTF-8.")
        self._lines = data.splitlines(keepends=True)
        self.size_bytes = max(1, len(data))
        self._foreign = False
        self._first = next((n for n, line in enumerate(self._lines) if line.strip()), -1)
        if self._first < 0:
            raise ImportFileError("The file is empty.")
        head = self._text(self._lines[self._first])
        self.delimiter = max(_DELIMITERS, key=head.count)
        names, used = self._record(self._first)
        self._start = self._first + used
        self.width = len(names)
        self.columns = _columns(names)

    def _text(self, line: bytes) -> str:
        text, foreign = decoded(line)
        self._foreign = self._foreign or foreign
        return text.replace("\0", "")

    def _record(self, at: int) -> tuple[list[str], int]:
        """Return the cells of the record at a line, and how many lines it takes: over the bound when it is open."""
        used = size = 0

        def lines() -> Iterator[str]:
            nonlocal used, size
            for line in self._lines[at : at + _MAX_RECORD_LINES + 1]:
                used += 1
                size += len(line)
                if size > _MAX_RECORD_BYTES:
                    raise csv.Error  # before it is taken apart: millions of empty cells are memory too
                yield self._text(line)

        try:
            cells = next(csv.reader(lines(), delimiter=self.delimiter), [])
        except csv.Error:
            return [], _MAX_RECORD_LINES + 1
        return cells, used

    def records(self) -> Iterator[Record | Refused]:
        """Yield records in order; a quote that never closes costs its own line alone.

        Raises:
            ImportFileError: when there are more than `MAX_ROWS`.
        """
        at, rows, read = self._start, 0, 0
        while at < len(self._lines):
            cells, used = self._record(at)
            line = at + 1
            if used > _MAX_RECORD_LINES:
                at, used = at + 1, 1
                yield Refused(line=line, name="", reason="A quote is opened here and not closed; close or double it.")
            else:
                at += used
                if any(cell.strip() for cell in cells):
                    read += sum(len(part) for part in self._lines[at - used : at])
                    yield self._made(line, cells, read)
            rows += 1
            if rows > MAX_ROWS:
                raise ImportFileError(f"The file has more than {MAX_ROWS:,} rows; split it.")

    def _made(self, line: int, cells: list[str], read: int) -> Record:
        named = {name: cells[index] for name, index in self.columns.items() if index < len(cells)}
        return Record(line, named, len(cells), read)

    @property
    def told_encoding(self) -> str:
        """The encoding, as far as the file has been read."""
        return "windows-1252" if self._foreign and self.encoding == "utf-8" else self.encoding


def _as_utf8(data: bytes) -> tuple[bytes, str]:
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :], "utf-8-bom"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode(), "utf-16"
    return data, "utf-8"


def _columns(names: list[str]) -> dict[str, int]:
    """Return the known columns of a header, each at its place.

    Raises:
        ImportFileError: when there are too many, or none for the name.
    """
    if len(names) > _MAX_COLUMNS:
        raise ImportFileError(f"The header has {len(names)} columns; at most {_MAX_COLUMNS} are read.")
    columns: dict[str, int] = {}
    rank: dict[str, int] = {}
    for index, name in enumerate(names):
        word = _WORDS.sub("_", name.strip().lower()).strip("_")
        column = _COLUMN_OF.get(word)
        if column is None:
            continue
        place = _HEADERS[column].split().index(word)
        if place < rank.get(column, len(_COLUMN_OF)):
            columns[column], rank[column] = index, place
    if "name" not in columns:
        seen = ", ".join(tidy_line(name)[:30] for name in names[:12])
        raise ImportFileError(
            f"No column holds the titles' names; call one “title” or “name”. The header says: {seen}."
        )
    return columns
