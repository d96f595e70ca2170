"""What is told of a title beyond its name, checked and cleaned before anything is stored."""

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from matinee.contracts.catalogue import Release, TitleFieldsError
from matinee.contracts.metadata import GENRES, Credit, Marker, Rating
from matinee.services.catalogue.wording import clean_genres, once, one_line

MAX_TAGS = 40
_TAG_CHARACTERS = 40
_NAME_CHARACTERS = 200
_NOT_WORDS = re.compile(r"[\W_]+")
# Clocks of players and of film files differ in the last milliseconds.
_TOLERANCE_SECONDS = 0.5


def _key(text: str) -> str:
    return _NOT_WORDS.sub("", text.casefold())


_CANONICAL = {_key(genre): genre for genre in GENRES}


def sorted_out(genres: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of some words are genres, as they are written here, and which are other words.

    Raises:
        TitleFieldsError: when one is empty.
    """
    words = clean_genres(genres)
    known = dict.fromkeys(_CANONICAL[_key(word)] for word in words if _key(word) in _CANONICAL)
    return tuple(known), tuple(word for word in words if _key(word) not in _CANONICAL)


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags on one line each, without doubles whatever their case, in the given order.

    Raises:
        TitleFieldsError: when one shows nothing, or there are too many.
    """
    cleaned = [one_line(tag)[:_TAG_CHARACTERS].strip() for tag in tags]
    if not all(_shows(tag) for tag in cleaned):
        raise TitleFieldsError("A tag is empty; leave it out.")
    kept = once(cleaned, str.casefold)
    if len(kept) > MAX_TAGS:
        raise TitleFieldsError(f"A title has at most {MAX_TAGS} tags, words that are no genres included.")
    return kept


def _shows(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def clean_people(people: tuple[Credit, ...]) -> tuple[Credit, ...]:
    """Return credits with names on one line.

    Raises:
        TitleFieldsError: when a name shows nothing.
    """
    cleaned = []
    for credit in people:
        name = one_line(credit.name)[:_NAME_CHARACTERS].strip()
        if not _shows(name):
            raise TitleFieldsError("A person has no visible name; give one, or leave them out.")
        character = one_line(credit.character)[:_NAME_CHARACTERS].strip()
        cleaned.append(msgspec.structs.replace(credit, name=name, character=character))
    return tuple(cleaned)


def clean_ratings(ratings: tuple[Rating, ...]) -> tuple[Rating, ...]:
    """Return ratings as boards write them, the last one of each board.

    Raises:
        TitleFieldsError: when a label is empty.
    """
    by_system = {
        rating.system: Rating(system=rating.system, label=one_line(rating.label).upper()) for rating in ratings
    }
    if not all(rating.label for rating in by_system.values()):
        raise TitleFieldsError("A rating has no label; leave it out.")
    return tuple(by_system.values())


def clean_markers(markers: tuple[Marker, ...], duration_seconds: float | None) -> tuple[Marker, ...]:
    """Return markers by their start.

    Args:
        markers: as sent.
        duration_seconds: of the film; None while it is unknown.

    Raises:
        TitleFieldsError: when one ends before it starts, lies outside the film or overlaps another of its kind.
    """
    ordered = tuple(sorted(markers, key=lambda marker: (marker.starts_seconds, marker.ends_seconds, marker.kind)))
    last: dict[str, float] = {}
    for marker in ordered:
        if marker.ends_seconds <= marker.starts_seconds:
            raise TitleFieldsError(f"The {marker.kind} ends before it starts; swap its times.")
        if duration_seconds is not None and marker.ends_seconds > duration_seconds + _TOLERANCE_SECONDS:
            raise TitleFieldsError(f"The {marker.kind} ends after the film, which has {duration_seconds:.1f} seconds.")
        if marker.starts_seconds < last.get(marker.kind, 0.0):
            raise TitleFieldsError(f"Two markers of the kind {marker.kind} overlap; join them.")
        last[marker.kind] = marker.ends_seconds
    return ordered


def fitting(markers: tuple[Marker, ...], release: Release) -> tuple[Marker, ...]:
    """Return markers that a new film still has, cut at its end."""
    end = release.duration_seconds
    return tuple(
        msgspec.structs.replace(marker, ends_seconds=min(marker.ends_seconds, end))
        for marker in markers
        if marker.starts_seconds < end
    )


def spoken(languages: tuple[str, ...], release: Release) -> tuple[str, ...]:
    """Return the languages of a title: as told, else those of the sound tracks of its film."""
    heard = dict.fromkeys(track.language for track in release.audio if track.language != "und")
    return languages or tuple(heard)
