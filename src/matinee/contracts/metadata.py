"""What is told of a title beyond its name: who made it, what it is like, where its parts begin."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from matinee.kit.ids import PersonId

GENRES: Final[tuple[str, ...]] = (
    "Action",
    "Adventure",
    "Animation",
    "Anime",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Family",
    "Fantasy",
    "History",
    "Horror",
    "Independent",
    "Music",
    "Mystery",
    "Reality",
    "Romance",
    "Science Fiction",
    "Sport",
    "Thriller",
)
"""The twenty genres that have shelves of their own; a title may carry other words too, and those are tags."""

CreditRole = Literal["actor", "director", "writer", "producer", "composer", "creator"]
MarkerKind = Literal["intro", "recap", "credits"]
RatingSystem = Literal["mpa", "tvpg", "bbfc", "fsk", "cnc", "age"]
Tag = Annotated[str, Meta(min_length=1, max_length=40)]
PersonName = Annotated[str, Meta(min_length=1, max_length=200)]
Seconds = Annotated[float, Meta(ge=0, le=1_000_000)]


class Credit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person's part in a title, in the order of billing.

    Attributes:
        person_id: the same for the same person everywhere; empty in what an editor sends for somebody new, who is then
            found by name or made.
        character: whom an actor plays; empty when unknown.
    """

    name: PersonName
    role: CreditRole = "actor"
    person_id: PersonId = PersonId("")
    character: Annotated[str, Meta(max_length=200)] = ""


class Marker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part that a viewer may want to skip, in seconds from the start of the film; `ends_seconds` is after it."""

    kind: MarkerKind
    starts_seconds: Seconds
    ends_seconds: Seconds


class Rating(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a board says of a title, in its own letters, such as `PG-13` of `mpa`; the age is `Title.maturity`."""

    system: RatingSystem
    label: Annotated[str, Meta(min_length=1, max_length=20)]


Credits = Annotated[tuple[Credit, ...], Meta(max_length=200)]
Markers = Annotated[tuple[Marker, ...], Meta(max_length=16)]
Ratings = Annotated[tuple[Rating, ...], Meta(max_length=16)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=40)]
