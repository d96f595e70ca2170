"""Continue watching, My List, thumbs, the history page, and what a title is to a profile: over HTTP."""

import asyncio
import csv
import io

import msgspec
import pytest

from matinee.kit.passport import Passport
from matinee.testing.titles import STRANGER, member
from matinee.wiring.openapi import document

API = "/api/v1"


class Browser:
    def __init__(self, room, http, **fields):
        self.http = http
        self.headers = room.callers.headers(member(profile="ann", **fields))

    async def __call__(self, method, path, **body):
        return await self.http.request(method, f"{API}{path}", headers=self.headers, **body)

    async def items(self, path):
        answer = await self("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def going(self):
        return [
            (one["card"]["title_id"], one["resume_seconds"], one["up_next"])
            for one in await self.items("/continue-watching")
        ]


@pytest.fixture
def ann(room, http):
    return Browser(room, http)


async def play(room, *titles, position=50.0, series=""):
    for title in titles:
        await room.play("ann", title, position, series=series)
        room.clock.advance(1)


async def test_what_was_begun_and_not_completed_is_offered_latest_first(room, ann):
    for title in ("begun", "glimpse", "done", "later"):
        room.shelf.put(title)
    await play(room, "begun")
    await play(room, "glimpse", position=1.0)
    await play(room, "done", position=95.0)
    await play(room, "later", position=94.0)
    assert await ann.going() == [("later", 94.0, False), ("begun", 50.0, False)]


async def test_removed_stays_away_until_it_is_played_again_and_comes_back_on_undo(room, ann):
    room.shelf.put("film")
    await play(room, "film")
    assert (await ann("DELETE", "/continue-watching/film")).status_code == 204
    assert await ann.going() == []
    await room.play("ann", "film", 60.0, ago_ms=5_000)
    assert await ann.going() == []
    assert (await ann("POST", "/continue-watching/film/restore")).status_code == 204
    assert [one[0] for one in await ann.going()] == ["film"]
    await ann("DELETE", "/continue-watching/film")
    room.clock.advance(1)
    await play(room, "film")
    assert [one[0] for one in await ann.going()] == ["film"]
    assert len(await ann.items("/history")) == 1


async def test_after_an_episode_comes_the_next_one_and_after_the_last_nothing(room, ann):
    room.shelf.series("show", "e1", "e2", "e3")
    await play(room, "e1", position=97.0, series="show")
    assert await ann.going() == [("e2", 0.0, True)]
    await play(room, "e2", position=0.5, series="show")
    assert await ann.going() == [("e2", 0.5, True)]
    await play(room, "e2", position=40.0, series="show")
    assert await ann.going() == [("e2", 40.0, False)]
    (item,) = await ann.items("/continue-watching")
    assert item["series"]["title_id"] == "show"
    await play(room, "e3", position=99.0, series="show")
    assert await ann.going() == []


async def test_removing_an_offered_episode_removes_its_series(room, ann):
    room.shelf.series("show", "e1", "e2")
    await play(room, "e1", position=97.0, series="show")
    assert (await ann("DELETE", "/continue-watching/e2")).status_code == 204
    assert await ann.going() == []
    assert (await ann("POST", "/continue-watching/e2/restore")).status_code == 204
    assert await ann.going() == [("e2", 0.0, True)]


async def test_a_viewer_of_many_series_leaves_the_library_room_for_others(room):
    names = [f"show-{number}" for number in range(90)]
    for name in names:
        room.shelf.series(name, f"{name}-1", f"{name}-2")
        await play(room, f"{name}-1", position=97.0, series=name)
    answer, inside, most = room.shelf.next_episode, 0, 0

    async def counted(**asked):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return await answer(**asked)

    room.shelf.next_episode = counted
    pages = await asyncio.gather(*(room.service.going(profile_id="ann", limit=100) for _ in range(4)))
    assert [len(page) for page in pages] == [90] * 4
    assert 1 < most <= 32


async def test_while_the_library_is_away_what_was_begun_is_still_known(room):
    room.shelf.series("show", "e1", "e2")
    await play(room, "e1", position=97.0, series="show")
    await play(room, "film")
    room.shelf.away = True
    found = await room.service.going(profile_id="ann")
    assert [one.title_id for one in found] == ["film"]


async def test_a_library_that_did_not_answer_is_asked_again_soon_and_whoever_keeps_answers_hears_of_it(room):
    room.shelf.series("show", "e1", "e2")
    await play(room, "e1", position=97.0, series="show")
    room.shelf.away = True
    before = await room.service.version(profile_id="ann")
    for _ in range(3):
        assert await room.service.going(profile_id="ann") == ()
        assert (
            await room.service.version(profile_id="ann") == before
        )  # who looks again and again does not ask each time
    room.shelf.away = False
    room.clock.advance(2.1)
    after = await room.service.version(profile_id="ann")
    assert after != before
    assert [one.title_id for one in await room.service.going(profile_id="ann")] == ["e2"]
    room.clock.advance(60)
    assert await room.service.version(profile_id="ann") == after


async def test_an_old_word_on_the_next_episode_serves_while_the_library_is_away_but_is_not_the_last(room):
    room.shelf.series("show", "e1", "e2")
    await play(room, "e1", position=97.0, series="show")
    assert len(await room.service.going(profile_id="ann")) == 1
    before = await room.service.version(profile_id="ann")
    room.shelf.away = True
    room.clock.advance(61)
    assert [one.title_id for one in await room.service.going(profile_id="ann")] == ["e2"]
    room.clock.advance(2.1)
    assert await room.service.version(profile_id="ann") != before


async def test_a_list_keeps_its_own_order(room, ann):
    for title in "abcd":
        room.shelf.put(title)
        assert (await ann("PUT", f"/my-list/{title}")).status_code == 204

    async def order():
        return "".join(one["card"]["title_id"] for one in await ann.items("/my-list"))

    assert await order() == "dcba"
    await ann("PUT", "/my-list/a", json={"before": "c"})
    assert await order() == "dacb"
    await ann("PUT", "/my-list/b", json={"before": None})
    assert await order() == "bdac"
    await ann("PUT", "/my-list/b", json={"before": "b"})
    assert await order() == "bdac"
    assert (await ann("PUT", "/my-list/a", json={"before": "x"})).status_code == 404
    assert (await ann("PUT", "/my-list/nothing")).json()["code"] == "not-found"
    assert (await ann("DELETE", "/my-list/d")).status_code == 204
    assert (await ann("DELETE", "/my-list/d")).status_code == 204
    assert await order() == "bac"


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'{"before": ""}', b'{"before": 7}', b'{"after": "a"}', b"{", b"\xff", b"[" * 1_000]
)
async def test_a_body_that_names_no_place_is_refused(room, ann, body):
    room.shelf.put("film")
    assert (await ann("PUT", "/my-list/film", content=body)).status_code == 400
    assert await ann.items("/my-list") == []


