"""The shape of the code, held by tests: what the tables say, what files hold, what is never said."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from matinee.wiring.rooms import CONTRACTS, ROOMS, ROUTE_PREFIXES, TARGETS, load_room, rooms_of

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "matinee"
ROOM_FILES = {"__init__", "module", "http", "consumers", "jobs", "service", "ports", "settings"}
MAX_LINES = 400
PYTHON = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_declares_what_the_wiring_table_says(room):
    module = load_room(room)
    assert module.name == room
    assert set(module.provides) == {contract for contract, owner in CONTRACTS.items() if owner == room}
    assert set(module.route_prefixes) == set(ROUTE_PREFIXES.get(room, ()))


def test_every_room_belongs_to_a_target():
    assert set(rooms_of(tuple(TARGETS))) == set(ROOMS)
    assert set(ROOMS) == {path.name for path in (SOURCE / "services").iterdir() if (path / "module.py").exists()}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_the_usual_files(room):
    folder = SOURCE / "services" / room
    names = {path.stem for path in folder.glob("*.py")}
    assert {"__init__", "module", "settings"} <= names
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    assert docstring, f"{room} says nothing of its purpose"


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_stay_small_and_say_what_they_are(path):
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_LINES
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "a module starts with its purpose"


def test_importing_a_contract_costs_little():
    """Importing a module does no work; contracts load neither a web framework nor a database."""
    code = (
        "import sys, matinee.contracts.catalogue, matinee.contracts.ingest, matinee.contracts.transcode\n"
        "import matinee.contracts.playback, matinee.contracts.edge\n"
        "print([m for m in ('litestar', 'sqlalchemy', 'aiohttp', 'obstore', 'granian') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_edge_loads_neither_framework_nor_database():
    code = (
        "import sys\nfrom matinee.wiring.rooms import load_room\nload_room('edge')\n"
        "print([m for m in ('litestar.app', 'sqlalchemy') if m in sys.modules and m != 'litestar.types'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "sqlalchemy" not in done.stdout


def tracked(*patterns: str) -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_lock_files_name_versions_and_digests_only():
    for path in (*tracked("requirements*.txt"), *tracked("*package-lock.json")):
        text = path.read_text()
        assert not re.search(r'"resolved":|https?://[^"\s]*(registry|pypi|npmjs|mirror)', text), path


def test_no_shell_and_no_unsafe_loader_in_the_product():
    """Attack classes 4 and 19: argv lists only; nothing that builds objects from bytes."""
    banned = re.compile(
        r"shell=True|os\.system|subprocess\.getoutput|create_subprocess_shell|\bpickle\b|yaml\.load|\beval\(|\bexec\("
    )
    for path in PYTHON:
        assert not banned.search(path.read_text()), path


def test_media_tools_start_in_one_place():
    """Everything that decodes outside bytes goes through the confined launcher."""
    for path in PYTHON:
        relative = path.relative_to(SOURCE)
        if relative.parts[:2] == ("engines", "media") or relative.parts[0] in {"cli", "host", "demo", "testing"}:
            continue
        assert "create_subprocess_exec" not in path.read_text(), relative
        assert "subprocess" not in {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import)
            for name in (a.name for a in node.names)
        }, relative
