"""What lies beside a film and tells of it: NFO files and pictures, named as media centres name them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from matinee.cli.films import FILM_EXTENSIONS

NfoRoot = Literal["movie", "tvshow", "episodedetails"]
MAX_NFO_FILES = 100_000
_ROOTS: Final[tuple[NfoRoot, ...]] = ("movie", "tvshow", "episodedetails")
_PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp")
_NAMES: Final = {"poster": ("poster", "folder", "cover"), "backdrop": ("fanart", "backdrop", "background")}
_EPISODE_BACKDROPS: Final = ("thumb", "fanart", "backdrop")
_PEEKED_BYTES = 64 * 1024
_SERIES_ABOVE = 2


@dataclass(frozen=True)
class SideFiles:
    """An NFO file, what it is about, and the pictures that belong to it by kind."""

    nfo: Path
    root: NfoRoot
    pictures: dict[str, Path] = field(default_factory=dict)


def beside(film: Path) -> SideFiles | None:
    """Return what tells of a film: `film.nfo`, or `movie.nfo` in a folder with one film alone; None without."""
    alone = sum(_is_film(one) for one in film.parent.iterdir()) == 1
    candidates = (film.with_suffix(".nfo"), *((film.parent / "movie.nfo",) if alone else ()))
    return next((found for found in map(_read, candidates) if found is not None), None)


def series_of(film: Path) -> SideFiles | None:
    """Return what tells of an episode's series: `tvshow.nfo` in its folder or one of two above; None without."""
    folder = film.parent
    for _ in range(_SERIES_ABOVE + 1):
        found = _read(folder / "tvshow.nfo")
        if found is not None:
            return found
        folder = folder.parent
    return None


def nfo_files(folder: Path) -> list[SideFiles]:
    """Return every NFO file below a folder, series before their episodes; links are not followed."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".nfo" and not path.is_symlink())
    found = [one for one in map(_read, paths[:MAX_NFO_FILES]) if one is not None]
    return sorted(found, key=lambda one: one.root == "episodedetails")


def one_nfo(path: Path) -> SideFiles | None:
    """Return an NFO file, None when it is not one."""
    return _read(path)


def _read(path: Path) -> SideFiles | None:
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(_PEEKED_BYTES)
    starts = {root: head.find(f"<{root}".encode()) for root in _ROOTS}
    roots = sorted((at, root) for root, at in starts.items() if at >= 0)
    return SideFiles(path, roots[0][1], _pictures(path, roots[0][1])) if roots else None


def _pictures(nfo: Path, root: NfoRoot) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for kind, words in _NAMES.items():
        chosen = next((path for path in _candidates(nfo, root, kind, words) if _is_plain(path)), None)
        if chosen is not None:
            found[kind] = chosen
    return found


def _candidates(nfo: Path, root: NfoRoot, kind: str, words: tuple[str, ...]) -> Iterator[Path]:
    """Yield where a picture may be: `film-poster.jpg`, and `poster.jpg` where a folder holds one title alone."""
    named = _EPISODE_BACKDROPS if root == "episodedetails" and kind == "backdrop" else words
    stem = nfo.stem
    shared = root == "tvshow" or (root == "movie" and sum(_is_film(one) for one in nfo.parent.iterdir()) <= 1)
    stems = [*(f"{stem}-{word}" for word in named), *(words if shared else ())]
    for name in stems:
        for suffix in _PICTURES:
            yield nfo.parent / f"{name}{suffix}"


def _is_film(path: Path) -> bool:
    return path.suffix.lower() in FILM_EXTENSIONS


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
