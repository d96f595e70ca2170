"""What imports are made of, and what their rules need from outside."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.contracts.catalogue import ArtworkKind, Audience, Kind, NewTitle, Title, TitleChange
from matinee.kit.errors import ConflictError, NotFoundError, TooManyError, UnavailableError, UnprocessableError
from matinee.kit.ids import TitleId
from matinee.services.catalogue.ports import TitleRows

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_SHOWN = 200
# Small enough that other requests of the process are answered between two transactions.
BATCH_ITEMS = 100
ImportFormat = Literal["csv", "nfo", "tmdb"]
ImportState = Literal["queued", "running", "done", "failed", "cancelled"]
Action = Literal["created", "changed", "unchanged", "refused"]
SourceName = Annotated[
    str, Meta(pattern="^[a-z0-9][a-z0-9_-]{0,39}$", description="name of the list that keys belong to")
]
ENDED: tuple[ImportState, ...] = ("done", "failed", "cancelled")


class ImportFileError(UnprocessableError):
    """The file as a whole cannot be read as what it was said to be; no row of it was used."""

    code = "import-file"
    title = "The file cannot be imported"


class ImportNotFoundError(NotFoundError):
    """There is no such import."""

    code = "import-not-found"
    title = "No such import"


class ImportsFullError(TooManyError):
    """So many imports wait already that no other one is taken."""

    code = "imports-full"
    title = "Too many imports wait"


class ImportEndedError(ConflictError):
    """The import has ended, so there is nothing to cancel."""

    code = "import-ended"
    title = "The import has ended"


class ImportTakenError(ConflictError):
    """Another process works on the import now; this one stops."""

    code = "import-taken"
    title = "Another process works on this import"


class TmdbKeyMissingError(ConflictError):
    """The operator has set no key for TMDB."""

    code = "tmdb-key-missing"
    title = "TMDB needs a key"


class TmdbError(UnavailableError):
    """TMDB did not answer, or not with what its documentation says."""

    code = "tmdb"
    title = "TMDB did not answer as it should"


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One title as a source tells it.

    Attributes:
        line: where it stands in the file, from 1; of TMDB the position in the list of ids.
        key: its stable name within the source, at most 200 characters.
        natural: digest of kind, name, year and directors, the same for the same work under two keys.
        fields: names of `TitleChange` → plain JSON values; only what the source tells.
        notes: sentences about what was put right or left out.
        series_key: of an episode, the key of its series.
        pictures: kind → where the picture is to be had, in the source's own words.
    """

    line: int
    key: str
    kind: Kind
    natural: str
    fields: dict[str, Any]
    notes: tuple[str, ...] = ()
    series_key: str = ""
    season_number: int | None = None
    episode_number: int | None = None
    pictures: dict[ArtworkKind, str] = {}

    @property
    def name(self) -> str:
        """The title's name."""
        return str(self.fields.get("name", ""))


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A row that cannot become a title, and why."""

    line: int
    name: str
    reason: str


Item = Incoming | Refused


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """Some items in order, which share of the source, 0 to 1, is read with them, and in what letters it is written."""

    items: tuple[Item, ...]
    fraction: float
    encoding: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor should know of a row. `refused` is False for a remark on a row that was used."""

    line: int
    name: str
    reason: str
    refused: bool = True


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a row or, in a dry run, what would; `fields` are those that are set or kept from change."""

    line: int
    name: str
    kind: Kind | None
    action: Action
    fields: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    title_id: TitleId | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows ended how."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.created + self.changed + self.unchanged + self.refused

    def plus(self, outcomes: Collection[Planned]) -> "Counts":
        """Return the counts with some outcomes more."""
        more = {name: sum(one.action == name for one in outcomes) for name in self.__struct_fields__}
        return Counts(**{name: getattr(self, name) + count for name, count in more.items()})


class TmdbRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that TMDB knows: by number, or by the words to search it with."""

    kind: Literal["movie", "tv"] = "movie"
    tmdb_id: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    query: Annotated[str, Meta(max_length=200)] = ""
    year: Annotated[int, Meta(ge=1874, le=2200)] | None = None


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the titles of one import are taken in.

    Attributes:
        source: the list that keys belong to; the same key in two lists is two titles.
        audience: of titles that are made; those that are there keep theirs.
        unrated_maturity: age rating, in years, of titles whose rating is missing or unknown.
        series_id: where episodes of an NFO file without a series belong.
        wanted: what to ask TMDB for.
        pictures: whether pictures are fetched.
    """

    source: SourceName = "csv"
    audience: Audience = "members"
    unrated_maturity: Annotated[int, Meta(ge=0, le=18)] = 18
    series_id: TitleId | None = None
    wanted: tuple[TmdbRef, ...] = ()
    pictures: bool = True


class ImportJob(msgspec.Struct, frozen=True, kw_only=True):
    """One import as stored.

    Attributes:
        name: the file's name as a person knows it.
        problems: the first `MAX_SHOWN`; `problems_total` counts all. `plan` likewise, of rows that are not unchanged.
        attempts: how often a process began or went on with it.
        owner: the process that works on it now, until `lease_until`.
    """

    import_id: str
    state: ImportState
    format: ImportFormat
    name: str
    dry_run: bool
    options: ImportOptions
    size_bytes: int
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    counts: Counts = Counts()
    fraction: float = 0.0
    problems: tuple[Problem, ...] = ()
    problems_total: int = 0
    plan: tuple[Planned, ...] = ()
    encoding: str = ""
    failure: str | None = None
    attempts: int = 0
    owner: str = ""
    lease_until: datetime | None = None


class Picture(msgspec.Struct, frozen=True):
    """Where a chosen picture was had from, and the digest that the catalogue gave it."""

    place: str
    digest: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of an imported title.

    Attributes:
        digest: of all that the source told last, to pass over what has not changed.
        given: field → value as the source told it last.
        kept: field → value as it was stored then; an editor changed what differs from it.
        pictures: kind → the picture that was had from the source.
    """

    key: str
    title_id: TitleId
    natural: str
    digest: str
    given: dict[str, Any]
    kept: dict[str, Any]
    pictures: dict[ArtworkKind, Picture]


