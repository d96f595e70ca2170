"""Streams of other people, as an attacker with an account of his own would try them."""

import msgspec
import pytest
from litestar.testing import AsyncTestClient

from matinee.engines.relational import migrate, open_database
from matinee.host.http import PassportReader, compose
from matinee.kit.ids import AccountId, ProfileId, TitleId
from matinee.services.playback.http import routes
from matinee.testing.playback import PLAYBACK_MIGRATIONS, open_playback
from matinee.testing.titles import member


@pytest.fixture
async def room(tmp_path):
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/playback.db") as database:
        await migrate(database, room="playback", script_location=PLAYBACK_MIGRATIONS)
        yield open_playback(database)


@pytest.fixture
async def http(room):
    async with AsyncTestClient(compose(routes(room.service), PassportReader(room.callers.key.public))) as client:
        yield client


VICTIM, THIEF = member(account="victim"), member(account="thief", session="sign-in-2")


async def victims_stream(room):
    await room.film(audience="members")
    return await room.service.open_stream(title_id=TitleId("film"), passport=VICTIM)


async def test_attack_09_nobody_ends_or_sees_the_streams_of_another_account(room, http):
    grant = await victims_stream(room)
    thief = room.callers.headers(THIEF)
    assert (await http.get("/api/v1/streams", headers=thief)).json() == {"items": []}
    assert (await http.delete(f"/api/v1/streams/{grant.session_id}", headers=thief)).status_code == 204
    ended = await http.post("/api/v1/stream/end", json={"session_id": grant.session_id}, headers=thief)
    assert ended.status_code == 204
    assert (await http.get("/api/v1/admin/streams", headers=thief)).status_code == 403
    assert (await http.delete(f"/api/v1/admin/streams/{grant.session_id}", headers=thief)).status_code == 403
    assert [stream.session_id for stream in await room.service.streams()] == [grant.session_id]


async def test_attack_09_support_does_not_end_other_peoples_streams_by_the_members_route(room, http):
    grant = await victims_stream(room)
    staff = room.callers.headers(member(role="support", account="staff", session="s"))
    assert (await http.delete(f"/api/v1/streams/{grant.session_id}", headers=staff)).status_code == 204
    assert len(await room.service.streams()) == 1
    assert (await http.delete(f"/api/v1/admin/streams/{grant.session_id}", headers=staff)).status_code == 204
    assert await room.service.streams() == ()


async def test_attack_09_progress_for_another_accounts_stream_moves_nothing(room, http):
    grant = await victims_stream(room)
    body = {"session_id": grant.session_id, "movie_id": "film", "position_seconds": 999.0}
    assert (
        await http.post("/api/v1/stream/progress", json=body, headers=room.callers.headers(THIEF))
    ).status_code == 204
    assert [stream.position_seconds for stream in await room.service.streams()] == [0.0]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session_id": "s", "movie_id": "m"},
        {"session_id": "s" * 65, "movie_id": "m", "position_seconds": 1},
        {"session_id": "s", "movie_id": "m", "position_seconds": -1},
        {"session_id": "s", "movie_id": "m", "position_seconds": 1e300},
        {"session_id": "s", "movie_id": "m", "position_seconds": 1, "state": "dancing"},
        {"session_id": "s", "movie_id": "m", "position_seconds": 1, "account_id": "victim"},
        [],
    ],
)
async def test_attack_10_progress_takes_nothing_but_its_own_fields(room, http, body):
    answer = await http.post("/api/v1/stream/progress", json=body, headers=room.callers.headers(VICTIM))
    assert answer.status_code == 400


async def test_attack_14_a_players_name_is_kept_short_and_printable(room, http):
    await room.film(audience="members")
    headers = {**room.callers.headers(VICTIM), "user-agent": "<script>alert(1)</script>\x1b[31m" + "x" * 5000}
    assert (await http.get("/api/v1/stream", params={"movie_id": "film"}, headers=headers)).status_code == 200
    (item,) = (await http.get("/api/v1/streams", headers=room.callers.headers(VICTIM))).json()["items"]
    assert len(item["user_agent"]) <= 200
    assert item["user_agent"].isprintable()
    assert "sign_in" not in item


async def test_attack_20_a_session_that_has_run_out_is_said_to_be_renewable(room, http):
    """Else a film that a member pays for stops with their access token; a signed-out device is still told the same."""
    grant = await victims_stream(room)
    body = {"session_id": grant.session_id, "movie_id": "film", "position_seconds": 9.0}
    for expired, code in ((True, "session-expired"), (False, "sign-in-needed")):
        gone = msgspec.structs.replace(
            VICTIM, role="stranger", account=AccountId(""), profile=ProfileId(""), session="", expired=expired
        )
        headers = room.callers.headers(gone)
        for answer in (
            await http.post("/api/v1/stream/progress", json=body, headers=headers),
            await http.get("/api/v1/stream?movie_id=film", headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (401, code)
