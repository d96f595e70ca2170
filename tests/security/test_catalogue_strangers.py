"""What strangers learn and what names can do, tried against the running service."""

import io
import os
from pathlib import Path

import msgspec
import pytest

from matinee.contracts.catalogue import Catalogue
from matinee.contracts.edge import release_prefix
from matinee.kit.ids import TitleId
from matinee.testing.doors import open_front_rooms
from matinee.testing.titles import picture, release

API = "/api/v1"
NAUGHTY = (
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    '"; DROP TABLE catalogue_titles; --',
    "%_\\%",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "../../../etc/passwd",
    "-rf / --help",
    "\u03a9\u2248\u00e7\u221a\u222b\u02dc\u00b5\u2264\u2265\u00f7",
    "\u7530\u4e2d\u3055\u3093",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308",
    "\u05d4\u05b8\u05d9\u05b0\u05ea\u05b8test\u0627\u0644\u0635\u0641\u062d\u0627\u062a",
    "\u202etest\u202e",
    "T\u0332\u033a\u0315o\u035e \u0337i\u0332\u032c\u0347n\u031d",
    "null",
    "NaN",
    "true",
    "=cmd|' /C calc'!A0",
    "a" * 200,
    "I\u0307\u0131\u1e9e\ufb01",
)


@pytest.fixture
async def door(tmp_path):
    async with open_front_rooms(tmp_path) as opened:
        yield opened


async def call(door, method, path, headers=None, **options):
    async with door.http.request(method, f"{door.url}{API}{path}", headers=headers, **options) as answer:
        body = await answer.read()
        is_json = "json" in answer.content_type
        return answer.status, msgspec.json.decode(body) if is_json and body else body


async def make(door, **fields):
    code, title = await call(door, "POST", "/studio/titles", door.operator, json={"name": "Film", **fields})
    assert code == 201, title
    return title


async def test_attack_11_strangers_cannot_tell_hidden_titles_from_missing_ones(door):
    hidden = await make(door, name="Secret premiere", audience="operators")
    unlisted = await make(door, name="Secret cut", audience="everyone")
    await call(door, "PATCH", f"/studio/titles/{unlisted['title_id']}", door.operator, json={"listed": False})
    series = await make(door, name="Secret series", kind="series", audience="operators")
    place = {"kind": "episode", "series_id": series["title_id"], "season_number": 1, "episode_number": 1}
    episode = await make(door, name="Secret pilot", audience="everyone", **place)
    catalogue = door.rooms["catalogue"].provides[Catalogue]
    for title in (hidden, unlisted, episode):
        wanted = release(TitleId(title["title_id"]))
        for path in wanted.artwork_paths:
            await door.blobs.put(f"{release_prefix(wanted.title_id, wanted.release_id)}/{path}", picture(640, 360))
        await catalogue.publish(release=wanted)
    _, none = await call(door, "GET", "/titles/01hzzzzzzzzzzzzzzzzzzz")
    for title in (hidden, unlisted, series, episode):
        title_id = title["title_id"]
        for path in (
            f"/titles/{title_id}",
            f"/titles/{title_id}/artwork/poster",
            f"/titles/{title_id}/artwork/backdrop?w=240",
            f"/stream?movie_id={title_id}",
        ):
            code, problem = await call(door, "GET", path)
            assert code == 404, path
            assert (problem["code"], problem["detail"]) == (none["code"], none["detail"]), path
        for path in (f"/studio/titles/{title_id}/candidates", f"/studio/titles/{title_id}/candidates/0"):
            code, _ = await call(door, "GET", path)
            assert code == 401, path
        code, _ = await call(door, "GET", f"/titles/{title_id}", door.operator)
        assert code == 200
    _, page = await call(door, "GET", "/browse")
    assert "Secret" not in msgspec.json.encode(page).decode()
    _, page = await call(door, "GET", "/browse", door.operator)
    assert "Secret premiere" in msgspec.json.encode(page).decode()


async def test_attack_11_validators_do_not_tell_strangers_of_hidden_titles(door):
    hidden = await make(door, audience="operators")
    async with door.http.get(f"{door.url}{API}/titles/{hidden['title_id']}", headers=door.operator) as answer:
        tag = answer.headers["etag"]
    for value in (tag, "*"):
        code, _ = await call(door, "GET", f"/titles/{hidden['title_id']}", {"if-none-match": value})
        assert code == 404


async def test_attack_11_a_title_that_is_taken_back_takes_its_pictures_along(door):
    title = await make(door, audience="everyone")
    put = f"/studio/titles/{title['title_id']}/artwork/poster"
    code, card = await call(door, "PUT", put, door.operator, data=io.BytesIO(picture(400, 600)))
    assert code == 200
    link = card["artwork"]["poster"].removeprefix(API)
    assert (await call(door, "GET", link))[0] == 200
    await call(door, "PATCH", f"/studio/titles/{title['title_id']}", door.operator, json={"audience": "operators"})
    assert (await call(door, "GET", link))[0] == 404


