"""Any order of refreshing, stealing and waiting: at most one line of refresh tokens lives, and a thief is noticed."""

import asyncio
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from matinee.contracts.identity import Account
from matinee.engines.keyring import Keyring
from matinee.engines.relational import migrate, open_database
from matinee.kit.ids import AccountId, RandomIds
from matinee.services.identity import module
from matinee.services.identity.adapters.hashing import Argon2Hashes
from matinee.services.identity.adapters.store import SqlStore
from matinee.services.identity.assembly import Assembly, Outside
from matinee.services.identity.ports.errors import SessionEndedError
from matinee.services.identity.ports.records import Device
from matinee.services.identity.settings import IdentitySettings
from matinee.testing.clock import ManualClock
from matinee.testing.members import KeptMailer

HERE = Device(address="192.0.2.1")
GRACE = 10


class Families(RuleBasedStateMachine):
    """The model: a list of tokens by generation, when the last was made, and whether the family lives."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.tokens, self.rotated_at, self.alive, self.used_at = [], 0.0, True, 0.0

    def run(self, work):
        return self.loop.run_until_complete(work)

    @initialize()
    def sign_in(self):
        self.run(self._open())

    async def _open(self):
        self.opening = open_database(f"sqlite+aiosqlite:///{self.folder.name}/identity.db")
        database = await self.opening.__aenter__()
        await migrate(database, room="identity", script_location=Path(module.__file__).parent / "adapters/migrations")
        cheap = IdentitySettings(hash_memory_kib=7168, hash_passes=1)
        self.hashes, mail = Argon2Hashes(cheap), KeptMailer()
        outside = Outside(
            store=SqlStore(database, wake=asyncio.Event()),
            hashes=self.hashes,
            keyring=Keyring(Path(self.folder.name) / "keys"),
            mailer=mail,
            mailbox=mail,
            clock=self.clock,
            ids=RandomIds(self.clock),
        )
        self.core = Assembly(cheap, outside)
        await self.core.keys.keep_up()
        account = Account(
            account_id=AccountId("a" * 22),
            email="ada@example.org",
            name="Ada",
            role="member",
            state="active",
            language="en",
            territory="NL",
            time_zone="Etc/UTC",
            created_at=self.clock.now(),
        )
        async with outside.store.writing() as tx:
            await tx.accounts.insert(account)
            issued = await self.core.sessions.open(tx, account=account, method="password", device=HERE)
        self.session_id = issued.overview.session.session_id
        self.tokens, self.rotated_at, self.used_at = [issued.refresh_token], self.now, self.now

    @property
    def now(self):
        return self.clock.monotonic()

    @rule(seconds=st.sampled_from([0.5, 5, GRACE, GRACE + 0.5, 86_400, 31 * 86_400]))
    def wait(self, seconds):
        self.clock.advance(seconds)
        if self.now - self.used_at >= 30 * 86_400:
            self.alive = False

    @rule(back=st.integers(min_value=0, max_value=4))
    def refresh(self, back):
        """Show the current token, or one that is `back` generations old."""
        place = len(self.tokens) - 1 - back
        if place < 0:
            return
        try:
            shown = self.run(self.core.sessions.refresh(self.tokens[place], HERE)).refresh_token
        except SessionEndedError:
            shown = None
        graced = back == 1 and self.now - self.rotated_at <= GRACE
        if not self.alive or (back > 0 and not graced):
            assert shown is None
            self.alive = False
        elif back == 0:
            assert shown not in {None, *self.tokens}
            self.tokens.append(shown)
            self.rotated_at = self.used_at = self.now
        else:
            assert shown == self.tokens[-1]

    @rule()
    def sign_out(self):
        self.run(self._end())
        self.alive = False

    async def _end(self):
        async with self.core.outside.store.writing() as tx:
            session = await tx.sessions.for_change(self.session_id)
            if session.ended_at is None:
                await self.core.sessions.end(tx, session, reason="signed-out")

    @invariant()
    def the_contract_agrees(self):
        if self.tokens:
            assert self.run(self.core.identity.session_lives(session_id=self.session_id)) == self.alive

    def teardown(self):
        if self.tokens:
            self.run(self.opening.__aexit__(None, None, None))
            self.hashes.close()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.folder.cleanup()


@pytest.mark.slow
def test_families_of_refresh_tokens():
    run_state_machine_as_test(
        Families,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
