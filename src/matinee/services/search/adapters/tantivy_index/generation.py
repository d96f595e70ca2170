"""One index in one folder: changes in, snapshots out. Not for several threads at once, but for its snapshot."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log1p
from pathlib import Path

import tantivy

from matinee.contracts.library import Change
from matinee.engines.files import make_folder, sync_folder
from matinee.kit.ids import TitleId
from matinee.services.search.adapters.tantivy_index.schema import (
    WORD_FIELDS,
    document,
    register,
    schema,
    tombstone,
    words_of,
)
from matinee.services.search.adapters.tantivy_index.snapshot import Snapshot
from matinee.services.search.adapters.tantivy_index.vocabulary import Vocabulary, read_vocabulary
from matinee.services.search.entries import entry_of

_LEAST_BYTES = 16 << 20
_STEPS = 20
_HALF_STEP = 0.5 / _STEPS
_EVERY = 1_000_000
_RECENT_WORDS = 5_000


class Levels:
    """How popular titles are, in steps, so that a few plays more change nothing in the index.

    Args:
        plays: by title.
    """

    def __init__(self, plays: Mapping[TitleId, int]) -> None:
        most = max(plays.values(), default=0)
        self._levels = {
            title_id: round(_STEPS * log1p(count) / log1p(most)) / _STEPS for title_id, count in plays.items() if count
        }

    def of(self, title_id: TitleId) -> float:
        """Return 0 for what nobody plays to 1 for what is played most."""
        return self._levels.get(title_id, 0.0)

    def __iter__(self) -> Iterator[TitleId]:
        return iter(self._levels)


class Generation:
    """An index that titles go into.

    Args:
        folder: made when absent.
        writer_bytes: memory that documents gather in.
    """

    def __init__(self, folder: Path, *, writer_bytes: int) -> None:
        make_folder(folder)
        self.folder = folder
        self._writer_bytes = max(writer_bytes, _LEAST_BYTES)
        self._schema = schema()
        self._index = tantivy.Index(self._schema, path=str(folder))
        register(self._index)
        self._index.config_reader(reload_policy="manual")
        self._writer: tantivy.IndexWriter | None = None
        self.snapshot = self._snapshot(None)

    def apply(self, changes: Sequence[Change], levels: Levels) -> int:
        """Bring in what is newer than what is known, durably; return how many titles changed."""
        newer = [
            change for change in newest(changes).values() if change.version > self.snapshot.version(change.title_id)
        ]
        words: dict[str, set[str]] = {name: set() for name in WORD_FIELDS}
        for change in newer:
            self._replace(change.title_id, _written(change, levels, words))
        self.commit(words if newer else None)
        return len(newer)

    def rate(self, levels: Levels) -> int:
        """Write again, durably, what has become more or less popular; return how many titles that is."""
        known = self.snapshot
        marked = known.searcher.search(known.term("gate", "popular"), _EVERY, count=False).hits
        before = {known.stored_entry(address).title_id: known.popularity(address) for _, address in marked}
        changed = [
            title_id
            for title_id in {*before, *levels}
            if abs(before.get(title_id, 0.0) - levels.of(title_id)) > _HALF_STEP
        ]
        entries = [entry for entry in map(known.entry, changed) if entry is not None]
        for entry in entries:
            self._replace(entry.title_id, document(entry, levels.of(entry.title_id)))
        self.commit({} if entries else None)
        return len(entries)

    def add(self, change: Change, levels: Levels) -> None:
        """Put in a title that is not there yet; nothing is durable before a commit."""
        self._open_writer().add_document(_written(change, levels, {}))

    def _replace(self, title_id: TitleId, document_of_title: tantivy.Document) -> None:
        writer = self._open_writer()
        writer.delete_documents_by_term("title_id", title_id)
        writer.add_document(document_of_title)

    def replace(self, change: Change, levels: Levels) -> None:
        """Put a title in the place of what is there of it; nothing is durable before a commit."""
        self._replace(change.title_id, _written(change, levels, {}))

    def commit(self, words: Mapping[str, Iterable[str]] | None) -> None:
        """Make everything durable and visible.

        Args:
            words: what became known, by field; None when nothing changed and nothing is to be done.
        """
        if words is None:
            return
        self._open_writer().commit()
        # The commit synced its files and renamed the list of them into place; the rename is made durable too.
        sync_folder(self.folder)
        self.snapshot = self._snapshot(words)

    def finish(self) -> None:
        """Commit, wait for merges, give the writer's memory back, and read all words anew."""
        writer = self._open_writer()
        writer.commit()
        self._writer = None
        writer.wait_merging_threads()
        sync_folder(self.folder)
        self.snapshot = self._snapshot(None)

    def drop_writer(self) -> None:
        """Give up what was not committed; the next change opens the index for writing again."""
        self._writer = None

    def remove(self) -> None:
        """Remove the folder with all in it."""
        self.drop_writer()
        shutil.rmtree(self.folder, ignore_errors=True)

    def use_memory(self, writer_bytes: int) -> None:
        """Gather in as much memory from the next opening on."""
        self._writer_bytes = max(writer_bytes, _LEAST_BYTES)

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(heap_size=self._writer_bytes, num_threads=1)
        return self._writer

    def _snapshot(self, words: Mapping[str, Iterable[str]] | None) -> Snapshot:
        self._index.reload()
        searcher = self._index.searcher()
        if words is None:
            return Snapshot(self._schema, searcher, read_vocabulary(searcher))
        vocabulary: Vocabulary = self.snapshot.vocabulary.with_recent(words)
        if vocabulary.recent > _RECENT_WORDS:
            vocabulary = read_vocabulary(searcher)
        return Snapshot(self._schema, searcher, vocabulary)


def newest(changes: Iterable[Change]) -> dict[TitleId, Change]:
    """Return the newest change of each title; of equal versions the first."""
    found: dict[TitleId, Change] = {}
    for change in changes:
        known = found.get(change.title_id)
        if known is None or change.version > known.version:
            found[change.title_id] = change
    return found


def _written(change: Change, levels: Levels, words: dict[str, set[str]]) -> tantivy.Document:
    """Return the document of a change, and note its words in those fields that are asked for."""
    if change.op == "d" or change.after is None:
        return tombstone(change.title_id, change.version)
    entry = entry_of(change.after)
    if words:
        for name, found in words_of(entry).items():
            words[name].update(found)
    return document(entry, levels.of(change.title_id))
