"""People whose names were typed, found through the titles that the viewer may see; so nobody else is ever named."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from rapidfuzz.distance import OSA
from tantivy import Query

from matinee.kit.ids import PersonId, TitleId
from matinee.services.search.adapters.tantivy_index.asking import Asking, gate
from matinee.services.search.adapters.tantivy_index.snapshot import Snapshot
from matinee.services.search.entries import Entry, Person, hidden_from
from matinee.services.search.folding import allowed_edits, fold
from matinee.services.search.ports import PersonResult, Question

_TITLES_READ = 60
_PEOPLE_READ = 18
_TITLES_COUNTED = 300
_LETTERS = 2
"""Fewer letters than this name nobody."""
_BEGINNING = 0.85
_TYPO = 0.8
_OPENING = 0.2
_PER_DOUBLING = 0.1
"""What twice as many titles are worth."""


@dataclass(frozen=True)
class _Named:
    person: Person
    score: float


def people_called(snapshot: Snapshot, question: Question) -> tuple[PersonResult, ...]:
    """Return people called as it was typed, best first."""
    if sum(map(len, question.words)) < _LETTERS:
        return ()
    asking = Asking(snapshot.schema, snapshot.vocabulary, question)
    return _called(snapshot, question, asking.called(), [0] * len(question.words))


def people_called_nearly(snapshot: Snapshot, question: Question) -> tuple[PersonResult, ...]:
    """Return people called as it was typed but for typos, best first."""
    asking = Asking(snapshot.schema, snapshot.vocabulary, question)
    return _called(snapshot, question, asking.called_nearly(), list(map(allowed_edits, question.words)))


def _called(
    snapshot: Snapshot, question: Question, query: Query | None, edits: Sequence[int]
) -> tuple[PersonResult, ...]:
    if query is None:
        return ()
    found: dict[PersonId, _Named] = {}
    for entry in snapshot.entries(snapshot.hits(query, most=_TITLES_READ)):
        if len(found) >= _PEOPLE_READ:
            break
        if _visible(snapshot, entry, question):
            named = [_named(person, question, edits) for person in entry.people if person.person_id not in found]
            found |= {one.person.person_id: one for one in named if one is not None and one.person.person_id}
    best = sorted(found.values(), key=lambda named: -named.score)[: question.most * 2]
    counted = [(named, _titles(snapshot, named.person.person_id, question)) for named in best]
    counted.sort(key=lambda pair: (-pair[0].score - _PER_DOUBLING * log2(1 + pair[1]), pair[0].person))
    results = [PersonResult(person_id=n.person.person_id, name=n.person.name, titles=c) for n, c in counted if c]
    return tuple(results[: question.most])


@lru_cache(maxsize=8192)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(fold(name).split())


def _named(person: Person, question: Question, edits: Sequence[int]) -> _Named | None:
    """Return how well a name holds all words that were typed; None when it does not."""
    parts, total, last = _parts(person.name), 0.0, len(question.words) - 1
    for at, word in enumerate(question.words):
        going_on = question.open_ended and at == last
        score = max([_alike(word, part, edits[at], open_ended=going_on) for part in parts], default=0.0)
        if not score:
            return None
        total += score
    opening = _OPENING if parts[0].startswith(question.words[0]) else 0.0
    return _Named(person, total / len(question.words) + opening)


def _alike(word: str, part: str, edits: int, *, open_ended: bool) -> float:
    if word == part:
        return 1.0
    if open_ended and part.startswith(word):
        return _BEGINNING
    if not edits:
        return 0.0
    distance = OSA.distance(word, part, score_cutoff=edits)
    return _TYPO * (1 - distance / len(word)) if distance <= edits else 0.0


def _visible(snapshot: Snapshot, entry: Entry, question: Question) -> bool:
    """Return whether the viewer may know of a title, and of an episode's series."""
    if hidden_from(entry, question.viewer, question.now):
        return False
    if entry.kind != "episode":
        return True
    series = None if entry.series_id is None else snapshot.entry(entry.series_id)
    return series is not None and not hidden_from(series, question.viewer, question.now)


def _titles(snapshot: Snapshot, person_id: PersonId, question: Question) -> int:
    """Return how many titles of somebody a viewer may see, a series once; more than 300 are not looked at."""
    query = snapshot.both(snapshot.term("person", person_id), without=gate(snapshot.schema, question))
    if not snapshot.windowed and not snapshot.episodic:
        return snapshot.count(query)
    seen: set[TitleId] = set()
    for entry in snapshot.entries(snapshot.hits(query, most=_TITLES_COUNTED)):
        if _visible(snapshot, entry, question):
            seen.add(entry.series_id or entry.title_id)
    return len(seen)
