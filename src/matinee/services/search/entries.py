"""What the index keeps of a title, who may find it, and how it looks as a result. Pure."""

from datetime import date, datetime
from zlib import crc32

import msgspec

from matinee.contracts.catalogue import ArtworkKind, Audience, Kind, Title, Viewer, Window
from matinee.contracts.library import ArtworkLinks, Card
from matinee.kit.ids import PersonId, TitleId

_SYNOPSIS = 300
_LOOSE_ENDS = " ,;:.–-"
_SEEN_BY: dict[Audience, tuple[Audience, ...]] = {
    "everyone": ("everyone",),
    "members": ("everyone", "members"),
    "operators": ("everyone", "members", "operators"),
}


class Person(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Somebody credited; a person without an id is known by name alone."""

    person_id: PersonId
    name: str


class Entry(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A title as the index keeps it: all that is searched, shown, or decides who may see it.

    Attributes:
        release_seconds: how long what plays is; None when nothing plays.
    """

    title_id: TitleId
    version: int
    kind: Kind
    name: str
    original_name: str
    synopsis: str
    year: int | None
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    people: tuple[Person, ...]
    audience: Audience
    listed: bool
    maturity: int
    availability: tuple[Window, ...]
    announced: bool
    hot: bool
    release_seconds: float | None
    max_height: int | None
    series_id: TitleId | None
    season_number: int | None
    episode_number: int | None
    poster: str | None
    backdrop: str | None
    released_on: date | None


def entry_of(title: Title) -> Entry:
    """Return what the index keeps of a title."""
    release = title.release
    return Entry(
        title_id=title.title_id,
        version=title.version,
        kind=title.kind,
        name=title.name,
        original_name=title.original_name,
        synopsis=title.synopsis,
        year=title.year,
        genres=title.genres,
        tags=title.tags,
        people=tuple([Person(credit.person_id, credit.name) for credit in title.people]),
        audience=title.audience,
        listed=title.listed,
        maturity=title.maturity,
        availability=title.availability,
        announced=title.announced,
        hot=title.hot,
        release_seconds=None if release is None else release.duration_seconds,
        max_height=None if release is None else max((one.height for one in release.renditions), default=None),
        series_id=title.series_id,
        season_number=title.season_number,
        episode_number=title.episode_number,
        poster=_link(title, "poster"),
        backdrop=_link(title, "backdrop"),
        released_on=title.released_on,
    )


def _link(title: Title, kind: ArtworkKind) -> str | None:
    digest = title.artwork.get(kind)
    return None if digest is None else f"/api/v1/titles/{title.title_id}/artwork/{kind}?v={digest}"


def hidden_from(entry: Entry, viewer: Viewer, now: datetime) -> bool:
    """Return whether a viewer may not know of a title; the catalogue's rule, which a test compares."""
    if viewer.audience == "operators":
        return False
    open_here = not entry.availability or any(
        window.opens(territory=viewer.territory, now=now) for window in entry.availability
    )
    return not (
        entry.listed and entry.audience in audiences_of(viewer) and entry.maturity <= viewer.maturity and open_here
    )


def audiences_of(viewer: Viewer) -> tuple[Audience, ...]:
    """Return whose titles a viewer sees."""
    return _SEEN_BY[viewer.audience]


def card_of(entry: Entry, *, playable: bool) -> Card:
    """Return a result as it is shown; `playable` is, of a series, whether an episode plays."""
    return Card(
        title_id=entry.title_id,
        kind=entry.kind,
        name=entry.name,
        synopsis=_shortened(entry.synopsis),
        year=entry.year,
        genres=entry.genres,
        maturity=entry.maturity,
        playable=playable,
        announced=entry.announced and not playable,
        hot=entry.hot,
        duration_seconds=entry.release_seconds,
        max_height=entry.max_height,
        series_id=entry.series_id,
        season_number=entry.season_number,
        episode_number=entry.episode_number,
        artwork=ArtworkLinks(poster=entry.poster, backdrop=entry.backdrop),
        released_on=entry.released_on,
    )


def _shortened(synopsis: str) -> str:
    """Return at most 300 characters, cut at a word, exactly as the catalogue cuts them."""
    flat = " ".join(synopsis.split())
    if len(flat) <= _SYNOPSIS:
        return flat
    return f"{flat[: _SYNOPSIS - 1].rsplit(' ', 1)[0].rstrip(_LOOSE_ENDS)}…"


def digest_of(title_id: TitleId) -> int:
    """Return 32 bits that stand for a title in a cursor."""
    return crc32(title_id.encode())
