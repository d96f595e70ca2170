"""People whose names were typed, found through the titles that the viewer may see; so nobody else is ever named."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from rapidfuzz.distance import OSA

from matinee.kit.ids import PersonId, TitleId
from matinee.services.search.adapters.tantivy_index.asking import Asking, gate
from matinee.services.search.adapters.tantivy_index.snapshot import Snapshot
from matinee.services.search.entries import Entry, Person, hidden_from
from matinee.services.search.folding import allowed_edits, fold
from matinee.services.search.ports import PersonResult, Question

_TITLES_READ = 100
_PEOPLE_READ = 24
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
    typos: bool


def people(snapshot: Snapshot, question: Question) -> tuple[PersonResult, ...]:
    """Return people, best first; those found with typos forgiven only when nobody is called so."""
    if sum(map(len, question.words)) < _LETTERS:
        return ()
    query = Asking(snapshot.schema, snapshot.vocabulary, question).people()
    if query is None:
        return ()
    found: dict[PersonId, _Named] = {}
    for entry in snapshot.entries(snapshot.hits(query, most=_TITLES_READ)):
        if len(found) >= _PEOPLE_READ:
            break
        if _visible(snapshot, entry, question):
            named = [_named(person, question) for person in entry.people if person.person_id not in found]
            found |= {one.person.person_id: one for one in named if one is not None and one.person.person_id}
    exact = [named for named in found.values() if not named.typos]
    best = sorted(exact or found.values(), key=lambda named: -named.score)[: question.most * 2]
    counted = [(named, _titles(snapshot, named.person.person_id, question)) for named in best]
    counted.sort(key=lambda pair: (-pair[0].score - _PER_DOUBLING * log2(1 + pair[1]), pair[0].person))
    results = [PersonResult(person_id=n.person.person_id, name=n.person.name, titles=c) for n, c in counted if c]
    return tuple(results[: question.most])


def _named(person: Person, question: Question) -> _Named | None:
    """Return how well a name holds all words that were typed; None when it does not."""
    parts = fold(person.name).split()
    last = len(question.words) - 1
    scores = [
        max((_alike(word, part, open_ended=question.open_ended and at == last) for part in parts), default=0.0)
        for at, word in enumerate(question.words)
    ]
    if not all(scores):
        return None
    opening = _OPENING if parts[0].startswith(question.words[0]) else 0.0
    return _Named(person, sum(scores) / len(scores) + opening, typos=min(scores) < _BEGINNING)


def _alike(word: str, part: str, *, open_ended: bool) -> float:
    if word == part:
        return 1.0
    if open_ended and part.startswith(word):
        return _BEGINNING
    edits = OSA.distance(word, part, score_cutoff=allowed_edits(word))
    return _TYPO * (1 - edits / len(word)) if edits <= allowed_edits(word) else 0.0


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
    for entry in _read(snapshot, query):
        if _visible(snapshot, entry, question):
            seen.add(entry.series_id or entry.title_id)
    return len(seen)


def _read(snapshot: Snapshot, query: object) -> Sequence[Entry]:
    return list(snapshot.entries(snapshot.hits(query, most=_TITLES_COUNTED)))  # type: ignore[arg-type]
