"""Takes what a source tells into the catalogue, without touching what an editor changed since.

Of each title it is remembered what the source told last (`given`) and what was stored then (`kept`). A field that the
source tells as before stays as it is. One that it tells anew is set, unless the stored value is not `kept` any more:
then an editor changed it, and the editor's word counts.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from matinee.contracts.catalogue import NewTitle, Title, TitleChange
from matinee.kit.ids import TitleId
from matinee.services.catalogue.imports.ports import (
    ImportOptions,
    ImportRows,
    Incoming,
    Item,
    Known,
    Planned,
    Problem,
    Refused,
    TitleWriter,
)

# All that a source may tell. What it does not tell is remembered too, so that an editor's word on it is known as such.
_TELLABLE: Final = (
    "name",
    "original_name",
    "synopsis",
    "year",
    "genres",
    "tags",
    "maturity",
    "ratings",
    "people",
    "languages",
    "released_on",
)
_GONE: Final = "The title was deleted in the studio; it is not made again."


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some items, in their order."""

    outcomes: tuple[Planned, ...]
    problems: tuple[Problem, ...]


class Seen:
    """The keys and works that came earlier in the same source, with their lines."""

    def __init__(self) -> None:
        self._keys: dict[int, int] = {}
        self._works: dict[int, int] = {}

    def again(self, item: Incoming) -> str:
        """Note an item and return why it is one too many; empty when it is not."""
        line = self._keys.setdefault(hash(item.key), item.line)
        if line != item.line:
            return f"The key {item.key} stands on line {line} already."
        if item.kind == "episode":
            return ""
        line = self._works.setdefault(hash(item.natural), item.line)
        return "" if line == item.line else f"The same title stands on line {line} already."


def digest_of(item: Incoming) -> str:
    """Return a digest of everything that a source tells about a title."""
    told = {"fields": item.fields, "pictures": item.pictures, "kind": item.kind}
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def kept_of(title: Title, fields: Iterable[str]) -> dict[str, Any]:
    """Return stored values of a title as plain JSON; people without their ids, which the source does not know."""
    kept: dict[str, Any] = {name: msgspec.to_builtins(getattr(title, name)) for name in fields}
    if "people" in kept:
        kept["people"] = [{**one, "person_id": ""} for one in kept["people"]]
    return msgspec.json.decode(msgspec.json.encode(kept))  # type: ignore[no-any-return]  # JSON has no tuples


