"""Who sees what, as conditions on the tables of cards: `visibility.hidden_from`, for many cards at once."""

from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Integer, String, and_, bindparam, exists, or_, true
from sqlalchemy.orm import aliased

from matinee.services.catalogue.adapters.codec import microseconds
from matinee.services.catalogue.adapters.standing import ANYWHERE, EVERYWHERE, RANKS, UNLISTED
from matinee.services.catalogue.adapters.tables import CardRow, WindowRow
from matinee.services.catalogue.ports import Eyes

_ALL_AGES: Final = 99
_Episode = aliased(CardRow, name="episode")
_Series = aliased(CardRow, name="series")


class Reach(msgspec.Struct, frozen=True):
    """How far a viewer sees, in the numbers of the tables or, in a query that is kept, in parameters to be given.

    Attributes:
        staff: whether nothing is hidden.
    """

    staff: bool
    rank: Any
    maturity: Any
    territory: Any
    now_us: Any

    @property
    def territories(self) -> list[Any]:
        """Territories whose places this viewer sees; perhaps one of them twice."""
        return [EVERYWHERE, self.territory]

    @property
    def given(self) -> dict[str, Any]:
        """The parameters of a query that is kept."""
        return {name: getattr(self, name) for name in ("rank", "maturity", "territory", "now_us")}


ANYBODY: Final = {
    staff: Reach(
        staff,
        bindparam("rank", type_=Integer),
        bindparam("maturity", type_=Integer),
        bindparam("territory", type_=String),
        bindparam("now_us", type_=BigInteger),
    )
    for staff in (False, True)
}
"""For queries that are kept: whoever it is, staff or not, in parameters."""


def reach_of(eyes: Eyes) -> Reach:
    """Return how far somebody sees now."""
    now = microseconds(eyes.now)
    if eyes.viewer.audience == "operators":
        return Reach(staff=True, rank=UNLISTED, maturity=_ALL_AGES, territory=ANYWHERE, now_us=now)
    viewer = eyes.viewer
    return Reach(
        staff=False,
        rank=RANKS[viewer.audience],
        maturity=viewer.maturity,
        territory=viewer.territory,
        now_us=now,
    )


def seen(card: Any, reach: Reach) -> ColumnElement[bool]:
    """Return the rule of `visibility.hidden_from` for one row of cards, without the series above it."""
    if reach.staff:
        return true()
    window = exists().where(
        WindowRow.title_id == card.title_id,
        WindowRow.territory.in_(reach.territories),
        WindowRow.starts_at_us <= reach.now_us,
        WindowRow.ends_at_us > reach.now_us,
    )
    return and_(card.audience_rank <= reach.rank, card.maturity <= reach.maturity, or_(card.windowed == 0, window))


def plays(card: Any, reach: Reach) -> ColumnElement[bool]:
    """Return whether something of a title plays for a viewer; of a series an episode that they may see."""
    enough = and_(card.play_rank <= reach.rank, card.play_maturity <= reach.maturity)
    if reach.staff:
        something: ColumnElement[bool] = card.play_rank.is_not(None)
        return something
    episode = exists().where(
        _Episode.series_id == card.title_id, _Episode.play_rank.is_not(None), seen(_Episode, reach)
    )
    return and_(enough, or_(card.patchy == 0, episode))


def visible(reach: Reach) -> tuple[ColumnElement[bool], ...]:
    """Return what must hold of a card; an episode is as hidden as its series."""
    if reach.staff:
        return ()
    above = exists().where(_Series.title_id == CardRow.series_id, seen(_Series, reach))
    return (seen(CardRow, reach), or_(CardRow.series_id.is_(None), above))
