"""Which titles stand on which shelf. Pure: the same titles give the same page."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from matinee.contracts.catalogue import BrowsePage, Row, Title
from matinee.kit.ids import TitleId

_GENRE_NEEDS = 2


def playable(title: Title, series: AbstractSet[TitleId]) -> bool:
    """Return whether something of the title plays; `series` are those with a playable episode."""
    return title.release is not None or title.title_id in series


def browse_page(titles: Sequence[Title], series: AbstractSet[TitleId], *, shelf_items: int) -> BrowsePage:
    """Return the shelves.

    Args:
        titles: films and series that may be seen, newest first.
        series: the series that have a playable episode.
        shelf_items: titles on one shelf at most.
    """
    ready = [title for title in titles if playable(title, series)]
    arriving = [title for title in titles if not playable(title, series)]
    shelves = [
        ("new", "New", ready),
        ("arriving", "Arriving", arriving),
        ("series", "Series", [title for title in ready if title.kind == "series"]),
        *_genre_shelves(ready),
    ]
    rows = tuple(Row(row_id=i, name=n, items=tuple(held[:shelf_items])) for i, n, held in shelves if held)
    return BrowsePage(featured=_featured(ready), rows=rows)


def _featured(ready: Sequence[Title]) -> Title | None:
    wishes: tuple[Callable[[Title], bool], ...] = (
        lambda title: title.featured and title.release is not None,
        lambda title: title.featured,
        lambda title: title.release is not None,
        lambda _: True,
    )
    return next((title for wish in wishes for title in ready if wish(title)), None)


def _genre_shelves(ready: Sequence[Title]) -> list[tuple[str, str, list[Title]]]:
    held: dict[str, tuple[str, list[Title]]] = {}
    for title in ready:
        for genre in title.genres:
            held.setdefault(genre.casefold(), (genre, []))[1].append(title)
    return [
        (f"genre-{folded.replace(' ', '-')}", name, titles)
        for folded, (name, titles) in sorted(held.items())
        if len(titles) >= _GENRE_NEEDS
    ]
