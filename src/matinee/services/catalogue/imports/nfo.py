"""NFO side files as Kodi writes them: movie, tvshow and episodedetails, in XML that nobody has checked."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from matinee.contracts.catalogue import Kind
from matinee.services.catalogue.imports.csv_rows import MAX_KEY, MAX_NAME, MAX_SYNOPSIS, natural_digest
from matinee.services.catalogue.imports.dates import day_of, year_of
from matinee.services.catalogue.imports.genres import MAX_TAGS, MAX_WORD, sorted_words
from matinee.services.catalogue.imports.people import credit, once
from matinee.services.catalogue.imports.ports import ImportFileError, ImportJob, Incoming, Item, Pieces, Refused
from matinee.services.catalogue.imports.ratings import rated
from matinee.services.catalogue.imports.texts import decoded, shortened, tidy_line, tidy_paragraph

MAX_NFO_BYTES = 1024 * 1024
_MAX_ELEMENTS = 20_000
_ROOTS: Final[dict[str, Kind]] = {"movie": "film", "tvshow": "series", "episodedetails": "episode"}
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_NUMBER = 10_000


class NfoSource:
    """Titles of NFO files; several episodes may stand in one."""

    async def items(self, job: ImportJob, data: bytes) -> AsyncIterator[Pieces]:
        """Yield the titles of a file."""
        items = await asyncio.to_thread(read_nfo, job, data)
        yield Pieces(items=items, fraction=1.0, encoding="xml")

    async def picture(self, job: ImportJob, place: str) -> bytes | None:  # noqa: ARG002  # of the port
        """Return None: pictures beside a film are sent by whoever reads the folder."""
        return None


def read_nfo(job: ImportJob, data: bytes) -> tuple[Item, ...]:
    """Return the titles of a file.

    Raises:
        ImportFileError: when it is not XML that can be used, is over a MiB, or holds no title.
    """
    roots = _roots(data)
    if not roots:
        raise ImportFileError(
            "The file holds no movie, tvshow or episodedetails; it is not an NFO file of Kodi's kind."
        )
    return tuple(_item(job, root, line) for line, root in enumerate(roots, start=1))


def _roots(data: bytes) -> list[Element]:
    if len(data) > MAX_NFO_BYTES:
        raise ImportFileError(f"An NFO file has at most {MAX_NFO_BYTES} bytes.")
    text = _DECLARATION.sub("", decoded(data.removeprefix(b"\xef\xbb\xbf"))[0].replace("\0", ""))
    # After the last element there may be a plain web address; and several roots may follow each other.
    whole = f"<nfo>{text[: text.rfind('>') + 1]}</nfo>"
    try:
        tree: Element = fromstring(whole, forbid_dtd=True)
    except DefusedXmlException as error:
        raise ImportFileError("The file declares entities or a document type; NFO files need neither.") from error
    except (ParseError, ValueError, RecursionError) as error:
        raise ImportFileError(f"The file is not well-formed XML: {error}.") from error
    if sum(1 for _ in tree.iter()) > _MAX_ELEMENTS:
        raise ImportFileError(f"The file has more than {_MAX_ELEMENTS} elements.")
    return [root for root in tree if root.tag in _ROOTS]


def _item(job: ImportJob, root: Element, line: int) -> Item:
    kind = _ROOTS[root.tag]
    name = tidy_line(_text(root, "title"))
    if not name:
        return Refused(line=line, name="", reason="The title has no name.")
    notes: list[str] = []
    fields = _fields(root, kind, name, job.options.unrated_maturity, notes)
    directors = [one["name"] for one in fields["people"] if one["role"] == "director"]
    natural = natural_digest(kind, fields["name"], fields["year"], directors)
    season, episode = _number(root, "season"), _number(root, "episode")
    if kind == "episode" and (season is None or episode is None):
        return Refused(line=line, name=name, reason="The episode names no season and number from 1 on.")
    return Incoming(
        line=line,
        key=_key(root, job, natural, f"s{season}e{episode}" if kind == "episode" else ""),
        kind=kind,
        natural=natural,
        fields=fields,
        notes=tuple(notes),
        season_number=season if kind == "episode" else None,
        episode_number=episode if kind == "episode" else None,
    )


def _fields(root: Element, kind: Kind, name: str, unrated_maturity: int, notes: list[str]) -> dict[str, Any]:
    day = day_of(_text(root, "premiered") or _text(root, "releasedate") or _text(root, "aired"))
    genres, shelves = sorted_words(tidy_line(text) for text in _words(root, "genre"))
    words = [*shelves, *(tidy_line(text) for text in (*_texts(root, "tag"), *_texts(root, "country")))]
    fields: dict[str, Any] = {
        "name": shortened(name, MAX_NAME),
        "original_name": shortened(tidy_line(_text(root, "originaltitle")), MAX_NAME),
        "synopsis": shortened(tidy_paragraph(_text(root, "plot") or _text(root, "outline")), MAX_SYNOPSIS),
        "year": year_of(_text(root, "year")) or (None if day is None else day.year),
        "released_on": None if day is None else day.isoformat(),
        "genres": genres,
        "tags": tuple({word.casefold(): word[:MAX_WORD].strip() for word in words if word}.values())[:MAX_TAGS],
        "people": once(_credits(root)),
    }
    languages = tuple(dict.fromkeys(_languages(root)))[:32]
    if languages:
        fields["languages"] = languages
    said = tidy_line(_text(root, "mpaa") or _text(root, "certification"))
    # An episode without a rating of its own is as old as its series.
    if said or kind != "episode":
        found = rated(said.partition("/")[0].strip())
        if found is None:
            notes.append(f"“{shortened(said, 40)}” is not a rating that is known; the title is held for adults.")
        rating = None if found is None else found.rating
        fields["ratings"] = () if rating is None else ({"system": rating.system, "label": rating.label},)
        fields["maturity"] = unrated_maturity if found is None or found.age is None else found.age
    return fields


def _credits(root: Element) -> Iterator[dict[str, str] | None]:
    for name in _texts(root, "director"):
        yield credit(name, "director")
    for name in _texts(root, "credits"):
        yield credit(name, "writer")
    for actor in root.findall("actor"):
        yield credit(_text(actor, "name"), "actor", _text(actor, "role"))


def _languages(root: Element) -> Iterator[str]:
    for element in root.iterfind("fileinfo/streamdetails/audio/language"):
        code = (element.text or "").strip().lower()
        if _LANGUAGE.fullmatch(code):
            yield code


def _key(root: Element, job: ImportJob, natural: str, place: str) -> str:
    """Return the id that the file calls its default, else the first one, else what the work itself gives."""
    ids = [one for one in root.findall("uniqueid") if (one.text or "").strip()]
    chosen = next((one for one in ids if one.get("default") == "true"), ids[0] if ids else None)
    if chosen is not None:
        return f"{root.tag}:{tidy_line(chosen.get('type', 'id'))}:{tidy_line(chosen.text or '')}"[:MAX_KEY]
    return f"{job.options.series_id}:{place}" if place else natural


def _text(root: Element, tag: str) -> str:
    return next(iter(_texts(root, tag)), "")


def _texts(root: Element, tag: str) -> list[str]:
    return [(one.text or "").strip() for one in root.findall(tag) if (one.text or "").strip()]


def _words(root: Element, tag: str) -> Iterator[str]:
    """Yield the words of elements that hold one each or, as older files do, several between slashes."""
    for text in _texts(root, tag):
        yield from re.split(r"\s+/\s+", text)


def _number(root: Element, tag: str) -> int | None:
    digits = _text(root, tag)
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 6 else 0  # noqa: PLR2004
    return number if 1 <= number <= _MAX_NUMBER else None
