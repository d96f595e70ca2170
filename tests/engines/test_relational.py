"""The relational engine: one commit at the edge, readers beside a writer, migrations once."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from matinee.engines.migrations import MigrationError
from matinee.engines.relational import (
    ConstraintError,
    Database,
    DatabaseError,
    DatabaseSettings,
    migrate,
    open_database,
)

FIRST = """
from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("film", sa.Column("id", sa.Text, primary_key=True), sa.Column("name", sa.Text, nullable=False))
"""
SECOND = """
from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("film", sa.Column("year", sa.Integer))
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001_films.py").write_text(FIRST)
    return versions.parent


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'data' / 'room.db'}"


@pytest.fixture
async def database(url: str, scripts: Path):
    async with open_database(url, settings=DatabaseSettings(wait_seconds=0.5)) as opened:
        await migrate(opened, room="films", script_location=scripts)
        yield opened


async def insert(database: Database, film_id: str, name: str | None = "A film") -> None:
    async with database.write() as session:
        await session.execute(text("INSERT INTO film (id, name) VALUES (:id, 'before')"), {"id": film_id + "-before"})
        await session.execute(text("INSERT INTO film (id, name) VALUES (:id, :name)"), {"id": film_id, "name": name})
        await session.execute(text("DELETE FROM film WHERE id = :id"), {"id": film_id + "-before"})


async def count(database: Database) -> int:
    async with database.read() as session:
        return (await session.execute(text("SELECT count(*) FROM film"))).scalar_one()


async def test_a_write_is_seen_by_another_instance_when_the_block_ends(database, url):
    await insert(database, "a")
    async with open_database(url) as other:
        assert await count(other) == 1


async def test_a_block_that_fails_leaves_nothing(database):
    with pytest.raises(ConstraintError):
        await insert(database, "a", None)
    assert await count(database) == 0


async def test_constraints_become_conflicts_and_keep_their_cause(database):
    await insert(database, "a")
    with pytest.raises(ConstraintError) as caught:
        await insert(database, "a")
    assert "UNIQUE" in str(caught.value.__cause__)


async def test_readers_go_on_while_a_writer_holds_the_lock(database):
    async with database.write() as session:
        await session.execute(text("INSERT INTO film (id, name) VALUES ('a', 'x')"))
        async with asyncio.timeout(2):
            assert await asyncio.gather(*(count(database) for _ in range(8))) == [0] * 8


async def test_a_read_session_sees_one_snapshot(database):
    async with database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM film"))).scalar_one() == 0
        await insert(database, "a")
        assert (await session.execute(text("SELECT count(*) FROM film"))).scalar_one() == 0
    assert await count(database) == 1


async def test_a_read_session_cannot_write(database):
    with pytest.raises(DatabaseError):
        async with database.read() as session:
            await session.execute(text("INSERT INTO film (id, name) VALUES ('a', 'x')"))


async def test_many_writers_at_once_all_succeed(database):
    await asyncio.gather(*(insert(database, f"film-{number}") for number in range(40)))
    assert await count(database) == 40


async def test_a_lock_that_does_not_come_free_is_a_database_error(database, url):
    async with open_database(url) as other, other.write() as session:
        await session.execute(text("INSERT INTO film (id, name) VALUES ('a', 'x')"))
        with pytest.raises(DatabaseError):
            await insert(database, "b")
    await insert(database, "b")
    assert await count(database) == 2


async def test_a_cancelled_writer_leaves_nothing_and_lets_the_next_one_in(database, url):
    inside = asyncio.Event()

    async def write():
        async with database.write() as session:
            await session.execute(text("INSERT INTO film (id, name) VALUES ('a', 'x')"))
            inside.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    waiting = asyncio.create_task(insert(database, "never"))
    await inside.wait()
    for task in (waiting, writing):
        task.cancel()
    await asyncio.gather(writing, waiting, return_exceptions=True)
    async with open_database(url) as other:
        await insert(other, "b")
    await insert(database, "c")
    assert await count(database) == 2


