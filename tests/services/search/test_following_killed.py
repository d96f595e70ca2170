"""The way from the log into the index, killed at random: nothing is lost, nothing goes back."""

import asyncio
import os
import random
import signal
import subprocess
import sys

import pytest
from tests.services.search.conftest import until

from matinee.events.opened import open_events
from matinee.kit.clock import SystemClock
from matinee.kit.ids import RandomIds, TitleId
from matinee.services.search.adapters.tantivy_index.index import open_index
from matinee.services.search.consumers import Following
from matinee.services.search.lag import Lag
from matinee.services.search.settings import SearchSettings
from matinee.testing.searching import a_title, gone, publish, told

FOLLOWER = """
import asyncio, sys
from pathlib import Path
from matinee.events.opened import open_events
from matinee.kit.clock import SystemClock
from matinee.kit.ids import RandomIds
from matinee.services.search.adapters.tantivy_index.index import open_index
from matinee.services.search.consumers import Following
from matinee.services.search.lag import Lag
from matinee.services.search.settings import SearchSettings

async def main(folder):
    clock = SystemClock()
    async with open_events(f"sqlite://{folder}/events.db", clock=clock, ids=RandomIds()) as events:
        async with open_index(Path(folder) / "search", SearchSettings()) as index:
            if not (await index.facts()).generation:
                await (await index.draft()).serve()
            print("follows", flush=True)
            await Following(events, index, Lag(clock), batch=7, retry_seconds=0.05, lease_seconds=0.5).run()

asyncio.run(main(sys.argv[1]))
"""


def started(folder) -> subprocess.Popen:
    follower = subprocess.Popen([sys.executable, "-c", FOLLOWER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert follower.stdout is not None
    assert follower.stdout.readline() == "follows\n"
    return follower


def end(follower: subprocess.Popen) -> None:
    os.kill(follower.pid, signal.SIGKILL)
    follower.wait()
    follower.stdout.close()


def held_in(index) -> dict[int, tuple[int, str]]:
    snapshot, known = index._serving.snapshot, {}
    for number in range(30):
        title_id = TitleId(f"title-{number:016d}")
        entry = snapshot.entry(title_id)
        known[number] = (snapshot.version(title_id), "" if entry is None else entry.name)
    return known


@pytest.mark.slow
async def test_a_follower_that_is_killed_again_and_again_ends_with_every_last_version(tmp_path):
    source, versions, deleted = random.Random(11), dict.fromkeys(range(30), 0), set()
    clock = SystemClock()
    before = dict.fromkeys(range(30), 0)
    async with open_events(f"sqlite://{tmp_path}/events.db", clock=clock, ids=RandomIds()) as events:
        for _ in range(4):
            follower = await asyncio.to_thread(started, tmp_path)
            for _ in range(source.randrange(10, 60)):
                number = source.randrange(30)
                if number in deleted:
                    continue
                versions[number] += 1
                title = a_title(number, f"Version {versions[number]}", version=versions[number])
                if versions[number] > 3 and source.random() < 0.2:
                    deleted.add(number)
                    await publish(events, gone(a_title(number, "", version=versions[number] - 1)))
                else:
                    await publish(events, told(title))
                await asyncio.sleep(source.random() * 0.05)
            await asyncio.to_thread(end, follower)
            async with open_index(tmp_path / "search", SearchSettings()) as index:
                now = held_in(index)
            assert all(now[number][0] >= known for number, known in before.items())
            before = {number: known for number, (known, _) in now.items()}
        assert any(before.values())
        expected = {n: (v, "" if n in deleted or not v else f"Version {v}") for n, v in versions.items()}
        async with open_index(tmp_path / "search", SearchSettings()) as index:
            following = Following(events, index, Lag(clock), batch=7, retry_seconds=0.05, lease_seconds=1.0)
            task = asyncio.create_task(following.run())

            async def current():
                return held_in(index) == expected

            await until(current, 60)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
