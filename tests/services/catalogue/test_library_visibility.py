"""Whatever titles there are and whoever looks, a card comes back exactly when the rules say that it may be seen."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from matinee.contracts.catalogue import NewTitle, TitleChange, Viewer, Window
from matinee.contracts.library import ShelfQuery
from matinee.kit.ids import TitleId
from matinee.services.catalogue.visibility import hidden_from
from matinee.testing.clock import ManualClock
from matinee.testing.titles import release

NOW = ManualClock().now()
AUDIENCES = ("everyone", "members", "operators")
TERRITORIES = ((), ("DE",), ("DE", "FR"), ("FR",))


def some_window(dice):
    moments = sorted(NOW + timedelta(hours=dice.randint(-30, 30)) for _ in range(2))
    starts, ends = (moment if dice.random() < 0.5 else None for moment in moments)
    return Window(territories=dice.choice(TERRITORIES), starts_at=starts, ends_at=None if starts == ends else ends)


def some_show(dice):
    """Return the fields of a title, whether it is listed, and whether it plays."""
    fields = {
        "audience": dice.choice(AUDIENCES),
        "maturity": dice.choice([0, 6, 12, 18]),
        "availability": tuple(some_window(dice) for _ in range(dice.choice([0, 0, 1, 3]))),
        "genres": dice.choice([(), ("Drama",), ("Drama", "Horror")]),
        "hot": dice.random() < 0.5,
        "announced": dice.random() < 0.5,
    }
    return fields, dice.random() < 0.8, dice.random() < 0.7


def some_viewer(dice):
    ceiling, territory = dice.choice([0, 5, 6, 12, 17, 18]), dice.choice(["", "DE", "FR", "US"])
    return Viewer(audience=dice.choice(AUDIENCES), maturity=ceiling, territory=territory)


async def store(room, show, **place):
    fields, listed, plays = show
    room.clock.advance(0.001)
    title = await room.service.create_title(new=NewTitle(**{"name": "Work", **fields, **place}))
    if not listed:
        await room.service.change_title(title_id=title.title_id, change=TitleChange(listed=False))
    if plays and title.kind != "series":
        await room.service.publish(release=release(title.title_id, frames=0))
    return title.title_id


async def store_work(room, dice):
    if dice.random() < 0.6:
        await store(room, some_show(dice))
        return
    series_id = await store(room, some_show(dice), kind="series")
    for number in range(1, dice.randint(1, 4)):
        place = {"kind": "episode", "series_id": series_id, "season_number": 1, "episode_number": number}
        await store(room, some_show(dice), **place)


class Expected:
    """What the rules say, title by title."""

    def __init__(self, titles, viewer, now):
        by_id = {title.title_id: title for title in titles}

        def seen(title):
            above = () if title.series_id is None else (by_id[title.series_id],)
            return not any(hidden_from(part, viewer, now) for part in (title, *above))

        self.visible = {title.title_id for title in titles if seen(title)}
        self.playable = {
            title.series_id or title.title_id
            for title in titles
            if title.release is not None and title.title_id in self.visible
        } | {t.title_id for t in titles if t.release is not None and t.title_id in self.visible}
        standing = [t for t in titles if t.kind != "episode" and t.listed and t.title_id in self.visible]
        self.new = [t for t in reversed(standing) if t.title_id in self.playable]
        self.genres = Counter(genre for title in self.new for genre in title.genres)
        coming = [t for t in standing if t.announced and nothing_plays(t, titles)]
        self.announced = {t.title_id for t in coming}
        self.hot = {t.title_id for t in standing if t.hot and (t in self.new or t in coming)}


def nothing_plays(title, titles):
    """Announced is what nobody but editors can play yet."""
    return title.release is None and not any(
        t.series_id == title.title_id and t.release and t.listed and t.audience != "operators" for t in titles
    )


async def shelf(room, viewer, kind, **fields):
    cards = await room.library.shelf(query=ShelfQuery(kind=kind, **{"limit": 200, **fields}), viewer=viewer)
    return [card.title_id for card in cards]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_a_card_comes_back_exactly_when_it_may_be_seen(room, seed):
    dice = random.Random(seed)
    for _ in range(15):
        await store_work(room, dice)
    titles = [change.after for change in (await room.library.snapshot()).changes]
    titles.sort(key=lambda title: (title.created_at, title.title_id))
    ids = tuple(title.title_id for title in titles)
    for viewer in (some_viewer(dice) for _ in range(30)):
        expected = Expected(titles, viewer, room.clock.now())
        cards = await room.library.cards(title_ids=ids, viewer=viewer)
        assert {card.title_id for card in cards} == expected.visible
        assert {card.title_id for card in cards if card.playable} == expected.playable & expected.visible
        new = [title.title_id for title in expected.new]
        assert await shelf(room, viewer, "new") == new[:200]
        assert await shelf(room, viewer, "new", limit=3) == new[:3]
        assert set(await shelf(room, viewer, "announced")) == expected.announced
        assert set(await shelf(room, viewer, "hot")) == expected.hot
        drama = [title.title_id for title in expected.new if "Drama" in title.genres]
        assert await shelf(room, viewer, "genre", text="Drama") == drama
        counted = {count.genre: count.titles for count in await room.library.genres(viewer=viewer)}
        assert counted == expected.genres
        room.clock.advance(2.1)  # counts are kept a moment
        for title_id in new[:2]:
            alike = await room.library.similar(title_id=TitleId(title_id), viewer=viewer)
            assert {card.title_id for card in alike} <= expected.visible - {title_id}