async def test_attack_01_artwork_and_candidates_name_no_other_files(door):
    title = await make(door, audience="everyone")
    here = f"/titles/{title['title_id']}"
    kinds = ("..", "%2e%2e", "..%2f..%2findex.json", "poster/../../x", "POSTER", "poster.svg", "poster%00", "poster%20")
    widths = ("0", "-1", "1e9", "240/../../x", "99999999999999999999", "abc")
    numbers = ("-1", "0", "999", "../0", "x", "0%2f..%2f0")
    ids = ("..", "%2e%2e", "a" * 5000, "'--", "%27%20OR%201=1", "%EF%BC%8E%EF%BC%8E")
    paths = (
        *(f"{here}/artwork/{kind}" for kind in kinds),
        *(f"{here}/artwork/poster?w={width}" for width in widths),
        *(f"/studio{here}/candidates/{number}" for number in numbers),
        *(f"/titles/{title_id}" for title_id in ids),
    )
    for path in paths:
        head = f"Host: x\r\nAuthorization: Bearer {door.keyring.operator_key()}"
        answer = await door.raw(f"GET {API}{path} HTTP/1.1\r\n{head}\r\n\r\n".encode())
        assert int(answer.split(b" ")[1]) in {400, 404, 405}, path


async def test_attack_10_nobody_sets_fields_that_are_not_theirs(door):
    title = await make(door)
    where = f"/studio/titles/{title['title_id']}"
    for field in ("title_id", "version", "release", "artwork", "created_at", "kind", "series_id", "playable"):
        code, _ = await call(door, "PATCH", where, door.operator, json={field: title.get(field) or 1})
        assert code == 400, field
        code, _ = await call(door, "POST", "/studio/titles", door.operator, json={"name": "x", "release": {}, field: 1})
        assert code == 400, field
    assert (await call(door, "GET", f"/titles/{title['title_id']}", door.operator))[1]["version"] == 1


async def test_attack_18_wildcards_and_quotes_in_searches_are_letters(door):
    names = ("100% Wolf", "100 Wolf", "under_score", "underXscore", "back\\slash", "It's", 'Say "hi"', "ÉCLAIR")
    for name in names:
        await make(door, name=name)
    for query, found in (
        ("100%", {"100% Wolf"}),
        ("%", {"100% Wolf"}),
        ("_", {"under_score"}),
        ("r_s", {"under_score"}),
        ("\\", {"back\\slash"}),
        ("%%%", set()),
        ("'", {"It's"}),
        ("' OR '1'='1", set()),
        ('"', {'Say "hi"'}),
        ("éclair", {"ÉCLAIR"}),
        ("WOLF", {"100% Wolf", "100 Wolf"}),
        ("%' UNION SELECT 1 --", set()),
    ):
        code, page = await call(door, "GET", "/studio/titles", door.operator, params={"q": query})
        assert code == 200
        assert {item["name"] for item in page["items"]} == found, query


async def round_trip(door, text):
    """Store a text as name, synopsis and genre, and find it again."""
    fields = {"name": text[:200], "synopsis": text[:4000], "genres": [text[:40]]}
    code, title = await call(door, "POST", "/studio/titles", door.operator, json=fields)
    if code == 400:
        return False
    assert code == 201, (text, title)
    code, read = await call(door, "GET", f"/titles/{title['title_id']}", door.operator)
    assert code == 200
    assert (read["name"], read["synopsis"], read["genres"]) == (title["name"], title["synopsis"], title["genres"])
    assert not any(ord(character) < 32 for character in read["name"])
    code, page = await call(
        door, "GET", "/studio/titles", door.operator, params={"q": title["name"][:100], "limit": 100}
    )
    assert code == 200
    assert title["title_id"] in [item["title_id"] for item in page["items"]], text
    return True


async def test_attack_14_names_come_back_as_they_were_given(door):
    for text in NAUGHTY:
        assert await round_trip(door, text)
    for text in ("", " ", "\u200b", "\0", "\n\t", "\u00ad\ufeff"):
        assert not await round_trip(door, text)
    for body in (b'{"name": "\\ud800"}', b'{"name": "\xff"}', b'{"name": "a"', b"[" * 100_000):
        code, _ = await call(door, "POST", "/studio/titles", door.operator, data=io.BytesIO(body))
        assert code == 400, body[:20]


@pytest.mark.slow
@pytest.mark.media
async def test_attack_14_the_big_list_of_naughty_strings_comes_back(door):
    folder = Path(os.environ.get("MATINEE_TEST_MEDIA", "/nonexistent")) / "data" / "strings"
    if not (folder / "blns.json").is_file():
        pytest.skip("naughty strings: MATINEE_TEST_MEDIA names no folder with data/strings/blns.json")
    strings = msgspec.json.decode((folder / "blns.json").read_bytes(), type=list[str])
    stored = [text for text in strings if await round_trip(door, text)]
    assert len(strings) - len(stored) <= len([text for text in strings if len(text.strip()) < 2]) + 5
