"""Cards for shelves: what stands where, for whom, and what comes next."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from matinee.contracts.catalogue import NewTitle, TitleChange, TitleNotFoundError, Viewer, Window
from matinee.contracts.library import GenreCount, ShelfQuery
from matinee.contracts.metadata import Credit
from matinee.kit.errors import InvalidError
from matinee.kit.ids import TitleId
from matinee.services.catalogue.library import LibraryService
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.testing.titles import release

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MEMBER = Viewer(audience="members")
CHILD = Viewer(audience="members", maturity=7)
STRANGER = Viewer(audience="everyone")
STAFF = Viewer(audience="operators")


async def add(room, name, *, plays=True, **fields):
    room.clock.advance(1)
    title = await room.service.create_title(new=NewTitle(name=name, **{"audience": "members", **fields}))
    if plays and title.kind != "series":
        title = await room.service.publish(release=release(title.title_id, frames=0))
    return title


async def names(room, kind, viewer=MEMBER, **fields):
    cards = await room.library.shelf(query=ShelfQuery(kind=kind, **fields), viewer=viewer)
    return [card.name for card in cards]


async def test_new_arrivals_come_newest_first_and_only_what_plays(room):
    for name in ("One", "Two", "Three"):
        await add(room, name)
    await add(room, "Empty", plays=False)
    assert await names(room, "new") == ["Three", "Two", "One"]
    assert await names(room, "new", limit=2) == ["Three", "Two"]


async def test_a_ceiling_is_applied_before_a_limit(room):
    await add(room, "Gentle", maturity=6)
    for number in range(5):
        await add(room, f"Grim {number}", maturity=16)
    assert await names(room, "new", CHILD, limit=2) == ["Gentle"]


async def test_a_territory_is_applied_before_a_limit(room):
    await add(room, "Here", availability=(Window(territories=("AT",)),))
    for number in range(3):
        await add(room, f"Elsewhere {number}", availability=(Window(territories=("DE",)),))
    austrian = Viewer(audience="members", territory="AT")
    assert await names(room, "new", austrian, limit=1) == ["Here"]
    assert await names(room, "new") == []
    assert len(await names(room, "new", STAFF)) == 4


async def test_a_window_opens_and_closes_with_the_clock(room):
    start = NOW + timedelta(hours=1)
    await add(
        room, "Soon", genres=("Drama",), availability=(Window(starts_at=start, ends_at=start + timedelta(hours=1)),)
    )
    assert await names(room, "new") == []
    room.clock.advance(3600)
    assert await names(room, "new") == ["Soon"]
    assert await room.library.genres(viewer=MEMBER) == (GenreCount(genre="Drama", titles=1),)
    room.clock.advance(3600)
    assert await names(room, "new") == []
    assert await room.library.genres(viewer=MEMBER) == ()


async def test_hot_and_announced_go_by_their_dates_of_release(room):
    await add(room, "Old", hot=True, released_on=date(1990, 1, 1))
    await add(room, "Young", hot=True, released_on=date(2020, 1, 1))
    await add(room, "Undated", hot=True)
    await add(room, "Later", plays=False, announced=True, released_on=date(2027, 5, 1))
    await add(room, "Sooner", plays=False, announced=True, released_on=date(2026, 5, 1))
    await add(room, "One day", plays=False, announced=True)
    assert await names(room, "hot") == ["Young", "Old", "Undated"]
    assert await names(room, "announced") == ["Sooner", "Later", "One day"]


async def test_an_announced_title_moves_once_it_plays(room):
    film = await add(room, "Coming", plays=False, announced=True)
    (card,) = await room.library.shelf(query=ShelfQuery(kind="announced"), viewer=MEMBER)
    assert (card.announced, card.playable) == (True, False)
    await room.service.publish(release=release(film.title_id, frames=0))
    assert await names(room, "announced") == []
    (card,) = await room.library.shelf(query=ShelfQuery(kind="new"), viewer=MEMBER)
    assert (card.announced, card.playable) == (False, True)


async def test_names_are_found_by_their_beginning_without_accents(room):
    await add(room, "Émile", plays=False)
    await add(room, "Emil")
    await add(room, "Other")
    assert await names(room, "named", text="EMIL") == ["Emil", "Émile"]
    assert await names(room, "named", text="émile") == ["Émile"]


async def test_genres_are_counted_for_who_looks(room):
    await add(room, "A", genres=("Drama", "Comedy"))
    await add(room, "B", genres=("Drama",), maturity=16)
    await add(room, "C", genres=("Horror",), audience="operators")
    assert await room.library.genres(viewer=MEMBER) == (
        GenreCount(genre="Drama", titles=2),
        GenreCount(genre="Comedy", titles=1),
    )
    assert [(c.genre, c.titles) for c in await room.library.genres(viewer=CHILD)] == [("Comedy", 1), ("Drama", 1)]
    assert await names(room, "genre", text="drama") == ["B", "A"]


async def a_series(room, *, seasons=((1, 2), (2, 2)), **fields):
    series = await add(room, "Series", kind="series", **fields)
    episodes = [
        await add(
            room, f"S{season}E{number}", kind="episode", series_id=series.title_id, season_number=season,
            episode_number=number,
        )
        for season, count in seasons
        for number in range(1, count + 1)
    ]  # fmt: skip
    return SimpleNamespace(series=series, episodes=episodes)


async def test_a_series_plays_when_an_episode_does_for_whom_it_does(room):
    series = await add(room, "Series", kind="series")
    assert await names(room, "series") == []
    fields = {"kind": "episode", "series_id": series.title_id, "season_number": 1}
    await add(room, "Grown", episode_number=1, maturity=16, **fields)
    assert (await names(room, "series"), await names(room, "series", CHILD)) == (["Series"], [])
    await add(room, "Free", episode_number=2, audience="everyone", maturity=12, **fields)
    assert (await names(room, "series"), await names(room, "series", CHILD)) == (["Series"], [])
    gentle = await add(room, "Gentle", episode_number=3, **fields)
    assert await names(room, "series", CHILD) == ["Series"]
    (card,) = await room.library.cards(title_ids=(series.title_id,), viewer=CHILD)
    assert card.playable
    await room.service.delete_title(title_id=gentle.title_id)
    (card,) = await room.library.cards(title_ids=(series.title_id,), viewer=CHILD)
    assert not card.playable
    assert await names(room, "series", CHILD) == []


async def test_the_next_episode_goes_over_seasons_and_skips_what_does_not_play(room):
    made = await a_series(room)
    empty = await add(
        room, "S1E3", plays=False, kind="episode", series_id=made.series.title_id, season_number=1, episode_number=3
    )
    following = [(made.series, "S1E1"), (made.episodes[0], "S1E2"), (made.episodes[1], "S2E1"), (empty, "S2E1")]
    for title, expected in following:
        assert (await room.library.next_episode(title_id=title.title_id, viewer=MEMBER)).name == expected
    assert await room.library.next_episode(title_id=made.episodes[-1].title_id, viewer=MEMBER) is None
    assert await room.library.next_episode(title_id=TitleId("none"), viewer=MEMBER) is None


async def test_an_episode_is_as_hidden_as_its_series(room):
    made = await a_series(room, maturity=16)
    ids = tuple(episode.title_id for episode in made.episodes)
    assert await room.library.cards(title_ids=ids, viewer=CHILD) == ()
    assert await room.library.next_episode(title_id=ids[0], viewer=CHILD) is None
    assert len(await room.library.cards(title_ids=ids, viewer=MEMBER)) == 4


async def test_similar_titles_share_most_first_and_hide_what_is_hidden(room):
    ada, bob = Credit(name="Ada"), Credit(name="Bob", role="director")
    wanted = await add(room, "Wanted", genres=("Drama",), people=(ada, bob), tags=("rain",))
    await add(room, "Genre", genres=("Drama",))
    await add(room, "Both", genres=("Drama",), people=(bob,), tags=("Rain",))
    await add(room, "Person", people=(ada,))
    await add(room, "Grim", genres=("Drama",), people=(ada, bob), maturity=16)
    await add(room, "Apart", genres=("Comedy",))
    alike = await room.library.similar(title_id=wanted.title_id, viewer=CHILD)
    assert [card.name for card in alike] == ["Both", "Person", "Genre"]
    assert len(await room.library.similar(title_id=wanted.title_id, viewer=MEMBER, limit=1)) == 1


async def test_cards_come_in_the_order_asked_for_once_and_bounded(room):
    one, two = await add(room, "One"), await add(room, "Two")
    asked = (two.title_id, TitleId("none"), one.title_id, two.title_id)
    assert [card.name for card in await room.library.cards(title_ids=asked, viewer=MEMBER)] == ["Two", "One"]
    assert await room.library.cards(title_ids=asked, viewer=STRANGER) == ()
    with pytest.raises(InvalidError):
        await room.library.cards(title_ids=(one.title_id,) * 1001, viewer=MEMBER)


async def test_a_card_is_short(room):
    film = await add(room, "Film", synopsis="word " * 500)
    (card,) = await room.library.cards(title_ids=(film.title_id,), viewer=MEMBER)
    assert len(card.synopsis) <= 300
    assert card.synopsis.endswith("word…")
    assert (card.duration_seconds, card.max_height) == (60.0, 720)


async def test_a_title_that_is_asked_for_often_is_read_once_in_a_while(room):
    film = await add(room, "Film")
    other = LibraryService(store=CountedCards(room.library), clock=room.clock, settings=CatalogueSettings())
    for _ in range(5):
        assert (await other.title_of(title_id=film.title_id)).name == "Film"
    assert other._store.opened == 1
    await room.service.change_title(title_id=film.title_id, change=TitleChange(name="Renamed"))
    assert (await room.library.title_of(title_id=film.title_id)).name == "Renamed"
    assert (await other.title_of(title_id=film.title_id)).name == "Film"
    room.clock.advance(CatalogueSettings().kept_seconds)
    assert (await other.title_of(title_id=film.title_id)).name == "Renamed"
    with pytest.raises(TitleNotFoundError):
        await room.library.title_of(title_id=TitleId("none"))


class CountedCards:
    """Counts how often the store is asked."""

    def __init__(self, library) -> None:
        self.cards, self.opened = library._store, 0

    def reading(self):
        self.opened += 1
        return self.cards.reading()


async def test_what_is_kept_is_bounded(room):
    films = [await add(room, f"Film {number}", plays=False) for number in range(4)]
    few = CatalogueSettings(kept_titles=2)
    small = LibraryService(store=CountedCards(room.library), clock=room.clock, settings=few)
    for film in films:
        await small.title_of(title_id=film.title_id)
    assert len(small._kept) == 2


async def test_a_snapshot_holds_every_title_once(room):
    made = [await add(room, f"Film {number}", audience="operators", plays=False) for number in range(5)]
    seen, after = [], None
    while True:
        page = await room.library.snapshot(after=after, limit=2)
        seen += page.changes
        after = page.after
        if after is None:
            break
    assert [change.after for change in seen] == sorted(made, key=lambda title: title.title_id)
    assert {change.op for change in seen} == {"r"}
