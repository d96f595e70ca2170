"""Other people's shelves, put onto the twenty genres; what none of them says becomes a tag."""

import re
from collections.abc import Iterable
from typing import Final

from matinee.contracts.metadata import GENRES
from matinee.services.catalogue.wording import one_line

MAX_GENRES = 8
MAX_TAGS = 40
MAX_WORD = 40
_OURS: Final = {genre.casefold(): genre for genre in GENRES}
_SYNONYMS: Final = {
    "action": "Action",
    "actions": "Action",
    "adventures": "Adventure",
    "animated": "Animation",
    "cartoon": "Animation",
    "cartoons": "Animation",
    "animes": "Anime",
    "comedies": "Comedy",
    "humor": "Comedy",
    "humour": "Comedy",
    "stand-up comedy": "Comedy",
    "crimes": "Crime",
    "gangster": "Crime",
    "documentaries": "Documentary",
    "docuseries": "Documentary",
    "docs": "Documentary",
    "dramas": "Drama",
    "soap": "Drama",
    "melodrama": "Drama",
    "children": "Family",
    "kids": "Family",
    "kids'": "Family",
    "kids’": "Family",
    "kid": "Family",
    "fantasies": "Fantasy",
    "historical": "History",
    "independents": "Independent",
    "indie": "Independent",
    "musical": "Music",
    "musicals": "Music",
    "musicians": "Music",
    "mysteries": "Mystery",
    "reality": "Reality",
    "reality-tv": "Reality",
    "romances": "Romance",
    "romantic": "Romance",
    "sci-fi": "Science Fiction",
    "scifi": "Science Fiction",
    "sf": "Science Fiction",
    "science-fiction": "Science Fiction",
    "sports": "Sport",
    "thrillers": "Thriller",
    "suspense": "Thriller",
}
_MEANINGLESS: Final = frozenset(
    ("", "movies", "movie", "tv shows", "tv show", "tv", "films", "film", "series", "shows")
)
# `International TV Shows`, `TV Dramas`, `Anime Features`: words that say what a thing is, not what it is like.
_PREFIX = re.compile(r"^(tv)\s+", re.IGNORECASE)
_SUFFIX = re.compile(r"\s+(tv\s+shows?|tv\s+series|tv|movies?|films?|series|features?|shows?)$", re.IGNORECASE)
_PARTS = re.compile(r"\s*(?:&|/|\+|\band\b)\s*", re.IGNORECASE)
# These count as a genre and stay as a tag too, because they say more than it.
_BOTH: Final = frozenset(("stand-up comedy",))


def sorted_words(words: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the genres and the tags of some shelf names, in order and without doubles; at most 8 and 40.

    `TV Sci-Fi & Fantasy` is two genres, `International TV Shows` the tag `International`.
    """
    genres: dict[str, None] = {}
    tags: dict[str, str] = {}
    for word in words:
        for genre, tag in _sorted(one_line(word)):
            if genre:
                genres.setdefault(genre)
            if tag:
                tags.setdefault(tag.casefold(), tag[:MAX_WORD].strip())
    return tuple(genres)[:MAX_GENRES], tuple(tags.values())[:MAX_TAGS]


def _sorted(word: str) -> list[tuple[str, str]]:
    core = _SUFFIX.sub("", _PREFIX.sub("", word)).strip()
    if core.casefold() in _MEANINGLESS:
        return []
    whole = _genre(core) or _genre(word)
    if whole:
        return [(whole, core if core.casefold() in _BOTH else "")]
    parts = [part for part in _PARTS.split(core) if part]
    found = [_genre(part) for part in parts]
    if len(parts) > 1 and all(found):
        return [(genre, "") for genre in found]
    # Of a mixed shelf the genres count, and its whole name stays as a tag.
    return [*((genre, "") for genre in found if genre), ("", core)]


def _genre(word: str) -> str:
    folded = word.casefold()
    return _OURS.get(folded) or _SYNONYMS.get(folded, "")
