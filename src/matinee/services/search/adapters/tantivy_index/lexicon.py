"""Every word of the index, so that a typo is turned into words that exist before the index is asked.

Source: symmetric deletion (W. Garbe's SymSpell): two words within k edits share a string that both reach by at most k
deletions. Deletions of the first seven code points of every word are hashed and sorted once; a look-up hashes those
of the typo, and the few words found are then measured.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

PREFIX = 7
MAX_EDITS = 2
_MULTIPLIER = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_POWERS = [pow(_MULTIPLIER, power, 1 << 64) for power in range(PREFIX)]
_BEYOND = chr(0x10FFFF)
Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
Letters = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Near:
    """A word of the index near a typo."""

    word: str
    edits: int


def deletion_hashes(word: str, deletions: int) -> Hashes:
    """Return the hashes of what is left of a word's first code points after exactly so many deletions, 0 to 2.

    A hash is the sum of letter times power over the places that are left, so those of all deletions follow from sums
    over the letters before, between and after them.
    """
    letters = [ord(letter) + 1 for letter in word[:PREFIX]]
    # sums[k][i]: the letters before place i, each moved k places to the front.
    sums = [
        [0, *accumulate(letter * _POWERS[at - k] if at >= k else 0 for at, letter in enumerate(letters))]
        for k in range(deletions + 1)
    ]
    count = len(letters)
    found = {
        (sums[0][first] + _between(sums, first, gone[1:], count)) & _MASK
        for gone in combinations(range(count), deletions)
        for first in (gone[0] if gone else count,)
    }
    return np.array(sorted(found), dtype=np.uint64)


@lru_cache(maxsize=4096)
def _all_deletion_hashes(word: str, edits: int) -> Hashes:
    """Return the hashes of what is left of a word after up to so many deletions; fields share the answer."""
    return np.concatenate([deletion_hashes(word, deletions) for deletions in range(edits + 1)])


def _between(sums: Sequence[Sequence[int]], first: int, others: Sequence[int], count: int) -> int:
    """Return the sum over the letters after the first deletion."""
    total, start = 0, first
    for moved, end in enumerate((*others, count) if first < count else (), start=1):
        total += sums[moved][end] - sums[moved][start + 1]
        start = end
    return total


class Lexicon:
    """Words, sorted, with their deletions.

    Args:
        words: distinct.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = sorted(words)
        self._deleted = _deletions(self.words)

    def __contains__(self, word: str) -> bool:
        at = bisect_left(self.words, word)
        return at < len(self.words) and self.words[at] == word

    def __len__(self) -> int:
        return len(self.words)

    def starting(self, beginning: str, *, most: int) -> list[str]:
        """Return words that start with something, in their order, at most `most`."""
        first = bisect_left(self.words, beginning)
        last = bisect_left(self.words, beginning + _BEYOND, lo=first)
        return self.words[first : min(last, first + most)]

    def near(self, word: str, *, edits: int) -> list[Near]:
        """Return words within `edits` edits, nearest first, equal ones by themselves; the word itself is none of them.

        Args:
            edits: 0 to `MAX_EDITS`; letters changed, left out, put in, or two neighbours swapped.
        """
        wanted = _all_deletion_hashes(word, edits)
        # Two words within k edits meet after at most k deletions on each side.
        numbers = {number for deletions in range(edits + 1) for number in self._meeting(wanted, deletions)}
        near = within(word, [self.words[number] for number in numbers], edits=edits)
        return sorted(near, key=lambda one: (one.edits, one.word))

    def _meeting(self, wanted: Hashes, deletions: int) -> list[int]:
        """Return the numbers of words that become one of `wanted` by so many deletions."""
        hashes, numbers = self._deleted[deletions]
        lows = hashes.searchsorted(wanted, "left").tolist()
        highs = hashes.searchsorted(wanted, "right").tolist()
        found: list[int] = []
        for low, high in zip(lows, highs, strict=True):
            if high > low:
                found += numbers[low:high].tolist()
        return found


def within(word: str, candidates: Sequence[str], *, edits: int) -> list[Near]:
    """Return those of some words that are within `edits` edits of one, without itself, in no order."""
    found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=edits, limit=None)
    return [Near(other, distance) for other, distance, _ in found if distance]


def _deletions(words: Sequence[str]) -> list[tuple[Hashes, Numbers]]:
    """Return, by how many deletions, the hashes of what is left of all words, sorted, and which word each is of."""
    by_length: dict[int, list[int]] = {}
    for number, word in enumerate(words):
        by_length.setdefault(min(len(word), PREFIX), []).append(number)
    lengths = [
        (length, _letters([words[number] for number in held], length), np.array(held, dtype=np.int32))
        for length, held in by_length.items()
    ]
    return [_deleted(lengths, count) for count in range(MAX_EDITS + 1)]


def _deleted(lengths: Sequence[tuple[int, Letters, Numbers]], deletions: int) -> tuple[Hashes, Numbers]:
    hashes: list[Hashes] = [np.empty(0, np.uint64)]
    numbers: list[Numbers] = [np.empty(0, np.int32)]
    for length, letters, owners in lengths:
        for kept in combinations(range(length), max(0, length - deletions)):
            hashes.append(_hash_rows(letters, kept))
            numbers.append(owners)
    together = np.concatenate(hashes)
    order = np.argsort(together, kind="stable")
    return together[order], np.concatenate(numbers)[order]


def _letters(words: Sequence[str], length: int) -> Letters:
    """Return the first `length` code points of each word, plus one, as rows."""
    text = "".join(word[:length] for word in words)
    flat = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return flat.reshape(len(words), length).astype(np.uint64) + np.uint64(1)


def _hash_rows(letters: Letters, kept: Sequence[int]) -> Hashes:
    total = np.zeros(len(letters), dtype=np.uint64)
    for power, column in enumerate(kept):
        total += letters[:, column] * np.uint64(_POWERS[power])
    return total