async def test_instances_take_turns(database, url):
    async with open_database(url) as other:
        await asyncio.gather(*((insert((database, other)[number % 2], f"film-{number}")) for number in range(40)))
    assert await count(database) == 40


async def test_commits_are_synced_and_foreign_keys_checked(database):
    for session_of in (database.read, database.write):
        async with session_of() as session:
            assert (await session.execute(text("PRAGMA synchronous"))).scalar_one() == 2
            assert (await session.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1
            assert (await session.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"


async def test_ping_answers_and_a_file_that_is_no_database_is_refused(database, tmp_path):
    await database.ping()
    (tmp_path / "bad.db").write_bytes(b"not a database" * 100)
    with pytest.raises(DatabaseError):
        async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'bad.db'}") as broken:
            await broken.ping()


async def test_a_database_in_memory_is_refused():
    with pytest.raises(DatabaseError):
        async with open_database("sqlite+aiosqlite://"):
            pytest.fail("opened")


async def test_migrating_again_does_nothing_and_new_revisions_are_applied(database, scripts):
    await insert(database, "a")
    assert await migrate(database, room="films", script_location=scripts) == "0001"
    (scripts / "versions" / "0002_year.py").write_text(SECOND)
    assert await migrate(database, room="films", script_location=scripts) == "0002"
    async with database.read() as session:
        assert (await session.execute(text("SELECT id, year FROM film"))).all() == [("a", None)]


async def test_a_migration_that_fails_leaves_nothing_behind(database, scripts):
    broken = SECOND + "    raise RuntimeError('half-way')\n"
    (scripts / "versions" / "0002_year.py").write_text(broken)
    with pytest.raises(RuntimeError):
        await migrate(database, room="films", script_location=scripts)
    (scripts / "versions" / "0002_year.py").write_text(SECOND)
    assert await migrate(database, room="films", script_location=scripts) == "0002"


async def test_a_database_newer_than_the_program_is_refused(database, scripts):
    (scripts / "versions" / "0002_year.py").write_text(SECOND)
    await migrate(database, room="films", script_location=scripts)
    (scripts / "versions" / "0002_year.py").unlink()
    with pytest.raises(MigrationError):
        await migrate(database, room="films", script_location=scripts)


async def test_a_gap_in_the_revisions_is_refused(database, scripts):
    (scripts / "versions" / "0003_later.py").write_text(SECOND)
    with pytest.raises(MigrationError):
        await migrate(database, room="films", script_location=scripts)


HOLDER = """
import sys, time
from pathlib import Path
from matinee.engines.sqlite_files import WriterLock

with WriterLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(60)
"""


async def test_a_stopped_writer_is_waited_for_in_bounds_and_a_killed_one_not_at_all(database, url):
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, url.removeprefix("sqlite+aiosqlite:///"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert await child.stdout.readline() == b"held\n"
        with pytest.raises(DatabaseError):
            await insert(database, "a")
        assert await count(database) == 0
    finally:
        child.kill()
        await child.communicate()
    await insert(database, "a")
    assert await count(database) == 1


STARTER = """
import asyncio, sys
from pathlib import Path
from matinee.engines.relational import migrate, open_database

async def main():
    async with open_database(sys.argv[1]) as database:
        print(await migrate(database, room="films", script_location=Path(sys.argv[2])), "alembic" in sys.modules)

asyncio.run(main())
"""


@pytest.mark.slow
def test_processes_that_start_at_once_migrate_once_and_a_warm_start_leaves_alembic_alone(url, scripts):
    command = [sys.executable, "-c", STARTER, url, str(scripts)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = [child.communicate(timeout=60)[0].split() for child in children]
    assert [child.returncode for child in children] == [0] * 4
    assert [revision for revision, _ in answers] == ["0001"] * 4
    assert any(imported == "True" for _, imported in answers)
    again = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert again.stdout.split() == ["0001", "False"]
