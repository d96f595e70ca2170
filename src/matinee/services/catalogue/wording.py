"""Text and numbers of a title, checked and cleaned before anything is stored."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

from matinee.contracts.catalogue import NewTitle, TitleFieldsError, Window

T = TypeVar("T")
_SPACES = re.compile(r"\s+")
_KEPT = {"\n", "\t"}


def one_line(text: str) -> str:
    """Return text in NFC on one line, without control characters, with single spaces."""
    return _SPACES.sub(" ", _without_controls(text)).strip()


def paragraph(text: str) -> str:
    """Return text in NFC without control characters other than line breaks and tabs."""
    return _without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _without_controls(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(c) == "Cc" and c not in _KEPT else c for c in normal)


def clean_name(name: str) -> str:
    """Return a title's name as stored.

    Raises:
        TitleFieldsError: when nothing that shows is left.
    """
    cleaned = one_line(name)[:200].strip()
    if not any(unicodedata.category(c)[0] in "LNPS" for c in cleaned):
        raise TitleFieldsError("The name has no visible characters; give the title a name.")
    return cleaned


def once(items: Iterable[T], key: Callable[[T], object]) -> tuple[T, ...]:
    """Return the first item of each key, in order."""
    kept: dict[object, T] = {}
    for item in items:
        kept.setdefault(key(item), item)
    return tuple(kept.values())


def clean_genres(genres: tuple[str, ...]) -> tuple[str, ...]:
    """Return genres on one line each, without doubles (whatever their case), in the given order.

    Raises:
        TitleFieldsError: when one is empty.
    """
    cleaned = [one_line(genre)[:40].strip() for genre in genres]
    if not all(cleaned):
        raise TitleFieldsError("A genre is empty; leave it out.")
    return once(cleaned, str.casefold)


def check_places(new: NewTitle) -> None:
    """Check that episode fields stand where they belong.

    Raises:
        TitleFieldsError: naming what is missing or too much.
    """
    places = (new.series_id, new.season_number, new.episode_number)
    if new.kind == "episode" and None in places:
        raise TitleFieldsError("An episode names its series_id, season_number and episode_number.")
    if new.kind != "episode" and places != (None, None, None):
        raise TitleFieldsError(f"A {new.kind} has no series_id, season_number or episode_number; leave them out.")


def check_windows(windows: tuple[Window, ...]) -> None:
    """Check that each window ends after it starts.

    Raises:
        TitleFieldsError: when one does not.
    """
    for window in windows:
        if window.starts_at is not None and window.ends_at is not None and window.ends_at <= window.starts_at:
            raise TitleFieldsError("A window of availability ends before it starts; swap its moments.")
