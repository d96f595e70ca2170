"""The index's promises: versions, deletions, repeats, rebuilds, and a death at any moment."""

import asyncio
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from tests.services.search.conftest import asked, fill, names

from matinee.contracts.library import Change
from matinee.kit.ids import TitleId
from matinee.services.search.adapters.tantivy_index import generation
from matinee.services.search.adapters.tantivy_index.index import open_index
from matinee.services.search.ports import IndexAwayError
from matinee.services.search.settings import SearchSettings
from matinee.testing.searching import MADE, a_title, gone, told


def version(number: int, of: int, name: str) -> Change:
    return told(a_title(number, name, version=of))


async def contents(index) -> dict[str, tuple[int, str]]:
    """Return what the index holds, read behind its back: version and name by title, deletions with an empty name."""
    snapshot = index._serving.snapshot
    found = {}
    for number in range(200):
        title_id = TitleId(f"title-{number:016d}")
        known = snapshot.version(title_id)
        entry = snapshot.entry(title_id)
        if known:
            found[title_id] = (known, "" if entry is None else entry.name)
    return found


async def test_without_an_index_it_is_away(index):
    with pytest.raises(IndexAwayError):
        await index.find(asked("x"))
    with pytest.raises(IndexAwayError):
        await index.apply([version(1, 1, "x")])
    assert (await index.facts()).generation == 0


async def test_only_newer_versions_apply_in_a_batch_and_over_batches(index):
    await fill(index)
    await index.apply([version(1, 2, "Two"), version(1, 3, "Three"), version(1, 1, "One")])
    await index.apply([version(1, 2, "Two again")])
    await index.apply([version(1, 3, "Three again")])
    assert (await contents(index)) == {"title-0000000000000001": (3, "Three")}
    assert await names(index, "one") == []
    await index.apply([version(1, 4, "Four")])
    assert await names(index, "four") == ["Four"]
    assert await names(index, "three") == []
    assert (await index.facts()).titles == 1


async def test_a_stale_create_does_not_bring_back_what_was_deleted_even_after_a_rebuild(index):
    await fill(index, a_title(1, "Gone"))
    await index.apply([gone(a_title(1, "Gone"))])
    await index.apply([version(1, 1, "Gone")])
    assert await names(index, "gone") == []
    await fill(index, a_title(2, "Other"))
    await index.apply([version(1, 1, "Gone")])
    assert await names(index, "gone") == []
    draft = await index.draft()
    await draft.add([version(1, 1, "Gone")])
    await draft.serve()
    assert await names(index, "gone") == []
    assert (await index.facts()).titles == 0


