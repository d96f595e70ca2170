"""What stands in the index for a title: its words by field, marks that decide who sees it, and the entry itself."""

from collections.abc import Iterable
from datetime import datetime
from math import ceil, floor
from typing import Final
from zlib import crc32

import msgspec
import tantivy

from matinee.kit.ids import TitleId
from matinee.services.search.entries import Entry
from matinee.services.search.folding import fold

SCHEMA_VERSION: Final = 1
"""Grows when documents change shape; an index of another version is built anew."""
WORD_FIELDS: Final = ("name", "people", "genre")
"""Fields whose words are known one by one, so that typos are forgiven; `text` is looked at word for word."""
SHORT: Final = 3
"""Beginnings up to this length have a field of their own."""
_EVER = 1 << 40
_POPULAR_WEIGHT = 0.12
_NOISE_WEIGHT = 0.0005
_decoder = msgspec.msgpack.Decoder(Entry)
_gone_decoder = msgspec.msgpack.Decoder(tuple[TitleId, int])
_encoder = msgspec.msgpack.Encoder()


def schema() -> tantivy.Schema:
    """Return the shape of all documents."""
    builder = tantivy.SchemaBuilder()
    for name in ("title_id", "whole", "person", "series"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in (*WORD_FIELDS, "text", "start", "gate"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in ("version", "maturity", "opens", "closes"):
        builder.add_integer_field(name, fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_bytes_field("entry", stored=True)
    return builder.build()


def register(index: tantivy.Index) -> None:
    """Tell an index how its words are parted; what goes in is folded already."""
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("whitespace", words)


def document(entry: Entry, popularity: float) -> tantivy.Document:
    """Return what stands for a title.

    Args:
        popularity: 0 for none to 1 for the most popular title.
    """
    name = fold(entry.name)
    other = fold(entry.original_name) if entry.original_name else ""
    people = fold(" ".join([person.name for person in entry.people]))
    words = [*name.split(), *other.split()]
    return tantivy.Document(
        title_id=entry.title_id,
        version=entry.version,
        name=f"{name} {other}{_joined(entry.name)} #{len(name.split())}",
        whole=[name, other] if other and other != name else name,
        people=people,
        genre=fold(" ".join([*entry.genres, *entry.tags])),
        text=fold(entry.synopsis),
        start=" ".join(_beginnings(words, people.split())),
        gate=" ".join(_gates(entry, popularity)),
        maturity=entry.maturity,
        **_times(entry),
        person=[person.person_id for person in entry.people if person.person_id],
        series=entry.series_id or "",
        weight=_weight(entry, popularity),
        entry=_encoder.encode(entry),
    )


def tombstone(title_id: str, version: int) -> tantivy.Document:
    """Return what stands for a title that was deleted: its version alone."""
    gone = _encoder.encode((title_id, version))
    return tantivy.Document(title_id=title_id, version=version, gate="gone", entry=gone)


def tombstone_in(found: tantivy.Document) -> tuple[TitleId, int]:
    """Return which title was deleted, and with which version."""
    return _gone_decoder.decode(found.get_first("entry") or b"")


def entry_in(found: tantivy.Document) -> Entry:
    """Return the entry inside a document; msgspec.DecodeError when it is damaged or a tombstone."""
    return _decoder.decode(found.get_first("entry") or b"")


def words_of(entry: Entry) -> dict[str, list[str]]:
    """Return the folded words of an entry by the fields whose words are known."""
    return {
        "name": [*fold(entry.name).split(), *fold(entry.original_name).split(), *_joined(entry.name).split()],
        "people": fold(" ".join([person.name for person in entry.people])).split(),
        "genre": fold(" ".join([*entry.genres, *entry.tags])).split(),
    }


def _joined(name: str) -> str:
    """Return parts of a name that a hyphen joins as one word too, so that `spiderman` finds `Spider-Man`."""
    if "-" not in name:
        return ""
    return "".join(" " + fold(word.replace("-", "")) for word in name.split() if "-" in word.strip("-"))


def _beginnings(names: Iterable[str], people: Iterable[str]) -> list[str]:
    """Return short beginnings; those of people's names are marked with `@`."""
    of_names = {word[:length] for word in names for length in range(1, SHORT + 1)}
    of_people = {f"@{word[:length]}" for word in people for length in range(1, SHORT + 1)}
    return [*of_names, *of_people]


def _gates(entry: Entry, popularity: float) -> list[str]:
    marks: list[str] = [] if entry.audience == "everyone" else [entry.audience]
    marks += [] if entry.listed else ["unlisted"]
    marks += ["episode"] if entry.kind == "episode" else []
    marks += ["plays"] if entry.release_seconds is not None else []
    marks += ["popular"] if popularity > 0 else []
    if entry.availability:
        marks += ["windowed", *{place for window in entry.availability for place in window.territories or ("**",)}]
    return marks


def _times(entry: Entry) -> dict[str, int]:
    """Return, for a title with windows, the first moment of any and the end of all, Unix seconds."""
    if not entry.availability:
        return {}
    # Rounded outwards: what opens or closes within this second is let through here and judged exactly afterwards.
    starts = [_seconds(window.starts_at, -_EVER) for window in entry.availability]
    ends = [_seconds(window.ends_at, _EVER) for window in entry.availability]
    return {"opens": floor(min(starts)), "closes": ceil(max(ends))}


def _seconds(moment: datetime | None, default: float) -> float:
    return default if moment is None else moment.timestamp()


def popularity_in(weight: float) -> float:
    """Return the popularity that a weight was made of, nearly."""
    return weight / _POPULAR_WEIGHT


def _weight(entry: Entry, popularity: float) -> float:
    """Return what breaks ties: popularity, then a number that is the same for a title in every generation."""
    noise = crc32(entry.title_id.encode()) / (1 << 32)
    return _POPULAR_WEIGHT * popularity + _NOISE_WEIGHT * noise
