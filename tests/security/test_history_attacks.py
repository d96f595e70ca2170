"""What one profile watched and keeps, as somebody else would try to see, change or drown it."""

import httpx
import pytest

from matinee.host.http import PassportReader, compose
from matinee.kit.ids import ProfileId
from matinee.services.history.http import routes
from matinee.testing.history import open_history
from matinee.testing.titles import OPERATOR, member

API = "/api/v1"
READS = (
    "continue-watching",
    "my-list",
    "thumbs",
    "history",
    "history/export",
    "history/export/csv",
    "mine/secret",
)
THIEVES = [
    member(account="account-1", profile="brother", session="s2"),
    member(account="other", profile="stranger", session="s3"),
    member(role="admin", account="staff", profile="boss", session="s4"),
]


@pytest.fixture
async def room(tmp_path):
    async with open_history(tmp_path) as opened:
        opened.shelf.put("secret")
        await opened.play("victim", "secret", 50.0)
        yield opened


@pytest.fixture
async def http(room):
    app = compose(routes(room.service, room.shelves, room.pages), PassportReader(room.callers.key.public))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://history") as client:
        yield client


@pytest.mark.parametrize("thief", THIEVES, ids=["same household", "another account", "staff"])
async def test_attack_09_no_profile_sees_or_changes_what_another_one_watched(room, http, thief):
    headers = room.callers.headers(thief)
    victim = room.callers.headers(member(profile="victim"))
    assert (await http.put(f"{API}/my-list/secret", headers=victim)).status_code == 204
    assert (await http.put(f"{API}/thumbs/secret", json={"thumb": "up"}, headers=victim)).status_code == 204
    before = [(await http.get(f"{API}/{path}", headers=victim)).text for path in READS]
    for path in READS:
        for extra in ("", "profile_id=victim", "profile=victim"):
            sign = "&" if "?" in path else "?"
            answer = await http.get(f"{API}/{path}{sign}{extra}", headers=headers | {"x-profile": "victim"})
            assert "50.0" not in answer.text
            assert '"thumb":"up"' not in answer.text
    await http.request("DELETE", f"{API}/continue-watching/secret", headers=headers)
    await http.request("DELETE", f"{API}/my-list/secret", headers=headers)
    await http.request("DELETE", f"{API}/thumbs/secret", headers=headers)
    assert (await http.request("DELETE", f"{API}/history/secret", headers=headers)).status_code == 404
    await http.request("DELETE", f"{API}/history", headers=headers)
    assert [(await http.get(f"{API}/{path}", headers=victim)).text for path in READS] == before


async def test_attack_09_a_cursor_of_one_history_opens_no_other(room, http):
    for number in range(4):
        room.clock.advance(1)
        await room.play("victim", f"t{number}", 10.0)
    victim = room.callers.headers(member(profile="victim"))
    cursor = (await http.get(f"{API}/history?limit=2", headers=victim)).json()["next_cursor"]
    thief = await http.get(f"{API}/history?cursor={cursor}", headers=room.callers.headers(THIEVES[0]))
    assert (thief.status_code, thief.json()["code"]) == (400, "cursor")
    for broken in ("x", cursor[:-2], "A" * 500):
        assert (await http.get(f"{API}/history?cursor={broken}", headers=victim)).json()["code"] == "cursor"


async def test_attack_09_the_operator_of_the_machine_has_no_history(room, http):
    for path in READS:
        assert (await http.get(f"{API}/{path}", headers=room.callers.headers(OPERATOR))).status_code == 403


async def test_attack_10_bodies_name_no_other_owner(room, http):
    headers = room.callers.headers(member(profile="ann"))
    for path, body in [
        ("thumbs/secret", {"thumb": "up", "profile_id": "victim"}),
        ("my-list/secret", {"before": None, "profile_id": "victim"}),
    ]:
        assert (await http.put(f"{API}/{path}", json=body, headers=headers)).status_code == 400
    assert await room.service.thumbs(profile_id=ProfileId("victim")) == {}
    assert await room.service.my_list(profile_id=ProfileId("victim")) == ()


@pytest.mark.parametrize("body", [b"[" * 900, b"\xff\xfe", b'{"before":' + b'"' + b"x" * 65 + b'"}', b'{"before":""}'])
async def test_attack_13_bodies_that_are_none_are_refused(room, http, body):
    headers = room.callers.headers(member(profile="ann"))
    answer = await http.put(f"{API}/my-list/secret", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    huge = await http.put(f"{API}/my-list/secret", content=b" " * 5_000, headers=headers)
    assert huge.status_code == 413


async def test_attack_13_nobody_fills_the_store_with_titles_that_are_none(room, http):
    headers = room.callers.headers(member(profile="ann"))
    for number in range(20):
        assert (await http.put(f"{API}/my-list/junk{number}", headers=headers)).status_code == 404
        assert (await http.put(f"{API}/thumbs/junk{number}", json={"thumb": "up"}, headers=headers)).status_code == 404
        gone = await http.request("DELETE", f"{API}/continue-watching/junk{number}", headers=headers)
        assert gone.status_code == 404
    assert await room.store.hidden(ProfileId("ann")) == {}


@pytest.mark.parametrize(
    "title", ["' OR 1=1 --", "secret'; DROP TABLE history_live; --", "%25", "_", "a" * 65, "\u202esecret", "secret%00"]
)
async def test_attack_18_ids_are_values_and_never_words_of_a_query(room, http, title):
    headers = room.callers.headers(member(profile="victim"))
    for method, path in [("DELETE", "history"), ("DELETE", "continue-watching"), ("DELETE", "thumbs"), ("GET", "mine")]:
        answer = await http.request(method, f"{API}/{path}/{title}", headers=headers)
        assert answer.status_code in {200, 204, 404}
        assert answer.status_code != 200 or answer.json()["resume_seconds"] == 0
    assert len(await room.store.live(ProfileId("victim"))) == 1


async def test_attack_10_a_kids_profile_is_shown_no_card_above_its_ceiling(room, http):
    room.shelf.put("grown", maturity=18)
    await room.play("kid", "grown", 40.0)
    await room.store.save_list(ProfileId("kid"), (), expected=0)
    headers = room.callers.headers(member(profile="kid", maturity=7, kids=True))
    assert (await http.get(f"{API}/continue-watching", headers=headers)).json() == {"items": []}
    (line,) = (await http.get(f"{API}/history", headers=headers)).json()["items"]
    assert (line["card"], line["name"]) == (None, "")
    assert (await http.put(f"{API}/my-list/grown", headers=headers)).status_code == 404
