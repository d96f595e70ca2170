"""What belongs to one request: answers that it has had already, and a log of its commands."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from matinee.resilience.events import Event

MAX_LOGGED = 1_000


@dataclass
class Shared:
    """An answer that several callers of one request wait for; ended only when all of them have gone."""

    task: "asyncio.Task[Any]"
    waiting: int = 0


@dataclass(frozen=True)
class Logged:
    """One execution: its name, events in order of their numbers, and milliseconds (−1 when nothing ran)."""

    name: str
    events: tuple[Event, ...]
    milliseconds: int


@dataclass
class RequestContext:
    """Lives as long as one request.

    Attributes:
        cache: (command, key) → the answer, or the failure, that everybody in the request shares.
        log: at most 1,000 executions; `unlogged` counts those beyond.
    """

    cache: dict[tuple[str, str], Shared] = field(default_factory=dict)
    log: list[Logged] = field(default_factory=list)
    unlogged: int = 0
    open: bool = True

    def record(self, entry: Logged) -> None:
        """Add an execution to the log."""
        if len(self.log) < MAX_LOGGED:
            self.log.append(entry)
        else:
            self.unlogged += 1

    def text(self) -> str:
        """Return the log in Hystrix's form: `Name[EVENT, EVENT][12ms]x2, …`, equal ones together, latencies summed."""
        counts: Counter[tuple[str, tuple[Event, ...]]] = Counter()
        spent: Counter[tuple[str, tuple[Event, ...]]] = Counter()
        for entry in self.log:
            counts[entry.name, entry.events] += 1
            spent[entry.name, entry.events] += max(0, entry.milliseconds)
        return ", ".join(_shown(name, events, spent[name, events], times) for (name, events), times in counts.items())


def _shown(name: str, events: tuple[Event, ...], milliseconds: int, times: int) -> str:
    words = ", ".join(event.name for event in events) or "Executed"
    return f"{name}[{words}][{milliseconds}ms]" + (f"x{times}" if times > 1 else "")


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current_request() -> RequestContext | None:
    """Return the context of the request at hand, or None outside of one."""
    return _current.get()


@contextmanager
def request_context() -> Iterator[RequestContext]:
    """Begin a request; what it shares is gone at the end, and what still waits for it is cancelled."""
    context = RequestContext()
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
        context.open = False
        for shared in context.cache.values():
            shared.task.cancel()
        context.cache.clear()
