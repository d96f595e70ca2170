"""The room as a whole: what HTTP answers, how it follows the catalogue, and what is left when the index is away."""

import asyncio
import time

import pytest
from tests.services.search.conftest import call, open_search, ready, until

from matinee.contracts.catalogue import Viewer
from matinee.contracts.library import CHANGES_TOPIC
from matinee.events.port import NewEvent
from matinee.kit.cursors import CursorError
from matinee.services.search.consumers import GROUP
from matinee.services.search.service import EmptyQueryError, LongQueryError
from matinee.testing.searching import MEMBER, HandMadeLibrary, a_title, gone, publish, told
from matinee.testing.titles import member

FILMS = tuple(a_title(number, f"Night Train {number}") for number in range(1, 31))
OTHERS = (
    a_title(40, "Stranger Things", genres=("Drama",)),
    a_title(41, "Titanic", people=("Leonardo DiCaprio",), genres=("Romance", "Drama")),
    a_title(42, "Dramatic", audience="members"),
)


@pytest.fixture
async def room(tmp_path):
    async with open_search(tmp_path, HandMadeLibrary(*FILMS, *OTHERS)) as opened:
        await ready(opened)
        yield opened


async def found(room, query, viewer=MEMBER):
    return [one.name for one in (await room.search.search(query=query, viewer=viewer)).items]


async def test_the_first_index_is_built_from_the_catalogue(room):
    state = await room.search.state()
    assert (state.titles, state.generation, state.rebuilding, state.lag_seconds) == (33, 1, False, 0.0)
    page = await room.search.search(query="strnger thigns", viewer=MEMBER)
    assert (page.items[0].name, page.did_you_mean, page.degraded) == ("Stranger Things", "stranger things", False)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("stranger things", None),
        ("stranger th", None),
        ("stranegr", "stranger"),
        ("leonrado dicaprio", "leonardo dicaprio"),
        ("nihgt train", "night train"),
        ("zzzzz", None),
    ],
)
async def test_says_what_was_probably_meant(room, typed, meant):
    assert (await room.search.search(query=typed, viewer=MEMBER)).did_you_mean == meant


async def test_a_change_is_found_within_two_seconds_and_a_deletion_gone(room):
    began = time.monotonic()
    await publish(room.events, told(a_title(90, "Brand New")), gone(OTHERS[0]))

    async def current():
        return await found(room, "brand new") == ["Brand New"] and not await found(room, "stranger")

    await until(current)
    assert time.monotonic() - began < 2.0

    async def caught_up():
        return (await room.search.state()).lag_seconds == 0.0

    await until(caught_up)


async def test_a_change_that_cannot_be_read_is_left_behind(room):
    await room.events.append(CHANGES_TOPIC, [NewEvent(key="x", value=b"\xc1")])
    await publish(room.events, told(a_title(90, "Brand New")))

    async def current():
        return await found(room, "brand new") == ["Brand New"]

    await until(current)


