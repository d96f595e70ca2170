"""`matinee search`, against the room behind a small door."""

import json

import pytest

from matinee.cli import api as cli_api
from matinee.cli import search as cli_search
from matinee.cli.main import main

STATE = {"titles": 12, "generation": 1, "lag_seconds": 0.0, "rebuilding": False}
FILM = {"name": "[/b]Film", "year": 2020, "kind": "film", "genres": ["Drama"], "playable": True, "title_id": "t1"}
PERSON = {"name": "Ada", "titles": 3, "person_id": "p1"}


@pytest.fixture
def asked(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setenv("MATINEE_SERVICE__DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setattr(cli_search, "_LOOK_SECONDS", 0.0)

    async def call(self, method, path, **options):
        calls.append((method, path))
        if path.startswith("/api/v1/search?"):
            found = {"items": [FILM], "people": [PERSON], "did_you_mean": "film", "next_cursor": None, "degraded": True}
            return 200, {}, found
        if method == "POST":
            return 200, {}, {**STATE, "rebuilding": True}
        return 200, {}, {**STATE, "generation": 2, "rebuilding": len(calls) < 4}

    monkeypatch.setattr(cli_api.Api, "call", call)
    return calls


def test_query_shows_titles_people_and_what_was_meant(asked, capsys):
    assert main(["search", "query", "flim & co", "--limit", "5"]) == 0
    assert asked == [("GET", "/api/v1/search?q=flim+%26+co&limit=5")]
    shown = capsys.readouterr().out
    for word in ("Did you mean: film", "[/b]Film", "Drama", "Ada", "index is away"):
        assert word in shown


def test_query_prints_json(asked, capsys):
    assert main(["search", "query", "x", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == [FILM]


def test_rebuild_waits_until_the_new_index_serves(asked, capsys):
    assert main(["search", "rebuild", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**STATE, "generation": 2}
    assert [method for method, _ in asked] == ["POST", "GET", "GET", "GET"]


def test_state_is_a_table(asked, capsys):
    assert main(["search", "state"]) == 0
    assert "generation" in capsys.readouterr().out