class Merger:
    """Applies items inside a transaction.

    Args:
        writer: the catalogue's own rules.
        seen: what came before in this source.
    """

    def __init__(self, writer: TitleWriter, options: ImportOptions, seen: Seen) -> None:
        self._writer = writer
        self._options = options
        self._seen = seen
        self._made_dry: set[str] = set()

    def pass_over(self, items: Collection[Item]) -> None:
        """Note items that an earlier run of the same import took in."""
        for item in items:
            if isinstance(item, Incoming):
                self._seen.again(item)

    async def plan(self, rows: ImportRows, items: Sequence[Item]) -> Merged:
        """Return what applying would do, writing nothing."""
        batch = await self._begin(rows, items)
        for item in batch.changing:
            await self._change(rows, batch, item, writing=None)
        for item in batch.creating:
            self._made_dry.add(item.key)
            batch.done(item, Planned(line=item.line, name=item.name, kind=item.kind, action="created"))
        return batch.merged()

    async def apply(self, rows: ImportRows, items: Sequence[Item]) -> Merged:
        """Make and change titles, and remember them."""
        batch = await self._begin(rows, items)
        for item in batch.changing:
            await self._change(rows, batch, item, writing=self._writer)
        await self._create(rows, batch)
        await rows.remember(self._options.source, batch.remembered)
        return batch.merged()

    async def _begin(self, rows: ImportRows, items: Sequence[Item]) -> "_Batch":
        batch = _Batch(items)
        usable = [
            item for item in items if isinstance(item, Incoming) and not batch.refuse(item, self._seen.again(item))
        ]
        wanted = {item.key for item in usable} | {item.series_key for item in usable if item.series_key}
        batch.known = dict(await rows.known(self._options.source, wanted))
        naturals = {item.natural for item in usable if item.key not in batch.known and item.kind != "episode"}
        twins = await rows.twins(self._options.source, naturals)
        for item in usable:
            if item.key in batch.known:
                batch.changing.append(item)
            elif item.kind != "episode" and item.natural in twins:
                batch.refuse(item, f"The same title is known under the key {twins[item.natural]} already.")
            elif item.kind == "episode":
                await self._place(rows, batch, item)
            else:
                batch.creating.append(item)
        return batch

    async def _place(self, rows: ImportRows, batch: "_Batch", item: Incoming) -> None:
        """Find an episode's series, and the title that has its place already, if one has."""
        series = batch.known.get(item.series_key)
        series_id = self._options.series_id if series is None else series.title_id
        if series_id is None:
            if item.series_key in self._made_dry:
                batch.creating.append(item)
            else:
                batch.refuse(item, "Its series is not in the catalogue; import the series first.")
            return
        title = await rows.titles.get(series_id)
        if title is None or title.kind != "series":
            batch.refuse(item, "Its series is not in the catalogue any more.")
            return
        place = (item.season_number, item.episode_number)
        if series_id not in batch.places:
            episodes = await rows.titles.episodes(series_id)
            batch.places[series_id] = {(one.season_number, one.episode_number): one for one in episodes}
        taken = batch.places[series_id].get(place)
        if taken is not None:
            batch.known[item.key] = _adopted(item, taken)
            batch.changing.append(item)
            return
        batch.series[item.key] = series_id
        batch.creating.append(item)

    async def _create(self, rows: ImportRows, batch: "_Batch") -> None:
        news: list[NewTitle] = []
        fitting: list[Incoming] = []
        for item in batch.creating:
            try:
                news.append(_new(item, self._options, batch.series.get(item.key)))
                fitting.append(item)
            except msgspec.ValidationError as error:
                batch.refuse(item, f"A field cannot be used: {error}.")
        titles = await self._writer.create_many_in(rows.titles, news) if news else ()
        for item, title in zip(fitting, titles, strict=True):
            batch.remembered.append(_remembered(item, title, set_now=item.fields))
            batch.done(
                item,
                Planned(line=item.line, name=title.name, kind=title.kind, action="created", title_id=title.title_id),
            )

    async def _change(self, rows: ImportRows, batch: "_Batch", item: Incoming, *, writing: TitleWriter | None) -> None:
        known = batch.known[item.key]
        unchanged = Planned(line=item.line, name=item.name, kind=item.kind, action="unchanged", title_id=known.title_id)
        if known.digest == digest_of(item):
            batch.done(item, unchanged)
            return
        title = await rows.titles.get_for_change(known.title_id)
        if title is None:
            batch.remark(item, _GONE)
            batch.done(item, unchanged)
            return
        if _another_work(item, title, known):
            batch.refuse(
                item,
                f"The key {item.key} belongs to “{known.given.get('name', title.name)}”; "
                "give this list a source name of its own.",
            )
            return
        setting, keeping = _told_anew(item, title, known)
        try:
            change = msgspec.convert(_with_age(item, title, setting), TitleChange)
        except msgspec.ValidationError as error:
            batch.refuse(item, f"A field cannot be used: {error}.")
            return
        if writing is not None:
            title = title if not setting else await writing.change_in(rows.titles, title, change)
            batch.remembered.append(_remembered(item, title, set_now=setting, before=known, keeping=keeping))
        batch.done(
            item,
            Planned(
                line=item.line,
                name=title.name,
                kind=title.kind,
                action="changed" if setting else "unchanged",
                fields=tuple(setting),
                kept=tuple(keeping),
                title_id=title.title_id,
            ),
        )


