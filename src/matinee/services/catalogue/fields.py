"""From what an editor sends to what a title becomes. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from matinee.contracts.catalogue import NewTitle, Title, TitleChange, TitleFieldsError
from matinee.kit.ids import TitleId
from matinee.services.catalogue.ages import strictest
from matinee.services.catalogue.metadata import clean_markers, clean_people, clean_ratings, clean_tags, sorted_out
from matinee.services.catalogue.wording import check_places, check_windows, clean_name, one_line, paragraph

SEEN_BY = frozenset({"audience", "maturity", "availability", "listed"})
"""Fields that decide who sees a title; of a series they decide for its episodes too."""
_CLEANERS: dict[str, Callable[[Any], object]] = {
    "name": clean_name,
    "original_name": one_line,
    "synopsis": paragraph,
    "people": clean_people,
    "tags": clean_tags,
    "ratings": clean_ratings,
    "languages": lambda languages: tuple(dict.fromkeys(languages)),
}


def new_title(new: NewTitle, *, title_id: TitleId, now: datetime) -> Title:
    """Return a title to store, without the ids of its people.

    Raises:
        TitleFieldsError: when its fields contradict each other.
    """
    check_places(new)
    sent = {name: getattr(new, name) for name in new.__struct_fields__}
    blank = Title(
        **{**sent, "genres": (), "tags": (), "markers": ()},
        title_id=title_id,
        listed=True,
        artwork={},
        release=None,
        version=1,
        created_at=now,
        changed_at=now,
    )
    fields = _cleaned(blank, {name: sent[name] for name in TitleChange.__struct_fields__ if name in sent})
    # A title whose maker left the age out is as strict as the strictest board that rated it.
    fields["maturity"] = max(new.maturity, strictest(new.ratings))
    return msgspec.structs.replace(blank, **fields)


def changed_fields(title: Title, change: TitleChange) -> dict[str, Any]:
    """Return the fields that a change sets, cleaned, without those that stay as they are.

    Raises:
        TitleFieldsError: when they contradict each other or the title.
    """
    sent = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
    fields = _cleaned(title, sent)
    if "ratings" in sent and "maturity" not in sent and fields["ratings"] != title.ratings and fields["ratings"]:
        fields["maturity"] = strictest(fields["ratings"])
    return {name: value for name, value in fields.items() if getattr(title, name) != value}


def _cleaned(title: Title, sent: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: _CLEANERS[name](value) if name in _CLEANERS else value for name, value in sent.items()
    }
    if "availability" in sent:
        check_windows(sent["availability"])
    if "ratings" in fields:
        strictest(fields["ratings"])
    if "genres" in sent:
        fields["genres"], others = sorted_out(sent["genres"])
        if others:
            fields["tags"] = clean_tags((*fields.get("tags", title.tags), *others))
    if "markers" in sent:
        fields["markers"] = _markers(title, sent["markers"])
    return fields


def _markers(title: Title, markers: tuple[Any, ...]) -> tuple[Any, ...]:
    if markers and title.kind == "series":
        raise TitleFieldsError("A series has no markers of its own; set them on its episodes.")
    return clean_markers(markers, None if title.release is None else title.release.duration_seconds)
