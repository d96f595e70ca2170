import json

import pytest

from matinee.contracts.catalogue import NewTitle
from matinee.contracts.edge import release_prefix
from matinee.testing.titles import picture, release

API = "/api/v1"


@pytest.fixture
def stranger(room):
    return room.callers.stranger


@pytest.fixture
def operator(room):
    return room.callers.operator


async def published(room, **fields):
    title = await room.service.create_title(new=NewTitle(**{"name": "Film", "audience": "everyone", **fields}))
    return await room.service.publish(release=release(title.title_id, frames=0))


async def test_a_title_is_made_changed_read_and_removed(http, operator):
    made = await http.post(f"{API}/studio/titles", headers=operator, json={"name": "Night Mail", "genres": ["Drama"]})
    assert made.status_code == 201, made.text
    card = made.json()
    assert (card["name"], card["version"], card["playable"], card["complete"]) == ("Night Mail", 1, False, None)
    assert card["artwork"] == {"poster": None, "backdrop": None}
    where = f"{API}/studio/titles/{card['title_id']}"
    changed = await http.patch(where, headers={**operator, "if-match": '"1"'}, json={"year": 1936, "listed": False})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["year"], changed.json()["listed"], changed.json()["version"]) == (1936, False, 2)
    stale = await http.patch(where, headers={**operator, "if-match": '"1"'}, json={"year": 1937})
    assert (stale.status_code, stale.json()["code"]) == (409, "title-changed")
    unset = await http.patch(where, headers=operator, json={"year": None})
    assert unset.json()["year"] is None
    assert (await http.delete(where, headers=operator)).status_code == 204
    assert (await http.delete(where, headers=operator)).status_code == 204
    gone = await http.get(f"{API}/titles/{card['title_id']}", headers=operator)
    assert (gone.status_code, gone.json()["code"]) == (404, "title-not-found")


