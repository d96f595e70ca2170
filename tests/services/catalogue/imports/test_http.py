import asyncio
import time

import pytest
from httpx import ASGITransport, AsyncClient

from matinee.host.http import PassportReader, compose
from matinee.kit.ids import RandomIds
from matinee.services.catalogue.imports import opened
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.testing.listings import listing, row
from matinee.testing.titles import member
from matinee.wiring.authorisation import TABLE

IMPORTS = "/api/v1/studio/catalogue/imports"


@pytest.fixture
async def http(room):
    importing = opened.open_imports(
        database=room.store._database,
        blobs=room.blobs,
        writer=room.service.writes,
        pictures=room.service,
        clock=room.clock,
        ids=RandomIds(),
        settings=CatalogueSettings(),
    )
    async with importing as imports:
        app = compose(imports.routes, PassportReader(room.callers.key.public), table=TABLE["catalogue"])
        # In the worker's own loop: the framework's client would run the application in another thread's.
        async with AsyncClient(transport=ASGITransport(app), base_url="http://room") as client:
            yield client


@pytest.fixture
def operator(room):
    return room.callers.operator


async def ended(http, operator, answer):
    assert answer.status_code == 202, answer.text
    where = answer.headers["location"]
    assert where.endswith(answer.json()["import_id"])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        view = (await http.get(where, headers=operator)).json()
        if view["state"] in {"done", "failed"}:
            return view
        await asyncio.sleep(0.02)
    raise TimeoutError(view)


async def test_a_file_is_sent_raw_and_its_import_followed_to_its_end(http, operator):
    data = listing(row("s1", "A"), row("s2", ""), row("s3", "B", rating="odd"))
    view = await ended(http, operator, await http.post(f"{IMPORTS}?name=mine.csv", headers=operator, content=data))
    expected = {"state": "done", "format": "csv", "name": "mine.csv", "rows": 3, "created": 2, "changed": 0}
    expected |= {
        "unchanged": 0,
        "refused": 1,
        "dry_run": False,
        "fraction": 1.0,
        "encoding": "utf-8",
        "problems_total": 2,
    }
    assert {name: view[name] for name in expected} == expected
    assert [(one["line"], one["refused"]) for one in view["problems"]] == [(3, True), (4, False)]
    assert [one["action"] for one in view["plan"]] == ["created", "created"]
    listed = (await http.get(IMPORTS, headers=operator)).json()
    assert ([one["import_id"] for one in listed["items"]], listed["tmdb"]) == ([view["import_id"]], False)
    assert "problems" not in listed["items"][0]


async def test_a_file_in_a_form_as_a_dry_run(http, operator):
    files = {"file": ("list.csv", listing(row("s1", "A")), "text/csv")}
    answer = await http.post(f"{IMPORTS}?dry_run=true&audience=everyone&source=mine", headers=operator, files=files)
    view = await ended(http, operator, answer)
    assert (view["name"], view["dry_run"], view["created"], view["source"]) == ("list.csv", True, 1, "mine")
    assert view["audience"] == "everyone"


@pytest.mark.parametrize(
    ("query", "content", "status", "code"),
    [
        ("", b"", 422, "import-file"),
        ("", b"one,two\n", 422, "import-file"),
        ("?format=xml", b"title\nA\n", 400, "invalid"),
        ("?source=../etc", b"title\nA\n", 400, "invalid"),
        ("?audience=nobody", b"title\nA\n", 400, "invalid"),
        ("?unrated_maturity=99", b"title\nA\n", 400, "invalid"),
    ],
)
async def test_what_cannot_be_imported_is_refused_at_once(http, operator, query, content, status, code):
    answer = await http.post(f"{IMPORTS}{query}", headers=operator, content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_file_over_its_bound_is_refused(http, operator):
    answer = await http.post(IMPORTS, headers=operator, content=b"title\n" + b"A" * (65 * 1024 * 1024))
    assert answer.status_code == 413


async def test_tmdb_without_a_key_says_which_setting_is_missing(http, operator):
    answer = await http.post(f"{IMPORTS}/tmdb", headers=operator, json={"tmdb_ids": [1]})
    assert (answer.status_code, answer.json()["code"]) == (409, "tmdb-key-missing")
    assert "tmdb_api_key" in answer.json()["detail"]
    assert (await http.get(f"{IMPORTS}/tmdb?query=a", headers=operator)).status_code == 409


async def test_an_unknown_import_is_not_found_and_an_ended_one_is_not_cancelled(http, operator):
    assert (await http.get(f"{IMPORTS}/nothing", headers=operator)).json()["code"] == "import-not-found"
    view = await ended(http, operator, await http.post(IMPORTS, headers=operator, content=listing(row("s1", "A"))))
    answer = await http.post(f"{IMPORTS}/{view['import_id']}/cancel", headers=operator)
    assert (answer.status_code, answer.json()["code"]) == (409, "import-ended")


async def test_who_is_no_editor_may_not_import_nor_look(http, room):
    reader = room.callers.headers(member())
    for method, path in (("post", IMPORTS), ("get", IMPORTS), ("post", f"{IMPORTS}/tmdb"), ("get", f"{IMPORTS}/x")):
        assert (await getattr(http, method)(path, headers=room.callers.stranger)).status_code == 401
        assert (await getattr(http, method)(path, headers=reader)).status_code == 403
