"""Reports of progress: leases and history, together and apart; and what a grant says beside where to play from."""

import asyncio

import msgspec
import pytest

from matinee.contracts.metadata import Marker
from matinee.contracts.playback import StreamEndedError, StreamProgress
from matinee.host.hot import HotRoutes
from matinee.host.http import PassportReader, compose
from matinee.kit.errors import InternalError, UnavailableError
from matinee.kit.ids import SessionId, TitleId
from matinee.services.playback.http import hot_routes, routes
from matinee.services.playback.reports import ProgressNotKeptError
from matinee.testing.history import Shelf
from matinee.testing.titles import OPERATOR, STRANGER, member

MEMBERS = {"audience": "members"}
FILM = TitleId("film")


def report(session="s", position=10.0, event_ms=0, movie="film"):
    return StreamProgress(session_id=session, movie_id=movie, position_seconds=position, event_ms=event_ms)


async def grant_of(room, passport=None):
    await room.film(**MEMBERS)
    return await room.service.open_stream(title_id=FILM, passport=passport or member())


async def test_a_report_renews_the_lease_and_is_kept_with_what_is_known_of_the_film(room):
    grant = await grant_of(room)
    room.clock.advance(15)
    await room.service.progress(progress=report(grant.session_id, 42.0), passport=member())
    (entry,) = room.memory.entries
    assert (entry.profile_id, entry.title_id, entry.position_seconds) == (member().profile, FILM, 42.0)
    assert entry.duration_seconds == grant.duration_seconds > 0
    assert entry.event_ms == int(room.clock.now().timestamp() * 1000)
    room.clock.advance(15)
    assert [one.position_seconds for one in await room.service.streams()] == [42.0]


async def test_an_episode_is_kept_with_its_series(room):
    place = {"kind": "episode", "series_id": TitleId("show"), "season_number": 1, "episode_number": 1}
    await room.film("e1", **place)
    await room.service.progress(progress=report(movie="e1"), passport=member())
    assert room.memory.entries[0].series_id == "show"


async def test_without_a_lease_members_are_recorded_and_strangers_are_not(room):
    await room.film()
    await room.service.progress(progress=report("free"), passport=member())
    await room.service.progress(progress=report("cli"), passport=OPERATOR)
    await room.service.progress(progress=report("x"), passport=STRANGER)
    assert [entry.session_id for entry in room.memory.entries] == ["free"]


async def test_an_account_without_a_profile_has_no_history(room):
    grant = await grant_of(room)
    nobody = msgspec.structs.replace(member(), profile="")
    await room.service.progress(progress=report(grant.session_id), passport=nobody)
    assert room.memory.entries == []


async def test_what_is_no_title_is_not_recorded(room):
    await room.service.progress(progress=report(movie="nothing"), passport=member())
    assert room.memory.entries == []


async def test_while_the_catalogue_is_away_the_position_is_kept_without_a_duration(room):
    async def away(**_):
        raise UnavailableError("The catalogue is away.")

    room.shelf.title = away
    await room.service.progress(progress=report(), passport=member())
    assert [(entry.position_seconds, entry.duration_seconds) for entry in room.memory.entries] == [(10.0, 0.0)]


@pytest.mark.parametrize("how", ["away", "hangs"])
async def test_with_history_away_the_lease_is_renewed_and_the_player_told(room, how):
    grant = await grant_of(room)
    room.clock.advance(15)
    setattr(room.memory, how, True)
    with pytest.raises(ProgressNotKeptError):
        await room.service.progress(progress=report(grant.session_id), passport=member())
    room.clock.advance(15)
    assert len(await room.service.streams()) == 1


async def test_a_lost_place_is_told_and_the_position_kept_all_the_same(room):
    first = await grant_of(room)
    await room.service.open_stream(title_id=FILM, passport=member())
    with pytest.raises(StreamEndedError):
        await room.service.progress(progress=report(first.session_id, 77.0, event_ms=5), passport=member())
    assert [(entry.position_seconds, entry.event_ms) for entry in room.memory.entries] == [(77.0, 5)]


async def test_reports_that_come_together_go_together(room):
    grant = await grant_of(room)
    told = [
        room.service.progress(progress=report(grant.session_id, float(n), event_ms=n + 1), passport=member())
        for n in range(200)
    ]
    await asyncio.gather(*told)
    assert len(room.memory.entries) == 200
    assert room.memory.calls < 20


async def test_one_lost_place_does_not_spoil_the_others_in_its_batch(room):
    lost = await grant_of(room)
    await room.service.open_stream(title_id=FILM, passport=member())
    fine = await room.service.open_stream(title_id=FILM, passport=member(session="other"))
    outcomes = await asyncio.gather(
        room.service.progress(progress=report(lost.session_id), passport=member()),
        room.service.progress(progress=report(fine.session_id), passport=member(session="other")),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], StreamEndedError)
    assert outcomes[1] is None


async def sleepers(room, count):
    """Return who reports after a lease that ran out, and how, of as many accounts; billing has to be asked of each."""
    await room.film(**MEMBERS)
    who = [member(account=f"a{n}", session=f"s{n}", profile=f"p{n}") for n in range(count)]
    grants = [await room.service.open_stream(title_id=FILM, passport=passport) for passport in who]
    room.clock.advance(60)
    return [(report(grant.session_id), passport) for grant, passport in zip(grants, who, strict=True)]


