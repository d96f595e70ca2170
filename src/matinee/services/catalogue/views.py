"""How titles look to clients."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Literal

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
    TitleChange,
    Window,
)
from matinee.contracts.library import ArtworkLinks, Card, GenreCount
from matinee.contracts.metadata import Credit, Marker, Rating, RatingSystem
from matinee.kit.ids import TitleId
from matinee.kit.media import Language
from matinee.services.catalogue.ages import AGES
from matinee.services.catalogue.artwork import sent_path
from matinee.services.catalogue.ports import Draft, SentPicture
from matinee.services.catalogue.shelves import playable

_TOLD = ("original_name", "people", "tags", "ratings", "languages", "released_on", "markers")


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
    hot: bool
    announced: bool
    artwork: ArtworkLinks
    version: int
    created_at: datetime
    changed_at: datetime


class TitleDetail(TitleCard, frozen=True, kw_only=True):
    """A title as its own page shows it; `similar` holds at most twelve others."""

    renditions: tuple[Rendition, ...]
    audio: tuple[AudioChoice, ...]
    text: tuple[TextChoice, ...]
    episodes: tuple[TitleCard, ...]
    availability: tuple[Window, ...]
    original_name: str
    people: tuple[Credit, ...]
    tags: tuple[str, ...]
    ratings: tuple[Rating, ...]
    languages: tuple[Language, ...]
    released_on: date | None
    markers: tuple[Marker, ...]
    similar: tuple[Card, ...]


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
    """One picture that may become artwork.

    Attributes:
        origin: a frame of the current release, or a picture that was sent.
        kind: what a sent picture is for; None for frames, which may become either.
        chosen: whether a sent picture is the one that is shown.
    """

    path: str
    url: str
    origin: Literal["frame", "sent"]
    kind: ArtworkKind | None = None
    chosen: bool = False


class CandidateList(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures to choose from: those that were sent, newest first, then frames, best first."""

    items: tuple[Candidate, ...]


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """A change that is kept aside.

    Attributes:
        base_version: of the title, when the draft was begun.
        conflicts: fields that somebody else changed since, to something else; it is not published while there are any.
    """

    title_id: TitleId
    change: TitleChange
    base_version: int
    revision: int
    changed_at: datetime
    conflicts: tuple[str, ...]


class GenreList(msgspec.Struct, frozen=True, kw_only=True):
    """Genres with titles, most first."""

    items: tuple[GenreCount, ...]


class GenreNames(msgspec.Struct, frozen=True, kw_only=True):
    """The genres that have shelves."""

    items: tuple[str, ...]


class RatingAge(msgspec.Struct, frozen=True, kw_only=True):
    """A label of a board, and the age in years that it stands for."""

    system: RatingSystem
    label: str
    age: int


class RatingAges(msgspec.Struct, frozen=True, kw_only=True):
    """All labels of all boards."""

    items: tuple[RatingAge, ...]


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


def detail(title: Title, episodes: tuple[Title, ...], similar: tuple[Card, ...]) -> TitleDetail:
    """Return a title's page; `episodes` and `similar` hold what the caller may see."""
    series = {title.title_id} if any(episode.release for episode in episodes) else set()
    release = title.release
    fields = {
        **_card_fields(title, series),
        "renditions": () if release is None else release.renditions,
        "audio": () if release is None else release.audio,
        "text": () if release is None else release.text,
        "availability": title.availability,
        "similar": similar,
        **{name: getattr(title, name) for name in _TOLD},
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


def candidates(title: Title, sent: Sequence[SentPicture]) -> CandidateList:
    """Return the pictures that may become a title's artwork."""
    base = f"/api/v1/studio/titles/{title.title_id}"
    pictures = tuple(
        Candidate(
            path=sent_path(one.kind, one.digest),
            url=f"{base}/pictures/{one.kind}/{one.digest}",
            origin="sent",
            kind=one.kind,
            chosen=title.artwork.get(one.kind) == one.digest,
        )
        for one in sent
    )
    paths = () if title.release is None else title.release.artwork_paths
    frames = tuple(Candidate(path=p, url=f"{base}/candidates/{n}", origin="frame") for n, p in enumerate(paths))
    return CandidateList(items=pictures + frames)


def draft_view(draft: Draft, conflicts: tuple[str, ...]) -> DraftView:
    """Return a draft as editors see it."""
    return DraftView(
        title_id=draft.title_id,
        change=draft.change,
        base_version=draft.base_version,
        revision=draft.revision,
        changed_at=draft.changed_at,
        conflicts=conflicts,
    )


def rating_ages() -> RatingAges:
    """Return what each label of each board stands for."""
    return RatingAges(
        items=tuple(
            RatingAge(system=system, label=label, age=age)
            for system, ages in AGES.items()
            for label, age in ages.items()
        )
    )


_SHARED_FIELDS = tuple(
    sorted(
        {f.name for f in msgspec.structs.fields(Title)}
        & {f.name for f in msgspec.structs.fields(TitleCard)} - {"artwork"}
    )
)
