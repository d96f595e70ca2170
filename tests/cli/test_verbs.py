"""The command line as a stranger meets it."""

import json

import pytest

from matinee.cli.main import main, parser
from matinee.cli.settings import shown

VERBS = sorted(next(action for action in parser()._actions if action.dest == "verb").choices)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MATINEE_SERVICE__DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert f"example: matinee {verb}" in capsys.readouterr().out


def test_an_unknown_verb_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["fly"])
    assert ended.value.code == 2
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_settings_show_what_differs_and_where_it_comes_from(capsys, monkeypatch):
    monkeypatch.setenv("MATINEE_SERVICE__PORT", "9400")
    assert main(["settings", "service", "--changed", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["port"]["value"] == 9400
    assert rows["port"]["source"] == "MATINEE_SERVICE__PORT"
    assert rows["port"]["description"]


def test_a_wrong_setting_is_said_in_a_sentence(capsys, monkeypatch):
    monkeypatch.setenv("MATINEE_SERVICE__PORT", "99999")
    assert main(["settings"]) == 1
    assert "The settings cannot be used" in capsys.readouterr().err


def test_the_operator_key_is_stable_and_of_this_installation(capsys, tmp_path, monkeypatch):
    main(["operator-key"])
    first = capsys.readouterr().out
    main(["operator-key"])
    assert capsys.readouterr().out == first
    monkeypatch.setenv("MATINEE_SERVICE__DATA_FOLDER", str(tmp_path / "other"))
    main(["operator-key"])
    assert capsys.readouterr().out != first


def test_doctor_examines_everything_and_says_how_to_get_what_is_missing(capsys):
    main(["doctor", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert {"ffmpeg", "ffprobe", "Shaka Packager", "H.264 encoder", "VMAF"} <= {row["what"] for row in rows}
    assert all(row["how_to_get_it"] for row in rows if row["verdict"] == "missing")


def test_ingest_without_a_service_says_how_to_start_it(capsys, tmp_path, monkeypatch, free_port):
    monkeypatch.setenv("MATINEE_SERVICE__PORT", str(free_port))
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x")
    assert main(["ingest", str(film)]) == 1
    assert "start it with: matinee up" in capsys.readouterr().err.replace("\n", " ")


def test_settings_hide_secrets_unless_they_are_empty(capsys, monkeypatch):
    monkeypatch.setenv("MATINEE_BILLING__STRIPE_SECRET_KEY", "sk-not-for-eyes")
    monkeypatch.setenv("MATINEE_BILLING__STRIPE_PUBLISHABLE_KEY", "pk-for-all-eyes")
    for form in ([], ["--json"], ["--changed"]):
        assert main(["settings", "billing", *form]) == 0
        assert "sk-not" not in capsys.readouterr().out.replace("\n", "")
    main(["settings", "billing", "--json"])
    values = {row["name"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert (values["stripe_secret_key"], values["stripe_webhook_secret"]) == ("(hidden)", "")
    assert values["stripe_publishable_key"] == "pk-for-all-eyes"


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("smtp_password", "p", "(hidden)"),
        ("smtp_password_file", "/run/p", "/run/p"),
        ("database_url", "postgresql://matinee:p@db/matinee", "(hidden)"),
        ("database_url", "postgresql://db/matinee", "postgresql://db/matinee"),
        ("providers", ({"name": "a", "client_secret": "p"},), [{"name": "a", "client_secret": "(hidden)"}]),
        ("idempotency_keys", 5, 5),
        ("token_seconds", 60, 60),
    ],
)
def test_a_setting_is_shown_as_it_may_be(name, value, wanted):
    assert shown(name, value) == wanted
