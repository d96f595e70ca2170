"""Titles as rows show them, made into JSON once."""

from collections.abc import Iterable

import msgspec

from matinee.contracts.library import Card
from matinee.services.home.ports import RowItem


class Item(Card, frozen=True, kw_only=True):
    """A card, and where the viewer or everybody stands with it.

    Attributes:
        rank: from 1, in the top 10 only.
        resume_seconds: where to go on, in rows of the profile's own; `watched_fraction`: 0 to 1.
        up_next: an episode not begun yet, offered because the one before was completed.
        series_name: of an episode in a row of the profile's own.
    """

    rank: int | None = None
    resume_seconds: float | None = None
    watched_fraction: float | None = None
    up_next: bool = False
    series_name: str | None = None


class _Beside(msgspec.Struct, frozen=True):
    """What an item has beside its card, in the same order."""

    rank: int | None = None
    resume_seconds: float | None = None
    watched_fraction: float | None = None
    up_next: bool = False
    series_name: str | None = None


def item(
    card: Card,
    *,
    rank: int | None = None,
    resume_seconds: float | None = None,
    watched_fraction: float | None = None,
    up_next: bool = False,
    series_name: str | None = None,
) -> RowItem:
    """Return a title as a row keeps it."""
    beside = _Beside(rank, resume_seconds, watched_fraction, up_next, series_name)
    # The two objects become one: the end of the first and the beginning of the second are left out.
    body = msgspec.json.encode(card)[:-1] + b"," + msgspec.json.encode(beside)[1:]
    return RowItem(card.title_id, body)


def items(cards: Iterable[Card]) -> tuple[RowItem, ...]:
    """Return titles of which nothing but the card is known."""
    return tuple(item(card) for card in cards)


def card_of(kept: RowItem) -> Card:
    """Return the card inside an item."""
    return msgspec.json.decode(kept.body, type=Card)
