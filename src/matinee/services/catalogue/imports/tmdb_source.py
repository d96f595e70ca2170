"""Titles of TMDB: films, and series with their seasons and episodes."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from matinee.contracts.catalogue import ArtworkKind
from matinee.services.catalogue.imports.csv_rows import MAX_NAME, MAX_SYNOPSIS, natural_digest
from matinee.services.catalogue.imports.dates import day_of
from matinee.services.catalogue.imports.genres import MAX_TAGS, MAX_WORD, sorted_words
from matinee.services.catalogue.imports.people import JOBS, credit, once
from matinee.services.catalogue.imports.ports import ImportJob, Incoming, Item, Pieces, Refused, TmdbError, TmdbRef
from matinee.services.catalogue.imports.ratings import Rated, rated
from matinee.services.catalogue.imports.texts import shortened, tidy_line, tidy_paragraph
from matinee.services.catalogue.imports.tmdb import Tmdb

_MAX_CAST = 40
_MAX_SEASONS = 200
_MAX_NUMBER = 10_000
_MOVIE: Final = {"append_to_response": "credits,release_dates,keywords"}
_TV: Final = {"append_to_response": "credits,content_ratings,keywords"}
# Boards whose letters we know, best first.
_COUNTRIES: Final = ("US", "GB", "DE", "FR")
_PICTURE = re.compile(r"/[A-Za-z0-9_-]{1,80}\.(jpg|png|webp)")
_LANGUAGE = re.compile(r"[a-z]{2,3}")

Plain = Mapping[str, Any]


class TmdbSource:
    """Asks TMDB for what an import wants, one after the other."""

    def __init__(self, tmdb: Tmdb) -> None:
        self._tmdb = tmdb

    async def items(self, job: ImportJob, data: bytes) -> AsyncIterator[Pieces]:  # noqa: ARG002  # of the port
        """Yield the items of each wanted thing; of a series itself first, then season by season."""
        wanted = job.options.wanted
        for number, ref in enumerate(wanted, start=1):
            done, share = (number - 1) / len(wanted), 1 / len(wanted)
            try:
                async for items, part in self._read(job, ref, number):
                    yield Pieces(items=items, fraction=done + share * part, encoding="")
            except TmdbError as error:
                refused = Refused(line=number, name=ref.query, reason=error.detail)
                yield Pieces(items=(refused,), fraction=done + share, encoding="")

    async def picture(self, job: ImportJob, place: str) -> bytes | None:  # noqa: ARG002  # of the port
        """Return a picture of theirs."""
        return await self._tmdb.picture(place) if _PICTURE.fullmatch(place) else None

    async def _read(self, job: ImportJob, ref: TmdbRef, line: int) -> AsyncIterator[tuple[tuple[Item, ...], float]]:
        tmdb_id = ref.tmdb_id if ref.tmdb_id is not None else await self._one_found(ref)
        if isinstance(tmdb_id, str):
            yield (Refused(line=line, name=ref.query, reason=tmdb_id),), 1.0
            return
        told = await self._tmdb.ask(f"/{ref.kind}/{tmdb_id}", _MOVIE if ref.kind == "movie" else _TV)
        if told is None:
            yield (Refused(line=line, name="", reason=f"TMDB has no {ref.kind} {tmdb_id}."),), 1.0
            return
        item = _whole(told, ref, tmdb_id, line, job.options.unrated_maturity)
        seasons = _seasons(told) if ref.kind == "tv" and isinstance(item, Incoming) else []
        yield (item,), 1 / (len(seasons) + 1)
        for index, season in enumerate(seasons, start=2):
            answer = await self._tmdb.ask(f"/tv/{tmdb_id}/season/{season}") or {}
            yield tuple(_episodes(answer, tmdb_id, season, line)), index / (len(seasons) + 1)

    async def _one_found(self, ref: TmdbRef) -> int | str:
        """Return the id of the one result whose name is the query, or a sentence about why there is not one."""
        found = await self._tmdb.search(ref)
        exact = [one for one in found if one.name.casefold() == ref.query.casefold()]
        if len(exact) == 1:
            return exact[0].tmdb_id
        if not found:
            return f"TMDB finds nothing for “{ref.query}”."
        offers = "; ".join(f"{one.name} ({one.year or 'no year'}): {one.tmdb_id}" for one in found[:5])
        return f"TMDB finds several; import one by its number: {offers}."


def _whole(told: Plain, ref: TmdbRef, tmdb_id: int, line: int, unrated_maturity: int) -> Item:
    movie = ref.kind == "movie"
    name = tidy_line(_string(told, "title" if movie else "name"))
    if not name:
        return Refused(line=line, name="", reason=f"TMDB tells no name of {ref.kind} {tmdb_id}.")
    day = day_of(_string(told, "release_date" if movie else "first_air_date"))
    genres, shelves = sorted_words(tidy_line(_string(one, "name")) for one in _objects(told, "genres"))
    keywords = _object(told, "keywords")
    tags = [
        *shelves,
        *(tidy_line(_string(one, "name")) for one in _objects(keywords, "keywords" if movie else "results")),
    ]
    original = _string(told, "original_title" if movie else "original_name")
    found = _rated(told, movie=movie)
    rating = None if found is None else found.rating
    fields: dict[str, Any] = {
        "name": shortened(name, MAX_NAME),
        "original_name": "" if tidy_line(original) == name else shortened(tidy_line(original), MAX_NAME),
        "synopsis": shortened(tidy_paragraph(_string(told, "overview")), MAX_SYNOPSIS),
        "year": None if day is None else day.year,
        "released_on": None if day is None else day.isoformat(),
        "genres": genres,
        "tags": tuple({tag.casefold(): tag[:MAX_WORD].strip() for tag in tags if tag}.values())[:MAX_TAGS],
        "languages": _languages(told),
        "ratings": () if rating is None else ({"system": rating.system, "label": rating.label},),
        "maturity": unrated_maturity if found is None or found.age is None else found.age,
        "people": once(_credits(told)),
    }
    directors = [one["name"] for one in fields["people"] if one["role"] == "director"]
    return Incoming(
        line=line,
        key=f"{ref.kind}:{tmdb_id}",
        kind="film" if movie else "series",
        natural=natural_digest("film" if movie else "series", name, fields["year"], directors),
        fields=fields,
        pictures=_pictures(told),
    )


def _episodes(answer: Plain, tmdb_id: int, season: int, line: int) -> Iterator[Item]:
    for told in _objects(answer, "episodes"):
        number = told.get("episode_number")
        if not isinstance(number, int) or not 1 <= number <= _MAX_NUMBER:
            continue
        name = tidy_line(_string(told, "name")) or f"Episode {number}"
        day = day_of(_string(told, "air_date"))
        still = _string(told, "still_path")
        people = (*_crew(told), *_cast(told, "guest_stars"))
        yield Incoming(
            line=line,
            key=f"tv:{tmdb_id}:s{season}e{number}",
            kind="episode",
            natural=natural_digest("episode", f"{tmdb_id} {season} {number}", None, []),
            fields={
                "name": shortened(name, MAX_NAME),
                "synopsis": shortened(tidy_paragraph(_string(told, "overview")), MAX_SYNOPSIS),
                "year": None if day is None else day.year,
                "released_on": None if day is None else day.isoformat(),
                "people": once(people),
            },
            series_key=f"tv:{tmdb_id}",
            season_number=season,
            episode_number=number,
            pictures={"backdrop": still} if _PICTURE.fullmatch(still) else {},
        )


def _seasons(told: Plain) -> list[int]:
    """Return the numbers of seasons from 1 on; specials (0) have no place in a series here."""
    numbers = [one.get("season_number") for one in _objects(told, "seasons")]
    return sorted({number for number in numbers if isinstance(number, int) and 1 <= number <= _MAX_NUMBER})[
        :_MAX_SEASONS
    ]


def _rated(told: Plain, *, movie: bool) -> Rated | None:
    """Return the rating of the first board that is known and has said something."""
    by_country = {_string(one, "iso_3166_1"): one for one in _objects(_object(told, "release_dates" if movie else "content_ratings"), "results")}  # fmt: skip  # noqa: E501
    for country in _COUNTRIES:
        one = by_country.get(country)
        if one is None:
            continue
        labels = (
            [_string(day, "certification") for day in _objects(one, "release_dates")]
            if movie
            else [_string(one, "rating")]
        )
        for label in labels:
            found = rated(f"{country}:{label}") if label else None
            if found is not None and found.age is not None:
                return found
    return None


def _languages(told: Plain) -> tuple[str, ...]:
    codes = [
        _string(told, "original_language"),
        *(_string(one, "iso_639_1") for one in _objects(told, "spoken_languages")),
    ]
    return tuple(dict.fromkeys(code for code in codes if _LANGUAGE.fullmatch(code)))[:32]


def _credits(told: Plain) -> Iterator[dict[str, str] | None]:
    for one in _objects(told, "created_by"):
        yield credit(_string(one, "name"), "creator")
    billed = _object(told, "credits")
    yield from _crew(billed)
    yield from _cast(billed, "cast")


def _crew(billed: Plain) -> Iterator[dict[str, str] | None]:
    for one in _objects(billed, "crew"):
        role = JOBS.get(_string(one, "job").lower())
        if role is not None:
            yield credit(_string(one, "name"), role)


def _cast(billed: Plain, part: str) -> Iterator[dict[str, str] | None]:
    for one in _objects(billed, part)[:_MAX_CAST]:
        yield credit(_string(one, "name"), "actor", _string(one, "character"))


def _pictures(told: Plain) -> dict[ArtworkKind, str]:
    places: dict[ArtworkKind, str] = {
        "poster": _string(told, "poster_path"),
        "backdrop": _string(told, "backdrop_path"),
    }
    return {kind: place for kind, place in places.items() if _PICTURE.fullmatch(place)}


def _string(told: Plain, name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _object(told: Plain, name: str) -> Plain:
    value = told.get(name)
    return value if isinstance(value, dict) else {}


def _objects(told: Plain, name: str) -> list[Plain]:
    value = told.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
