"""Random histories of a blob store against a dictionary, read back through a second instance."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from matinee.blobs.port import BlobExistsError, BlobNotFoundError, BlobStore

# Folder names and object names differ, since a key may not be another one's folder.
FOLDERS = st.sampled_from(["a", "a-", "b.c", "a/a", "a/a-", "a/b.c", "a-/a"])
NAMES = st.sampled_from(["x", "x=1", "y.mp4", "_"])
KEYS = NAMES | st.builds(lambda folder, name: f"{folder}/{name}", FOLDERS, NAMES)
DATA = st.binary(max_size=40)


class BlobMachine(RuleBasedStateMachine):
    """Subclass it with `open_pair`: from an empty folder to two instances on the same data."""

    open_pair: Callable[[Path], tuple[BlobStore, BlobStore]]

    @initialize()
    def start(self) -> None:
        """Open an empty store."""
        self.folder = tempfile.TemporaryDirectory(prefix="matinee-blobs-")
        self.runner = asyncio.Runner()
        self.store, self.behind = type(self).open_pair(Path(self.folder.name))
        self.model: dict[str, bytes] = {}

    def run(self, work: Any) -> Any:
        """Wait for a coroutine, for at most ten seconds."""
        return self.runner.run(asyncio.wait_for(work, 10))

    @rule(key=KEYS, data=DATA)
    def put(self, key: str, data: bytes) -> None:
        """A put replaces."""
        self.run(self.store.put(key, data))
        self.model[key] = data

    @rule(key=KEYS, data=DATA)
    def put_if_absent(self, key: str, data: bytes) -> None:
        """A conditional put fails exactly when the key is there."""
        try:
            self.run(self.store.put(key, data, only_if_absent=True))
        except BlobExistsError:
            assert key in self.model
        else:
            assert key not in self.model
            self.model[key] = data

    @rule(key=KEYS, data=DATA)
    def put_file(self, key: str, data: bytes) -> None:
        """A file's bytes replace."""
        path = Path(self.folder.name) / "source.bin"
        path.write_bytes(data)
        self.run(self.store.put_file(key, path))
        self.model[key] = data

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        """A delete takes exactly one."""
        self.run(self.store.delete(key))
        self.model.pop(key, None)

    @rule(prefix=FOLDERS)
    def delete_prefix(self, prefix: str) -> None:
        """A folder's delete takes what is below it."""
        gone = [key for key in self.model if key.startswith(prefix + "/")]
        assert self.run(self.store.delete_prefix(prefix)) == len(gone)
        for key in gone:
            del self.model[key]

    @rule(key=KEYS, start=st.integers(0, 50), length=st.integers(0, 50))
    def get_range(self, key: str, start: int, length: int) -> None:
        """A range is a slice."""
        try:
            assert self.run(self.behind.get_range(key, start, length)) == self.model[key][start : start + length]
        except BlobNotFoundError:
            assert key not in self.model

    @rule(prefix=FOLDERS)
    def list_prefix(self, prefix: str) -> None:
        """A folder's listing holds what is below it."""
        expected = sorted(key for key in self.model if key.startswith(prefix + "/"))
        assert [info.key for info in self.run(self._list(prefix))] == expected

    async def _list(self, prefix: str) -> list[Any]:
        return [info async for info in self.behind.list(prefix)]

    @precondition(lambda self: hasattr(self, "model"))
    @invariant()
    def agrees(self) -> None:
        """The second instance shows exactly the model."""
        infos = self.run(self._list(""))
        assert [info.key for info in infos] == sorted(self.model)
        for info in infos:
            assert self.run(self.behind.get(info.key)) == self.model[info.key]
            assert self.run(self.behind.info(info.key)) == info

    def teardown(self) -> None:
        """Let the files go."""
        if hasattr(self, "model"):
            self.runner.close()
            self.folder.cleanup()