def test_the_body_that_names_a_place_is_described_and_may_be_left_out():
    described = document()
    body = described["paths"]["/api/v1/my-list/{title_id}"]["put"]["requestBody"]
    (schema,) = [content["schema"] for content in body["content"].values()]
    assert (list(body["content"]), body["required"]) == (["application/json"], False)
    before = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]["before"]
    assert {one["type"] for one in before["oneOf"]} == {"string", "null"}


async def test_a_full_list_says_so_and_still_moves(room, ann):
    room.shelves._settings = msgspec.structs.replace(room.settings, list_titles=3)
    for title in "abcd":
        room.shelf.put(title)
    answers = [await ann("PUT", f"/my-list/{title}") for title in "abcd"]
    assert [answer.status_code for answer in answers] == [204, 204, 204, 409]
    assert answers[3].json()["code"] == "list-full"
    assert (await ann("PUT", "/my-list/a")).status_code == 204


async def test_changes_of_a_list_from_two_screens_at_once_are_all_there(room, ann):
    names = [f"t{number}" for number in range(6)]
    for name in names:
        room.shelf.put(name)
    answers = await asyncio.gather(*(ann("PUT", f"/my-list/{name}") for name in names))
    assert {answer.status_code for answer in answers} <= {204, 409}
    kept = {one["card"]["title_id"] for one in await ann.items("/my-list")}
    assert kept == {name for name, answer in zip(names, answers, strict=True) if answer.status_code == 204}
    assert len(kept) >= 2


