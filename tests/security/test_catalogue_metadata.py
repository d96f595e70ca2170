"""What can be sent about a title, tried against the running service: words, sizes, other people's drafts."""

import msgspec
import pytest

from matinee.testing.doors import open_front_rooms

API = "/api/v1"
NAUGHTY = (
    "<script>alert(1)</script>",
    "'; DROP TABLE catalogue_people; --",
    "%_\\%",
    "\u202egnirts",
    "a\u0000b",
    "z\u0338\u0327\u035dalgo" * 8,
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\u2028line",
    "../../etc/passwd",
)
TOO_MUCH = (
    {"tags": ["x"] * 41},
    {"tags": ["x" * 41]},
    {"tags": ["\u200b"]},
    {"people": [{"name": "A"}] * 201},
    {"people": [{"name": ""}]},
    {"people": [{"name": "\u200b"}]},
    {"people": [{"name": "A", "role": "king"}]},
    {"people": [{"name": "A", "person_id": "nobody"}]},
    {"people": [{"name": "A", "person_id": "x" * 100_000}]},
    {"markers": [{"kind": "intro", "starts_seconds": -1, "ends_seconds": 1}]},
    {"markers": [{"kind": "intro", "starts_seconds": 0, "ends_seconds": 1e9}]},
    {"markers": [{"kind": "intro", "starts_seconds": 2 * n, "ends_seconds": 2 * n + 1} for n in range(17)]},
    {"ratings": [{"system": "mpa", "label": "x" * 21}]},
    {"ratings": [{"system": "none", "label": "1"}]},
    {"languages": ["not a language"]},
    {"released_on": "yesterday"},
    {"genres": ["x"] * 9},
    {"original_name": "x" * 201},
    {"hot": "yes"},
)


@pytest.fixture
async def door(tmp_path):
    async with open_front_rooms(tmp_path) as opened:
        yield opened


async def call(door, method, path, headers=None, **options):
    async with door.http.request(method, f"{door.url}{API}{path}", headers=headers, **options) as answer:
        body = await answer.read()
        return answer.status, msgspec.json.decode(body) if body and "json" in answer.content_type else body


async def make(door, **fields):
    code, title = await call(door, "POST", "/studio/titles", door.operator, json={"name": "Film", **fields})
    assert code == 201, title
    return title["title_id"]


async def test_attack_14_and_18_naughty_words_stay_words(door):
    for number, text in enumerate(NAUGHTY):
        part = {"name": text, "character": text}
        title_id = await make(door, audience="everyone", tags=[text[:40]], people=[part], original_name=text)
        code, seen = await call(door, "GET", f"/titles/{title_id}")
        assert code == 200
        (person,) = seen["people"]
        assert "\0" not in person["name"] + seen["original_name"] + seen["tags"][0]
        code, page = await call(door, "GET", f"/people/{person['person_id']}")
        assert (code, page["name"]) == (200, person["name"])
        # One person for each, however alike wildcards make them look.
        assert len(page["items"]) == 1, number
    code, _ = await call(door, "GET", "/people/%27%20OR%201=1%20--")
    assert code == 404


async def test_attack_13_what_is_too_much_or_makes_no_sense_is_refused(door):
    title_id = await make(door)
    for fields in TOO_MUCH:
        for method, path, body in (
            ("POST", "/studio/titles", {"name": "Film", **fields}),
            ("PATCH", f"/studio/titles/{title_id}", fields),
            ("PUT", f"/studio/titles/{title_id}/draft", fields),
        ):
            code, problem = await call(door, method, path, door.operator, json=body)
            shown = msgspec.json.encode(fields)[:80]
            # Who somebody is, is looked up when the draft is published.
            if method == "PUT" and b"person_id" in shown:
                continue
            assert code == 400, (method, shown, problem)
    code, page = await call(door, "GET", "/studio/titles", door.operator)
    assert (code, len(page["items"]), page["items"][0]["version"]) == (200, 1, 1)


async def test_attack_10_a_change_sets_no_field_that_is_not_the_editors(door):
    title_id = await make(door)
    for field in ("title_id", "version", "release", "artwork", "created_at", "kind", "series_id"):
        for method, path in (("PATCH", ""), ("PUT", "/draft")):
            code, _ = await call(door, method, f"/studio/titles/{title_id}{path}", door.operator, json={field: None})
            assert code == 400, (method, field)


async def test_attack_11_drafts_and_sent_pictures_are_for_editors_alone(door):
    title_id = await make(door, audience="everyone")
    code, _ = await call(door, "PUT", f"/studio/titles/{title_id}/draft", door.operator, json={"synopsis": "Secret"})
    assert code == 200
    for method, path in (
        ("GET", "draft"),
        ("DELETE", "draft"),
        ("POST", "draft/publish"),
        ("GET", f"pictures/poster/{'0' * 32}"),
        ("DELETE", f"pictures/poster/{'0' * 32}"),
    ):
        code, _ = await call(door, method, f"/studio/titles/{title_id}/{path}")
        assert code in {401, 403}, path
    for path in (f"/titles/{title_id}", "/browse", "/genres"):
        _, body = await call(door, "GET", path)
        assert "Secret" not in msgspec.json.encode(body).decode()
    for digest in ("0" * 32, "..%2f..%2fsecret", "x", "%00"):
        code, _ = await call(door, "GET", f"/studio/titles/{title_id}/pictures/poster/{digest}", door.operator)
        assert code in {400, 404}, digest
        choice = {"candidate_path": f"sent/poster/{digest}"}
        path = f"/studio/titles/{title_id}/artwork/poster/choice"
        code, _ = await call(door, "POST", path, door.operator, json=choice)
        assert code in {404, 422}, digest
