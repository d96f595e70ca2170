"""Hostile queries, tried over HTTP against the running room."""

import json
import random
import time
from pathlib import Path

import pytest
from tests.services.search.conftest import call, open_search, ready

from matinee.contracts.catalogue import Viewer
from matinee.testing.searching import HandMadeLibrary, a_title
from matinee.testing.titles import member

NAUGHTY = (
    'name:"x" AND (y OR z)~2^9',
    "*:*",
    "?*?*?*?*?*?*?*",
    ".*.*.*.*.*.*.*[a-z]{1000}",
    "(a+)+$",
    "[[[[[[[[",
    "#1 #2 @le",
    "a\x00b",
    "\ufeff\u200b\u200d",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "' OR 1=1 --",
    "../../../etc/passwd",
    "<script>alert(1)</script>",
    "T\u0332\u033a\u0315o\u035e \u0337i\u0332\u032c\u0347n\u031d",
    "\u202etest\u202e",
    "a" * 200,
    "a " * 100,
    "ab" * 100,
    "\ufdfa" * 200,
    "\u0344" * 200,
    "ﷺ ǆ ﬃ " * 25,
    "進" * 200,
    "\U0010ffff" * 200,
    "the " * 50,
    "x1 " * 66,
    "title_id:title-0000000000000001",
)


@pytest.fixture
async def room(tmp_path):
    titles = [a_title(number, f"The Night {number} Of A Thousand Things") for number in range(200)]
    secret = a_title(900, "Secret premiere", people=("Secret Person",), audience="operators", tags=("hush",))
    async with open_search(tmp_path, HandMadeLibrary(*titles, secret)) as opened:
        await ready(opened)
        yield opened


async def answers(room, text: str) -> tuple[int, int, float]:
    headers, began = room.callers.headers(member()), time.monotonic()
    status, _, body = await call(room, "GET", "/search", headers, q=text)
    assert status in {200, 400}, (text, body)
    lines, _, body = await call(room, "GET", "/search/suggestions", headers, q=text)
    assert lines in {200, 400}, (text, body)
    return status, lines, time.monotonic() - began


async def test_attack_18_the_words_of_a_query_language_are_just_words(room):
    for text in NAUGHTY:
        await answers(room, text)
    for text in ("name:night", "title_id:title-0000000000000900", "gate:operators", "hush OR night"):
        headers = room.callers.headers(member())
        _, _, body = await call(room, "GET", "/search", headers, q=text)
        assert all(item["name"] != "Secret premiere" for item in body["items"])


async def test_attack_18_the_big_list_of_naughty_strings_and_garbage_are_answered(room):
    source = random.Random(18)
    texts = [
        "".join(
            chr(source.choice((source.randrange(1, 0xD800), source.randrange(0xE000, 0x110000)))) for _ in range(30)
        )
        for _ in range(60)
    ]
    for text in texts:
        await answers(room, text)


async def test_attack_18_the_published_list_of_naughty_strings(room, test_media: Path):
    for text in json.loads((test_media / "data" / "strings" / "blns.json").read_text()):
        if "\x00" not in text:
            await answers(room, text)


async def test_attack_13_no_query_takes_long(room):
    for text in NAUGHTY:
        assert (await answers(room, text))[2] < 1.5, text


async def test_attack_11_strangers_learn_nothing_of_hidden_titles_by_searching(room):
    for headers in (room.callers.stranger, room.callers.headers(member())):
        for text in ("secret premiere", "secert", "secret person", "hush", "s", "premiere", "secret perso"):
            _, _, body = await call(room, "GET", "/search", headers, q=text)
            assert "ecret" not in json.dumps(body), text
            _, _, body = await call(room, "GET", "/search/suggestions", headers, q=text)
            assert "ecret" not in json.dumps(body), text
    _, _, body = await call(room, "GET", "/search", room.callers.operator, q="secret")
    assert body["items"][0]["name"] == "Secret premiere"


async def test_attack_09_a_cursor_of_somebody_who_sees_more_is_refused(room):
    page = await room.search.search(query="night", viewer=Viewer(audience="operators"), limit=5)
    headers = room.callers.headers(member())
    status, _, body = await call(room, "GET", "/search", headers, q="night", cursor=page.next_cursor)
    assert (status, body["code"]) == (400, "cursor")
