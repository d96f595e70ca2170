"""Genres of which a viewer may see something."""

from collections.abc import Sequence

from matinee.services.search.adapters.tantivy_index.asking import gate
from matinee.services.search.adapters.tantivy_index.snapshot import Snapshot
from matinee.services.search.entries import hidden_from
from matinee.services.search.folding import fold
from matinee.services.search.ports import Question

_TITLES_READ = 50


def genres(snapshot: Snapshot, names: Sequence[str], question: Question) -> tuple[str, ...]:
    """Return those genres that have a film or series for the viewer among the first that are looked at."""
    return tuple(name for name in names if _held(snapshot, name, question))


def _held(snapshot: Snapshot, name: str, question: Question) -> bool:
    words = [snapshot.term("genre", word) for word in fold(name).split()]
    hidden = (*gate(snapshot.schema, question), snapshot.term("gate", "episode"))
    hits = snapshot.hits(snapshot.both(*words, without=hidden), most=_TITLES_READ)
    return any(
        name in entry.genres and not hidden_from(entry, question.viewer, question.now)
        for entry in snapshot.entries(hits)
    )
