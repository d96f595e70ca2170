"""One committed state of the index, and the looks into it that queries share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import tantivy
from tantivy import Occur, Query

from matinee.kit.ids import TitleId
from matinee.services.search.adapters.tantivy_index.asking import gate
from matinee.services.search.adapters.tantivy_index.schema import entry_in, popularity_in, tombstone_in
from matinee.services.search.adapters.tantivy_index.vocabulary import Vocabulary
from matinee.services.search.entries import Entry, hidden_from
from matinee.services.search.ports import Question

Hit = tuple[float, tantivy.DocAddress]
_PAGE = 50
_EVERY = 1_000_000


@dataclass(frozen=True)
class Snapshot:
    """What questions are answered from; it stays as it is, whatever is committed or swapped meanwhile."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    vocabulary: Vocabulary

    @cached_property
    def windowed(self) -> bool:
        """Whether any title has windows, which are judged one by one."""
        return self.searcher.doc_freq("gate", "windowed") > 0

    @cached_property
    def episodic(self) -> bool:
        """Whether there are episodes."""
        return self.searcher.doc_freq("gate", "episode") > 0

    @property
    def titles(self) -> int:
        """How many titles there are, deletions left out."""
        every = self.count(Query.all_query())
        return every - self.count(self.term("gate", "gone"))

    def term(self, name: str, word: str) -> Query:
        """Return the query for one word of a field."""
        return Query.term_query(self.schema, name, word, index_option="basic")

    def both(self, *queries: Query, without: Iterable[Query] = ()) -> Query:
        """Return the query for what all of some match and none of others."""
        clauses = [(Occur.Must, query) for query in queries]
        return Query.boolean_query([*clauses, *((Occur.MustNot, query) for query in without)])

    def hits(self, query: Query, *, most: int) -> list[Hit]:
        """Return the best hits; equal ones in the order of popularity."""
        return self.searcher.search(query, most, count=False, weight_by_field="weight").hits

    def count(self, query: Query) -> int:
        """Return how many documents match."""
        found: int = self.searcher.search(query, 1, count=True).count  # type: ignore[attr-defined]  # missing in its stubs
        return found

    def stored_entry(self, address: tantivy.DocAddress) -> Entry:
        """Return the entry at an address that is not a deletion's."""
        return entry_in(self.searcher.doc(address))

    def entries(self, hits: Iterable[Hit]) -> Iterator[Entry]:
        """Yield the entries of hits, none of them a deletion."""
        for _, address in hits:
            yield self.stored_entry(address)

    def tombstones(self) -> list[tuple[TitleId, int]]:
        """Return the titles that were deleted, with the versions of their deletions."""
        hits = self.searcher.search(self.term("gate", "gone"), _EVERY, count=False).hits
        return [tombstone_in(self.searcher.doc(address)) for _, address in hits]

    def popularity(self, address: tantivy.DocAddress) -> float:
        """Return how popular the title at an address was when it was written, nearly."""
        weight = self.searcher.fast_field_values("weight", [address])[0]
        return popularity_in(float(weight or 0.0))

    def entry(self, title_id: TitleId) -> Entry | None:
        """Return a title's entry; None when it is not there or was deleted."""
        there = self.both(self.term("title_id", title_id), without=(self.term("gate", "gone"),))
        hits = self.searcher.search(there, 1, count=False).hits
        return self.stored_entry(hits[0][1]) if hits else None

    def version(self, title_id: TitleId) -> int:
        """Return the version that is known of a title, of a deletion too; 0 for none."""
        hits = self.searcher.search(self.term("title_id", title_id), 1, count=False).hits
        if not hits:
            return 0
        known = self.searcher.fast_field_values("version", [hits[0][1]])[0]
        return int(known or 0)

    def plays(self, entry: Entry, question: Question) -> bool:
        """Return whether something of a title plays that the viewer may see; the title itself they may."""
        if entry.release_seconds is not None or entry.kind != "series":
            return entry.release_seconds is not None
        of_series = self.both(
            self.term("series", entry.title_id), self.term("gate", "plays"), without=gate(self.schema, question)
        )
        # The gate lets some through whose windows are closed here, in a long series any number of them.
        return any(
            not hidden_from(one, question.viewer, question.now) for one in self.entries(self._all_hits(of_series))
        )

    def _all_hits(self, query: Query) -> Iterator[Hit]:
        """Yield every hit, best first; they are looked up page by page, as far as somebody reads on."""
        for offset in range(0, _EVERY, _PAGE):
            hits = self.searcher.search(query, _PAGE, count=False, offset=offset).hits
            yield from hits
            if len(hits) < _PAGE:
                return
