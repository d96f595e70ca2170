"""Schema revisions: which is applied, which is newest, and the way from one to the other."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from matinee.kit.errors import InternalError

_REVISION_FILE = re.compile(r"(\d{4})_[a-z0-9_]+\.py")
_ROOM = re.compile(r"[a-z][a-z0-9_]*")


class MigrationError(InternalError):
    """A room's migrations are not a single line of numbered files, or the database is newer than the program."""

    code = "migration"
    title = "The tables cannot be brought up to date"


def version_table(room: str) -> str:
    """Return the name of the table that remembers a room's revision."""
    if not _ROOM.fullmatch(room):
        raise MigrationError("A room's name holds small letters, digits and '_'.")
    return f"alembic_version_{room}"


def newest_revision(location: Path) -> str:
    """Return the highest revision by file name, which is all that a start with nothing to do has to know.

    Raises:
        MigrationError: when the files below `versions` are not numbered 0001, 0002 and so on.
    """
    names = [path.name for path in (location / "versions").glob("*.py")]
    found: list[str] = sorted(match.group(1) for name in names if (match := _REVISION_FILE.fullmatch(name)))
    if not found or found != [f"{number:04d}" for number in range(1, len(found) + 1)]:
        raise MigrationError(f"The files in {location / 'versions'} are not a line of revisions from 0001.")
    return found[-1]


def applied_revision(connection: Connection, table: str) -> str | None:
    """Return the revision that the database is at, None for a new one."""
    if not inspect(connection).has_table(table):
        return None
    version = Table(table, MetaData(), Column("version_num", String(32)))
    applied: str | None = connection.execute(select(version.c.version_num)).scalar_one_or_none()
    return applied


def upgrade(connection: Connection, table: str, location: Path, newest: str) -> None:
    """Run the revisions that are missing, inside the connection's transaction.

    Raises:
        MigrationError: when the scripts disagree with their file names, or the database is newer than they are.
    """
    # Imported here because Alembic costs start-up time that a start with nothing to do need not pay.
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext, MigrationStep  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from alembic.script.revision import RevisionError  # noqa: PLC0415

    script = ScriptDirectory(str(location), version_locations=[str(location / "versions")])

    def steps(applied: tuple[str, ...], _context: object) -> Iterable[Any]:
        pending = list(script.iterate_revisions("head", applied[0] if applied else "base"))
        return [MigrationStep.upgrade_from_script(script.revision_map, one) for one in reversed(pending)]

    options = {"version_table": table, "transactional_ddl": True, "fn": steps}
    context = MigrationContext.configure(connection, opts=options)
    try:
        if script.get_current_head() != newest:
            raise MigrationError(f"The revision inside the newest file of {location} is not {newest}.")
        with Operations.context(context):
            context.run_migrations()
    except RevisionError as error:
        raise MigrationError("The database is newer than this program, or its revisions branch.") from error