class _Batch:
    """What is known and decided about some items."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._outcomes: dict[int, Planned] = {}
        self._problems: list[Problem] = []
        self.known: dict[str, Known] = {}
        self.series: dict[str, TitleId] = {}
        self.places: dict[TitleId, dict[tuple[int | None, int | None], Title]] = {}
        self.changing: list[Incoming] = []
        self.creating: list[Incoming] = []
        self.remembered: list[Known] = []
        for item in items:
            if isinstance(item, Refused):
                self.refuse(item, item.reason)
            else:
                for note in item.notes:
                    self.remark(item, note)

    def refuse(self, item: Item, reason: str) -> bool:
        """Refuse an item when there is a reason; return whether there was."""
        if not reason:
            return False
        self._problems.append(Problem(line=item.line, name=item.name, reason=reason))
        kind = item.kind if isinstance(item, Incoming) else None
        self.done(item, Planned(line=item.line, name=item.name, kind=kind, action="refused"))
        return True

    def remark(self, item: Item, reason: str) -> None:
        """Note something about an item that is used."""
        self._problems.append(Problem(line=item.line, name=item.name, reason=reason, refused=False))

    def done(self, item: Item, outcome: Planned) -> None:
        """Note what became of an item."""
        self._outcomes[id(item)] = outcome

    def merged(self) -> Merged:
        """Return what became of all items."""
        problems = sorted(self._problems, key=lambda one: one.line)
        return Merged(outcomes=tuple(self._outcomes[id(item)] for item in self._items), problems=tuple(problems))


def _new(item: Incoming, options: ImportOptions, series_id: TitleId | None) -> NewTitle:
    placed = {
        "series_id": series_id,
        "season_number": item.season_number,
        "episode_number": item.episode_number,
    }
    # A source that tells no ages at all says as little as an unknown rating; an episode is as old as its series.
    age = {} if item.kind == "episode" else {"maturity": options.unrated_maturity}
    fields = {"kind": item.kind, "audience": options.audience, "announced": True, **age, **placed, **item.fields}
    return msgspec.convert(fields, NewTitle)


def _another_work(item: Incoming, title: Title, known: Known) -> bool:
    """Return whether a key names something else than before: another kind, or another name and another year."""
    if item.kind != title.kind:
        return True
    before, now = known.given, item.fields
    if item.kind == "episode" or not before:
        return False
    return before.get("name") != now.get("name") and before.get("year") != now.get("year")


def _told_anew(item: Incoming, title: Title, known: Known) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields to set, and those that the source tells anew but an editor changed."""
    told = msgspec.json.decode(msgspec.json.encode(item.fields))
    anew = {name: value for name, value in told.items() if name not in known.given or known.given[name] != value}
    stored = kept_of(title, anew)
    differing = {name: value for name, value in anew.items() if not _same(name, value, stored[name])}
    held = {name for name in differing if known.kept.get(name) != stored[name]}
    setting = {name: value for name, value in differing.items() if name not in held}
    return setting, {name: value for name, value in differing.items() if name in held}


def _with_age(item: Incoming, title: Title, setting: dict[str, Any]) -> dict[str, Any]:
    """Return what to set, with the age that stays: a rating alone would bring its own, whatever an editor said."""
    stays = "ratings" in setting and "maturity" in item.fields and "maturity" not in setting
    return {**setting, "maturity": title.maturity} if stays else setting


def _same(name: str, told: Any, stored: Any) -> bool:
    if name != "people":
        return bool(told == stored)
    return [_person(one) for one in told] == [_person(one) for one in stored]


def _person(one: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(one["name"]), str(one.get("role", "actor")), str(one.get("character", ""))


def _remembered(
    item: Incoming,
    title: Title,
    set_now: Mapping[str, Any],
    before: Known | None = None,
    keeping: Collection[str] = (),
) -> Known:
    """Return what to remember of a title now; of a field that an editor holds, what was kept before."""
    told = msgspec.json.decode(msgspec.json.encode(item.fields))
    given = {} if before is None else before.given
    if before is None:
        kept = kept_of(title, _TELLABLE)
    else:
        agreed = [name for name in told if name in set_now or (name not in keeping and given.get(name) != told[name])]
        kept = {**before.kept, **kept_of(title, agreed)}
    return Known(
        key=item.key,
        title_id=title.title_id,
        natural=item.natural,
        digest=digest_of(item),
        given={**given, **told},
        kept=kept,
        pictures={} if before is None else before.pictures,
    )


def _adopted(item: Incoming, title: Title) -> Known:
    """Return the memory of a title that was there before its source: only what is empty in it may be filled."""
    empty = {"name": "", "synopsis": "", "original_name": "", "year": None, "released_on": None, "maturity": 0}
    kept: dict[str, Any] = {name: empty.get(name, []) for name in _TELLABLE}
    return Known(
        key=item.key,
        title_id=title.title_id,
        natural=item.natural,
        digest="",
        given={},
        kept=kept,
        pictures={},
    )
