"""Turns a question into queries of the index. Pure but for the words that it looks up.

Every score here is a constant for a field and how near a word is, so that a rare typo is worth no more than a common
word: weights by rarity, as BM25 has them, would put it first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import tantivy
from tantivy import FieldType, Occur, Query

from matinee.services.search.adapters.tantivy_index.schema import SHORT
from matinee.services.search.adapters.tantivy_index.vocabulary import Vocabulary
from matinee.services.search.entries import audiences_of
from matinee.services.search.folding import allowed_edits
from matinee.services.search.ports import Question

FIELD_BOOST: Final = {"name": 8.0, "people": 5.0, "genre": 3.0, "text": 1.0}
_BEGINNING: Final = {"name": 0.85, "people": 0.95, "genre": 0.85}
_SAME_PERSON: Final = 2.0
_TYPO: Final = 0.8
_WHOLE: Final = 2.0
_SAME_LENGTH: Final = 0.6
_MAY_LACK: Final = 3
_BEGUN: Final = 4
_NEARLY_BEGUN: Final = 0.4
Clause = tuple[Occur, Query]


@dataclass(frozen=True)
class Meant:
    """What one typed word may stand for in one field.

    Attributes:
        score: between 0 and 1: 1 for the word itself.
        beginning: whether words that start with `words[0]` are meant, rather than these words.
    """

    field: str
    score: float
    words: tuple[str, ...]
    beginning: bool = False


class Asking:
    """Makes the queries of one question.

    Args:
        schema: of the index.
        vocabulary: its words.
    """

    def __init__(self, schema: tantivy.Schema, vocabulary: Vocabulary, question: Question) -> None:
        self._schema = schema
        self._vocabulary = vocabulary
        self._question = question
        self._fields = ("name",) if question.scope == "names" else ("name", "people", "genre")
        self._gate = gate(schema, question)

    def strict(self) -> Query | None:
        """Return what holds every word as it is, or as a beginning; None when some word is nowhere."""
        words = [self._as_typed(at, self._fields) for at in range(len(self._question.words))]
        if not all(words):
            return None
        return self._whole_query([(Occur.Must, self._any(meant)) for meant in words])

    def forgiving(self) -> Query | None:
        """Return what holds every word, typos forgiven; words that tell little may be missing beside others.

        None when some other word is nowhere, however spelt.
        """
        clauses: list[Clause] = []
        telling = [self._telling(word) for word in self._question.words]
        for at, tells in enumerate(telling):
            must = tells or not any(telling)
            meant = self._meant(at)
            if meant:
                clauses.append((Occur.Must if must else Occur.Should, self._any(meant)))
            elif must:
                return None
        return self._whole_query(clauses) if clauses else None

    def relaxed(self) -> Query | None:
        """Return what holds most of the words that tell something, typos forgiven; up to a third, or one, may lack."""
        asked = [at for at, word in enumerate(self._question.words) if self._telling(word)]
        unions = [[self._any(meant)] if (meant := self._meant(at)) else [] for at in asked]
        if asked and asked[-1] == len(self._question.words) - 1:
            unions[-1] += self._nearly_begun(self._question.words[-1])
        clauses = [(Occur.Should, self._union(union)) for union in unions if union]
        least = max(1, len(asked) - max(1, len(asked) // 3))
        if len(clauses) < least:
            return None
        most = Query.boolean_query(clauses, minimum_number_should_match=least)
        return self._whole_query([(Occur.Must, most)])

    def called(self) -> Query | None:
        """Return titles of somebody whose names are these words, or begin so; None when a word is no name.

        A name and its beginning are worth the same, so that the popular come first.
        """
        return self._named([self._as_typed(at, ("people",)) for at in range(len(self._question.words))])

    def called_nearly(self) -> Query | None:
        """Return titles of somebody whose names are these words, typos forgiven; None when a word is no name."""
        everywhere = range(len(self._question.words))
        return self._named([[*self._as_typed(at, ("people",)), *self._near(at, ("people",))] for at in everywhere])

    def _named(self, words: Sequence[Sequence[Meant]]) -> Query | None:
        if not all(words):
            return None
        unions = [self._union([query for one in meant for query in self._queries(one)]) for meant in words]
        return self._gated([(Occur.Must, union) for union in unions])

    def _telling(self, word: str) -> bool:
        """Return whether a word is long enough for a typo and rare enough to tell titles apart."""
        return len(word) >= _MAY_LACK and word not in self._vocabulary.common

    def _meant(self, at: int) -> list[Meant]:
        word = self._question.words[at]
        if word in self._vocabulary.common:
            return self._as_typed(at, self._fields)
        text = () if self._question.scope == "names" else (Meant("text", 1.0, (word,)),)
        return [*self._as_typed(at, self._fields), *self._near(at, self._fields), *text]

    def _as_typed(self, at: int, fields: Iterable[str]) -> list[Meant]:
        word, found = self._question.words[at], []
        may_go_on = self._question.open_ended and at == len(self._question.words) - 1
        for name in self._worthwhile(word, fields):
            words = self._vocabulary.fields[name]
            if word in words:
                found.append(Meant(name, 1.0, (word,)))
            if may_go_on and words.any_starting(word):
                found.append(Meant(name, _BEGINNING[name], (word,), beginning=True))
        return found

    def _worthwhile(self, word: str, fields: Iterable[str]) -> Iterable[str]:
        """Return names of titles alone for a single letter or two that begin one: they are more than anybody reads."""
        short = len(self._question.words) == 1 and len(word) < _MAY_LACK and self._question.open_ended
        return (
            ("name",) if short and "name" in fields and self._vocabulary.fields["name"].any_starting(word) else fields
        )

    def _near(self, at: int, fields: Iterable[str]) -> list[Meant]:
        word, found = self._question.words[at], []
        edits = allowed_edits(word)
        for name in fields:
            by_edits: dict[int, list[str]] = {}
            for near in self._vocabulary.fields[name].near(word, edits=edits):
                by_edits.setdefault(near.edits, []).append(near.word)
            found += [Meant(name, _TYPO * (1 - n / len(word)), tuple(held)) for n, held in by_edits.items()]
        return found

    def _nearly_begun(self, word: str) -> list[Query]:
        """Return names with a word that begins nearly as an unfinished one does; one typo is forgiven."""
        if not self._question.open_ended or len(word) < _BEGUN:
            return []
        query = Query.fuzzy_term_query(self._schema, "name", word, distance=1, prefix=True)
        return [Query.const_score_query(query, FIELD_BOOST["name"] * _NEARLY_BEGUN)]

    def _any(self, meant: Sequence[Meant]) -> Query:
        """Return the best of what one word may stand for."""
        return self._union([self._scored(query, one) for one in meant for query in self._queries(one)])

    def _union(self, queries: Sequence[Query]) -> Query:
        return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)

    def _scored(self, query: Query, meant: Meant) -> Query:
        return Query.const_score_query(query, FIELD_BOOST[meant.field] * meant.score)

    def _queries(self, meant: Meant) -> list[Query]:
        if not meant.beginning:
            return [self._term(meant.field, word) for word in meant.words]
        word = meant.words[0]
        if len(word) <= SHORT and meant.field in ("name", "people"):
            return [self._term("start", word if meant.field == "name" else f"@{word}")]
        return [Query.fuzzy_term_query(self._schema, meant.field, word, distance=0, prefix=True)]

    def _term(self, name: str, word: str) -> Query:
        return Query.term_query(self._schema, name, word, index_option="basic")

    def _whole_query(self, clauses: Sequence[Clause]) -> Query:
        words = self._question.words
        extra = [("whole", " ".join(words), _WHOLE), ("name", f"#{len(words)}", _SAME_LENGTH)]
        scored = [Query.const_score_query(self._term(name, word), score) for name, word, score in extra]
        if len(words) > 1 and all(word in self._vocabulary.fields["people"] for word in words):
            named = Query.boolean_query([(Occur.Must, self._term("people", word)) for word in words])
            scored.append(Query.const_score_query(named, _SAME_PERSON * len(words)))
        return self._gated([*clauses, *((Occur.Should, query) for query in scored)])

    def _gated(self, clauses: Sequence[Clause]) -> Query:
        return Query.boolean_query([*clauses, *((Occur.MustNot, query) for query in self._gate)])


def gate(schema: tantivy.Schema, question: Question) -> list[Query]:
    """Return what keeps titles from a viewer, roughly: no title that they may see, and few others, pass not."""
    viewer = question.viewer
    if viewer.audience == "operators":
        return []

    def mark(word: str) -> Query:
        return Query.term_query(schema, "gate", word, index_option="basic")

    def between(name: str, low: int | None, high: int | None) -> Query:
        return Query.range_query(schema, name, FieldType.Integer, lower_bound=low, upper_bound=high)

    now = int(question.now.timestamp())
    here: list[Clause] = [(Occur.MustNot, mark(place)) for place in ("**", viewer.territory) if place]
    closed = [
        Query.boolean_query([(Occur.Must, mark("windowed")), *here]),
        Query.boolean_query([(Occur.Must, mark("windowed")), (Occur.Must, between("closes", None, now))]),
        Query.boolean_query([(Occur.Must, mark("windowed")), (Occur.Must, between("opens", now + 1, None))]),
    ]
    kept = [mark(audience) for audience in ("members", "operators") if audience not in audiences_of(viewer)]
    mature = [] if viewer.maturity >= 18 else [between("maturity", viewer.maturity + 1, None)]  # noqa: PLR2004  # years
    return [mark("unlisted"), *kept, *mature, *closed]
