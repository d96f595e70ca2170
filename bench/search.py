"""Search over 600,000 titles on one core, beside SQLite's trigram index in the same run.

`index_seconds`: from the first title handed over to an index that serves, words read and merges done; making the titles
up is not counted. `queries_per_second` and `p99_ms`: 5,000 questions one after the other, each a first page as people
get it (20 titles as cards, people, what was meant), half of them with typos. `recall_at_5`: of 2,000 titles with one
random edit in every word of three letters or more (shorter ones forgive nothing and stay), how many come back under
their name among the first five; `recall_at_5_every_word` edits words of two letters and one too.

Run with `--titles N` for less.
"""

import argparse
import asyncio
import gc
import itertools
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from common import report
from matinee.contracts.catalogue import Title, Viewer
from matinee.contracts.library import Change
from matinee.kit.clock import SystemClock
from matinee.kit.cursors import Cursors
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.search.adapters.elsewhere import LibraryTitles
from matinee.services.search.adapters.tantivy_index.index import TantivyIndex, open_index
from matinee.services.search.folding import fold
from matinee.services.search.lag import Lag
from matinee.services.search.rebuilding import Rebuilding
from matinee.services.search.service import SearchService
from matinee.services.search.settings import SearchSettings
from matinee.testing.searching import HandMadeLibrary
from search_titles import SEED, made_titles, real_rows, real_titles

TITLES = 600_000
QUESTIONS = 5_000
RECALLED = 2_000
PEER_QUESTIONS = 500
PEER_SECONDS = 20.0
PAGE = 20
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MEMBER = Viewer(audience="members", maturity=18, territory="DE")


def one_core() -> int:
    """Stay on one core from here on, with all threads that come; return which."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def edited(word: str, source: random.Random) -> str:
    """Return a word with one letter left out, put in, changed, or two neighbours swapped."""
    at = source.randrange(len(word))
    kind = source.randrange(4)
    if kind == 0 and len(word) > 1:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + source.choice(LETTERS) + word[at:]
    if kind == 2 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + source.choice([one for one in LETTERS if one != word[at]]) + word[at + 1 :]


def with_typos(text: str, source: random.Random, *, least: int) -> str:
    """Return a text with one edit in each word of at least `least` letters."""
    return " ".join(edited(word, source) if len(word) >= least else word for word in fold(text).split())


def questions(titles: Sequence[Title], source: random.Random) -> list[str]:
    """Return what people type: half right (names, beginnings, people, words of a name), half with a typo in it."""
    asked = []
    for number in range(QUESTIONS):
        title = source.choice(titles)
        words = fold(title.name).split() or ["night"]
        person = fold(source.choice(title.people).name) if title.people else words[0]
        kind = source.random()
        if kind < 0.4:
            text = " ".join(words)
        elif kind < 0.65:
            text = " ".join(words)[: source.randrange(2, 12)].strip()
        elif kind < 0.85:
            text = person if source.random() < 0.6 else person[: source.randrange(3, 9)].strip()
        else:
            text = " ".join(source.sample(words, min(2, len(words))))
        parts = text.split()
        if number % 2 and parts:
            at = max(range(len(parts)), key=lambda one: len(parts[one]))
            parts[at] = edited(parts[at], source)
        asked.append(" ".join(parts) or "night")
    source.shuffle(asked)
    return asked


def changes(titles: Iterable[Title]) -> list[Change]:
    return [Change(op="r", title_id=one.title_id, version=1, changed_at=one.changed_at, after=one) for one in titles]


async def build(index: TantivyIndex, pages: Iterable[list[Title]], kept: list[Title]) -> tuple[float, float]:
    """Fill and serve an index; return seconds, by the clock and of the processor, without making titles up."""
    draft, spent, worked = await index.draft(), 0.0, 0.0
    for number, page in enumerate(pages):
        batch = changes(page)
        began, busy = time.perf_counter(), time.process_time()
        await draft.add(batch)
        spent, worked = spent + time.perf_counter() - began, worked + time.process_time() - busy
        kept += page if number % 60 == 0 else []
    began, busy = time.perf_counter(), time.process_time()
    await draft.serve()
    return spent + time.perf_counter() - began, worked + time.process_time() - busy


def service_of(index: TantivyIndex, settings: SearchSettings) -> SearchService:
    """Return the room's rules around an index."""
    clock, library = SystemClock(), HandMadeLibrary()
    return SearchService(
        index=index,
        library=library,
        rebuilding=Rebuilding(index, LibraryTitles(library)),
        cursors=Cursors(b"s" * 32),
        commands=Commands(Tuning(), time.monotonic),
        clock=clock,
        settings=settings,
        lag=Lag(clock).seconds,
    )


async def timed(ask: Callable[[str], Awaitable[object]], asked: Sequence[str]) -> tuple[float, list[float]]:
    """Return questions a second and the milliseconds of each, ascending."""
    times = []
    began = time.perf_counter()
    for text in asked:
        start = time.perf_counter()
        await ask(text)
        times.append((time.perf_counter() - start) * 1000)
    return len(asked) / (time.perf_counter() - began), sorted(times)


async def recall(
    ask: Callable[[str], Awaitable[Sequence[str]]], wanted: Sequence[str], *, least: int, seed: int
) -> float:
    """Return the share of names that come back among the first five for what is left of them after typos."""
    source, found = random.Random(seed), 0
    for name in wanted:
        names = await ask(with_typos(name, source, least=least))
        found += fold(name) in [fold(one) for one in names[:5]]
    return found / len(wanted)


