"""TMDB, asked over a loopback server that answers as its documentation of version 3 says; all names are invented."""

import time
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from aiohttp import web

from matinee.services.catalogue.imports.ports import TmdbError, TmdbKeyMissingError, TmdbRef
from matinee.services.catalogue.imports.tmdb import Tmdb
from matinee.services.catalogue.imports.tmdb_source import TmdbSource
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.testing.clock import ManualClock
from matinee.testing.titles import picture

KEY = "0123456789abcdef0123456789abcdef"
MOVIE = {
    "id": 77,
    "title": "Night Mail",
    "original_title": "Courrier de nuit",
    "original_language": "fr",
    "overview": "A train runs through the night.",
    "release_date": "2001-02-04",
    "genres": [{"id": 18, "name": "Drama"}, {"id": 10752, "name": "War"}],
    "spoken_languages": [{"iso_639_1": "fr"}, {"iso_639_1": "en"}],
    "poster_path": "/poster.jpg",
    "backdrop_path": "/back.jpg",
    "keywords": {"keywords": [{"id": 1, "name": "train"}]},
    "release_dates": {
        "results": [
            {"iso_3166_1": "BR", "release_dates": [{"certification": "L", "type": 3}]},
            {"iso_3166_1": "US", "release_dates": [{"certification": "", "type": 1}, {"certification": "PG-13"}]},
        ]
    },
    "credits": {
        "cast": [{"id": 1, "name": "Person One", "character": "The Driver", "order": 0}],
        "crew": [
            {"id": 2, "name": "Person Two", "job": "Director", "department": "Directing"},
            {"id": 3, "name": "Person Three", "job": "Gaffer", "department": "Lighting"},
            {"id": 4, "name": "Person Four", "job": "Screenplay", "department": "Writing"},
        ],
    },
}
SERIES = {
    "id": 9,
    "name": "The Signal",
    "original_name": "The Signal",
    "overview": "Somebody answers.",
    "first_air_date": "2010-01-01",
    "genres": [{"name": "Sci-Fi & Fantasy"}],
    "created_by": [{"id": 5, "name": "Person Five"}],
    "seasons": [{"season_number": 0}, {"season_number": 1}, {"season_number": 2}],
    "content_ratings": {"results": [{"iso_3166_1": "US", "rating": "TV-14"}]},
    "keywords": {"results": []},
    "credits": {"cast": [], "crew": []},
    "poster_path": None,
    "backdrop_path": "/../../etc/passwd",
}


def season(number):
    episodes = [
        {"episode_number": n, "name": f"Part {number}.{n}", "overview": "Told.", "air_date": f"201{number}-01-0{n}"}
        for n in (1, 2)
    ]
    return {"season_number": number, "episodes": [{**one, "crew": [], "guest_stars": []} for one in episodes]}


@dataclass
class Recorded:
    """What TMDB would say, and what it was asked."""

    url: str = ""
    answers: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    refusals: list = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query), request.headers.get("authorization")))
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return web.json_response({"status_code": 25, "status_message": "Refused."}, status=status, headers=headers)
        found = self.answers.get(request.path)
        if found is None:
            return web.json_response({"status_code": 34, "status_message": "Not found."}, status=404)
        return web.Response(body=found if isinstance(found, bytes) else msgspec.json.encode(found))

    def settings(self, **over):
        host = self.url.removeprefix("http://")
        known = {"tmdb_api_key": KEY, "tmdb_url": f"{self.url}/3", "tmdb_image_url": f"{self.url}/img"}
        return CatalogueSettings(**{**known, "tmdb_hosts": (host,), "tmdb_requests_per_second": 50.0, **over})


@pytest.fixture
async def recorded():
    server = Recorded()
    server.answers = {
        "/3/movie/77": MOVIE,
        "/3/tv/9": SERIES,
        "/3/tv/9/season/1": season(1),
        "/3/tv/9/season/2": season(2),
        "/3/search/movie": {"results": [{"id": 77, "title": "Night Mail", "release_date": "2001-02-04"}]},
        "/img/original/poster.jpg": picture(600, 900),
        "/img/original/back.jpg": picture(1280, 720),
    }
    application = web.Application()
    application.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
