"""A catalogue that was filled before there were cards has them once the room has started."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from matinee.contracts.catalogue import Viewer
from matinee.contracts.library import ShelfQuery
from matinee.engines.relational import migrate, open_database
from matinee.services.catalogue import module
from matinee.services.catalogue.adapters.library import SqlCards
from matinee.services.catalogue.adapters.titles import SqlTitles
from matinee.services.catalogue.library import LibraryService
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.testing.clock import ManualClock

MIGRATIONS = Path(module.__file__).parent / "adapters/migrations"
OLD_ROW = """
INSERT INTO catalogue_titles (title_id, kind, name, name_folded, synopsis, genres, audience, listed, featured, release,
    version, created_at_us, changed_at_us, maturity, availability)
VALUES (:id, 'film', :name, :name, '', '["Drama", "Odd word"]', 'everyone', 1, 0, :release, 1, :at, :at, 0, NULL)
"""
RELEASE = (
    '{"release_id":"a","title_id":"t","complete":true,"duration_seconds":5.0,"rate":{"numerator":24,"denominator":1},'
    '"key_id":"k","hls_path":"h","dash_path":"d","trickplay_path":null,"artwork_paths":[],"renditions":[],'
    '"audio":[],"text":[]}'
)


@pytest.fixture
async def old(tmp_path):
    """A database as an older program left it."""
    before = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, before)
    for path in (before / "versions").glob("000[3-9]*.py"):
        path.unlink()
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/catalogue.db") as database:
        await migrate(database, room="catalogue", script_location=before)
        async with database.write() as session:
            for number in range(1203):
                values = {"id": f"t{number:04d}", "name": f"Émile {number}", "release": RELEASE, "at": number}
                await session.execute(text(OLD_ROW), values)
        yield database


async def test_old_titles_stand_on_shelves_after_the_upgrade(old):
    await migrate(old, room="catalogue", script_location=MIGRATIONS)
    store = SqlTitles(old)
    await store.derive()
    await store.derive()
    library = LibraryService(store=SqlCards(old), clock=ManualClock(), settings=CatalogueSettings())
    viewer = Viewer(audience="everyone")
    newest = await library.shelf(query=ShelfQuery(kind="genre", text="Drama", limit=3), viewer=viewer)
    assert [card.name for card in newest] == ["Émile 1202", "Émile 1201", "Émile 1200"]
    assert [(count.genre, count.titles) for count in await library.genres(viewer=viewer)] == [("Drama", 1203)]
    named = await library.shelf(query=ShelfQuery(kind="named", text="emile 7", limit=1), viewer=viewer)
    assert named[0].name == "Émile 7"
    assert (await library.title_of(title_id=newest[0].title_id)).genres == ("Drama", "Odd word")
