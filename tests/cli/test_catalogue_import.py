"""What `matinee catalogue import` and `matinee ingest` send, over a loopback service that records it."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from matinee.cli import catalogue, main
from matinee.cli.api import Api, RefusedError, operator_api
from matinee.cli.titles import SideImports
from matinee.wiring.settings import ServiceSettings

VIEW = {"state": "done", "fraction": 1.0, "rows": 1, "created": 1, "changed": 0, "unchanged": 0, "refused": 0}
VIEW |= {"failure": None, "dry_run": False, "problems": [], "problems_total": 0}


@dataclass
class Service:
    """Answers as the studio's routes do, and keeps what it was sent."""

    url: str = ""
    begun: list = field(default_factory=list)
    pictures: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    async def begin(self, request):
        self.begun.append({**request.query, "body": (await request.read()).decode()})
        return web.json_response({"import_id": f"i{len(self.begun)}"}, status=202)

    async def view(self, request):
        number = int(request.match_info["id"].removeprefix("i"))
        sent = self.begun[number - 1]
        told = {"name": sent.get("name", "TMDB"), "import_id": f"i{number}", "dry_run": sent.get("dry_run") == "true"}
        planned = [{"line": 1, "title_id": f"t{number}", "name": "A", "action": "created"}]
        refused = {"refused": len(self.problems), "problems": self.problems, "problems_total": len(self.problems)}
        return web.json_response({**VIEW, **told, **refused, "plan": planned})

    async def picture(self, request):
        self.pictures.append((request.match_info["id"], request.match_info["kind"], await request.read()))
        return web.json_response({})


@pytest.fixture
async def service():
    recorded = Service()
    application = web.Application()
    base = "/api/v1/studio/catalogue/imports"
    application.router.add_post(base, recorded.begin)
    application.router.add_post(f"{base}/tmdb", recorded.begin)
    application.router.add_get(f"{base}/{{id}}", recorded.view)
    application.router.add_put("/api/v1/studio/titles/{id}/artwork/{kind}", recorded.picture)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    recorded.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield recorded
    await runner.cleanup()


@pytest.fixture
def run(service, tmp_path, monkeypatch):
    monkeypatch.setenv("MATINEE_SERVICE__DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    async def verb(*words):
        # The verb runs a loop of its own, so it gets a thread of its own.
        return await asyncio.to_thread(main.main, ["catalogue", "import", *words, "--server", service.url])

    return verb


async def test_a_list_is_sent_with_its_options_and_told_of(run, service, tmp_path, capsys):
    (tmp_path / "list.csv").write_text("title\nA\n")
    assert await run("list.csv", "--dry-run", "--source", "mine", "--json") == 0
    assert service.begun == [
        {
            "name": "list.csv",
            "format": "csv",
            "audience": "members",
            "dry_run": "true",
            "source": "mine",
            "body": "title\nA\n",
        }
    ]
    assert json.loads(capsys.readouterr().out)[0]["created"] == 1


async def test_rows_that_were_refused_are_shown_and_end_in_failure(run, service, tmp_path, capsys):
    (tmp_path / "list.csv").write_text("title\nA\n")
    service.problems = [{"line": 2, "name": "A", "reason": "It is odd.", "refused": True}]
    assert await run("list.csv") == catalogue.EXIT_FAILED
    assert "It is odd." in capsys.readouterr().out


async def test_a_folder_of_side_files_is_sent_with_its_pictures_series_first(run, service, tmp_path):
    folder = tmp_path / "show"
    folder.mkdir()
    (folder / "tvshow.nfo").write_text("<tvshow><title>S</title></tvshow>")
    (folder / "poster.jpg").write_bytes(b"poster")
    (folder / "a1.nfo").write_text("<episodedetails><title>E</title></episodedetails>")
    assert await run("show") == 0
    assert [(one["name"], one.get("series_id")) for one in service.begun] == [
        ("tvshow.nfo", None),
        ("a1.nfo", "t1"),
    ]
    assert service.pictures == [("t1", "poster", b"poster")]


async def test_tmdb_is_asked_by_number(run, service):
    assert await run("tmdb", "77", "78", "--kind", "tv") == 0
    assert json.loads(service.begun[0]["body"]) == {
        "tmdb_ids": [77, 78],
        "query": "",
        "kind": "tv",
        "audience": "members",
        "dry_run": False,
    }
    assert await run("tmdb", "x") == catalogue.EXIT_FAILED


async def test_what_is_not_there_is_said(run, capsys):
    assert await run("nothing.csv") == catalogue.EXIT_FAILED
    assert "no file or folder" in capsys.readouterr().err


async def test_a_film_with_a_side_file_gets_its_title_before_it_is_sent(service, tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "film.nfo").write_text("<movie><title>A</title></movie>")
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "other.mp4").write_bytes(b"film")
    warned = []
    async with operator_api(ServiceSettings(data_folder=str(tmp_path / "data")), service.url) as api:
        sides = SideImports(api, {}, warned.append)
        assert await sides.title_of(tmp_path / "film.mp4") == "t1"
        assert await sides.title_of(tmp_path / "bare" / "other.mp4") is None
    assert warned == []


async def test_a_side_file_that_is_refused_costs_a_word_and_not_the_film(tmp_path):
    class Refusing(Api):
        async def call(self, method, path, **options):
            raise RefusedError("No.")

    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "film.nfo").write_text("<movie><title>A</title></movie>")
    warned = []
    assert await SideImports(Refusing("", None), {}, warned.append).title_of(tmp_path / "film.mp4") is None
    assert warned == ["film.nfo: No."]
