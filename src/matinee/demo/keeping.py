"""What the demo remembers between starts: which titles it made, and how far each has come."""

import os
from pathlib import Path

import msgspec

FILE_NAME = "state.json"


class Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One title of the demo.

    Attributes:
        title_id: the catalogue's.
        deleted: somebody deleted the title; it stays so.
        artwork: the pictures were uploaded.
        job_id: the import, once ordered.
    """

    title_id: str
    deleted: bool = False
    artwork: bool = False
    job_id: str | None = None


class Memory(msgspec.Struct, kw_only=True):
    """The state file: titles by key of film or series, saved after each step."""

    titles: dict[str, Kept] = msgspec.field(default_factory=dict)


def load(folder: Path) -> Memory:
    """Return what was remembered; nothing when there is no file, or one that cannot be read."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Memory)
    except (FileNotFoundError, msgspec.DecodeError):
        return Memory()


def save(folder: Path, memory: Memory) -> None:
    """Write the state file whole or not at all, durable on return."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{os.getpid()}-{FILE_NAME}"
    with draft.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(memory), indent=1))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / FILE_NAME)


def sweep(folder: Path) -> int:
    """Remove unfinished files that a killed start has left; return how many."""
    drafts = [path for path in folder.glob("*/.*") if path.is_file()]
    for path in drafts:
        path.unlink(missing_ok=True)
    return len(drafts)
