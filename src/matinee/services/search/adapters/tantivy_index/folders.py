"""Where generations of the index live, and which one serves: the one that a small file names."""

import re
import secrets
import shutil
from pathlib import Path

import msgspec

from matinee.engines.files import make_folder, sync_folder, write_synced
from matinee.services.search.adapters.tantivy_index.schema import SCHEMA_VERSION

_POINTER = "serving.json"
_GENERATION = re.compile(r"generation-(\d{6,12})")


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says: the number of the serving generation, and the shape of its documents."""

    generation: int
    schema: int


class Folders:
    """The index's folder.

    Args:
        root: made when absent.
    """

    def __init__(self, root: Path) -> None:
        make_folder(root)
        self._root = root

    def folder(self, generation: int) -> Path:
        """Return the place of a generation."""
        return self._root / f"generation-{generation:06d}"

    def serving(self) -> int | None:
        """Return the generation that serves; None when there is none, or none that this version reads."""
        try:
            pointer = msgspec.json.decode((self._root / _POINTER).read_bytes(), type=Pointer)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        whole = pointer.schema == SCHEMA_VERSION and self.folder(pointer.generation).is_dir()
        return pointer.generation if whole else None

    def serve(self, generation: int) -> None:
        """Let a generation serve from now on, durably; whoever reads the file sees the old or the new one."""
        draft = self._root / f".{_POINTER}.{secrets.token_hex(8)}"
        write_synced(draft, msgspec.json.encode(Pointer(generation=generation, schema=SCHEMA_VERSION)))
        draft.replace(self._root / _POINTER)
        sync_folder(self._root)

    def latest(self) -> int:
        """Return the highest number that a folder has or that ever served; 0 for none."""
        named = [_GENERATION.fullmatch(path.name) for path in self._root.iterdir()]
        return max([self._last_served(), *(int(match[1]) for match in named if match)])

    def _last_served(self) -> int:
        try:
            return msgspec.json.decode((self._root / _POINTER).read_bytes(), type=Pointer).generation
        except (FileNotFoundError, msgspec.DecodeError):
            return 0

    def remove_others(self, kept: int | None) -> None:
        """Remove every generation but one, and what killed processes left of the file."""
        for path in self._root.iterdir():
            if path.is_dir() and _GENERATION.fullmatch(path.name) and path != self.folder(kept or 0):
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith(f".{_POINTER}."):
                path.unlink(missing_ok=True)