def tmdb(bench, recorded):
    bench.sources["tmdb"] = TmdbSource(Tmdb(recorded.settings(), ManualClock()))
    bench.service = replace(bench.service, settings=recorded.settings())
    return bench


async def bring(bench, *wanted):
    return await bench.run(b"", form="tmdb", wanted=wanted)


async def test_a_film_comes_with_people_ratings_words_and_pictures(tmdb, recorded):
    job = await bring(tmdb, TmdbRef(tmdb_id=77))
    assert (job.state, job.counts.created, job.problems) == ("done", 1, ())
    title = (await tmdb.titles())["Night Mail"]
    assert (title.original_name, title.year, title.maturity) == ("Courrier de nuit", 2001, 13)
    assert (title.genres, title.tags, title.languages) == (("Drama",), ("War", "train"), ("fr", "en"))
    assert [(one.name, one.role, one.character) for one in title.people] == [
        ("Person Two", "director", ""),
        ("Person Four", "writer", ""),
        ("Person One", "actor", "The Driver"),
    ]
    assert set(title.artwork) == {"poster", "backdrop"}
    path, words, authorization = recorded.asked[0]
    assert (path, words["api_key"], words["language"], authorization) == ("/3/movie/77", KEY, "en-US", None)


async def test_again_asks_for_no_picture_and_changes_nothing(tmdb, recorded):
    await bring(tmdb, TmdbRef(tmdb_id=77))
    recorded.asked.clear()
    job = await bring(tmdb, TmdbRef(tmdb_id=77))
    assert (job.counts.unchanged, [path for path, _, _ in recorded.asked]) == (1, ["/3/movie/77"])


async def test_a_picture_that_an_editor_chose_stays_when_theirs_changes(tmdb, recorded):
    await bring(tmdb, TmdbRef(tmdb_id=77))
    title = (await tmdb.titles())["Night Mail"]
    mine = await tmdb.room.service.put_artwork(title_id=title.title_id, kind="poster", picture=picture(500, 750))
    recorded.answers["/3/movie/77"] = {**MOVIE, "poster_path": "/new.jpg"}
    recorded.answers["/img/original/new.jpg"] = picture(700, 1050)
    await bring(tmdb, TmdbRef(tmdb_id=77))
    assert (await tmdb.titles())["Night Mail"].artwork["poster"] == mine.artwork["poster"]


async def test_a_series_comes_with_its_seasons_and_without_specials(tmdb):
    job = await bring(tmdb, TmdbRef(kind="tv", tmdb_id=9))
    assert (job.counts.created, job.counts.refused) == (5, 0)
    titles = await tmdb.titles()
    series = titles["The Signal"]
    assert (series.genres, series.people[0].role) == (("Science Fiction", "Fantasy"), "creator")
    episodes = await tmdb.room.service.episodes(series_id=series.title_id)
    assert [(one.season_number, one.episode_number, one.name) for one in episodes] == [
        (1, 1, "Part 1.1"),
        (1, 2, "Part 1.2"),
        (2, 1, "Part 2.1"),
        (2, 2, "Part 2.2"),
    ]
    assert "backdrop" not in series.artwork


async def test_a_search_takes_the_one_exact_hit_and_else_says_what_there_is(tmdb, recorded):
    assert (await bring(tmdb, TmdbRef(query="night mail"))).counts.created == 1
    recorded.answers["/3/search/movie"]["results"].append({"id": 78, "title": "Night Mail", "release_date": ""})
    job = await bring(tmdb, TmdbRef(query="Night Mail"))
    assert "Night Mail (2001): 77" in job.problems[0].reason
    recorded.answers["/3/search/movie"] = {"results": []}
    assert "finds nothing" in (await bring(tmdb, TmdbRef(query="Nothing"))).problems[0].reason