def a_history(seed: int, titles: int = 12, changes: int = 60) -> list[Change]:
    """Return changes in the order of their versions by title, deletions and later creations of new titles included."""
    source = random.Random(seed)
    versions: dict[int, int] = {}
    made = []
    for step in range(changes):
        number = source.randrange(titles)
        known = versions.get(number, 0)
        if known < 0:
            continue
        versions[number] = known + 1
        if known and source.random() < 0.15:
            made.append(gone(a_title(number, "", version=known)))
            versions[number] = -1
        else:
            made.append(version(number, known + 1, f"Step {step}"))
    return made


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_repeats_reordered_batches_and_a_full_replay_end_in_the_same_index(index, tmp_path, seed):
    history = a_history(seed)
    await fill(index)
    for batch in itertools.batched(history, 7) if hasattr(itertools, "batched") else [history]:
        await index.apply(list(batch))
    expected = await contents(index)
    source = random.Random(seed)
    shuffled = [*history, *source.sample(history, len(history) // 2)]
    source.shuffle(shuffled)
    async with open_index(tmp_path / "other", SearchSettings()) as other:
        await fill(other)
        for start in range(0, len(shuffled), 5):
            await other.apply(shuffled[start : start + 5])
        assert await contents(other) == expected
        await other.apply(history)
        assert await contents(other) == expected


async def test_all_is_there_after_it_was_closed_and_opened(tmp_path):
    async with open_index(tmp_path, SearchSettings()) as index:
        await fill(index, a_title(1, "Kept"))
        await index.apply([version(2, 1, "Added"), gone(a_title(3, ""))])
        before = await contents(index)
    async with open_index(tmp_path, SearchSettings()) as index:
        assert await contents(index) == before
        assert await names(index, "addde") == ["Added"]
        assert (await index.facts()).generation == 1


async def test_an_index_that_cannot_be_read_is_away_and_built_anew(tmp_path):
    async with open_index(tmp_path, SearchSettings()) as index:
        await fill(index, a_title(1, "Kept"))
    (tmp_path / "generation-000001" / "meta.json").write_text("{")
    async with open_index(tmp_path, SearchSettings()) as index:
        with pytest.raises(IndexAwayError):
            await index.find(asked("kept"))
        await fill(index, a_title(1, "Kept"))
        assert await names(index, "kept") == ["Kept"]


async def test_an_index_of_another_shape_is_not_read(tmp_path):
    async with open_index(tmp_path, SearchSettings()) as index:
        await fill(index, a_title(1, "Kept"))
    (tmp_path / "serving.json").write_text('{"generation":1,"schema":0}')
    async with open_index(tmp_path, SearchSettings()) as index:
        assert (await index.facts()).generation == 0
        await fill(index, a_title(1, "Kept"))
        assert (await index.facts()).generation == 2


async def test_a_rebuild_leaves_readers_alone_and_hears_what_changes_meanwhile(index, tmp_path):
    await fill(index, a_title(1, "Before"), a_title(2, "Doomed"))
    draft = await index.draft()
    with pytest.raises(IndexAwayError):
        await index.draft()
    await draft.add([version(1, 1, "Before"), version(2, 1, "Doomed")])
    await index.apply([version(3, 2, "Meanwhile"), gone(a_title(2, "Doomed")), version(1, 2, "Changed")])
    assert set(await names(index, "meanwhile changed")) == {"Meanwhile", "Changed"}
    # The catalogue's page was read before the change that is known already.
    await draft.add([version(3, 1, "Stale"), version(2, 1, "Doomed")])
    old = index._serving.snapshot
    await draft.serve()
    assert await contents(index) == {
        "title-0000000000000001": (2, "Changed"),
        "title-0000000000000002": (2, ""),
        "title-0000000000000003": (2, "Meanwhile"),
    }
    # A question that began before the swap ends on what it began with.
    assert old.entry(TitleId("title-0000000000000003")).name == "Meanwhile"
    assert [path.name for path in sorted((tmp_path / "search").iterdir())] == ["generation-000002", "serving.json"]
    await index.apply([version(4, 1, "After")])
    assert await names(index, "after") == ["After"]


async def test_a_draft_that_is_left_leaves_nothing(index, tmp_path):
    await fill(index, a_title(1, "Before"))
    draft = await index.draft()
    await draft.add([version(2, 1, "Never")])
    await draft.discard()
    assert await names(index, "never") == []
    assert not (tmp_path / "search" / "generation-000002").exists()
    await fill(index, a_title(3, "Next"))
    assert await names(index, "next") == ["Next"]


WRITER = """
import asyncio, sys
from pathlib import Path
from matinee.services.search.adapters.tantivy_index import generation
from matinee.services.search.adapters.tantivy_index.index import open_index
from matinee.services.search.settings import SearchSettings
from matinee.testing.searching import a_title, gone, told

async def main(root, first):
    async with open_index(Path(root), SearchSettings()) as index:
        if not (await index.facts()).generation:
            await (await index.draft()).serve()
        version = first
        while True:
            version += 1
            changes = [told(a_title(n, f"Version {version}", version=version)) for n in range(20)]
            await index.apply([*changes, gone(a_title(100, "", version=version - 1))])
            print("applied", version, flush=True)
            if version % 3 == 0:
                draft = await index.draft()
                print("drafted", version, flush=True)
                await draft.add([told(a_title(n, f"Version {version}", version=version)) for n in range(20)])
                await draft.serve()
                print("served", version, flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.slow
async def test_killed_at_any_moment_nothing_applied_is_lost_and_no_batch_is_there_in_part(tmp_path):
    source, applied = random.Random(5), 0
    for _ in range(5):
        applied = max(applied, await asyncio.to_thread(kill_a_writer, tmp_path, applied, source.uniform(0.0, 0.6)))
        async with open_index(tmp_path, SearchSettings()) as index:
            held = await contents(index) if (await index.facts()).generation else {}
            versions = {known for known, name in held.values() if name}
            assert len(versions) <= 1
            assert not applied or max(versions) >= applied
            assert not held or len(held) == 21
            folders = [path.name for path in tmp_path.iterdir() if path.name.startswith("generation-")]
            assert len(folders) == (1 if held or (await index.facts()).generation else 0)
            applied = max([applied, *versions])


def kill_a_writer(root: Path, first: int, after_seconds: float) -> int:
    """Run a writer, kill it some time after its first answer, and return the last version that it told was applied."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(root), str(first)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    time.sleep(after_seconds)
    os.kill(process.pid, signal.SIGKILL)
    lines += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    # The kill may come in the middle of a line.
    whole = [line for line in lines if line.startswith("applied ") and line.endswith("\n")]
    return max((int(line.split()[1]) for line in whole), default=0)


async def test_a_batch_that_fails_changes_nothing_and_can_be_tried_again(index, monkeypatch):
    await fill(index, a_title(1, "Kept"))
    batch = [version(1, 2, "Changed"), version(2, 1, "Added")]
    written = generation.document

    def failing(entry, popularity):
        if entry.name == "Added":
            raise ValueError("the disk is full")
        return written(entry, popularity)

    with monkeypatch.context() as broken:
        broken.setattr(generation, "document", failing)
        with pytest.raises(IndexAwayError):
            await index.apply(batch)
    assert await contents(index) == {"title-0000000000000001": (1, "Kept")}
    await index.apply([version(3, 1, "Other")])
    assert set(await contents(index)) == {"title-0000000000000001", "title-0000000000000003"}
    await index.apply(batch)
    assert {name for _, name in (await contents(index)).values()} == {"Changed", "Added", "Other"}


async def test_damaged_changes_are_none_of_the_index(index):
    await fill(index)
    empty = Change(op="u", title_id=TitleId("title-0000000000000001"), version=1, changed_at=MADE, after=None)
    await index.apply([empty])
    assert (await contents(index)) == {"title-0000000000000001": (1, "")}
    await index.apply([msgspec.structs.replace(version(1, 2, "Back"), op="r")])
    assert await names(index, "back") == ["Back"]