async def test_thumbs_are_given_changed_and_taken_back(room, ann):
    room.shelf.put("film")
    for thumb in ("up", "double-up", "down"):
        assert (await ann("PUT", "/thumbs/film", json={"thumb": thumb})).status_code == 204
        assert await ann.items("/thumbs") == {"film": thumb}
    assert (await ann("PUT", "/thumbs/film", json={"thumb": "sideways"})).status_code == 400
    assert (await ann("DELETE", "/thumbs/film")).status_code == 204
    assert await ann.items("/thumbs") == {}


async def test_the_history_comes_in_pages_that_neither_repeat_nor_skip(room, ann):
    await play(room, *(f"t{number}" for number in range(7)))
    seen, cursor = [], None
    while True:
        query = f"?limit=3{'' if cursor is None else f'&cursor={cursor}'}"
        page = (await ann("GET", f"/history{query}")).json()
        seen += [one["title_id"] for one in page["items"]]
        if cursor is None:
            await play(room, "new")
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"t{number}" for number in reversed(range(7))]


async def test_titles_that_are_gone_stay_in_the_history_without_a_card(room, ann):
    await play(room, "gone")
    (line,) = await ann.items("/history")
    assert (line["title_id"], line["card"], line["position_seconds"], line["completed"]) == ("gone", None, 50.0, False)


async def test_one_or_all_can_be_deleted_and_lists_stay(room, ann):
    room.shelf.put("film")
    room.shelf.series("show", "e1", "e2")
    await play(room, "film", "other")
    await play(room, "e1", "e2", series="show")
    await ann("PUT", "/my-list/film")
    assert (await ann("DELETE", "/history/show")).status_code == 204
    assert [one["title_id"] for one in await ann.items("/history")] == ["other", "film"]
    assert (await ann("DELETE", "/history/show")).status_code == 404
    assert (await ann("DELETE", "/history")).status_code == 204
    assert await ann.items("/history") == []
    assert len(await ann.items("/my-list")) == 1


async def test_the_history_can_be_taken_along_and_no_name_is_a_formula(room, ann):
    card = room.shelf.put("film")
    room.shelf.titles["film"] = msgspec.structs.replace(card, name='=HYPERLINK("x")')
    await play(room, "film", position=96.0)
    answer = await ann("GET", "/history/export/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="viewing-history.csv"'
    (line,) = csv.DictReader(io.StringIO(answer.text))
    assert (line["title_id"], line["completed"], line["name"]) == ("film", "yes", '\'=HYPERLINK("x")')
    (item,) = (await ann("GET", "/history/export")).json()["items"]
    assert (item["title_id"], item["position_seconds"], item["name"]) == ("film", 96.0, '=HYPERLINK("x")')


async def test_mine_says_what_a_title_is_to_the_profile(room, ann):
    room.shelf.series("show", "e1", "e2", "e3")
    room.shelf.put("film")
    mine = (await ann("GET", "/mine/show")).json()
    assert (mine["continue_with"], mine["episodes"], mine["in_my_list"]) == ("e1", {}, False)
    await play(room, "e1", position=99.0, series="show")
    await play(room, "film", position=25.0)
    await ann("PUT", "/my-list/show")
    await ann("PUT", "/thumbs/show", json={"thumb": "up"})
    mine = (await ann("GET", "/mine/show")).json()
    assert (mine["continue_with"], mine["thumb"], mine["in_my_list"]) == ("e2", "up", True)
    assert mine["episodes"]["e1"]["completed"] is True
    film = (await ann("GET", "/mine/film")).json()
    assert (film["resume_seconds"], film["watched_fraction"], film["continue_with"]) == (25.0, 0.25, None)


@pytest.mark.parametrize("passport", [STRANGER, member(profile="")])
async def test_who_has_no_profile_has_no_history(room, http, passport: Passport):
    headers = room.callers.headers(passport)
    for path in ("continue-watching", "my-list", "thumbs", "history", "history/export", "mine/film"):
        answer = await http.get(f"{API}/{path}", headers=headers)
        assert answer.status_code == (401 if passport.role == "stranger" else 403)
        assert answer.json()["code"] == ("unauthenticated" if passport.role == "stranger" else "profile-needed")


async def test_answers_are_private(room, ann):
    for path in ("/continue-watching", "/my-list", "/thumbs", "/history", "/mine/film"):
        assert (await ann("GET", path)).headers["cache-control"] == "private, no-store"
