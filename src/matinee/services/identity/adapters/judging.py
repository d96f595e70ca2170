"""Which passwords are guessed first: zxcvbn's lists of leaked passwords, names and words, and the patterns it knows."""

from collections.abc import Sequence

from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # it has no types

_GUESSABLE_SCORE = 2
# The estimate looks at every way to read the password, which for long ones takes long and changes nothing.
_LOOKED_AT_CHARACTERS = 64
_MAX_WORDS = 20
# Signs that may stand for letters. Every mix of them is tried, so the time doubles with each further one.
_SIGNS = frozenset("4@8({[<36!1|790$5+%2")
_MANY_SIGNS = 5
_PIECE_CHARACTERS = 16
_REASONS = {
    "passwords": "It is, or holds, one of the passwords that leaked most often.",
    "user_inputs": "It is made of your name or e-mail address.",
    "english_wikipedia": "It is a common word.",
    "us_tv_and_film": "It is a common word.",
    "male_names": "It is a common name.",
    "female_names": "It is a common name.",
    "surnames": "It is a common name.",
}
_PATTERNS = {
    "repeat": "It repeats itself.",
    "sequence": "It is a simple sequence.",
    "spatial": "It is a row of keys beside each other.",
    "date": "It is a date.",
    "regex": "It is a year.",
}


class ZxcvbnJudge:
    """Refuses what an attacker tries within ten million guesses."""

    def weakness(self, password: str, *, words: Sequence[str]) -> str | None:
        """Return one sentence on why the password is easily guessed, or None."""
        reasons = [_reason(piece, list(words)[:_MAX_WORDS]) for piece in _pieces(password[:_LOOKED_AT_CHARACTERS])]
        return None if None in reasons else reasons[0]


def _pieces(password: str) -> tuple[str, ...]:
    """Return what is looked at: the whole, or both ends of one whose signs would take long; either may be enough."""
    if len(password) <= _PIECE_CHARACTERS or len(_SIGNS.intersection(password)) <= _MANY_SIGNS:
        return (password,)
    return password[:_PIECE_CHARACTERS], password[-_PIECE_CHARACTERS:]


def _reason(password: str, words: list[str]) -> str | None:
    result = zxcvbn(password, user_inputs=words)
    if result["score"] >= _GUESSABLE_SCORE:
        return None
    longest: dict[str, str] = max(result["sequence"], key=lambda match: len(match["token"]), default={})
    reason = _REASONS.get(longest.get("dictionary_name", "")) or _PATTERNS.get(longest.get("pattern", ""))
    return f"This password is easily guessed. {reason or 'It is too simple.'} A few words that you like are better."
