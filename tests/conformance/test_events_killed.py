"""The embedded log and processes that die at any moment: kill -9 loses nothing that was acknowledged."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from matinee.events.port import NewEvent
from matinee.events.sqlite import open_sqlite_log
from matinee.kit.clock import SystemClock
from matinee.kit.ids import RandomIds
from matinee.testing.event_suite import everything, numbered

pytestmark = pytest.mark.slow
TOPIC = "films.published"
PRELUDE = """
import asyncio, itertools, sys
from pathlib import Path
from matinee.events.port import NewEvent
from matinee.events.sqlite import open_sqlite_log
from matinee.kit.clock import SystemClock
from matinee.kit.ids import RandomIds

def opened():
    return open_sqlite_log(Path(sys.argv[1]), clock=SystemClock(), ids=RandomIds())
"""
WRITER = (
    PRELUDE
    + """
async def write(log, numbers):
    for number in numbers:
        values = (f"{sys.argv[2]} {number} {part}".encode() for part in "abc")
        batch = [NewEvent(key=f"{sys.argv[2]}-{number % 5}", value=value) for value in values]
        await log.append("films.published", batch)
        print(number, flush=True)

async def main():
    async with opened() as log:
        numbers = itertools.count()
        await asyncio.gather(*(write(log, numbers) for _ in range(8)))

asyncio.run(main())
"""
)
READER = (
    PRELUDE
    + """
async def main():
    lease_seconds = float(sys.argv[2])
    async with opened() as log, log.consumer("films.published", group="g", lease_seconds=lease_seconds) as consumer:
        while True:
            events = await consumer.poll(limit=10, wait_seconds=1)
            print(*(event.offset for event in events), flush=True)

asyncio.run(main())
"""
)
CLOCKED = (
    PRELUDE
    + """
import time

async def main():
    async with opened() as log:
        for line in sys.stdin:
            await log.append("films.published", [NewEvent(key="k", value=str(time.time()).encode())])

asyncio.run(main())
"""
)


@asynccontextmanager
async def open_log(path: Path):
    async with open_sqlite_log(path, clock=SystemClock(), ids=RandomIds()) as log:
        yield log


@pytest.fixture
def start():
    children = []

    def started(program: str, *arguments: object) -> subprocess.Popen:
        command = [sys.executable, "-c", program, *(str(argument) for argument in arguments)]
        children.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return children[-1]

    yield started
    for child in children:
        child.kill()
        child.communicate(timeout=30)


def test_what_a_killed_writer_acknowledged_is_there_and_whole(tmp_path, start):
    path = tmp_path / "events.db"
    acknowledged: dict[str, set[int]] = {}
    for life in range(5):
        child, other = start(WRITER, path, f"w{life}"), start(WRITER, path, f"x{life}")
        for one, name in ((child, f"w{life}"), (other, f"x{life}")):
            acknowledged[name] = {int(one.stdout.readline())}
        time.sleep(random.uniform(0, 0.3))
        for one, name in ((child, f"w{life}"), (other, f"x{life}")):
            one.send_signal(signal.SIGKILL)
            # The last line may be torn.
            acknowledged[name] |= {int(line) for line in one.stdout.read().split("\n")[:-1]}

    async def read():
        async with open_log(path) as log:
            return await everything(log)

    events = asyncio.run(read())
    found: dict[tuple[str, int], str] = {}
    for event in events:
        name, number, part = event.value.decode().split()
        found[name, int(number)] = found.get((name, int(number)), "") + part
    assert sum(len(numbers) for numbers in acknowledged.values()) > 100
    missing = {(name, number) for name, numbers in acknowledged.items() for number in numbers} - found.keys()
    assert not missing
    assert set(found.values()) == {"abc"}


async def test_a_killed_reader_s_work_is_taken_over_within_its_lease(tmp_path, start):
    lease_seconds = 4.0
    async with open_log(tmp_path / "events.db") as log:
        await log.append(TOPIC, numbered(100, keys=100))
        reader = start(READER, tmp_path / "events.db", lease_seconds)
        polled = {int(one) for one in (await asyncio.to_thread(reader.stdout.readline)).split()}
        assert polled
        async with log.consumer(TOPIC, group="g", lease_seconds=lease_seconds) as heir:
            reader.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            got = set()
            while len(got) < 100:
                got |= {event.offset for event in await heir.poll(limit=100, wait_seconds=lease_seconds)}
                assert time.monotonic() - killed < lease_seconds
            assert polled <= got


async def test_a_write_of_another_process_wakes_a_reader_soon(tmp_path, start):
    async with open_log(tmp_path / "events.db") as log, log.consumer(TOPIC, group="g") as consumer:
        writer = start(CLOCKED, tmp_path / "events.db")
        delays = []
        for _ in range(20):
            writer.stdin.write("\n")
            writer.stdin.flush()
            (event,) = await consumer.poll(limit=1, wait_seconds=20)
            delays.append(time.time() - float(event.value))
        # A reader that hears nothing looks again after a second.
        assert sorted(delays)[10] < 0.5


async def test_processes_that_open_a_new_log_at_once_agree(tmp_path, start):
    path = tmp_path / "new" / "events.db"
    writers = [start(WRITER, path, f"w{number}") for number in range(4)]
    for writer in writers:
        assert (await asyncio.to_thread(writer.stdout.readline)).strip().isdigit()
        writer.kill()
    async with open_log(path) as log:
        await log.append(TOPIC, [NewEvent(key="k", value=b"w9 0 a")])
        assert {event.value.split()[0] for event in await everything(log)} == {b"w0", b"w1", b"w2", b"w3", b"w9"}
