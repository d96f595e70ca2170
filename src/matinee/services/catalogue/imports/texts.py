"""Text from untidy files, put right: bytes of mixed encodings, letters that were decoded twice, invisible ones."""

import codecs
import re
import unicodedata
from typing import Final

# UTF-8 read as Windows-1252 and written again: a lead byte as a letter, then what stands for continuation bytes.
_TWICE = re.compile(
    r"[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)  # one class of characters
_INVISIBLE = dict.fromkeys((0x200B, 0x2060, 0xFEFF, 0x00AD))
_SPACES = re.compile(r"[ \t\u00a0\u2007\u202f]+")
_TIMES: Final = 2
_MIXED: Final = "matinee-windows-1252"


def decoded(piece: bytes) -> tuple[str, bool]:
    """Return bytes as text, and whether some were not UTF-8; those are read as Windows-1252, one by one."""
    try:
        return piece.decode("utf-8"), False
    except UnicodeDecodeError:
        return piece.decode("utf-8", errors=_MIXED), True


def _foreign(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


# The decoder goes on behind each foreign byte, so that time grows with the bytes and not with their square.
codecs.register_error(_MIXED, _foreign)


def put_right(text: str) -> str:
    """Return text whose letters were decoded wrongly once or twice as it was meant; other text as it is."""
    for _ in range(_TIMES):
        if not _TWICE.search(text):
            break
        try:
            text = _as_bytes(text).decode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError):
            break
    return text


def _as_bytes(text: str) -> bytes:
    # The five bytes that Windows-1252 leaves open come through as the control characters of Latin-1.
    return b"".join(c.encode("latin-1") if 0x80 <= ord(c) < 0xA0 else c.encode("cp1252") for c in text)  # noqa: PLR2004


def tidy(text: str) -> str:
    """Return the text of a cell: put right, composed, without invisible characters, single blanks, no edges."""
    shown = put_right(text).translate(_INVISIBLE).replace("\0", "")
    return _SPACES.sub(" ", unicodedata.normalize("NFC", shown)).strip()


def tidy_line(text: str) -> str:
    """Return tidy text on one line."""
    return " ".join(tidy(text).split())


def tidy_paragraph(text: str) -> str:
    """Return tidy text in which a line break in the midst of a sentence is a blank, and two are a paragraph."""
    paragraphs = re.split(r"\n\s*\n", tidy(text).replace("\r\n", "\n").replace("\r", "\n"))
    return "\n\n".join(" ".join(part.split()) for part in paragraphs if part.strip())


def shortened(text: str, most: int) -> str:
    """Return text of at most `most` characters, cut at a word with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-")
    return (cut or text[: most - 1]) + "…"
