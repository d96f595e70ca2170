from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from matinee.demo.render import RenderedFilm

KEY = "operator-key-of-the-test"


class FakeStudio:
    """The studio's routes over a dictionary, with faults on demand."""

    def __init__(self) -> None:
        self.titles: dict[str, dict] = {}
        self.artwork: dict[tuple[str, str], bytes] = {}
        self.jobs: dict[str, dict] = {}
        self.imports: list[dict] = []
        self.faults: list[int] = []
        self.calls: list[tuple[str, str]] = []

    @web.middleware
    async def guard(self, request: web.Request, handler):
        self.calls.append((request.method, request.path))
        if self.faults:
            return web.Response(status=self.faults.pop(0))
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.Response(status=401)
        return await handler(request)

    async def create(self, request: web.Request) -> web.Response:
        new = await request.json()
        title_id = f"t{len(self.titles) + 1}"
        self.titles[title_id] = {"title_id": title_id, "playable": False, "complete": None, **new}
        return web.json_response(self.titles[title_id], status=201)

    async def listing(self, request: web.Request) -> web.Response:
        query = request.query.get("q", "")
        return web.json_response(
            {"items": [t for t in self.titles.values() if query in t["name"]], "next_cursor": None}
        )

    async def title(self, request: web.Request) -> web.Response:
        found = self.titles.get(request.match_info["id"])
        return web.json_response(found) if found else web.Response(status=404)

    async def put(self, request: web.Request) -> web.Response:
        self.artwork[request.match_info["id"], request.match_info["kind"]] = await request.read()
        return web.json_response(self.titles[request.match_info["id"]])

    async def take(self, request: web.Request) -> web.Response:
        order = await request.json()
        self.imports.append(order)
        job_id = f"j{len(self.jobs) + 1}"
        self.jobs[job_id] = {"job_id": job_id, "state": "ordered", "order": {"state": "published"}}
        self.titles[order["title_id"]].update(playable=True, complete=True)
        return web.json_response(self.jobs[job_id], status=201)

    async def job(self, request: web.Request) -> web.Response:
        found = self.jobs.get(request.match_info["id"])
        return web.json_response(found) if found else web.Response(status=404)

    async def retry(self, request: web.Request) -> web.Response:
        self.jobs[request.match_info["id"]]["order"] = {"state": "queued"}
        return web.Response(status=204)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.guard], client_max_size=32 * 1024 * 1024)
        app.router.add_post("/api/v1/studio/titles", self.create)
        app.router.add_get("/api/v1/studio/titles", self.listing)
        app.router.add_get("/api/v1/titles/{id}", self.title)
        app.router.add_put("/api/v1/studio/titles/{id}/artwork/{kind}", self.put)
        app.router.add_post("/api/v1/studio/imports", self.take)
        app.router.add_get("/api/v1/studio/jobs/{id}", self.job)
        app.router.add_post("/api/v1/studio/jobs/{id}/retry", self.retry)
        return app

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve on a free loopback port; yields the origin."""
        runner = web.AppRunner(self.app())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()


class FakeRenderer:
    """Writes small files in place of films, and counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.films: list[str] = []
        self.pictures: list[str] = []

    def files(self, key: str) -> RenderedFilm:
        place = self.folder / key
        place.mkdir(parents=True, exist_ok=True)
        text = place / f"{key}.en.vtt"
        return RenderedFilm(
            path=place / f"{key}.mp4", side_text=(text,), poster=place / "poster.png", backdrop=place / "backdrop.jpg"
        )

    async def artwork(self, keys: list[str]):
        for key in keys:
            self.pictures.append(key)
            files = self.files(key)
            files.poster.write_bytes(b"poster of " + key.encode())
            files.backdrop.write_bytes(b"backdrop of " + key.encode())
            yield key, files

    async def film(self, key: str, *, on_done) -> RenderedFilm:
        self.films.append(key)
        on_done(key, 0.5)
        return self.files(key)


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio()


@pytest.fixture
def renderer(tmp_path: Path) -> FakeRenderer:
    return FakeRenderer(tmp_path / "demo")
