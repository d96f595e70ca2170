"""How titles look to clients."""

from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec

from matinee.contracts.catalogue import (
    ArtworkKind,
    Audience,
    AudioChoice,
    BrowsePage,
    Kind,
    Rendition,
    TextChoice,
    Title,
    Window,
)
from matinee.kit.ids import TitleId
from matinee.services.catalogue.shelves import playable


class ArtworkLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of the chosen pictures; add `&w=` with 240, 480, 960 or 1920. None where there is none yet."""

    poster: str | None
    backdrop: str | None


class TitleCard(msgspec.Struct, frozen=True, kw_only=True):
    """A title as a shelf shows it.

    Attributes:
        playable: whether pressing play works now; of a series, whether an episode plays.
        complete: False while better qualities are being made; None when nothing plays.
    """

    title_id: TitleId
    kind: Kind
    name: str
    synopsis: str
    year: int | None
    genres: tuple[str, ...]
    audience: Audience
    maturity: int
    listed: bool
    featured: bool
    series_id: TitleId | None
    season_number: int | None
    episode_number: int | None
    playable: bool
    complete: bool | None
    duration_seconds: float | None
    max_height: int | None
    artwork: ArtworkLinks
    version: int
    created_at: datetime
    changed_at: datetime


class TitleDetail(TitleCard, frozen=True, kw_only=True):
    """A title as its own page shows it."""

    renditions: tuple[Rendition, ...]
    audio: tuple[AudioChoice, ...]
    text: tuple[TextChoice, ...]
    episodes: tuple[TitleCard, ...]
    availability: tuple[Window, ...]


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the browse page."""

    row_id: str
    name: str
    items: tuple[TitleCard, ...]


class BrowseView(msgspec.Struct, frozen=True, kw_only=True):
    """The browse page."""

    featured: TitleCard | None
    rows: tuple[Shelf, ...]


class TitleList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of titles."""

    items: tuple[TitleCard, ...]
    next_cursor: str | None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One frame that may become artwork."""

    path: str
    url: str


class CandidateList(msgspec.Struct, frozen=True, kw_only=True):
    """Candidate frames, best first."""

    items: tuple[Candidate, ...]


class ArtworkChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which candidate frame to take."""

    candidate_path: str


def _link(title: Title, kind: ArtworkKind) -> str | None:
    digest = title.artwork.get(kind)
    return None if digest is None else f"/api/v1/titles/{title.title_id}/artwork/{kind}?v={digest}"


def _card_fields(title: Title, series: AbstractSet[TitleId]) -> dict[str, object]:
    shown = {name: getattr(title, name) for name in _SHARED_FIELDS}
    release = title.release
    return {
        **shown,
        "playable": playable(title, series),
        "complete": None if release is None else release.complete,
        "duration_seconds": None if release is None else release.duration_seconds,
        "max_height": None if release is None else max((r.height for r in release.renditions), default=None),
        "artwork": ArtworkLinks(poster=_link(title, "poster"), backdrop=_link(title, "backdrop")),
    }


def card(title: Title, series: AbstractSet[TitleId]) -> TitleCard:
    """Return a card; `series` are the series that have something to play."""
    return msgspec.convert(_card_fields(title, series), TitleCard)


def detail(title: Title, episodes: tuple[Title, ...]) -> TitleDetail:
    """Return a title's page; `episodes` are those that the caller may see."""
    series = {title.title_id} if any(episode.release for episode in episodes) else set()
    release = title.release
    fields = {
        **_card_fields(title, series),
        "renditions": () if release is None else release.renditions,
        "audio": () if release is None else release.audio,
        "text": () if release is None else release.text,
        "availability": title.availability,
        "episodes": tuple(card(episode, frozenset()) for episode in episodes),
    }
    return msgspec.convert(fields, TitleDetail)


def browse_view(page: BrowsePage, series: AbstractSet[TitleId]) -> BrowseView:
    """Return the browse page as clients see it."""
    rows = tuple(
        Shelf(row_id=row.row_id, name=row.name, items=tuple(card(title, series) for title in row.items))
        for row in page.rows
    )
    return BrowseView(featured=None if page.featured is None else card(page.featured, series), rows=rows)


_SHARED_FIELDS = tuple(
    sorted(
        {f.name for f in msgspec.structs.fields(Title)}
        & {f.name for f in msgspec.structs.fields(TitleCard)} - {"artwork"}
    )
)
