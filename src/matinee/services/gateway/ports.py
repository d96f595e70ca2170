"""What the front door needs from outside."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

import msgspec

from matinee.host.module import AsgiApp
from matinee.kit.errors import TooManyError


@dataclass(frozen=True)
class Upstream:
    """Where requests of one room go.

    Attributes:
        room: its name, for metrics and problems.
        target: an application in this process, or the base URL of the process that runs the room.
        takes_passports: whether the application reads who asks from the scope (`PassportReader.of`); everything else
            gets a signature, which costs a hundred microseconds for each caller that was not seen lately.
    """

    room: str
    target: AsgiApp | str
    takes_passports: bool = False


@dataclass(frozen=True)
class RouteTable:
    """Everything behind the door. Bound by whoever puts the rooms together.

    Attributes:
        prefixes: public path prefix, such as `/api/v1/titles`, without trailing slash → where its requests go. The
            longest one that covers whole segments of a path counts; a segment `*` covers any one.
        checks: returns the health checks of the rooms in this process, by name.
        document: returns the OpenAPI document of all rooms; called when it is first asked for.
    """

    prefixes: Mapping[str, Upstream]
    checks: Callable[[], Mapping[str, Callable[[], Awaitable[bool]]]]
    document: Callable[[], Mapping[str, Any]]

    def find(self, path: str) -> Upstream | None:
        """Return where a path goes, or None."""
        while path:
            upstream = self.prefixes.get(path) or self._by_pattern(path)
            if upstream is not None:
                return upstream
            path = path.rpartition("/")[0]
        return None

    def _by_pattern(self, path: str) -> Upstream | None:
        segments = path.split("/")
        for pattern, upstream in self._patterns:
            if len(pattern) == len(segments) and all(
                want in {"*", got} for want, got in zip(pattern, segments, strict=True)
            ):
                return upstream
        return None

    @cached_property
    def _patterns(self) -> tuple[tuple[list[str], Upstream], ...]:
        return tuple((prefix.split("/"), upstream) for prefix, upstream in self.prefixes.items() if "*" in prefix)


class TooManyKeysError(TooManyError):
    """One caller has more keys than are kept."""

    code = "idempotency-too-many"
    title = "Too many requests with an Idempotency-Key"


@dataclass(frozen=True)
class Attempt:
    """A request with an Idempotency-Key, about to be sent inward.

    Attributes:
        place: digest of caller, method, path and key.
        caller: digest of the caller, whose keys are counted.
        claim: a name of this attempt alone, so that only it finishes what it began.
        fingerprint: digest of query and body; None while a large body is still on its way.
    """

    place: str
    caller: str
    claim: str
    fingerprint: bytes | None
    started_at: datetime


class KeptAnswer(msgspec.Struct, frozen=True, array_like=True):
    """An answer as the room gave it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass(frozen=True)
class Earlier:
    """What an earlier request with the same key left.

    Attributes:
        finished: whether it has been answered.
        answer: None when it is not finished, or its answer was not kept.
    """

    finished: bool
    fingerprint: bytes | None
    answer: KeptAnswer | None


class IdempotencyStore(Protocol):
    """Keys and answers that survive this process. A kept answer stays as it is until its time is over."""

    async def begin(
        self, attempt: Attempt, *, stale_before: datetime, old_before: datetime, keys: int
    ) -> Earlier | None:
        """Claim the place, durably, and return None; or return what stands there.

        A place is free when nothing stands there, when it is older than `old_before`, or when an unfinished attempt
        from before `stale_before` stands there that is not known to be of another request. Of several at once, one
        gets the place.

        Args:
            keys: how many the caller may have.

        Raises:
            TooManyKeysError: when the caller has that many.
        """
        ...

    async def finish(self, attempt: Attempt, *, fingerprint: bytes | None, answer: KeptAnswer | None) -> None:
        """Keep the answer, or the fact that there was one; nothing happens when the place is another's by now."""
        ...

    async def release(self, attempt: Attempt) -> None:
        """Free the place of an attempt that changed nothing; nothing happens when it is another's by now."""
        ...

    async def sweep(self, *, old_before: datetime) -> int:
        """Remove a bounded number of what is older, and return how many were removed."""
        ...