class ImportRows(Protocol):
    """Imports and what they remember, inside one transaction that holds titles too."""

    @property
    def titles(self) -> TitleRows:
        """The titles of the same transaction."""
        ...

    async def add(self, job: ImportJob) -> None:
        """Store a new import."""
        ...

    async def get(self, import_id: str) -> ImportJob | None:
        """Return one import, or None."""
        ...

    async def newest(self, *, limit: int) -> Sequence[ImportJob]:
        """Return imports, newest first."""
        ...

    async def waiting(self) -> int:
        """Return how many imports have not ended."""
        ...

    async def next_open(self, *, owner: str, now: datetime) -> ImportJob | None:
        """Return the oldest import that waits, is this owner's, or whose lease has run out; None when there is none."""
        ...

    async def renew(self, import_id: str, *, owner: str, until: datetime) -> bool:
        """Lengthen the lease of who works on an import; return whether that is still this owner."""
        ...

    async def save(self, job: ImportJob) -> None:
        """Write back an import; nothing when it is gone."""
        ...

    async def remove_ended(self, *, keep: int) -> Sequence[str]:
        """Remove ended imports beyond the newest `keep` and return their ids."""
        ...

    async def known(self, source: str, keys: Collection[str]) -> Mapping[str, Known]:
        """Return what is remembered of some keys, at most `BATCH_ITEMS`, by key."""
        ...

    async def twins(self, source: str, naturals: Collection[str]) -> Mapping[str, str]:
        """Return the keys under which works are known already: natural digest → key."""
        ...

    async def remember(self, source: str, known: Collection[Known]) -> None:
        """Store what is known of some keys, in place of what was."""
        ...


class ImportStore(Protocol):
    """Transactions over imports and titles together: all of a block or, when it raises, nothing."""

    def reading(self) -> AbstractAsyncContextManager[ImportRows]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractAsyncContextManager[ImportRows]:
        """Open a transaction that may write."""
        ...


class TitleWriter(Protocol):
    """The room's own rules of making and changing titles, inside a transaction that somebody else opened."""

    async def create_many_in(self, rows: TitleRows, news: Sequence[NewTitle]) -> Sequence[Title]:
        """Make titles in order."""
        ...

    async def change_in(self, rows: TitleRows, title: Title, change: TitleChange) -> Title:
        """Change a title that was got for change."""
        ...

    def committed(self) -> None:
        """Tell that the transaction has ended well, so that events go out."""
        ...


class PictureWriter(Protocol):
    """Chooses a picture for a title."""

    async def put_artwork(self, *, title_id: TitleId, kind: ArtworkKind, picture: bytes) -> Title:
        """Store a picture and choose it.

        Raises:
            PictureError: when it cannot be used.
        """
        ...


class Source(Protocol):
    """Reads one format."""

    def items(self, job: ImportJob, data: bytes) -> AsyncIterator[Pieces]:
        """Yield items in an order that is the same each time, so that a resumed import can pass over the first ones.

        Raises:
            ImportFileError: when the file as a whole cannot be read.
        """
        ...

    async def picture(self, job: ImportJob, place: str) -> bytes | None:
        """Return the picture at a place that an item named, None when there is none to be had."""
        ...
