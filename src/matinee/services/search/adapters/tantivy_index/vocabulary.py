"""The words of an index by field: a large lexicon made when it was opened, a small one of what came since."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import tantivy

from matinee.services.search.adapters.tantivy_index.lexicon import Lexicon, Near
from matinee.services.search.adapters.tantivy_index.schema import WORD_FIELDS

_COMMON_SHARES = {"name": 0.02, "text": 0.05}
_COMMON_LEAST = 1000
_COMMON_MOST = 1000
MAX_EXPANSIONS = 50
"""Words that one typed word may stand for in one field, as Lucene has it."""


@dataclass
class FieldWords:
    """The words of one field. Words that went out of use stay until the index is opened again; they find nothing."""

    known: Lexicon = field(default_factory=lambda: Lexicon(()))
    recent: Lexicon = field(default_factory=lambda: Lexicon(()))

    def __contains__(self, word: str) -> bool:
        return word in self.known or word in self.recent

    def any_starting(self, beginning: str) -> bool:
        """Return whether a word starts so."""
        return bool(self.known.starting(beginning, most=1) or self.recent.starting(beginning, most=1))

    def near(self, word: str, *, edits: int) -> list[Near]:
        """Return the nearest words within some edits, at most `MAX_EXPANSIONS`."""
        found = self.known.near(word, edits=edits)
        if len(self.recent):
            found = sorted({*found, *self.recent.near(word, edits=edits)}, key=lambda one: (one.edits, one.word))
        return found[:MAX_EXPANSIONS]


@dataclass(frozen=True)
class Vocabulary:
    """The words of all fields.

    Attributes:
        common: words that so many titles have that they tell little.
    """

    fields: Mapping[str, FieldWords]
    common: frozenset[str] = frozenset()

    def with_recent(self, words: Mapping[str, Iterable[str]]) -> "Vocabulary":
        """Return one that knows these words too; this one stays as it is, for questions under way."""
        fields = {name: _more(held, words.get(name, ())) for name, held in self.fields.items()}
        return Vocabulary(fields, self.common)

    @property
    def recent(self) -> int:
        """How many words have come since the index was opened."""
        return sum(len(held.recent) for held in self.fields.values())


def _more(held: FieldWords, words: Iterable[str]) -> FieldWords:
    new = {word for word in words if word not in held}
    return FieldWords(held.known, Lexicon({*held.recent.words, *new})) if new else held


def read_vocabulary(searcher: tantivy.Searcher) -> Vocabulary:
    """Return the words of an index; a second or two for a large one."""
    fields = {name: FieldWords(known=Lexicon(_terms(searcher, name))) for name in WORD_FIELDS}
    return Vocabulary(fields, frozenset(_common(searcher)))


def _terms(searcher: tantivy.Searcher, name: str) -> list[str]:
    return [word for word, _ in searcher.terms_with_prefix(name, "") if not word.startswith("#")]


def _common(searcher: tantivy.Searcher) -> Iterator[str]:
    """Yield the words that very many names or synopses have."""
    for name, share in _COMMON_SHARES.items():
        least = max(_COMMON_LEAST, share * searcher.num_docs)
        yield from (word for word, count in searcher.terms_with_prefix(name, "", limit=_COMMON_MOST) if count >= least)
