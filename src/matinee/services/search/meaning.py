"""What somebody probably meant: the words of the best result where those that were typed differ. Pure."""

from collections.abc import Sequence

from rapidfuzz.distance import OSA

from matinee.services.search.entries import Entry
from matinee.services.search.folding import allowed_edits, fold

_MARKS = " .,:;!?\"'()[]{}…“”„«»¿¡*"


def did_you_mean(words: Sequence[str], best: Entry, *, open_ended: bool) -> str | None:
    """Return the words as they were probably meant, in small letters and with their accents.

    None when every word is there as it was typed, or one is not there at all.

    Args:
        words: folded, as typed.
        best: the first result.
        open_ended: whether the last word may go on.
    """
    meant: list[str] = []
    told = _surfaces(best)
    for at, word in enumerate(words):
        going_on = open_ended and at == len(words) - 1
        known = _closest(word, told, open_ended=going_on)
        if known is None:
            return None
        meant.append(word if known == word else told[known])
    return " ".join(meant) if any(fold(one) != word for one, word in zip(meant, words, strict=True)) else None


def _surfaces(best: Entry) -> dict[str, str]:
    """Return how the folded words of names and people are written, in small letters."""
    texts = (best.name, best.original_name, *(person.name for person in best.people))
    return {
        folded: surface.strip(_MARKS).lower()
        for text in texts
        for surface in text.replace("-", " ").split()
        for folded in [fold(surface)]
        if folded and " " not in folded
    }


def _closest(word: str, told: dict[str, str], *, open_ended: bool) -> str | None:
    """Return the told word that was meant, the typed one itself where it is there; None when there is none."""
    if word in told or (open_ended and any(one.startswith(word) for one in told)):
        return word
    edits = allowed_edits(word)
    near = [(OSA.distance(word, one, score_cutoff=edits), one) for one in told]
    distance, one = min(near, default=(edits + 1, ""))
    return one if edits and distance <= edits else None
