"""The processor's pages: its list of cards, the question to a cardholder, and what went wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from matinee.kit.money import display
from matinee.sandbox.cards import TestCard
from matinee.sandbox.till import Question

_FOLDER: Final = Path(__file__).parent
_GROUP: Final = 4


def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)


class Pages:
    """Renders the pages. Every value is escaped."""

    def __init__(self) -> None:
        self._templates = _environment()
        self.style = (_FOLDER / "style.css").read_text(encoding="utf-8")

    def index(self, cards: Sequence[TestCard]) -> str:
        """Return the list of test cards."""
        rows = [(_grouped(card.number), card.brand, card.name, card.does) for card in cards]
        return self._templates.get_template("index.html").render(cards=rows)

    def question(self, question: Question) -> str:
        """Return what a cardholder is asked."""
        charge = question.charge
        return self._templates.get_template("challenge.html").render(
            amount=display(charge.amount, charge.currency), last4=question.last4
        )

    def trouble(self, title: str, sentence: str) -> str:
        """Return a page that says what went wrong."""
        return self._templates.get_template("trouble.html").render(title=title, sentence=sentence)


def _grouped(number: str) -> str:
    return " ".join(number[start : start + _GROUP] for start in range(0, len(number), _GROUP))
