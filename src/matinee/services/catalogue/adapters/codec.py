"""Titles as rows and back, and text as it is compared."""

import unicodedata
from datetime import UTC, datetime, timedelta

import msgspec

from matinee.contracts.catalogue import ArtworkKind, Release, Title
from matinee.services.catalogue.adapters.tables import TitleRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPE = "\\"
_FOLDED_CHARACTERS = 800
_LISTS = ("people", "tags", "ratings", "markers", "languages", "availability", "genres")
_PLAIN = (
    "title_id",
    "kind",
    "name",
    "synopsis",
    "year",
    "audience",
    "maturity",
    "listed",
    "featured",
    "series_id",
    "season_number",
    "episode_number",
    "version",
    "original_name",
    "released_on",
    "hot",
    "announced",
)


def microseconds(moment: datetime) -> int:
    """Return Unix microseconds, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """Return the aware UTC time of Unix microseconds."""
    return _EPOCH + timedelta(microseconds=value)


def folded(text: str) -> str:
    """Return text as it is compared: compatibility forms joined, case and accents gone, at most 800 characters."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(character for character in plain if unicodedata.category(character) != "Mn")
    return unicodedata.normalize("NFKC", kept or plain)[:_FOLDED_CHARACTERS]


def like_pattern(query: str) -> str:
    """Return a LIKE pattern that finds `query` literally, whatever wildcards it holds."""
    escaped = folded(query).replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_")
    return f"%{escaped}%"


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


def title_values(title: Title) -> dict[str, object]:
    """Return the columns of a title."""
    return {
        **{name: getattr(title, name) for name in _PLAIN},
        **{name: _encoded(getattr(title, name)) for name in _LISTS},
        "name_folded": folded(title.name),
        "poster": title.artwork.get("poster"),
        "backdrop": title.artwork.get("backdrop"),
        "release": None if title.release is None else _encoded(title.release),
        "created_at_us": microseconds(title.created_at),
        "changed_at_us": microseconds(title.changed_at),
    }


def title_of(row: TitleRow) -> Title:
    """Return the title of a row."""
    pictures: dict[ArtworkKind, str | None] = {"poster": row.poster, "backdrop": row.backdrop}
    fields = {
        **{name: getattr(row, name) for name in _PLAIN},
        **{name: msgspec.json.decode(getattr(row, name) or "[]") for name in _LISTS},
        "artwork": {kind: digest for kind, digest in pictures.items() if digest is not None},
        "release": None if row.release is None else msgspec.json.decode(row.release, type=Release),
        "created_at": moment(row.created_at_us),
        "changed_at": moment(row.changed_at_us),
    }
    return msgspec.convert(fields, Title)
