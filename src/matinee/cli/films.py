"""Finds films in a folder, and the subtitle files that belong to them."""

import re
from dataclasses import dataclass
from pathlib import Path

from matinee.kit.errors import NotFoundError

_FILM_WORDS = "mp4 m4v mov mkv webm ts m2ts mts mpg mpeg avi flv wmv ogv 3gp"
FILM_EXTENSIONS = frozenset(f".{word}" for word in _FILM_WORDS.split())
TEXT_EXTENSIONS = frozenset((".srt", ".ass", ".ssa", ".vtt"))
MAX_FILMS = 100_000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")


class NothingThereError(NotFoundError):
    """The path names no file or folder."""

    code = "nothing-there"
    title = "No such file or folder"


@dataclass(frozen=True)
class SideText:
    """A subtitle file beside a film; `language` comes from names like `film.de.srt`, else `und`."""

    path: Path
    language: str


@dataclass(frozen=True)
class Film:
    """A film file with its subtitle files."""

    path: Path
    texts: tuple[SideText, ...]


def find_films(path: Path) -> list[Film]:
    """Return the film at `path`, or every film below it, by name; links are not followed.

    A file named by the operator is taken whatever its extension: inspection decides.

    Raises:
        NothingThereError: when nothing is there.
    """
    if path.is_file():
        return [Film(path, _texts(path))]
    if not path.is_dir():
        raise NothingThereError(f"There is no file or folder at {path}.")
    found = sorted(
        p for p in path.rglob("*") if p.suffix.lower() in FILM_EXTENSIONS and p.is_file() and not p.is_symlink()
    )
    return [Film(film, _texts(film)) for film in found[:MAX_FILMS]]


def _texts(film: Path) -> tuple[SideText, ...]:
    beside = (
        p for p in film.parent.iterdir() if p.suffix.lower() in TEXT_EXTENSIONS and p.is_file() and not p.is_symlink()
    )
    mine = (p for p in beside if p.stem == film.stem or p.stem.startswith(f"{film.stem}."))
    return tuple(SideText(p, _language(p.stem.removeprefix(film.stem))) for p in sorted(mine))


def _language(suffix: str) -> str:
    first = suffix.strip(".").partition(".")[0]
    return first if _LANGUAGE.fullmatch(first) else "und"
