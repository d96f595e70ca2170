"""Titles and what can be played of them."""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.contracts.metadata import Credit, Credits, Marker, Markers, Rating, Ratings, Tags
from matinee.kit.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    UnprocessableError,
)
from matinee.kit.ids import ReleaseId, TitleId
from matinee.kit.media import Language, Rate

Kind = Literal["film", "series", "episode"]
Audience = Literal["everyone", "members", "operators"]
ArtworkKind = Literal["poster", "backdrop"]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Synopsis = Annotated[str, Meta(max_length=4000)]
Genres = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...], Meta(max_length=8)]
Languages = Annotated[tuple[Language, ...], Meta(max_length=32)]
Year = Annotated[int, Meta(ge=1874, le=2200)]
EpisodeNumber = Annotated[int, Meta(ge=1, le=10_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Maturity = Annotated[int, Meta(ge=0, le=18, description="age rating in years")]
TerritoryCode = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]

PUBLISHED_TOPIC = "catalogue.published"


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """One picture quality of a release. `name` is its folder below `video/`, such as `h264_720p`."""

    name: str
    codec: str
    width: int
    height: int
    bits_per_second: int


class AudioChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One sound track of a release. `name` is its folder below `audio/`."""

    name: str
    language: Language
    channels: int
    label: str


class TextChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One subtitle track; `path` leads to the whole WebVTT file inside the release."""

    path: str
    language: Language
    label: str
    forced: bool


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable set of packaged files.

    `release_id` is the SHA-256 (first 32 hex digits) of its `index.json`, which lists every file with its digest, so
    whoever knows the id can verify every byte.

    Attributes:
        complete: False for the early release that holds only the first rendition.
        hls_path: the multivariant playlist, below the release; `dash_path` the MPD; `trickplay_path` the thumbnails.
        capped_heights: heights, ascending, for which `capped_path` leads to manifests without higher renditions.
        artwork_paths: candidate frames, best first, JPEG, below the release.
        key_id: 32 hex digits, the `default_KID` of its encryption.
    """

    release_id: ReleaseId
    title_id: TitleId
    complete: bool
    duration_seconds: float
    rate: Rate
    key_id: str
    hls_path: str
    dash_path: str
    trickplay_path: str | None
    artwork_paths: tuple[str, ...]
    renditions: tuple[Rendition, ...]
    audio: tuple[AudioChoice, ...]
    text: tuple[TextChoice, ...]
    capped_heights: tuple[int, ...] = ()


def capped_path(path: str, height: int) -> str:
    """Return the place of a manifest that stops at a height: `master.m3u8` → `master-720.m3u8`."""
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}-{height}{dot}{suffix}"


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When and where a title may be seen.

    Attributes:
        territories: ISO 3166-1 alpha-2; empty for everywhere.
        starts_at: first moment; None for always before. `ends_at`: first moment after it; None for no end.
    """

    territories: Annotated[tuple[TerritoryCode, ...], Meta(max_length=250)] = ()
    starts_at: Moment | None = None
    ends_at: Moment | None = None

    def opens(self, *, territory: str, now: datetime) -> bool:
        """Return whether it is open now in a territory; an unknown one (empty) has only what is open everywhere."""
        here = not self.territories or territory in self.territories
        return (
            here and (self.starts_at is None or self.starts_at <= now) and (self.ends_at is None or now < self.ends_at)
        )


Windows = Annotated[tuple[Window, ...], Meta(max_length=32)]


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks at the catalogue.

    Attributes:
        audience: whose titles; members also see what is for everyone, operators see all of it.
        maturity: highest age rating, in years, that is shown.
        territory: ISO 3166-1 alpha-2; empty when unknown.
    """

    audience: Audience
    maturity: Maturity = 18
    territory: str = ""


class NewTitle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A title to create. Episodes name their series, season and number; other kinds must not."""

    name: Name
    kind: Kind = "film"
    synopsis: Synopsis = ""
    year: Year | None = None
    genres: Genres = ()
    audience: Audience = "operators"
    maturity: Maturity = 0
    availability: Windows = ()
    series_id: TitleId | None = None
    season_number: EpisodeNumber | None = None
    episode_number: EpisodeNumber | None = None
    featured: bool = False
    original_name: Annotated[str, Meta(max_length=200)] = ""
    people: Credits = ()
    tags: Tags = ()
    ratings: Ratings = ()
    markers: Markers = ()
    languages: Languages = ()
    released_on: date | None = None
    hot: bool = False
    announced: bool = False


class TitleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to change of a title; absent fields stay."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    synopsis: Synopsis | msgspec.UnsetType = msgspec.UNSET
    year: Year | msgspec.UnsetType | None = msgspec.UNSET
    genres: Genres | msgspec.UnsetType = msgspec.UNSET
    audience: Audience | msgspec.UnsetType = msgspec.UNSET
    maturity: Maturity | msgspec.UnsetType = msgspec.UNSET
    availability: Windows | msgspec.UnsetType = msgspec.UNSET
    listed: bool | msgspec.UnsetType = msgspec.UNSET
    featured: bool | msgspec.UnsetType = msgspec.UNSET
    original_name: Annotated[str, Meta(max_length=200)] | msgspec.UnsetType = msgspec.UNSET
    people: Credits | msgspec.UnsetType = msgspec.UNSET
    tags: Tags | msgspec.UnsetType = msgspec.UNSET
    ratings: Ratings | msgspec.UnsetType = msgspec.UNSET
    markers: Markers | msgspec.UnsetType = msgspec.UNSET
    languages: Languages | msgspec.UnsetType = msgspec.UNSET
    released_on: date | msgspec.UnsetType | None = msgspec.UNSET
    hot: bool | msgspec.UnsetType = msgspec.UNSET
    announced: bool | msgspec.UnsetType = msgspec.UNSET


class Title(msgspec.Struct, frozen=True, kw_only=True):
    """A title as stored.

    Attributes:
        listed: whether it appears on browse pages once it has a release.
        maturity: age rating in years; an episode is at least as mature as its series.
        availability: windows in which it may be seen; none means always and everywhere.
        artwork: digests of the chosen pictures by kind; absent kinds have none yet.
        release: what plays now; None until the first publish. A series never has one.
        version: grows by one with each change; the HTTP ETag.
        people: in the order of billing.
        languages: what is spoken in it.
        hot: what editors want seen.
        announced: may be listed before anything of it plays.
    """

    title_id: TitleId
    kind: Kind
    name: str
    synopsis: str
    year: int | None
    genres: tuple[str, ...]
    audience: Audience
    listed: bool
    featured: bool
    series_id: TitleId | None
    season_number: int | None
    episode_number: int | None
    artwork: dict[ArtworkKind, str]
    release: Release | None
    version: int
    created_at: datetime
    changed_at: datetime
    maturity: int = 0
    availability: tuple[Window, ...] = ()
    original_name: str = ""
    people: tuple[Credit, ...] = ()
    tags: tuple[str, ...] = ()
    ratings: tuple[Rating, ...] = ()
    markers: tuple[Marker, ...] = ()
    languages: tuple[Language, ...] = ()
    released_on: date | None = None
    hot: bool = False
    announced: bool = False

    def available(self, *, territory: str, now: datetime) -> bool:
        """Return whether a window is open; a title without windows is always available everywhere."""
        return not self.availability or any(window.opens(territory=territory, now=now) for window in self.availability)


class TitlePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of titles; `next_cursor` is None at the end."""

    items: tuple[Title, ...]
    next_cursor: str | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One shelf of a browse page."""

    row_id: str
    name: str
    items: tuple[Title, ...]


class BrowsePage(msgspec.Struct, frozen=True, kw_only=True):
    """Shelves in order, and the title to open with; `featured` is None when nothing can be played yet."""

    featured: Title | None
    rows: tuple[Row, ...]


class Published(msgspec.Struct, frozen=True, kw_only=True, tag="published"):
    """Event on `PUBLISHED_TOPIC`, keyed by title, after the release of a title changed."""

    title_id: TitleId
    release_id: ReleaseId
    complete: bool


class TitleNotFoundError(NotFoundError):
    """There is no such title, or this caller may not know of it."""

    code = "title-not-found"
    title = "No such title"


class SignInNeededError(UnauthenticatedError):
    """The title is for members; who is not signed in may know that much."""

    code = "sign-in-needed"
    title = "Sign in to watch this"


class TitleFieldsError(InvalidError):
    """The fields contradict each other, such as an episode without a series."""

    code = "title-fields"
    title = "The title's fields do not fit together"


class EpisodeTakenError(ConflictError):
    """The series has an episode with that number in that season already."""

    code = "episode-taken"
    title = "That episode number is taken"


class TitleChangedError(ConflictError):
    """Somebody changed the title in the meantime."""

    code = "title-changed"
    title = "The title has changed meanwhile"


class PictureError(UnprocessableError):
    """The picture cannot be read, or is too small, too large or of a kind not accepted."""

    code = "picture"
    title = "The picture cannot be used"


class Catalogue(Protocol):
    """Titles, and the one release of each that plays now."""

    async def create_title(self, *, new: NewTitle) -> Title:
        """Store a title, durable when answered.

        Raises:
            TitleFieldsError: when kind and episode fields contradict each other.
            TitleNotFoundError: when `series_id` names no series.
            EpisodeTakenError: when the place in the season is taken.
        """
        ...

    async def title(self, *, title_id: TitleId) -> Title:
        """Return one title.

        Raises:
            TitleNotFoundError: when there is none.
        """
        ...

    async def change_title(self, *, title_id: TitleId, change: TitleChange, if_version: int | None = None) -> Title:
        """Apply a change and return the result.

        Raises:
            TitleNotFoundError: when there is none.
            TitleChangedError: when `if_version` is given and is not the stored one.
        """
        ...

    async def delete_title(self, *, title_id: TitleId) -> None:
        """Remove a title (a series with its episodes); idempotent. Files go later, when nobody watches any more."""
        ...

    async def titles(self, *, limit: int = 50, cursor: str | None = None, query: str = "") -> TitlePage:
        """Return titles of every audience, newest first, whose name holds `query`; limit is clamped to 1–100."""
        ...

    async def episodes(self, *, series_id: TitleId) -> tuple[Title, ...]:
        """Return a series' episodes by season and number; empty for other kinds."""
        ...

    async def browse(self, *, viewer: Viewer) -> BrowsePage:
        """Return the shelves that somebody may see, and nothing else."""
        ...

    async def publish(self, *, release: Release) -> Title:
        """Make `release` what plays for its title, in one atomic change; idempotent by release id.

        An incomplete release never replaces a complete one of the same work; the first publish picks artwork from the
        candidates where none is chosen.

        Raises:
            TitleNotFoundError: when the title is gone.
        """
        ...

    async def put_artwork(self, *, title_id: TitleId, kind: ArtworkKind, picture: bytes) -> Title:
        """Decode, bound, strip and store a picture (JPEG, PNG or WebP up to 16 MiB, 40 megapixels) and choose it.

        Raises:
            PictureError: when it is none of these.
            TitleNotFoundError: when there is no such title.
        """
        ...

    async def choose_artwork(self, *, title_id: TitleId, kind: ArtworkKind, candidate_path: str) -> Title:
        """Choose one of the current release's candidate frames.

        Raises:
            PictureError: when the path is not a candidate.
            TitleNotFoundError: when there is no such title.
        """
        ...

    async def artwork(self, *, title_id: TitleId, kind: ArtworkKind, width: int) -> bytes:
        """Return the chosen picture as WebP, scaled to the nearest of the offered widths.

        Raises:
            TitleNotFoundError: when there is no such title or it has no such picture.
        """
        ...
