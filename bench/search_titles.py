"""A made-up catalogue of any size: the same titles for the same seed, with words and people spread as in real ones.

Words follow Zipf's law. With a list of real titles their words come first, so that made-up titles share words with
real ones, which makes finding the real ones harder; without it all words are made of syllables.
"""

import csv
import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from matinee.contracts.catalogue import Title
from matinee.contracts.metadata import GENRES, Credit
from matinee.kit.ids import PersonId, TitleId

SEED = 20261121
_VOCABULARY = 60_000
_PEOPLE = 150_000
_FIRST_NAMES = 3_000
_LAST_NAMES = 20_000
_SYNOPSIS_WORDS = (12, 32)
_CAST = (2, 7)
_MADE = datetime(2026, 1, 1, tzinfo=UTC)
_LENGTHS = (0.16, 0.32, 0.24, 0.13, 0.08, 0.04, 0.03)
_ONSETS = (
    "bl",
    "br",
    "ch",
    "cl",
    "cr",
    "dr",
    "fl",
    "fr",
    "gr",
    "pl",
    "pr",
    "qu",
    "sh",
    "sl",
    "sp",
    "st",
    "str",
    "th",
    "tr",
)
_ONSETS += tuple("bcdfghjklmnprstvwyz")
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "ee", "ie", "oa", "oo", "ou")
_ENDS = ["", "", "", "n", "r", "l", "s", "t", "d", "m", "ck", "ll", "nd", "ng", "nt", "rd", "rn", "st", "x"]
_COMMON = (
    "the",
    "of",
    "a",
    "and",
    "in",
    "to",
    "my",
    "with",
    "for",
    "on",
    "love",
    "life",
    "man",
    "night",
    "last",
    "girl",
)
_COMMON += ("house", "day", "world", "story", "blood", "dark", "city")


def _made_word(random_source: random.Random) -> str:
    count = random_source.choices((1, 2, 3, 4), weights=(12, 50, 30, 8))[0]
    return "".join(
        random_source.choice(_ONSETS) + random_source.choice(_VOWELS) + random_source.choice(_ENDS)
        for _ in range(count)
    )


def _distinct(count: int, random_source: random.Random, known: Sequence[str] = ()) -> list[str]:
    words = dict.fromkeys(known)
    while len(words) < count:
        words[_made_word(random_source)] = None
    return list(words)[:count]


def real_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of the list of real titles."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["title"].strip()]


def _words_of(rows: Sequence[dict[str, str]], column: str) -> list[str]:
    counted = Counter(word for row in rows for word in row[column].lower().split() if word.isalpha() and word.isascii())
    return [word for word, _ in counted.most_common()]


class _Drawn:
    """Draws from a list by Zipf's law, many at a time."""

    def __init__(self, values: Sequence[str], source: np.random.Generator, exponent: float = 1.0) -> None:
        self._values = values
        self._source = source
        weights = 1.0 / np.arange(2, len(values) + 2) ** exponent
        self._edges = np.cumsum(weights / weights.sum())

    def several(self, count: int) -> list[str]:
        found = np.searchsorted(self._edges, self._source.random(count)).clip(max=len(self._values) - 1)
        return [self._values[at] for at in found.tolist()]


class _Maker:
    def __init__(self, rows: Sequence[dict[str, str]]) -> None:
        plain, numbers = random.Random(SEED), np.random.default_rng(SEED)
        words = _distinct(_VOCABULARY, plain, [*_words_of(rows, "title"), *_COMMON] if rows else _COMMON)
        told = _distinct(_VOCABULARY, plain, [*_words_of(rows, "description"), *words])
        first = [word.capitalize() for word in _distinct(_FIRST_NAMES, plain)]
        last = [word.capitalize() for word in _distinct(_LAST_NAMES, plain)]
        firsts, lasts = _Drawn(first, numbers, 0.7), _Drawn(last, numbers, 0.7)
        names = [f"{a} {b}" for a, b in zip(firsts.several(_PEOPLE), lasts.several(_PEOPLE), strict=True)]
        self.numbers = numbers
        self.words, self.told = _Drawn(words, numbers, 0.85), _Drawn(told, numbers)
        self.people = _Drawn(names, numbers, 0.6)

    def batch(self, start: int, count: int) -> list[Title]:
        lengths = self.numbers.choice(np.arange(1, len(_LENGTHS) + 1), count, p=_LENGTHS).tolist()
        told = self.numbers.integers(*_SYNOPSIS_WORDS, count).tolist()
        casts = self.numbers.integers(*_CAST, count).tolist()
        genres = self.numbers.integers(0, len(GENRES), (count, 2)).tolist()
        years = self.numbers.integers(1930, 2027, count).tolist()
        words = iter(self.words.several(sum(lengths)))
        synopses = iter(self.told.several(sum(told)))
        people = iter(self.people.several(sum(casts)))
        return [
            title(
                start + at,
                name=" ".join(itertools.islice(words, lengths[at])).title(),
                synopsis=" ".join(itertools.islice(synopses, told[at])),
                people=tuple(itertools.islice(people, casts[at])),
                genres=tuple({GENRES[g]: None for g in genres[at]}),
                year=years[at],
            )
            for at in range(count)
        ]


def title(
    number: int, *, name: str, synopsis: str, people: tuple[str, ...], genres: tuple[str, ...], year: int
) -> Title:
    """Return a listed film for members."""
    return Title(
        title_id=TitleId(f"{number:022d}"),
        kind="film",
        name=name[:200],
        synopsis=synopsis,
        year=year,
        genres=genres,
        audience="members",
        listed=True,
        featured=False,
        series_id=None,
        season_number=None,
        episode_number=None,
        artwork={},
        release=None,
        version=1,
        created_at=_MADE,
        changed_at=_MADE,
        people=tuple(Credit(name=one, person_id=PersonId(one.lower().replace(" ", "-"))) for one in people),
    )


def made_titles(count: int, rows: Sequence[dict[str, str]] = (), *, batch: int = 1000) -> Iterator[list[Title]]:
    """Yield made-up titles in batches."""
    maker = _Maker(rows)
    for start in range(0, count, batch):
        yield maker.batch(start, min(batch, count - start))


def real_titles(rows: Sequence[dict[str, str]], *, first: int) -> list[Title]:
    """Return the real titles, numbered from `first`."""
    return [
        title(
            first + at,
            name=row["title"].strip(),
            synopsis=row["description"],
            people=tuple(_names(f"{row['cast']},{row['director']}"))[:40],
            genres=tuple(_names(row["listed_in"]))[:8],
            year=int(row["release_year"]),
        )
        for at, row in enumerate(rows)
    ]


def _names(text: str) -> dict[str, None]:
    return dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