async def test_pages_hold_everything_once_in_one_order_and_over_a_swap(room):
    whole = [one.title_id for one in (await room.search.search(query="night train", viewer=MEMBER, limit=50)).items]
    assert len(whole) == 30
    pages, cursor = [], None
    while True:
        page = await room.search.search(query="night train", viewer=MEMBER, limit=7, cursor=cursor)
        pages += [one.title_id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        if len(pages) == 14:
            await room.search.rebuild()
            await publish(room.events, told(a_title(1, "Night Train 1", version=2, year=1950)))
    assert pages == whole
    assert (await room.search.state()).generation == 2


async def test_a_cursor_belongs_to_its_words_and_its_eyes(room):
    page = await room.search.search(query="night train", viewer=MEMBER, limit=5)
    assert page.next_cursor
    child = Viewer(audience="members", maturity=7, territory="DE")
    for query, viewer in (("night trai", MEMBER), ("night train ", MEMBER), ("night train", child)):
        with pytest.raises(CursorError):
            await room.search.search(query=query, viewer=viewer, limit=5, cursor=page.next_cursor)
    same = await room.search.search(query="  NIGHT  tráin", viewer=MEMBER, limit=50, cursor=page.next_cursor)
    assert len(same.items) == 25
    for broken in ("", "x", page.next_cursor[:-2], page.next_cursor + "AA"):
        with pytest.raises(CursorError):
            await room.search.search(query="night train", viewer=MEMBER, cursor=broken)


async def test_pages_end_where_nobody_reads_on(tmp_path):
    library = HandMadeLibrary(*(a_title(number, "Same") for number in range(120)))
    async with open_search(tmp_path, library, deepest=50) as room:
        await ready(room)
        seen, cursor = 0, None
        while True:
            page = await room.search.search(query="same", viewer=MEMBER, limit=20, cursor=cursor)
            seen, cursor = seen + len(page.items), page.next_cursor
            if cursor is None:
                break
        assert seen == 60


async def test_limits_are_clamped_and_people_come_once(room):
    page = await room.search.search(query="night", viewer=MEMBER, limit=10_000)
    assert len(page.items) == 30
    assert len((await room.search.search(query="night", viewer=MEMBER, limit=-5)).items) == 1
    page = await room.search.search(query="leo", viewer=MEMBER)
    assert [(one.name, one.titles) for one in page.people] == [("Leonardo DiCaprio", 1)]
    assert [one.name for one in page.items] == ["Titanic"]


@pytest.mark.parametrize("query", ["", "   ", "…!?", "\u0301", "\u202e"])
async def test_an_empty_query_is_refused_and_suggests_nothing(room, query):
    with pytest.raises(EmptyQueryError):
        await room.search.search(query=query, viewer=MEMBER)
    assert await room.search.suggest(query=query, viewer=MEMBER) == ()


async def test_a_query_over_200_characters_is_refused(room):
    with pytest.raises(LongQueryError):
        await room.search.search(query="a" * 201, viewer=MEMBER)
    await room.search.search(query="ab " * 66 + "ab", viewer=MEMBER)


async def test_suggestions_are_titles_people_and_genres_that_go_on_so(room):
    def told_as(lines):
        return [(one.kind, one.text, one.title_id or one.person_id) for one in lines]

    assert told_as(await room.search.suggest(query="leo", viewer=MEMBER)) == [
        ("person", "Leonardo DiCaprio", "leonardo-dicaprio")
    ]
    assert told_as(await room.search.suggest(query="dram", viewer=MEMBER)) == [
        ("title", "Dramatic", OTHERS[2].title_id),
        ("genre", "Drama", None),
    ]
    stranger = Viewer(audience="everyone")
    assert [one.text for one in await room.search.suggest(query="dram", viewer=stranger)] == ["Drama"]
    assert len(await room.search.suggest(query="night", viewer=MEMBER, limit=3)) == 3


async def test_while_there_is_no_index_names_are_compared(tmp_path):
    library = HandMadeLibrary(*FILMS, *OTHERS)
    async with open_search(tmp_path, library) as room:
        await ready(room)
        room.commands.tuning.change("search.find", breaker_force="open")
        room.commands.tuning.change("search.suggest", breaker_force="open")
        page = await room.search.search(query="Night Tr", viewer=MEMBER, limit=4)
        assert page.degraded
        assert [one.name for one in page.items] == [f"Night Train {number}" for number in range(1, 5)]
        assert page.next_cursor is None
        assert [one.text for one in await room.search.suggest(query="strang", viewer=MEMBER)] == ["Stranger Things"]
        room.commands.tuning.change("search.find", breaker_force="closed")
        assert not (await room.search.search(query="Night Tr", viewer=MEMBER, limit=4)).degraded


async def test_while_the_catalogue_is_away_the_index_answers_and_the_first_one_waits(tmp_path):
    library = HandMadeLibrary(*OTHERS)
    library.away = True
    async with open_search(tmp_path, library) as room:
        await asyncio.sleep(0)
        assert (await room.search.state()).generation == 0
        library.away = False
        await ready(room)
        library.away = True
        assert await found(room, "titanic") == ["Titanic"]


async def test_a_rebuild_that_fails_leaves_the_index_as_it_was(room):
    room.library.away = True
    with pytest.raises(Exception, match="away"):
        await room.search.rebuild()
    assert await found(room, "titanic") == ["Titanic"]
    room.library.away = False
    first, second = await asyncio.gather(room.search.rebuild(), room.search.rebuild())
    assert first.generation == second.generation == 2
    assert not first.rebuilding


async def test_what_is_popular_comes_first_among_equals(tmp_path):
    library = HandMadeLibrary(*(a_title(number, "Same Name") for number in range(9)))
    library.plays = {a_title(5, "").title_id: 100}
    async with open_search(tmp_path, library, popular_seconds=1.0) as room:
        await ready(room)

        async def first():
            page = await room.search.search(query="same name", viewer=MEMBER)
            return page.items[0].title_id == a_title(5, "").title_id

        await until(first)


async def test_changes_are_committed_to_the_log_only_when_the_index_has_them(tmp_path):
    library = HandMadeLibrary()
    library.away = True
    async with open_search(tmp_path, library) as room:
        await publish(room.events, told(a_title(1, "First")), told(a_title(1, "First again", version=2)))

        async def waits():
            return (await room.search.state()).lag_seconds > 0

        await until(waits)
    library.away = False
    async with open_search(tmp_path, library) as room:

        async def current():
            return await found(room, "again") == ["First again"]

        await ready(room)
        await until(current)

        async def all_committed():
            async with room.events.consumer(CHANGES_TOPIC, group=GROUP) as consumer:
                return await consumer.lag() == 0

        await until(all_committed)


async def test_http_answers_in_the_shapes_that_were_agreed(room):
    headers = room.callers.headers(member())
    status, answered, body = await call(room, "GET", "/search", headers, q="strnger thigns")
    assert (status, answered["cache-control"]) == (200, "private, no-store")
    assert set(body) == {"items", "people", "did_you_mean", "next_cursor", "degraded"}
    assert body["items"][0]["name"] == "Stranger Things"
    _, _, body = await call(room, "GET", "/search/suggestions", room.callers.stranger, q="leo")
    line = {"text": "Leonardo DiCaprio", "kind": "person", "title_id": None, "person_id": "leonardo-dicaprio"}
    assert body == {"items": [line]}
    for params, code in (
        ({"q": ""}, "empty-query"),
        ({}, "empty-query"),
        ({"q": "a" * 201}, "invalid"),
        ({"q": "x", "cursor": "nonsense"}, "cursor"),
        ({"q": "x", "limit": "many"}, "invalid"),
    ):
        status, _, body = await call(room, "GET", "/search", headers, **params)
        assert (status, body["code"]) == (400, code), params


async def test_only_administrators_see_and_rebuild_the_index(room):
    for headers, status in ((room.callers.stranger, 401), (room.callers.headers(member()), 403)):
        assert (await call(room, "GET", "/admin/search", headers))[0] == status
        assert (await call(room, "POST", "/admin/search/rebuild", headers))[0] == status
    assert (await call(room, "GET", "/admin/search", room.callers.operator))[2]["titles"] == 33
    status, _, state = await call(room, "POST", "/admin/search/rebuild", room.callers.operator)
    assert (status, state["generation"]) == (200, 2)
