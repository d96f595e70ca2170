"""kill -9 while a profile is recorded, packed and tidied: nothing that was answered is lost."""

import asyncio
import sys
from pathlib import Path

import pytest

from matinee.kit.ids import ProfileId
from matinee.testing.history import open_history

CHILD = Path(__file__).with_name("killed_child.py")
LINES = 1_500


async def until_killed(folder, first):
    """Run the child until it has said enough, kill it, and return what it said: profile, title → step."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), str(folder), str(first), stdout=asyncio.subprocess.PIPE
    )
    said = {}
    async with asyncio.timeout(60):
        for _ in range(LINES):
            profile, title, step = (await child.stdout.readline()).decode().split()
            said[profile, title] = float(step)
        child.kill()
        rest = (await child.stdout.read()).decode()
        await child.wait()
    # The last line may be cut off; what was answered is what was said whole.
    for line in rest.rpartition("\n")[0].splitlines():
        profile, title, step = line.split()
        said[profile, title] = float(step)
    return said


@pytest.mark.slow
async def test_nothing_answered_is_lost_when_the_process_is_killed_again_and_again(tmp_path):
    answered, packed = {}, 0
    for _ in range(4):
        answered |= await until_killed(tmp_path, int(max(answered.values(), default=0)))
        async with open_history(tmp_path) as room:
            for number in range(4):
                profile = ProfileId(f"profile-{number}")
                partition = await room.service.packer.read(profile)
                kept = {one.title_id: one.position_seconds for one in partition.records()}
                packed += len(partition.packed)
                lost = {
                    title: step
                    for (whose, title), step in answered.items()
                    if whose == profile and kept.get(title, -1.0) < step
                }
                assert lost == {}
    assert packed > 0
