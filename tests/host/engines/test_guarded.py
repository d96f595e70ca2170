"""Engines behind commands: they do what they did, and what is refused is refused in the port's own words."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from matinee.blobs.local import LocalBlobs
from matinee.blobs.port import BlobNotFoundError, BlobStoreError
from matinee.engines.fetch import FetchFailedError, FetchLimits, FetchRefusedError, FetchRequest
from matinee.engines.relational import ConstraintError, Database, DatabaseError
from matinee.events.opened import open_events
from matinee.events.port import EventLogError, EventTooLargeError, NewEvent
from matinee.host.engines.blobs import GuardedBlobs
from matinee.host.engines.database import GuardedDatabase, open_guarded
from matinee.host.engines.events import GuardedEvents
from matinee.host.engines.fetching import guarded_fetch
from matinee.host.engines.mail import GuardedDelivery, GuardedMail
from matinee.kit.clock import SystemClock
from matinee.kit.ids import RandomIds
from matinee.mail.opened import open_mailer
from matinee.mail.port import Mail, MailError
from matinee.mail.settings import MailSettings
from matinee.mail.smtp import LaterMailError, RefusedMailError
from matinee.resilience.command import Commands
from matinee.resilience.events import Event
from matinee.resilience.faults import fault_from
from matinee.resilience.settings import Tuning
from matinee.testing.clock import ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def commands(clock):
    return Commands(Tuning(allow_faults=True), clock.monotonic)


def counted(commands, name):
    ever = commands.get(name).metrics.counts.ever()
    return {event.name: ever[event] for event in Event if ever[event]}


@pytest.fixture
async def database(tmp_path, commands):
    async with open_guarded(f"sqlite+aiosqlite:///{tmp_path}/shop.db", commands, "shop") as opened:
        async with opened.alter() as connection:
            await connection.execute(text("CREATE TABLE goods (name TEXT PRIMARY KEY)"))
        yield opened


async def put(database, name):
    async with database.write() as session:
        await session.execute(text("INSERT INTO goods VALUES (:name)"), {"name": name})


async def goods(database):
    async with database.read() as session:
        return [row.name for row in await session.execute(text("SELECT name FROM goods ORDER BY name"))]


async def test_a_database_reads_and_writes_as_two_commands(database, commands):
    await put(database, "tea")
    assert await goods(database) == ["tea"]
    assert await database.answers()
    assert counted(commands, "shop.database.write") == {"SUCCESS": 1}
    assert counted(commands, "shop.database.read") == {"SUCCESS": 2}
    assert commands.get("shop.database.read").group == "shop"


async def test_what_the_rules_of_a_room_raise_is_no_failure_of_its_database(database, commands):
    await put(database, "tea")
    for _ in range(30):
        with pytest.raises(ConstraintError):
            await put(database, "tea")
    with pytest.raises(KeyError):
        async with database.write():
            raise KeyError
    assert commands.get("shop.database.write").metrics.requests_and_errors(commands.monotonic()) == (1, 0)
    assert await goods(database) == ["tea"]


@pytest.mark.parametrize("how", ["full", "open", "fault", "late"])
async def test_a_database_that_may_not_be_asked_says_so_in_its_own_word(database, commands, how):
    change = {"full": {"max_concurrent": 1}, "open": {"breaker_force": "open"}, "late": {"timeout_seconds": 0.01}}
    commands.tuning.change("shop.database.read", **change.get(how, {}))
    commands.tuning.inject({"fault": [fault_from("*.read=fail")], "late": [fault_from("*.read=delay:9")]}.get(how, []))

    @asynccontextmanager
    async def somebody_inside():
        if how != "full":
            yield
            return
        async with database.read():
            yield

    async with somebody_inside():
        with pytest.raises(DatabaseError):
            await goods(database)
        assert not await database.answers()
    commands.tuning.change_all({})
    commands.tuning.inject([])
    assert await goods(database) == []


async def test_a_transaction_over_time_keeps_nothing(database, commands):
    commands.tuning.change("shop.database.write", timeout_seconds=0.05)

    async def dawdle():
        async with database.write() as session:
            await session.execute(text("INSERT INTO goods VALUES ('tea')"))
            await asyncio.Event().wait()

    with pytest.raises(DatabaseError):
        await dawdle()
    assert await goods(database) == []
    await put(database, "coffee")
    assert await goods(database) == ["coffee"]


class SlowCommit(Database):
    """A database whose commits take a while."""

    def __init__(self, inner):
        self._inner = inner

    @asynccontextmanager
    async def write(self):
        async with self._inner.write() as session:
            yield session
            await asyncio.sleep(0.1)

    def read(self):
        return self._inner.read()


async def test_a_commit_that_began_is_answered_by_the_engine_and_not_by_the_deadline(database, commands):
    slow = GuardedDatabase(SlowCommit(database), commands, "slow")
    commands.tuning.change("slow.database.write", timeout_seconds=0.03)
    await put(slow, "tea")
    assert await goods(database) == ["tea"]
    assert counted(commands, "slow.database.write") == {"SUCCESS": 1}


async def test_a_hundred_writers_with_random_deadlines_lose_nothing_that_was_answered(database, commands):
    answered = []

    async def writer(number):
        try:
            async with asyncio.timeout(0.002 * number):
                await put(database, f"{number:03}")
        except (TimeoutError, DatabaseError):
            return
        answered.append(f"{number:03}")

    commands.tuning.change("shop.database.write", timeout_seconds=0.08)
    await asyncio.gather(*(writer(number) for number in range(100)))
    commands.tuning.change_all({})
    assert set(answered) <= set(await goods(database))
    await put(database, "after")
    assert "after" in await goods(database)


async def test_an_adaptive_bound_may_be_chosen_for_a_database(database, commands):
    commands.tuning.change("shop.database.read", adaptive="gradient", max_concurrent=64, min_concurrent=2)
    assert commands.get("shop.database.read").limit == 20
    assert await goods(database) == []


async def test_the_event_log(tmp_path, commands):
    async with open_events(f"sqlite://{tmp_path}/events.db", clock=SystemClock(), ids=RandomIds()) as inner:
        log = GuardedEvents(inner, commands, "shop")
        await log.append("sales", [NewEvent(key="a", value=b"1"), NewEvent(key="a", value=b"2")])
        with pytest.raises(EventTooLargeError):
            await log.append("sales", [NewEvent(key="a", value=bytes(2 * 2**20))])
        assert [event.value async for event in log.read("sales")] == [b"1", b"2"]
        async with log.consumer("sales", group="books") as member:
            polled = await member.poll(limit=5, wait_seconds=5)
            assert [event.value for event in polled] == [b"1", b"2"]
            await member.commit(polled[-1])
            assert await member.lag() == 0
        commands.tuning.change("shop.events.append", breaker_force="open")
        with pytest.raises(EventLogError):
            await log.append("sales", [NewEvent(key="a", value=b"3")])
    assert counted(commands, "shop.events.append")["BAD_REQUEST"] == 1
    assert counted(commands, "shop.events.poll") == {"SUCCESS": 1}
    assert counted(commands, "shop.events.commit") == {"SUCCESS": 2}


async def test_the_object_store(tmp_path: Path, commands):
    blobs = GuardedBlobs(LocalBlobs(tmp_path / "blobs"), commands, "shop")
    await blobs.put("a/tea", b"leaves")
    await blobs.put("a/empty", b"")
    (tmp_path / "film").write_bytes(b"x" * 100)
    await blobs.put_file("a/film", tmp_path / "film")
    assert await blobs.get("a/tea") == b"leaves"
    assert await blobs.get_range("a/tea", 1, 2) == b"ea"
    assert b"".join([piece async for piece in blobs.stream("a/film")]) == b"x" * 100
    assert [piece async for piece in blobs.stream("a/empty") if piece] == []
    assert [info.key async for info in blobs.list("a")] == ["a/empty", "a/film", "a/tea"]
    assert [info.key async for info in blobs.list("nothing")] == []
    assert (await blobs.info("a/tea")).size_bytes == 6
    async with blobs.local_copy("a/tea") as path:
        assert path.read_bytes() == b"leaves"
    for _ in range(30):
        with pytest.raises(BlobNotFoundError):
            await blobs.get("a/none")
        with pytest.raises(BlobNotFoundError):
            await anext(blobs.stream("a/none"))
    assert commands.get("shop.blobs.read").breaker.state == "closed"
    commands.tuning.inject([fault_from("shop.blobs.*=fail")])
    for call in (lambda: blobs.get("a/tea"), lambda: anext(blobs.stream("a/tea")), lambda: anext(blobs.list("a"))):
        with pytest.raises(BlobStoreError):
            await call()
    commands.tuning.inject([])
    await blobs.delete("a/tea")
    assert await blobs.delete_prefix("a") == 2


async def test_mail_and_the_server_that_it_is_given_to(tmp_path, commands):
    mail = Mail(key="k", to="a@example.org", subject="Tea", text="Now", kind="tea")

    class Post:
        def __init__(self):
            self.error = None

        async def deliver(self, _mail):
            if self.error is not None:
                raise self.error

    async with open_mailer(tmp_path, MailSettings(), clock=SystemClock()) as inner:
        guarded = GuardedMail(inner, commands, "shop")
        await guarded.send(mail)
        kept = await guarded.newest(limit=5)
        assert (await guarded.read(kept[0].mail_id)).subject == "Tea"
        commands.tuning.change("shop.mail.send", breaker_force="open")
        with pytest.raises(MailError):
            await guarded.send(mail)
    post = Post()
    delivery = GuardedDelivery(post, commands, seconds=0.02)
    await delivery.deliver(mail)
    for error in (RefusedMailError("no such person"), LaterMailError("busy")):
        post.error = error
        with pytest.raises(type(error)):
            await delivery.deliver(mail)
    commands.tuning.inject([fault_from("mail.smtp=delay:9")])
    with pytest.raises(LaterMailError):
        await delivery.deliver(mail)
    assert counted(commands, "mail.smtp")["BAD_REQUEST"] == 1
    assert counted(commands, "mail.smtp")["TIMEOUT"] == 1


async def test_other_peoples_servers(commands):
    asks = guarded_fetch(commands, "shop", "supplier")
    with pytest.raises(FetchRefusedError):
        await asks(FetchRequest(url="http://127.0.0.1/secret"), limits=FetchLimits())
    commands.tuning.inject([fault_from("shop.fetch.supplier=fail")])
    with pytest.raises(FetchFailedError):
        await asks(FetchRequest(url="https://supplier.example/"), limits=FetchLimits())
    assert counted(commands, "shop.fetch.supplier") == {
        "FAILURE": 1,
        "BAD_REQUEST": 1,
        "FALLBACK_MISSING": 1,
        "EXCEPTION_THROWN": 2,
        "INJECTED": 1,
    }
