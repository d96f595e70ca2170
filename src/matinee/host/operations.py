"""What every process tells of its commands, and what it lets be changed of them while it runs.

The contract is served beside those of the rooms, to the service's own processes alone. It is not called through
commands: it is what people look at when those are in trouble.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import msgspec

from matinee.host.remote import CallerSigner, remote
from matinee.kit.errors import InvalidError
from matinee.kit.signing import SigningKey
from matinee.resilience.command import Commands
from matinee.resilience.faults import Fault
from matinee.resilience.stream import snapshots

Changes = dict[str, dict[str, str | bool | int | float]]
"""Command → field of `CommandSettings` → value."""


class ChangeError(InvalidError):
    """A value that no command can have."""

    code = "command-change"
    title = "Not a setting of a command"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A process.

    Attributes:
        process: its name.
        rooms: that it runs.
        commands: the objects of `resilience/stream.py`.
        allow_faults: whether failures on purpose are allowed in it.
    """

    process: str
    rooms: tuple[str, ...]
    commands: list[dict[str, Any]]
    allow_faults: bool
    faults: tuple[Fault, ...]


class Operations(Protocol):
    """Served by every process."""

    async def report(self) -> Report:
        """Return how everything stands right now."""
        ...

    async def apply(self, *, changes: Changes, faults: tuple[Fault, ...]) -> None:
        """Put these in the place of everything that was changed while running. All or nothing.

        Raises:
            ChangeError: for a value out of bounds.
            FaultsForbiddenError: for faults where they are not allowed.
        """
        ...


class ProcessOperations:
    """The operations of this process.

    Args:
        name: of the process.
        rooms: that it runs.
    """

    def __init__(self, name: str, rooms: tuple[str, ...], commands: Commands) -> None:
        self._name = name
        self._rooms = rooms
        self._commands = commands

    async def report(self) -> Report:
        """Return how everything stands right now."""
        tuning = self._commands.tuning
        return Report(
            process=self._name,
            rooms=self._rooms,
            commands=snapshots(self._commands, milliseconds=round(time.time() * 1000)),
            allow_faults=tuning.allow_faults,
            faults=tuple(tuning.faults),
        )

    async def apply(self, *, changes: Changes, faults: tuple[Fault, ...]) -> None:
        """Put these in the place of everything that was changed while running."""
        try:
            self._commands.tuning.replace(changes, faults)
        except msgspec.ValidationError as error:
            raise ChangeError(f"{error}.") from error


@dataclass(frozen=True)
class Member:
    """One process of the deployment, as the others know it.

    Attributes:
        name: of the process here; what others are called they say themselves, and until then it is their rooms.
    """

    name: str
    rooms: tuple[str, ...]
    operations: Operations


@dataclass(frozen=True)
class Fleet:
    """Every process that is known here, this one first.

    Attributes:
        faults: what the deployment's settings want to fail from the start.
        changes_file: where what operators change may be kept; None keeps it in memory.
    """

    members: tuple[Member, ...]
    faults: tuple[Fault, ...] = ()
    changes_file: Path | None = None


@asynccontextmanager
async def open_fleet(
    here: Member, peers: Mapping[str, str], key: SigningKey | None, *, changes_file: Path | None = None
) -> AsyncIterator[Fleet]:
    """Give the processes of a deployment for the block.

    Args:
        peers: room → base URL of the process that runs it.
        key: signs calls to them; without one there is only this process.
        changes_file: see `Fleet`.
    """
    by_url: dict[str, list[str]] = {}
    for room, url in peers.items():
        by_url.setdefault(url, []).append(room)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        others = (
            () if key is None else tuple(_member(here.name, rooms, url, http, key) for url, rooms in by_url.items())
        )
        faults = (await here.operations.report()).faults
        yield Fleet(members=(here, *others), faults=faults, changes_file=changes_file)


def _member(caller: str, rooms: list[str], url: str, http: aiohttp.ClientSession, key: SigningKey) -> Member:
    operations = remote(Operations, url, http, CallerSigner(caller, key))
    return Member(name="+".join(rooms), rooms=tuple(rooms), operations=operations)
