"""Answers one question from one snapshot: asks strictly first, then forgivingly, and puts the best in front."""

from collections.abc import Iterator, Sequence

from rapidfuzz.distance import OSA
from tantivy import Query

from matinee.kit.ids import TitleId
from matinee.services.search.adapters.tantivy_index.asking import FIELD_BOOST, Asking
from matinee.services.search.adapters.tantivy_index.snapshot import Snapshot
from matinee.services.search.entries import Entry, digest_of, hidden_from
from matinee.services.search.folding import fold
from matinee.services.search.ports import Question, Result

_WINDOW = 32
"""Hits that are looked at closely; the order of the others is the index's."""
_DEEPEST = 4_000
_ENOUGH = 5
"""With as many results as typed, typos are not looked for; nor with any for a query of so many words."""
_TELLING_WORDS = 4
_LIKENESS = 0.5


class Finding:
    """Finds films and series.

    Args:
        snapshot: what to look in.

    Attributes:
        certain: whether what was found as typed is surely what was meant; known once there are results.
    """

    def __init__(self, snapshot: Snapshot, question: Question) -> None:
        self._snapshot = snapshot
        self._question = question
        self._asked = " ".join(question.words)
        self._known: dict[TitleId, Entry | None] = {}
        self._found: dict[TitleId, Entry] = {}
        self.certain = False

    def results(self) -> tuple[Result, ...]:
        """Return the best that the viewer may see and was not shown yet."""
        asking = Asking(self._snapshot.schema, self._snapshot.vocabulary, self._question)
        self._ask(asking.strict())
        self.certain = self._told_enough
        if not self.certain:
            self._ask(asking.forgiving())
        if not self._found:
            self._ask(asking.relaxed())
        fresh = [entry for entry in self._found.values() if digest_of(entry.title_id) not in self._question.shown]
        return tuple(
            Result(entry=entry, playable=self._snapshot.plays(entry, self._question))
            for entry in fresh[: self._question.most]
        )

    @property
    def _wanted(self) -> int:
        return self._question.most + len(self._question.shown)

    @property
    def _full(self) -> bool:
        return len(self._found) >= self._wanted

    @property
    def _told_enough(self) -> bool:
        """Whether what was found as typed is surely what was meant."""
        found = len(self._found)
        return found >= min(self._wanted, _ENOUGH) or (found > 0 and len(self._question.words) >= _TELLING_WORDS)

    def _ask(self, query: Query | None) -> None:
        """Add what a query finds, looking deeper while too much of it is hidden or of one series."""
        if query is None:
            return
        before = dict(self._found)
        most = max(_WINDOW, 2 * self._wanted)
        while True:
            hits = self._snapshot.hits(query, most=most)
            self._found = dict(before)
            for entry in self._ranked(hits):
                shown = self._shown(entry)
                if shown is not None:
                    self._found.setdefault(shown.title_id, shown)
            if self._full or len(hits) < most or most >= _DEEPEST:
                return
            most = min(_DEEPEST, most * 4)

    def _ranked(self, hits: Sequence[tuple[float, object]]) -> Iterator[Entry]:
        """Yield entries, the first ones in the order of score and likeness together."""
        first = list(zip(hits, self._snapshot.entries(hits[:_WINDOW]), strict=False))  # type: ignore[arg-type]
        most = FIELD_BOOST["name"] * len(self._question.words)
        first.sort(key=lambda pair: (-pair[0][0] / most - _LIKENESS * self._likeness(pair[1]), pair[1].title_id))
        yield from (entry for _, entry in first)
        yield from self._snapshot.entries(hits[_WINDOW:])  # type: ignore[arg-type]

    def _likeness(self, entry: Entry) -> float:
        """Return how alike what was typed and a name are as a whole, 0 to 1."""
        names = [fold(entry.name), *([fold(entry.original_name)] if entry.original_name else [])]
        alike = [OSA.normalized_similarity(self._asked, name) for name in names]
        if self._question.open_ended:
            length = len(self._asked)
            alike += [0.97 * OSA.normalized_similarity(self._asked, name[:length]) for name in names]
        return max(alike)

    def _shown(self, entry: Entry) -> Entry | None:
        """Return what stands for a hit: itself, of an episode its series; None when the viewer may not know of it."""
        if hidden_from(entry, self._question.viewer, self._question.now):
            return None
        if entry.kind != "episode":
            return entry
        series = self._series(entry.series_id)
        if series is None or hidden_from(series, self._question.viewer, self._question.now):
            return None
        return series

    def _series(self, title_id: TitleId | None) -> Entry | None:
        if title_id is None:
            return None
        if title_id not in self._known:
            self._known[title_id] = self._snapshot.entry(title_id)
        return self._known[title_id]
