"""What is derived from a title: its card, the places where it stands, its windows and facets. Pure."""

from collections.abc import Iterable
from datetime import date

import msgspec

from matinee.contracts.catalogue import Audience, Title, Window
from matinee.contracts.metadata import GENRES
from matinee.services.catalogue.adapters.codec import folded, microseconds

REVISION = "3"
"""Grows when what this module derives changes; the room then derives all of it again."""

RANKS: dict[Audience, int] = {"everyone": 0, "members": 1, "operators": 2}
STAFF = 2
UNLISTED = 3
EVERYWHERE = ""
ANYWHERE = "*"
EVERYTHING = "all"
NEVER_ENDS = 2**62
_TEASER_CHARACTERS = 300
_UNKNOWN_DAY = -(10**9)
_FACET_CHARACTERS = 200


class Play(msgspec.Struct, frozen=True):
    """For whom something of a title plays.

    Attributes:
        rank: the lowest audience rank, None when nothing plays; `maturity` likewise, in years.
        patchy: whether the two do not say it exactly.
    """

    rank: int | None = None
    maturity: int | None = None
    patchy: bool = False


NOTHING = Play()
AT_ONCE = Play(0, 0)


def play_of(episodes: Iterable[tuple[int, int, int]]) -> Play:
    """Return for whom a series plays.

    Args:
        episodes: rank, maturity and `windowed` of those that have a release.
    """
    found = set(episodes)
    if not found:
        return NOTHING
    lowest = (min(rank for rank, _, _ in found), min(maturity for _, maturity, _ in found))
    return Play(*lowest, patchy=(*lowest, 0) not in found)


def rank_of(title: Title) -> int:
    """Return from which audience rank on a title is seen."""
    return RANKS[title.audience] if title.listed else UNLISTED


def genre_shelf(genre: str) -> str:
    """Return the name of a genre's shelf."""
    return f"genre:{folded(genre)}"


GENRE_OF = {genre_shelf(genre): genre for genre in GENRES}


def teaser(synopsis: str) -> str:
    """Return a synopsis of at most 300 characters, cut at a word."""
    flat = " ".join(synopsis.split())
    if len(flat) <= _TEASER_CHARACTERS:
        return flat
    head = flat[: _TEASER_CHARACTERS - 1]
    return f"{head.rsplit(' ', 1)[0].rstrip(' ,;:.–-')}…"


def card_values(title: Title, play: Play) -> dict[str, object]:
    """Return the columns of a title's card."""
    release = title.release
    return {
        "title_id": title.title_id,
        "kind": title.kind,
        "name": title.name,
        "name_folded": folded(title.name),
        "teaser": teaser(title.synopsis),
        "year": title.year,
        "genres": msgspec.json.encode(title.genres).decode(),
        "audience_rank": rank_of(title),
        "maturity": title.maturity,
        "windowed": int(bool(title.availability)),
        "announced": int(title.announced),
        "hot": int(title.hot),
        "duration_seconds": None if release is None else release.duration_seconds,
        "max_height": None if release is None else max((r.height for r in release.renditions), default=None),
        "play_rank": play.rank,
        "play_maturity": play.maturity,
        "patchy": int(play.patchy),
        "series_id": title.series_id,
        "season_number": title.season_number,
        "episode_number": title.episode_number,
        "poster": title.artwork.get("poster"),
        "backdrop": title.artwork.get("backdrop"),
        "released_day": title.released_on.toordinal() if title.released_on is not None else 0,
        "created_at_us": microseconds(title.created_at),
    }


def window_values(title: Title) -> list[dict[str, object]]:
    """Return a title's windows, one for each territory."""
    return [
        {
            "title_id": title.title_id,
            "territory": territory,
            "number": number,
            "starts_at_us": 0 if window.starts_at is None else max(0, microseconds(window.starts_at)),
            "ends_at_us": NEVER_ENDS if window.ends_at is None else microseconds(window.ends_at),
        }
        for number, window in enumerate(title.availability)
        for territory in sorted(set(window.territories)) or (EVERYWHERE,)
    ]


def facet_values(title: Title) -> list[dict[str, object]]:
    """Return the people and tags by which a film or series is found beside others."""
    if title.kind == "episode":
        return []
    facets = {person_facet(credit.person_id) for credit in title.people if credit.person_id}
    facets |= {tag_facet(tag) for tag in title.tags}
    return [{"facet": facet, "title_id": title.title_id} for facet in sorted(facets)]


def person_facet(person_id: str) -> str:
    """Return the facet of a person."""
    return f"p:{person_id}"[:_FACET_CHARACTERS]


def tag_facet(tag: str) -> str:
    """Return the facet of a tag, whatever its case and accents."""
    return f"t:{folded(tag)}"[:_FACET_CHARACTERS]


class _Stand(msgspec.Struct, frozen=True):
    """How a title stands on a shelf: from which rank and age on, whether that is the whole truth, and where."""

    rank: int
    maturity: int
    patchy: bool
    sort_key: int


def place_values(title: Title, play: Play) -> list[dict[str, object]]:
    """Return where a title stands, for whom."""
    if title.kind == "episode" or not title.listed:
        return []
    return [
        {
            "shelf": shelf,
            "conditional": int(timed or stand.patchy),
            "audience_rank": stand.rank,
            "maturity": stand.maturity,
            "territory": territory,
            "sort_key": stand.sort_key,
            "title_id": title.title_id,
        }
        for shelf, stand in sorted(_stands(title, play).items())
        for territory, timed in _territories(title.availability).items()
    ]


def _stands(title: Title, play: Play) -> dict[str, _Stand]:
    rank, arrived = rank_of(title), microseconds(title.created_at)
    stands = {EVERYTHING: _Stand(rank, title.maturity, patchy=False, sort_key=arrived)}
    if play.rank is not None:
        # Nobody sees a series stand as playable for whom none of its episodes is.
        staff_at_most = min(play.rank, STAFF)
        playing = _Stand(max(rank, staff_at_most), max(title.maturity, play.maturity or 0), play.patchy, arrived)
        genres = [genre_shelf(genre) for genre in title.genres if genre_shelf(genre) in GENRE_OF]
        shelves = [*genres, "new", *(["series"] if title.kind == "series" else [])]
        stands |= dict.fromkeys(shelves, playing)
        if title.hot:
            day = _day(title.released_on, unknown=_UNKNOWN_DAY)
            stands["hot"] = msgspec.structs.replace(playing, sort_key=day)
    # What only editors can play yet is still to come for everybody else.
    if title.announced and (play.rank is None or play.rank >= STAFF):
        coming = -_day(title.released_on, unknown=-_UNKNOWN_DAY)
        stands["announced"] = _Stand(rank, title.maturity, patchy=False, sort_key=coming)
        if title.hot:
            day = _day(title.released_on, unknown=_UNKNOWN_DAY)
            stands["hot"] = _Stand(rank, title.maturity, patchy=False, sort_key=day)
    return stands


def _day(released_on: date | None, *, unknown: int) -> int:
    return unknown if released_on is None else released_on.toordinal()


def _territories(windows: tuple[Window, ...]) -> dict[str, bool]:
    """Return the territories in which a title may stand, and whether the moment decides there too."""
    if not windows:
        return {EVERYWHERE: False}
    always = [window for window in windows if window.starts_at is None and window.ends_at is None]
    if any(not window.territories for window in windows):
        return {EVERYWHERE: not any(not window.territories for window in always)}
    named = {territory for window in windows for territory in window.territories}
    unbounded = {territory for window in always for territory in window.territories}
    return {**{territory: territory not in unbounded for territory in named}, ANYWHERE: False}
