"""Text as search sees it: without case, accents and punctuation, in words. Pure.

Source: Unicode NFKD and full case folding (UAX 15, UAX 44); pairs of characters for scripts that write without spaces,
as Lucene's CJK analyser has it.
"""

import re
import unicodedata
from functools import cache

MAX_WORD = 40
"""Code points of a word that count; what follows is not looked at."""

# Marks that readers leave out. Those of Indic scripts are vowels and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# Letters that no normal form takes apart.
_PLAIN = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "\u0131": "i",
        "ŧ": "t",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ŋ": "ng",
        "ĸ": "k",
        "ə": "e",
        "ƒ": "f",
    }
)
_APOSTROPHES = dict.fromkeys((0x27, 0x60, 0xB4, 0x2019, 0x2018, 0x2BC, 0x2BB, 0x2032))
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_ASCII[ord("'")] = _ASCII[ord("`")] = ""
# Han, kana, and the scripts of South-East Asia that part words by sense alone.
_UNSPACED = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]+"
)


@cache
def _word_characters() -> re.Pattern[str]:
    """Return what words are made of: letters, digits and, beyond what Python calls a word, marks."""
    marks = "".join(chr(code) for code in range(0x300, 0x20000) if unicodedata.category(chr(code)).startswith("M"))
    return re.compile(f"(?:[^\\W_]|[{re.escape(marks)}])+")


def fold(text: str) -> str:
    """Return folded words parted by single spaces; empty when the text has none.

    Folding what is folded changes nothing.
    """
    words = text.translate(_ASCII).split() if text.isascii() else _fold_any(text)
    return " ".join([word[:MAX_WORD] for word in words])


def _fold_any(text: str) -> list[str]:
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)))
    folded = unicodedata.normalize("NFKC", bare.casefold()).translate(_PLAIN)
    again = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))
    words: list[str] = []
    for run in _word_characters().findall(again.translate(_APOSTROPHES)):
        words += _parted(run) if _UNSPACED.search(run) else [run]
    return words


def _parted(run: str) -> list[str]:
    """Return a run of characters as pairs where its script has no spaces: 進撃の巨人 → 進撃 撃の の巨 巨人."""
    words: list[str] = []
    end = 0
    for match in _UNSPACED.finditer(run):
        words += [run[end : match.start()]] if match.start() > end else []
        piece, end = match.group(), match.end()
        words += [piece[at : at + 2] for at in range(max(1, len(piece) - 1))]
    return [*words, run[end:]] if end < len(run) else words


def allowed_edits(word: str) -> int:
    """Return how many typos a word forgives, by its code points: none below 3, one up to 5, two above (AUTO:3,6)."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2  # noqa: PLR2004  # the three steps of the rule