async def test_leases_that_ran_out_do_not_wait_for_billing_one_after_the_other(room):
    told = await sleepers(room, 8)
    billing, asked, all_ask = room.till.entitlement, [], asyncio.Event()

    async def slow(*, account_id):
        asked.append(account_id)
        if len(asked) == len(told):
            all_ask.set()
        await all_ask.wait()
        return await billing(account_id=account_id)

    room.till.entitlement = slow
    async with asyncio.timeout(4):
        await asyncio.gather(*(room.service.progress(progress=one, passport=passport) for one, passport in told))
    assert len(await room.service.streams()) == 8


async def test_an_account_that_billing_breaks_on_does_not_spoil_the_others_in_its_batch(room):
    told = await sleepers(room, 3)
    billing = room.till.entitlement

    async def broken(*, account_id):
        if account_id == "a1":
            raise InternalError("Something broke over there.")
        return await billing(account_id=account_id)

    room.till.entitlement = broken
    reports = (room.service.progress(progress=one, passport=passport) for one, passport in told)
    assert await asyncio.gather(*reports, return_exceptions=True) == [None] * 3
    assert len(await room.service.streams()) == 3


async def test_the_first_report_of_a_film_asks_the_catalogue_once_for_all(room):
    await room.film()
    asked, inner = [], room.shelf.title

    async def counted(**arguments):
        asked.append(arguments)
        await asyncio.sleep(0)
        return await inner(**arguments)

    room.shelf.title = counted
    await asyncio.gather(*(room.service.progress(progress=report(f"s{n}"), passport=member()) for n in range(50)))
    assert len(asked) == 1


async def test_a_grant_says_where_to_resume_what_may_be_skipped_and_what_comes_next(room):
    markers = (Marker(kind="intro", starts_seconds=1.0, ends_seconds=9.0),)
    place = {"kind": "episode", "series_id": TitleId("show"), "season_number": 1, "episode_number": 1}
    await room.film("e1", markers=markers, **place, **MEMBERS)
    room.shelf.put("show", kind="series")
    room.memory.resume["e1"] = 31.0
    room.following.cards["e1"] = Shelf().put("e2", kind="episode", series="show")
    grant = await room.service.open_stream(title_id=TitleId("e1"), passport=member())
    assert (grant.resume_position_seconds, grant.markers) == (31.0, markers)
    assert grant.next_episode.title_id == "e2"


@pytest.mark.parametrize("how", ["away", "hangs"])
async def test_play_starts_with_history_and_library_away(room, how):
    place = {"kind": "episode", "series_id": TitleId("show"), "season_number": 1, "episode_number": 1}
    await room.film("e1", **place, **MEMBERS)
    room.shelf.put("show", kind="series")
    room.memory.resume["e1"] = 31.0
    setattr(room.memory, how, True)
    setattr(room.following, how, True)
    async with asyncio.timeout(2):
        grant = await room.service.open_stream(title_id=TitleId("e1"), passport=member())
    assert (grant.resume_position_seconds, grant.next_episode) == (0.0, None)
    assert grant.stream_url


class Wire:
    """Asks an application and keeps what it answers."""

    def __init__(self, room):
        reader = PassportReader(room.callers.key.public)
        framework = compose(routes(room.service), reader)
        self.ways = [framework, HotRoutes(framework, reader, hot_routes(room.service))]
        self.room = room

    async def ask(self, app, body, passport, extra=()):
        sent, given = [], [{"type": "http.request", "body": body, "more_body": False}]
        headers = [(name.encode(), value.encode()) for name, value in self.room.callers.headers(passport).items()]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/v1/stream/progress",
            "raw_path": b"/api/v1/stream/progress",
            "query_string": b"",
            "headers": [*headers, (b"content-type", b"application/json"), *extra],
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
            "state": {},
        }

        async def receive():
            return given.pop(0) if given else {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)
        answer = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], msgspec.json.decode(answer)["code"] if answer else None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"session_id":"s","movie_id":"film","position_seconds":1}', 204),
        (b'{"session_id":"s","movie_id":"film","position_seconds":-1}', 400),
        (b'{"session_id":"s","movie_id":"film","position_seconds":1,"profile_id":"other"}', 400),
        (b'{"session_id":"","movie_id":"film","position_seconds":1}', 400),
        (b"[" * 5000, 400),
        (b"\xff\xfe", 400),
        (b"", 400),
        (b" " * 20_000, 413),
    ],
)
async def test_the_bare_way_answers_as_the_framework_does(room, body, status):
    await room.film()
    wire = Wire(room)
    size = ((b"content-length", str(len(body)).encode()),)
    answers = [await wire.ask(app, body, member(), size) for app in wire.ways]
    assert answers[0] == answers[1]
    assert answers[0][0] == status


async def test_the_bare_way_refuses_whom_the_framework_refuses(room):
    grant = await grant_of(room)
    body = msgspec.json.encode(report(grant.session_id))
    wire = Wire(room)
    for passport, code in [
        (STRANGER, "sign-in-needed"),
        (msgspec.structs.replace(STRANGER, expired=True), "session-expired"),
        (None, "unauthenticated"),
    ]:
        answers = [await wire.ask(app, body, passport) for app in wire.ways]
        assert answers == [(401, code)] * 2
    await room.service.end_stream(session_id=SessionId(grant.session_id), passport=member())
    assert [await wire.ask(app, body, member()) for app in wire.ways] == [(410, "stream-ended")] * 2
