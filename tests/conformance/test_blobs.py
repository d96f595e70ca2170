"""Blob stores: the suite on every adapter, and what is the local one's own."""

import asyncio
import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import settings

from matinee.blobs.local import LocalBlobs
from matinee.blobs.objects import ObjectBlobs
from matinee.blobs.opened import BlobUrlError, open_blobs
from matinee.blobs.port import BlobExistsError, BlobStoreError
from matinee.testing.blob_machine import BlobMachine
from matinee.testing.blob_suite import BlobStoreSuite, keys_of


class TestLocalBlobs(BlobStoreSuite):
    capabilities = frozenset({"durable", "multi_process"})

    @pytest.fixture
    def store(self, tmp_path: Path):
        return open_blobs(f"file://{tmp_path}/blobs")

    @pytest.fixture
    def behind(self, store, tmp_path: Path):
        return open_blobs(f"file://{tmp_path}/blobs")


class TestMemoryBlobs(BlobStoreSuite):
    @pytest.fixture
    def store(self):
        return open_blobs("memory:")


class LocalMachine(BlobMachine):
    @staticmethod
    def open_pair(folder: Path):
        return LocalBlobs(folder / "blobs"), LocalBlobs(folder / "blobs")


class MemoryMachine(BlobMachine):
    @staticmethod
    def open_pair(folder: Path):
        store = open_blobs("memory:")
        return store, store


TestLocalMachine = pytest.mark.slow(LocalMachine.TestCase)
TestMemoryMachine = pytest.mark.slow(MemoryMachine.TestCase)
for case in (LocalMachine, MemoryMachine):
    case.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


@pytest.fixture
def local(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


class Steps:
    """Notes the calls that make a put durable, and lets them happen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[tuple[str, str]] = []
        for name in ("fsync", "replace", "link"):
            monkeypatch.setattr(os, name, self._noting(name, getattr(os, name)))

    def _noting(self, name, call):
        def noted(first, *rest, **named):
            target = str(Path(f"/proc/self/fd/{first}").readlink()) if name == "fsync" else os.fspath(rest[0])
            result = call(first, *rest, **named)
            self.seen.append((name, target))
            return result

        return noted


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to name open files")
@pytest.mark.parametrize("only_if_absent", [False, True])
async def test_bytes_are_synced_before_the_name_and_the_name_before_the_answer(
    local, tmp_path, monkeypatch, only_if_absent
):
    steps = Steps(monkeypatch)
    await local.put("a/b", b"data", only_if_absent=only_if_absent)
    names = [name for name, _ in steps.seen]
    placed = names.index("link" if only_if_absent else "replace")
    root = str(tmp_path / "blobs")
    before, after = steps.seen[:placed], steps.seen[placed + 1 :]
    assert any(name == "fsync" and path.startswith(f"{root}/.drafts/") for name, path in before)
    assert ("fsync", root) in before  # the new folder's own name
    assert ("fsync", f"{root}/a") in after


CHURN = """
import asyncio, sys
from pathlib import Path
from matinee.blobs.local import LocalBlobs

async def main():
    store = LocalBlobs(Path(sys.argv[1]))
    number = 0
    while True:
        number += 1
        await store.put("films/one", b"%08d" % number * 40_000)
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("lines", [1, 7, 23])
def test_a_killed_process_leaves_the_last_answer_or_the_next_whole(tmp_path, lines):
    child = subprocess.Popen([sys.executable, "-c", CHURN, str(tmp_path / "blobs")], stdout=subprocess.PIPE, text=True)
    for _ in range(lines):
        answered = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    rest = child.communicate(timeout=30)[0].split()
    answered = int(rest[-1]) if rest else answered
    data = asyncio.run(LocalBlobs(tmp_path / "blobs").get("films/one"))
    assert data in (b"%08d" % answered * 40_000, b"%08d" % (answered + 1) * 40_000)


async def test_drafts_of_the_dead_are_swept_and_those_of_the_living_kept(tmp_path, monkeypatch):
    LocalBlobs(tmp_path)
    draft = tmp_path / ".drafts" / "0123"
    draft.write_bytes(b"half")
    LocalBlobs(tmp_path)
    assert draft.exists()
    later = draft.stat().st_ctime + 25 * 3600
    monkeypatch.setattr("matinee.blobs.local.time.time", lambda: later)
    LocalBlobs(tmp_path)
    assert not draft.exists()


async def test_a_large_file_is_stored_in_little_memory(local, tmp_path):
    source = tmp_path / "film"
    with source.open("wb") as file:
        file.truncate(256 * 1024 * 1024)
    tracemalloc.start()
    try:
        await local.put_file("film", source)
        size = 0
        async for piece in local.stream("film"):
            size += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == 256 * 1024 * 1024
    assert peak < 16 * 1024 * 1024


async def test_an_object_in_place_of_a_folder_is_a_conflict(local):
    await local.put("a", b"")
    with pytest.raises(BlobExistsError):
        await local.put("a/b", b"")
    await local.put("c/d", b"")
    with pytest.raises(BlobExistsError):
        await local.put("c", b"")
    assert await keys_of(local) == ["a", "c/d"]
    assert list((local._root / ".drafts").iterdir()) == []


async def test_a_disk_that_fails_is_a_store_error_and_nothing_is_left(local, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BlobStoreError) as caught:
        await local.put("a", b"x")
    assert isinstance(caught.value.__cause__, OSError)
    monkeypatch.undo()
    assert await keys_of(local) == []
    assert list((local._root / ".drafts").iterdir()) == []


@pytest.mark.parametrize("url", ["", "folder", "file://host/share", "file:relative", "ftp://x/y", "s3://", "http://x"])
def test_urls_that_name_no_store_are_refused(url):
    with pytest.raises(BlobUrlError):
        open_blobs(url)


def test_an_s3_url_opens_without_a_network(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert isinstance(open_blobs("s3://bucket/films"), ObjectBlobs)
