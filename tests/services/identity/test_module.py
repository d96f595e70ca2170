"""The room as the host runs it, and its tables as other engines would make them."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from httpx import ASGITransport, AsyncClient
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from matinee.contracts.identity import Identity
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, open_database
from matinee.events.port import EventLog
from matinee.host.http import PassportReader, compose
from matinee.host.module import Needs
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids, RandomIds
from matinee.mail.port import Mailbox, Mailer
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.identity.adapters.tables import Base
from matinee.services.identity.module import MODULE
from matinee.services.identity.settings import IdentitySettings
from matinee.testing.clock import ManualClock
from matinee.testing.identity import PASSWORD, open_identity
from matinee.testing.members import KeptMailer
from matinee.testing.titles import Callers, RecordedEvents


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_the_room_sends_mails_and_events_as_soon_as_they_are_committed(tmp_path):
    """Long before the next poll, which is a minute away."""
    settings = IdentitySettings(hash_memory_kib=7168, hash_passes=1, poll_seconds=60)
    mail, events, clock, callers = KeptMailer(), RecordedEvents(), ManualClock(), Callers()
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/identity.db") as database:
        bound = {Database: database, EventLog: events, Keyring: Keyring(tmp_path / "keys"), Clock: clock}
        commands = Commands(Tuning(), clock.monotonic)
        needs = Needs({**bound, Ids: RandomIds(clock), Mailer: mail, Mailbox: mail, Commands: commands})
        async with MODULE.open(settings, needs) as running:
            assert len((await running.provides[Identity].keys()).keys) == 1
            assert [await check() for check in running.checks.values()] == [True, True]
            app = compose(list(running.routes), PassportReader(callers.key.public))
            # On this loop, which the room's jobs run on, as they do in a process.
            async with AsyncClient(transport=ASGITransport(app), base_url="http://testserver.local") as client:
                body = {"email": "ada@example.org", "password": PASSWORD}
                answer = await client.post("/api/v1/accounts", json=body, headers=callers.stranger)
                assert answer.status_code == 202, answer.text
                await until(lambda: mail.mails)
                body = {"token": mail.token("verification"), "password": PASSWORD}
                answer = await client.post("/api/v1/accounts/verification", json=body, headers=callers.stranger)
                assert answer.status_code == 200
                await until(lambda: events.appended)


@pytest.mark.parametrize("dialect", [postgresql.dialect(), mysql.dialect()], ids=lambda one: one.name)
def test_tables_can_be_made_on_other_engines(dialect):
    for table in Base.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))


async def test_migrations_make_what_the_model_says(tmp_path):
    async with open_identity(Path(tmp_path)) as room, room.database.alter() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(sync, opts={"include_name": _ours, "compare_type": True}), Base.metadata
            )
        )
    assert differences == []


def _ours(name, kind, _parents):
    return kind != "table" or (name or "").startswith("identity_")
