"""Documentation is tested: a stale page fails."""

import importlib.util
import re
from pathlib import Path

import pytest

from matinee.wiring.rooms import ROOMS

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_the_reference_is_what_the_code_says():
    module = reference()
    for name, page in module.PAGES.items():
        assert (ROOT / "docs" / "reference" / name).read_text() == page(), f"{name} is stale: run make docs"


def test_commands_in_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    for verb in set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text())):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), f"make {verb}"


def test_every_room_is_on_the_map():
    for page in ("README.md", "docs/architecture.md"):
        text = (ROOT / page).read_text()
        for room in ROOMS:
            assert f"`{room}`" in text, f"{room} is missing in {page}"