async def test_an_id_that_is_not_there_and_a_picture_that_is_missing_cost_nothing_else(tmdb, recorded):
    del recorded.answers["/img/original/back.jpg"]
    job = await bring(tmdb, TmdbRef(tmdb_id=1), TmdbRef(tmdb_id=77))
    assert (job.counts.created, job.counts.refused) == (1, 1)
    assert [(one.line, one.refused) for one in job.problems] == [(1, True), (2, False)]
    assert set((await tmdb.titles())["Night Mail"].artwork) == {"poster"}


async def test_too_many_requests_are_waited_out_as_told(recorded):
    recorded.refusals = [(429, {"Retry-After": "1"})]
    client = Tmdb(recorded.settings(), RealClock())
    started = time.monotonic()
    assert (await client.ask("/movie/77"))["id"] == 77
    assert 0.9 < time.monotonic() - started < 10
    assert len(recorded.asked) == 2


class RealClock(ManualClock):
    def monotonic(self):
        return time.monotonic()


async def test_requests_keep_to_the_rate(recorded):
    client = Tmdb(recorded.settings(tmdb_requests_per_second=20.0), RealClock())
    started = time.monotonic()
    for _ in range(7):
        await client.ask("/movie/77")
    assert time.monotonic() - started >= 6 / 20


@pytest.mark.parametrize(
    ("refusals", "said"),
    [
        ([(401, {})], "refuses the key"),
        ([(400, {})], "status 400"),
        pytest.param([(500, {})] * 4, "again and again", marks=pytest.mark.slow),
    ],
)
async def test_refusals_are_told_in_words_that_hold_no_key(recorded, refusals, said):
    recorded.refusals = list(refusals)
    with pytest.raises(TmdbError, match=said) as caught:
        await Tmdb(recorded.settings(), ManualClock()).ask("/movie/77")
    assert KEY not in str(caught.value)


async def test_answers_that_are_none_are_refused(recorded):
    recorded.answers["/3/movie/77"] = b"<html>"
    with pytest.raises(TmdbError, match="JSON"):
        await Tmdb(recorded.settings(), ManualClock()).ask("/movie/77")
    recorded.answers["/3/movie/77"] = b"[1]"
    with pytest.raises(TmdbError, match="JSON"):
        await Tmdb(recorded.settings(), ManualClock()).ask("/movie/77")


async def test_an_address_that_may_not_be_asked_is_told_of_and_not_asked(recorded):
    with pytest.raises(TmdbError, match="tmdb_hosts"):
        await Tmdb(recorded.settings(tmdb_hosts=()), ManualClock()).ask("/movie/77")
    assert recorded.asked == []


async def test_a_token_travels_in_the_header_and_not_in_the_address(recorded):
    await Tmdb(recorded.settings(tmdb_api_key="eyJ.a-v4-token"), ManualClock()).ask("/movie/77")
    _, words, authorization = recorded.asked[0]
    assert ("api_key" in words, authorization) == (False, "Bearer eyJ.a-v4-token")


async def test_without_a_key_nothing_is_asked(bench, recorded):
    with pytest.raises(TmdbKeyMissingError):
        await bench.begin(b"", form="tmdb", wanted=(TmdbRef(tmdb_id=77),))
    with pytest.raises(TmdbKeyMissingError):
        await Tmdb(recorded.settings(tmdb_api_key=""), ManualClock()).search(TmdbRef(query="a"))
    assert recorded.asked == []


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {"results": 3}, {"results": [1, {"id": "x"}]}])
async def test_odd_shapes_inside_an_answer_are_passed_over(tmdb, recorded, wrong):
    recorded.answers["/3/movie/77"] = {**MOVIE, "credits": wrong, "release_dates": wrong, "genres": wrong}
    recorded.answers["/3/movie/77"] |= {"keywords": wrong, "poster_path": wrong, "release_date": wrong}
    job = await bring(tmdb, TmdbRef(tmdb_id=77))
    assert (job.counts.created, (await tmdb.titles())["Night Mail"].maturity) == (1, 18)
