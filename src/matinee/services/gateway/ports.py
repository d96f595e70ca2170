"""What the front door needs from outside."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from matinee.host.module import AsgiApp


@dataclass(frozen=True)
class Upstream:
    """Where requests of one room go.

    Attributes:
        room: its name, for metrics and problems.
        target: an application in this process, or the base URL of the process that runs the room.
    """

    room: str
    target: AsgiApp | str


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
