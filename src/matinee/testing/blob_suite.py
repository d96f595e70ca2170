"""What every blob store must do. Each test quotes the promise of `matinee.blobs.port` that it checks."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from matinee.blobs.port import BlobExistsError, BlobInfo, BlobNotFoundError, BlobStore
from matinee.kit.paths import PathError
from matinee.testing.capabilities import Suite

MEBIBYTE = 1024 * 1024
UNSAFE_KEYS = ("", "/", "a/", "/a", "a//b", "..", "a/../b", "%2e%2e/a", "a\\b", "a\0b", ".drafts/a", "a" * 129, "é")
UNORDERED_KEYS = ("b", "a/b", "a-b", "a.b", "a=b", "a/a/a", "a/a-a", "A", "_", "a0")


async def keys_of(store: BlobStore, prefix: str = "") -> list[str]:
    """Return the keys that a listing yields, in its order."""
    return [info.key async for info in store.list(prefix)]


async def streamed(store: BlobStore, key: str) -> list[bytes]:
    """Return the pieces of a stream."""
    return [piece async for piece in store.stream(key)]


async def borrowed(store: BlobStore, key: str) -> bytes:
    """Return the bytes of a local copy."""
    async with store.local_copy(key) as path:
        return await asyncio.to_thread(path.read_bytes)


READS: dict[str, Callable[[BlobStore, str], Coroutine[Any, Any, object]]] = {
    "get": lambda store, key: store.get(key),
    "get_range": lambda store, key: store.get_range(key, 0, 1),
    "stream": streamed,
    "info": lambda store, key: store.info(key),
    "local_copy": borrowed,
}
WRITES: dict[str, Callable[[BlobStore, str], Coroutine[Any, Any, object]]] = {
    "put": lambda store, key: store.put(key, b""),
    "put if absent": lambda store, key: store.put(key, b"", only_if_absent=True),
    "put_file": lambda store, key: store.put_file(key, Path(__file__)),
    "delete": lambda store, key: store.delete(key),
    "delete_prefix": lambda store, key: store.delete_prefix(key),
}


class BlobStoreSuite(Suite):
    """Subclass it, name the capabilities, and give the fixture `store`; with `multi_process` also `behind`."""

    @pytest.fixture
    def behind(self, store: BlobStore) -> BlobStore:
        """A second instance on the same data; the same one where instances share nothing."""
        return store

    @pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 20_000], ids=["empty", "one", "5 MB"])
    async def test_get_after_put(self, store: BlobStore, behind: BlobStore, data: bytes) -> None:
        """'a get after a put returns what was put'."""
        info = await store.put("a/b", data)
        assert await behind.get("a/b") == data
        assert b"".join(await streamed(behind, "a/b")) == data
        assert await borrowed(behind, "a/b") == data
        assert await behind.info("a/b") == info == BlobInfo(key="a/b", size_bytes=len(data), etag=info.etag)

    async def test_put_replaces(self, store: BlobStore, behind: BlobStore) -> None:
        """'a get after a put returns what was put'."""
        await store.put("a", b"long before")
        await store.put("a", b"after")
        assert await behind.get("a") == b"after"
        assert await keys_of(behind) == ["a"]

    async def test_readers_never_see_a_mix(self, store: BlobStore, behind: BlobStore) -> None:
        """'readers see the old bytes or the new, never a mix'."""
        values = [bytes([number]) * (MEBIBYTE + number) for number in range(4)]
        await store.put("a", values[0])

        async def write() -> None:
            for number in range(24):
                await store.put("a", values[number % 4])

        writing = asyncio.create_task(write())
        seen = 0
        while not writing.done() or not seen:
            assert await behind.get("a") in values
            assert b"".join(await streamed(behind, "a")) in values
            seen += 1
        await writing

    async def test_a_conditional_put_keeps_what_is_there(self, store: BlobStore, behind: BlobStore) -> None:
        """'when `only_if_absent` and the key exists'."""
        await store.put("a/b", b"first", only_if_absent=True)
        with pytest.raises(BlobExistsError):
            await behind.put("a/b", b"second", only_if_absent=True)
        assert await store.get("a/b") == b"first"

    async def test_one_of_racing_writers_wins(self, store: BlobStore, behind: BlobStore) -> None:
        """'exactly one of racing writers wins'."""
        writers = [
            (store, behind)[number % 2].put("a/b", str(number).encode(), only_if_absent=True) for number in range(20)
        ]
        results = await asyncio.gather(*writers, return_exceptions=True)
        winners = [number for number, result in enumerate(results) if isinstance(result, BlobInfo)]
        assert len(winners) == 1
        assert sum(isinstance(result, BlobExistsError) for result in results) == 19
        assert await store.get("a/b") == str(winners[0]).encode()

    async def test_a_file_is_copied_and_stays(self, store: BlobStore, behind: BlobStore, tmp_path: Path) -> None:
        """'the file stays'."""
        data = hashlib.shake_128(b"film").digest(9 * MEBIBYTE + 3)
        path = tmp_path / "film.bin"
        path.write_bytes(data)
        info = await store.put_file("films/one", path)
        assert info == await behind.info("films/one")
        with path.open("r+b") as file:
            file.write(b"changed later")
        assert await behind.get("films/one") == data
        path.unlink()
        assert b"".join(await streamed(behind, "films/one")) == data

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [(0, 4, b"0123"), (3, 4, b"3456"), (8, 2, b"89"), (8, 50, b"89"), (10, 1, b""), (99, 1, b""), (2, 0, b"")],
    )
    async def test_ranges(self, store: BlobStore, start: int, length: int, expected: bytes) -> None:
        """'fewer only at the end, none at or past it'."""
        await store.put("a", b"0123456789")
        assert await store.get_range("a", start, length) == expected

    async def test_a_stream_comes_in_order_and_in_pieces(self, store: BlobStore) -> None:
        """'Yield the bytes in order, in pieces of at most 4 MiB.'."""
        data = hashlib.shake_128(b"stream").digest(9 * MEBIBYTE + 1)
        await store.put("a", data)
        pieces = await streamed(store, "a")
        assert b"".join(pieces) == data
        assert max(len(piece) for piece in pieces) <= 4 * MEBIBYTE

    async def test_tags_tell_bytes_apart(self, store: BlobStore) -> None:
        """'which changes whenever the bytes do'."""
        tags = [(await store.put("a", f"{number:04}".encode())).etag for number in range(100)]
        assert len(set(tags)) == 100
        assert (await store.info("a")).etag == tags[-1]

    async def test_listing_is_in_key_order(self, store: BlobStore, behind: BlobStore) -> None:
        """'listing is in key order'."""
        for key in UNORDERED_KEYS:
            await store.put(key, key.encode())
        found = [info async for info in behind.list()]
        assert [info.key for info in found] == sorted(UNORDERED_KEYS)
        assert [info.size_bytes for info in found] == [len(key) for key in sorted(UNORDERED_KEYS)]

    async def test_a_prefix_is_a_folder(self, store: BlobStore) -> None:
        """'whole segments; empty means all'."""
        for key in UNORDERED_KEYS:
            await store.put(key, b"")
        assert await keys_of(store, "a") == ["a/a-a", "a/a/a", "a/b"]
        assert await keys_of(store, "a/a") == ["a/a/a"]
        assert await keys_of(store, "b") == []
        assert await keys_of(store, "none/at/all") == []

    async def test_delete_is_idempotent(self, store: BlobStore, behind: BlobStore) -> None:
        """'Remove a blob; idempotent.'."""
        await store.put("a/b/c", b"x")
        await store.put("a/d", b"y")
        for _ in range(2):
            await store.delete("a/b/c")
        await store.delete("never/there")
        assert await keys_of(behind) == ["a/d"]
        await store.put("a/b/c", b"again", only_if_absent=True)
        assert await behind.get("a/b/c") == b"again"

    async def test_a_folder_goes_with_its_last_object(self, store: BlobStore, behind: BlobStore) -> None:
        """'a get after a put returns what was put'."""
        await store.put("a/b/c", b"x")
        await store.delete("a/b/c")
        await store.put("a", b"y")
        assert await behind.get("a") == b"y"
        await store.put("d/e/f", b"x")
        await store.delete_prefix("d/e")
        await store.put("d", b"z")
        assert await behind.get("d") == b"z"

    async def test_deleting_a_folder_takes_all_of_it_and_no_more(self, store: BlobStore, behind: BlobStore) -> None:
        """'Remove every blob below the folder `prefix`; return how many went.'."""
        for key in UNORDERED_KEYS:
            await store.put(key, b"")
        assert await store.delete_prefix("a") == 3
        assert await store.delete_prefix("a") == 0
        assert await keys_of(behind) == sorted(key for key in UNORDERED_KEYS if not key.startswith("a/"))

    async def test_an_empty_prefix_is_refused(self, store: BlobStore) -> None:
        """'An empty prefix is refused.'."""
        await store.put("a", b"")
        with pytest.raises(PathError):
            await store.delete_prefix("")
        assert await keys_of(store) == ["a"]

    @pytest.mark.parametrize("call", [*READS, *WRITES])
    async def test_unsafe_keys_are_refused_everywhere(self, store: BlobStore, call: str) -> None:
        """'safe relative keys (`kit.paths.checked_key`, else `PathError`)'."""
        for key in UNSAFE_KEYS:
            with pytest.raises(PathError):
                await (READS | WRITES)[call](store, key)
        assert await keys_of(store) == []

    @pytest.mark.parametrize("call", READS)
    async def test_what_is_not_there_is_not_found(self, store: BlobStore, call: str) -> None:
        """'There is no blob with that key.'."""
        await store.put("folder/a", b"x")
        for key in ("a", "folder", "folder/b", "folder/a/b", "no/such"):
            with pytest.raises(BlobNotFoundError):
                await READS[call](store, key)

    async def test_a_local_copy_outlives_changes(self, store: BlobStore, behind: BlobStore) -> None:
        """'Give a readable local file with the blob's bytes while the block runs'."""
        await store.put("a.mp4", b"first")
        async with store.local_copy("a.mp4") as path, store.local_copy("a.mp4") as other:
            await behind.put("a.mp4", b"second")
            assert (path.read_bytes(), other.read_bytes()) == (b"first", b"first")
            await behind.delete("a.mp4")
            assert path.read_bytes() == b"first"
            assert path.suffix == ".mp4"
        assert not path.exists()
        assert not other.exists()

    async def test_puts_and_deletes_beside_each_other(self, store: BlobStore, behind: BlobStore) -> None:
        """'a get after a put returns what was put'."""

        async def churn(number: int) -> None:
            one = (store, behind)[number % 2]
            for _ in range(5):
                await one.put(f"x/y/{number}", b"kept for a moment")
                assert await one.get(f"x/y/{number}") == b"kept for a moment"
                await one.delete(f"x/y/{number}")

        await asyncio.gather(*(churn(number) for number in range(8)))
        assert await keys_of(store) == []