async def test_detail_tells_qualities_and_tracks_and_has_a_strong_tag(http, room, stranger):
    title = await published(room)
    answer = await http.get(f"{API}/titles/{title.title_id}", headers=stranger)
    body = answer.json()
    assert (body["playable"], body["max_height"], body["duration_seconds"]) == (True, 720, 60.0)
    assert [r["name"] for r in body["renditions"]] == ["h264_360p", "h264_720p"]
    assert body["text"][0]["path"] == "subtitles/en.vtt"
    tag = answer.headers["etag"]
    again = await http.get(f"{API}/titles/{title.title_id}", headers={**stranger, "if-none-match": f'W/"x", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert "Cookie" in again.headers["vary"]
    other = await http.get(f"{API}/titles/{title.title_id}", headers={**stranger, "if-none-match": '"other"'})
    assert other.status_code == 200


async def test_a_series_answers_with_the_episodes_that_the_caller_may_see(http, room, stranger, operator):
    series = await room.service.create_title(new=NewTitle(name="S", kind="series", audience="everyone"))
    for number, audience in ((2, "everyone"), (1, "everyone"), (3, "operators")):
        place = {"series_id": series.title_id, "season_number": 1, "episode_number": number}
        await published(room, name=f"E{number}", kind="episode", audience=audience, **place)
    seen = {}
    for who, headers in (("stranger", stranger), ("operator", operator)):
        body = (await http.get(f"{API}/titles/{series.title_id}", headers=headers)).json()
        assert body["playable"]
        seen[who] = [episode["name"] for episode in body["episodes"]]
    assert seen == {"stranger": ["E1", "E2"], "operator": ["E1", "E2", "E3"]}
    rows = {row["row_id"]: row for row in (await http.get(f"{API}/browse", headers=stranger)).json()["rows"]}
    assert [item["name"] for item in rows["series"]["items"]] == ["S"]
    assert rows["series"]["items"][0]["playable"]


async def test_an_episode_changes_the_tag_of_its_series(http, room, stranger):
    series = await room.service.create_title(new=NewTitle(name="S", kind="series", audience="everyone"))
    before = (await http.get(f"{API}/titles/{series.title_id}", headers=stranger)).headers["etag"]
    await published(room, kind="episode", series_id=series.title_id, season_number=1, episode_number=1)
    after = (await http.get(f"{API}/titles/{series.title_id}", headers=stranger)).headers["etag"]
    assert before != after


async def test_artwork_comes_in_offered_widths_and_may_be_kept_when_named_by_digest(http, room, stranger, operator):
    title = await published(room)
    where = f"{API}/studio/titles/{title.title_id}/artwork/poster"
    answer = await http.put(where, headers=operator, content=picture(800, 1200, image_format="PNG"))
    assert answer.status_code == 200, answer.text
    link = answer.json()["artwork"]["poster"]
    small = await http.get(f"{link}&w=240", headers=stranger)
    large = await http.get(f"{link}&w=1920", headers=stranger)
    assert small.headers["content-type"] == "image/webp"
    assert small.content[8:12] == b"WEBP"
    assert len(large.content) > len(small.content)
    assert "immutable" in small.headers["cache-control"]
    kept = await http.get(f"{link}&w=240", headers={**stranger, "if-none-match": small.headers["etag"]})
    assert kept.status_code == 304
    unnamed = await http.get(f"{API}/titles/{title.title_id}/artwork/poster?v=old", headers=stranger)
    assert "immutable" not in unnamed.headers["cache-control"]
    none = await http.get(f"{API}/titles/{title.title_id}/artwork/backdrop", headers=stranger)
    assert (none.status_code, none.json()["code"]) == (404, "title-not-found")
    wrong = await http.get(f"{API}/titles/{title.title_id}/artwork/banner", headers=stranger)
    assert wrong.status_code in {400, 404}


async def test_an_operator_chooses_another_frame(http, room, operator):
    title = await room.service.create_title(new=NewTitle(name="Film"))
    wanted = release(title.title_id)
    for number, path in enumerate(wanted.artwork_paths):
        frame = picture(1280, 720, bright_at=(0.2 + number / 2, 0.5))
        await room.blobs.put(f"{release_prefix(title.title_id, wanted.release_id)}/{path}", frame)
    first = await room.service.publish(release=wanted)
    base = f"{API}/studio/titles/{title.title_id}"
    items = (await http.get(f"{base}/candidates", headers=operator)).json()["items"]
    assert [item["path"] for item in items] == list(wanted.artwork_paths)
    frame = await http.get(items[1]["url"], headers=operator)
    assert (frame.headers["content-type"], frame.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert (await http.get(f"{base}/candidates/9", headers=operator)).status_code == 404
    choice = {"candidate_path": items[1]["path"]}
    answer = await http.post(f"{base}/artwork/poster/choice", headers=operator, json=choice)
    assert answer.status_code == 200, answer.text
    assert first.artwork["poster"] not in answer.json()["artwork"]["poster"]
    for path in ("artwork/none.jpg", "../../index.json", "master.m3u8"):
        refused = await http.post(f"{base}/artwork/poster/choice", headers=operator, json={"candidate_path": path})
        assert (refused.status_code, refused.json()["code"]) == (422, "picture")


async def test_pages_continue_where_they_ended_while_titles_arrive(http, operator):
    names = [f"Film {number:02d}" for number in range(7)]
    for name in names:
        await http.post(f"{API}/studio/titles", headers=operator, json={"name": name})
    seen, cursor = [], None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await http.get(f"{API}/studio/titles", headers=operator, params=query)).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        await http.post(f"{API}/studio/titles", headers=operator, json={"name": "Newcomer"})
    assert seen == names[::-1]


async def test_limit_is_clamped_and_foreign_cursors_are_refused(http, operator):
    for _ in range(3):
        await http.post(f"{API}/studio/titles", headers=operator, json={"name": "A"})
    for limit, count in ((0, 1), (-5, 1), (2, 2), (10**9, 3)):
        page = await http.get(f"{API}/studio/titles", headers=operator, params={"limit": limit})
        assert len(page.json()["items"]) == count
    cursor = (await http.get(f"{API}/studio/titles", headers=operator, params={"limit": 1})).json()["next_cursor"]
    for query in ({"cursor": cursor, "q": "other"}, {"cursor": cursor[:-2] + "AA"}, {"cursor": "!"}):
        refused = await http.get(f"{API}/studio/titles", headers=operator, params=query)
        assert (refused.status_code, refused.json()["code"]) == (400, "cursor")


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": "   \u200b "},
        {"name": "x", "kind": "episode"},
        {"name": "x", "season_number": 1},
        {"name": "x", "year": 1500},
        {"name": "x", "genres": [""]},
        {"name": "x", "genres": ["g"] * 9},
        {"name": "x", "synopsis": "s" * 4001},
        {"name": "x", "owner": "me"},
        {"name": "x", "version": 9},
        {"name": 1},
        [],
    ],
)
async def test_bad_titles_are_refused_with_a_problem(http, operator, body):
    answer = await http.post(f"{API}/studio/titles", headers=operator, content=json.dumps(body))
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_series_place_is_taken_once(http, operator):
    series = (await http.post(f"{API}/studio/titles", headers=operator, json={"name": "S", "kind": "series"})).json()
    body = {"name": "E", "kind": "episode", "series_id": series["title_id"], "season_number": 1, "episode_number": 1}
    assert (await http.post(f"{API}/studio/titles", headers=operator, json=body)).status_code == 201
    taken = await http.post(f"{API}/studio/titles", headers=operator, json=body)
    assert (taken.status_code, taken.json()["code"]) == (409, "episode-taken")
    lost = await http.post(f"{API}/studio/titles", headers=operator, json={**body, "series_id": "nowhere"})
    assert (lost.status_code, lost.json()["code"]) == (404, "title-not-found")


async def test_studio_routes_are_for_operators_alone(http, room, stranger):
    title = await published(room)
    where = f"{API}/studio/titles"
    requests = [
        ("GET", where),
        ("POST", where),
        ("PATCH", f"{where}/{title.title_id}"),
        ("DELETE", f"{where}/{title.title_id}"),
        ("PUT", f"{where}/{title.title_id}/artwork/poster"),
        ("GET", f"{where}/{title.title_id}/candidates"),
        ("GET", f"{where}/{title.title_id}/candidates/0"),
        ("POST", f"{where}/{title.title_id}/artwork/poster/choice"),
    ]
    for method, path in requests:
        answer = await http.request(method, path, headers=stranger, content=b"{}")
        assert answer.status_code == 401, (method, path, answer.text)
    assert await room.service.title(title_id=title.title_id) == title
