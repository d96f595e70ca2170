"""Changes to commands: kept, brought to every process at once, and brought again to those that were away."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import structlog
from msgspec import UNSET, Meta, UnsetType

from matinee.host.operations import ChangeError, Fleet, Member
from matinee.kit.clock import Clock
from matinee.kit.deadline import deadline
from matinee.kit.errors import NotFoundError
from matinee.resilience.command import known_failure
from matinee.resilience.faults import MAX_FAULTS, Fault, FaultsForbiddenError
from matinee.resilience.settings import CommandSettings
from matinee.services.gateway.adapters.changes import Change, ChangesFile
from matinee.services.gateway.watching import Seen, Watch

MAX_CHANGED = 500
KEEP_SECONDS = 1.0
_APPLY_SECONDS = 1.0
_log = structlog.get_logger()
Whole = int | None | UnsetType
Seconds = float | None | UnsetType
Switch = bool | None | UnsetType


class NoCommandError(NotFoundError):
    """No process that answers has such a command."""

    code = "no-command"
    title = "There is no such command"


class CommandChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a command; null takes a value back. Bounds are those of `CommandSettings`."""

    timeout_seconds: Seconds = UNSET
    timeout_enabled: Switch = UNSET
    max_concurrent: Whole = UNSET
    min_concurrent: Whole = UNSET
    adaptive: Literal["", "gradient", "additive"] | UnsetType | None = UNSET
    fallback_enabled: Switch = UNSET
    fallback_max_concurrent: Whole = UNSET
    fallback_timeout_seconds: Seconds = UNSET
    breaker_enabled: Switch = UNSET
    breaker_force: Literal["open", "closed", "none"] | UnsetType | None = UNSET
    request_volume_threshold: Whole = UNSET
    error_threshold_percent: Whole = UNSET
    sleep_window_seconds: Seconds = UNSET
    request_cache_enabled: Switch = UNSET


class WantedFaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Failures on purpose, in place of all that there are."""

    items: Annotated[tuple[Fault, ...], Meta(max_length=MAX_FAULTS)]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """Where a change counts already; the other processes get it as soon as they answer."""

    name: str
    applied: bool


class Steering:
    """Keeps what was changed and brings it to every process.

    Args:
        fleet: the processes.
        watch: knows which commands there are.
        kept: survives a restart of the gateway, as far as it can.
    """

    def __init__(self, fleet: Fleet, watch: Watch, kept: ChangesFile, clock: Clock) -> None:
        self._fleet = fleet
        self._watch = watch
        self._kept = kept
        self._clock = clock
        self._faults = fleet.faults
        self._behind = set(range(len(fleet.members)))
        self._silent: set[int] = set()
        self._one = asyncio.Lock()
        self._turns = [asyncio.Lock() for _ in fleet.members]

    @property
    def changes(self) -> Mapping[str, Change]:
        """What is changed now, by command."""
        return self._kept.by_name

    @property
    def durable(self) -> bool:
        """Whether changes are there after a restart."""
        return self._kept.durable

    async def change(self, name: str, wanted: CommandChange, *, by: str) -> tuple[dict[str, Any], list[Applied]]:
        """Change a command everywhere; return what is changed of it now, and where it counts.

        Raises:
            NoCommandError: when nobody has such a command.
            ChangeError: for a value out of bounds; nothing changes.
            ChangesNotKeptError: when it cannot be kept; see `ChangesFile.keep`.
        """
        said = {key: value for key, value in msgspec.structs.asdict(wanted).items() if value is not UNSET}
        if said.get("breaker_force") == "none":
            said["breaker_force"] = None
        async with self._one:
            await self._known(name)
            before = self._kept.by_name.get(name)
            merged = {**(before.values if before else {}), **said}
            after = {key: value for key, value in merged.items() if value is not None}
            return after, await self._replace(name, after, before=before, by=by)

    async def take_back(self, name: str, *, by: str) -> list[Applied]:
        """Let a command be again as its code and the settings say; idempotent."""
        async with self._one:
            return await self._replace(name, {}, before=self._kept.by_name.get(name), by=by)

    async def inject(self, wanted: WantedFaults, *, by: str) -> list[Applied]:
        """Let commands fail on purpose, or none.

        Raises:
            FaultsForbiddenError: when this deployment does not allow it.
        """
        here = (await self._watch.look())[0]
        if wanted.items and not here.allow_faults:
            raise FaultsForbiddenError("This deployment does not allow failures on purpose; see allow_faults.")
        async with self._one:
            before, self._faults = self._faults, wanted.items
            _log.warning("faults_changed", before=_texts(before), after=_texts(self._faults), by=by)
            return await self._bring()

    async def _known(self, name: str) -> None:
        seen = await self._watch.look()
        if not any(name == command["name"] for process in seen for command in process.commands if _is_command(command)):
            raise NoCommandError("No process that answers has a command of this name.")

    async def _replace(self, name: str, after: dict[str, Any], *, before: Change | None, by: str) -> list[Applied]:
        try:
            msgspec.convert(after, CommandSettings)
        except msgspec.ValidationError as error:
            raise ChangeError(f"{error}.") from error
        kept = {other: change for other, change in self._kept.by_name.items() if other != name}
        if after:
            kept[name] = Change(values=after, at=self._clock.now(), by=by)
        if len(kept) > MAX_CHANGED:
            raise ChangeError(f"At most {MAX_CHANGED} commands can be changed at a time.")
        await asyncio.to_thread(self._kept.keep, kept)
        _log.warning("command_changed", command=name, before=before.values if before else {}, after=after, by=by)
        return await self._bring()

    async def _bring(self) -> list[Applied]:
        """Apply what is kept wherever somebody answers; who was silent a moment ago is not waited for."""
        self._behind = set(range(len(self._fleet.members)))
        answering = [place for place in range(len(self._fleet.members)) if place not in self._silent]
        await asyncio.gather(*(self._apply(place) for place in answering))
        return [
            Applied(name=member.name, applied=place not in self._behind)
            for place, member in enumerate(self._fleet.members)
        ]

    async def _apply(self, place: int) -> None:
        member: Member = self._fleet.members[place]
        try:
            # One at a time for each process, so that an older word never arrives after a newer one.
            async with self._turns[place], deadline(_APPLY_SECONDS):
                await member.operations.apply(changes=self._kept.values(), faults=self._faults)
        except Exception as error:  # noqa: BLE001  # one that cannot take it now is asked again
            if place not in self._silent:
                _log.info("process_behind", member=member.name, why=known_failure(error))
            self._silent.add(place)
            self._behind.add(place)
            return
        self._behind.discard(place)
        self._silent.discard(place)

    async def keep_applied(self) -> None:
        """Bring what is changed to processes that were away or have started again; runs until cancelled."""
        while True:
            everybody = bool(self._kept.by_name or self._faults)
            places = range(len(self._fleet.members)) if everybody else tuple(self._behind)
            await asyncio.gather(*(self._apply(place) for place in places))
            await asyncio.sleep(KEEP_SECONDS)


def _is_command(shown: Mapping[str, Any]) -> bool:
    return bool(shown["type"] == "HystrixCommand")


def _texts(faults: tuple[Fault, ...]) -> list[str]:
    return [f"{fault.pattern}={fault.kind}:{fault.seconds:g}@{fault.percent}" for fault in faults]


def page_of(seen: list[Seen], steering: Steering) -> dict[str, Any]:
    """Return everything that the operations page needs to begin with."""
    here = seen[0]
    return {
        "processes": [
            {"name": one.name, "room_names": one.rooms, "state": one.state, "commands": one.commands} for one in seen
        ],
        "changes": [
            {"name": name, "values": change.values, "at": change.at, "by": change.by}
            for name, change in sorted(steering.changes.items())
        ],
        "changes_survive_restart": steering.durable,
        "faults": {"allowed": here.allow_faults, "items": here.faults},
    }