class Peer:
    """SQLite's FTS5 over trigrams: any three letters that are right may find a title; ranked by BM25."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            "CREATE VIRTUAL TABLE titles USING fts5(name, people, synopsis, tokenize='trigram');"
        )
        self.seconds = 0.0

    def add(self, titles: Sequence[Title]) -> None:
        """Put titles in; only that counts as time."""
        rows = [(fold(one.name), fold(" ".join(p.name for p in one.people)), fold(one.synopsis)) for one in titles]
        began = time.perf_counter()
        self._connection.executemany("INSERT INTO titles VALUES (?, ?, ?)", rows)
        self.seconds += time.perf_counter() - began

    def finish(self) -> None:
        """Commit."""
        began = time.perf_counter()
        self._connection.commit()
        self.seconds += time.perf_counter() - began

    async def ask(self, text: str) -> Sequence[str]:
        """Return the names of the best twenty that share letters in threes with a text."""
        grams = dict.fromkeys(f'"{text[at : at + 3]}"' for at in range(max(1, len(text) - 2)))
        sql = "SELECT name FROM titles WHERE titles MATCH ? ORDER BY bm25(titles, 8.0, 5.0, 1.0) LIMIT ?"
        return [row[0] for row in self._connection.execute(sql, (" OR ".join(grams), PAGE))]


async def peer_figures(
    folder: Path, rows: list[dict[str, str]], count: int, asked: Sequence[str], wanted: list[str]
) -> dict[str, object]:
    """Measure the peer on the same titles and as many of the questions as twenty seconds allow."""
    peer = Peer(folder / "peer.db")
    for page in itertools.chain(made_titles(count, rows), [real_titles(rows, first=count)]):
        peer.add(page)
    peer.finish()
    times: list[float] = []
    until = time.perf_counter() + PEER_SECONDS
    for text in asked[:PEER_QUESTIONS]:
        began = time.perf_counter()
        await peer.ask(text)
        times.append((time.perf_counter() - began) * 1000)
        if time.perf_counter() > until:
            break
    sample = wanted[: max(20, int(PEER_SECONDS * 1000 / statistics.mean(times)))]
    found = await recall(peer.ask, sample, least=3, seed=SEED)
    return {
        "peer": "sqlite fts5 trigram",
        "peer_index_seconds": round(peer.seconds, 1),
        "peer_queries_per_second": round(1000 / statistics.mean(times), 1),
        "peer_p99_ms": round(sorted(times)[int(len(times) * 0.99)], 1),
        "peer_questions": len(times),
        "peer_recall_at_5": round(found, 4),
        "peer_recalled": len(sample),
    }


def real_list() -> list[dict[str, str]]:
    """Return the real titles where there are some."""
    folder = os.environ.get("MATINEE_TEST_MEDIA", "")
    path = Path(folder) / "data" / "catalogue" / "titles_8786.csv"
    return real_rows(path) if folder and path.is_file() else []


async def measure(folder: Path, count: int) -> None:
    rows = real_list()
    settings = SearchSettings(query_threads=1)
    kept: list[Title] = []
    real = real_titles(rows, first=count)
    core, load = one_core(), os.getloadavg()[0]
    async with open_index(folder / "index", settings) as index:
        seconds, worked = await build(index, itertools.chain(made_titles(count, rows), [real] if real else []), kept)
        source = random.Random(SEED)
        pool = [title for title in (real or kept) if fold(title.name)]
        wanted = [title.name for title in source.sample(pool, min(RECALLED, len(pool)))]
        asked = questions([*kept, *real], source)
        service = service_of(index, settings)
        gc.collect()
        gc.freeze()

        async def page(text: str) -> object:
            return await service.search(query=text, viewer=MEMBER, limit=PAGE)

        async def names(text: str) -> Sequence[str]:
            found = await service.search(query=text, viewer=MEMBER, limit=5)
            return [card.name for card in found.items]

        await timed(page, asked[:200])
        cpu = time.process_time()
        rate, times = await timed(page, asked)
        cpu = (time.process_time() - cpu) / len(asked) * 1000
        figures: dict[str, object] = {
            "queries_per_second": round(rate, 1),
            "cpu_ms_per_query": round(cpu, 2),
            "p50_ms": round(times[len(times) // 2], 2),
            "p99_ms": round(times[int(len(times) * 0.99)], 2),
            "max_ms": round(times[-1], 2),
            "index_seconds": round(seconds, 1),
            "index_cpu_seconds": round(worked, 1),
            "recall_at_5": round(await recall(names, wanted, least=3, seed=SEED), 4),
            "recall_at_5_every_word": round(await recall(names, wanted, least=1, seed=SEED), 4),
            "recalled": f"{len(wanted)} {'real' if real else 'generated'} titles",
            "titles": (await index.facts()).titles,
            "questions": len(asked),
            "core": core,
            "load_average_before": round(load, 1),
        }
    size = sum(path.stat().st_size for path in (folder / "index").rglob("*") if path.is_file())
    figures["index_mib"] = round(size / 2**20)
    figures |= await peer_figures(folder, rows, count, asked, wanted)
    table = [("figure", "ours", "sqlite fts5 trigram")]
    table += [(name, figures[name], figures.get(f"peer_{name}", "")) for name in list(figures)[:7]]
    report("search", figures, rows=table)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=TITLES, help="made-up titles (default: 600,000)")
    count = parser.parse_args().titles
    folder = Path(tempfile.mkdtemp(prefix="matinee-bench-search-"))
    try:
        asyncio.run(measure(folder, count))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
