"""Members and mails from the command line, against the room behind a small door."""

import json

import pytest

from matinee.cli import api as cli_api
from matinee.cli.main import main


class Door:
    """Answers as the service does, and keeps what was asked."""

    def __init__(self):
        self.asked = []
        self.accounts = [
            {"account_id": "a1", "email": "Ada@example.org", "name": "[/b]Ada", "role": "member", "state": "active"},
            {"account_id": "b2", "email": "bob@example.org", "name": "Bob", "role": "admin", "state": "active"},
        ]
        self.mails = [{"mail_id": 7, "to": "ada@example.org", "subject": "Hello", "text": "[link] here", "at": "now"}]


@pytest.fixture
def door(monkeypatch, tmp_path):
    door = Door()
    monkeypatch.setenv("MATINEE_SERVICE__DATA_FOLDER", str(tmp_path / "data"))

    async def call(self, method, path, **options):
        door.asked.append((method, path, options.get("json")))
        where, _, query = path.partition("?")
        if where == "/api/v1/mailbox":
            return 200, {}, {"items": door.mails}
        if where == "/api/v1/admin/accounts" and method == "POST":
            return 201, {}, {**door.accounts[0], **options["json"]}
        if where == "/api/v1/admin/accounts":
            page = door.accounts[1:] if "cursor=" in query else door.accounts[:1]
            more = None if "cursor=" in query or "q=a" in query.lower() else "next"
            return 200, {}, {"items": page, "next_cursor": more}
        if where.endswith("/role"):
            return 200, {}, {**door.accounts[0], **options["json"]}
        if where.endswith("/reset"):
            return 202, {}, {}
        methods = {"password": True, "totp": True, "passkeys": 2, "oidc": ["acme"]}
        return 200, {}, {"account": door.accounts[0], "methods": methods, "sessions": [], "activity": []}

    monkeypatch.setattr(cli_api.Api, "call", call)
    return door


def test_list_follows_pages(door, capsys):
    assert main(["member", "list", "--json"]) == 0
    assert [one["account_id"] for one in json.loads(capsys.readouterr().out)] == ["a1", "b2"]


def test_promote_finds_the_account_by_its_address(door, capsys):
    assert main(["member", "promote", "ada@EXAMPLE.org", "--role", "editor", "--json"]) == 0
    assert door.asked[-1] == ("POST", "/api/v1/admin/accounts/a1/role", {"role": "editor"})
    assert json.loads(capsys.readouterr().out)[0]["role"] == "editor"


def test_create_and_reset(door, capsys):
    assert main(["member", "create", "eve@example.org", "--name", "Eve", "--role", "support"]) == 0
    body = {"email": "eve@example.org", "name": "Eve", "role": "support"}
    assert door.asked[-1] == ("POST", "/api/v1/admin/accounts", body)
    assert main(["member", "reset", "ada@example.org"]) == 0
    assert door.asked[-1][:2] == ("POST", "/api/v1/admin/accounts/a1/reset")


def test_names_are_shown_and_not_obeyed(door, capsys):
    assert main(["member", "list"]) == 0
    assert "[/b]" in capsys.readouterr().out


def test_show_says_how_they_sign_in(door, capsys):
    assert main(["member", "show", "a1"]) == 0
    assert "password, totp, 2 passkeys, acme" in capsys.readouterr().out


def test_a_member_who_is_not_there(door, capsys):
    assert main(["member", "reset", "abc@example.org"]) == 1
    assert "Nobody has the address abc@example.org" in capsys.readouterr().err


def test_an_id_stays_one_segment_of_the_path(door):
    main(["member", "show", "../../operator"])
    assert door.asked[0][1] == "/api/v1/admin/accounts/..%2F..%2Foperator"


def test_the_mailbox_shows_mails_as_they_are(door, capsys):
    assert main(["mailbox", "--last"]) == 0
    assert "[link] here" in capsys.readouterr().out
    assert door.asked[-1][1] == "/api/v1/mailbox?limit=1"
    assert main(["mailbox"]) == 0
    assert "Hello" in capsys.readouterr().out


def test_a_wrong_role_is_wrong_usage(door):
    with pytest.raises(SystemExit) as ended:
        main(["member", "promote", "ada@example.org", "--role", "operator"])
    assert ended.value.code == 2
