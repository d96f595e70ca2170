"""Links below a blob root: none is followed, none is listed, none is deleted through."""

import os

import pytest

from matinee.blobs.local import LocalBlobs
from matinee.blobs.port import BlobNotFoundError
from matinee.kit.paths import PathError
from matinee.testing.blob_suite import READS, WRITES, keys_of


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    (folder / "inner").mkdir(parents=True)
    (folder / "secret").write_text("secret")
    (folder / "inner" / "deep").write_text("deep")
    return folder


@pytest.fixture
async def store(tmp_path, outside):
    store = LocalBlobs(tmp_path / "blobs")
    await store.put("own/a", b"own")
    root = tmp_path / "blobs"
    (root / "own" / "file").symlink_to(outside / "secret")
    (root / "own" / "relative").symlink_to("../../outside/secret")
    (root / "own" / "folder").symlink_to(outside)
    (root / "own" / "inside").symlink_to(root / "own" / "a")
    (root / "own" / "dangling").symlink_to(outside / "not-there")
    (root / "own" / "loop").symlink_to(root / "own" / "loop")
    return store


LINKED = ("own/file", "own/relative", "own/folder/secret", "own/folder/inner/deep", "own/inside", "own/dangling")


@pytest.mark.parametrize("call", [*READS, *WRITES])
async def test_attack_03_no_call_follows_a_link(store, outside, call):
    for key in LINKED:
        with pytest.raises(PathError):
            await (READS | WRITES)[call](store, key)
    assert (outside / "secret").read_text() == "secret"
    assert not (outside / "not-there").exists()


async def test_attack_03_a_loop_of_links_is_refused(store):
    with pytest.raises((PathError, BlobNotFoundError)):
        await store.get("own/loop")


async def test_attack_03_links_are_not_listed_and_their_targets_not_deleted(store, outside):
    assert await keys_of(store) == ["own/a"]
    assert await store.delete_prefix("own") == 1
    assert (outside / "secret").read_text() == "secret"
    assert (outside / "inner" / "deep").read_text() == "deep"


async def test_attack_03_a_device_or_pipe_is_not_an_object(store, tmp_path):
    os.mkfifo(tmp_path / "blobs" / "own" / "pipe")
    assert await keys_of(store) == ["own/a"]
    with pytest.raises(BlobNotFoundError):
        await store.get("own/pipe")
