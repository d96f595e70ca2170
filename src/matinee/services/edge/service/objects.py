"""The books of the cache: which files are held, in which order they go, within which bounds. Touches no disk."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matinee.services.edge.service.errors import EdgeBusyError, TooLargeForEdgeError


class CachedObject:
    """One held file.

    Attributes:
        body: its bytes, while it is small and was used of late.
        checked: this process wrote it or has hashed it; what a former process left is hashed before it is sent.
        used_at: monotonic seconds when it was last handed out.
        rendered: where the HTTP side keeps what it made for this file; goes with it.
    """

    __slots__ = ("body", "checked", "digest", "path", "pins", "rendered", "size_bytes", "used_at")

    def __init__(self, digest: str, size_bytes: int, path: str, *, checked: bool) -> None:
        self.digest = digest
        self.size_bytes = size_bytes
        self.path = path
        self.checked = checked
        self.body: bytes | None = None
        self.used_at = float("-inf")
        self.pins = 0
        self.rendered: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes and seconds that hold at all times; see the settings of the same names."""

    budget_bytes: int
    pinned_bytes: int
    memory_bytes: int
    sending_seconds: float


class ObjectCache:
    """Held files by digest, least recently used first.

    The order of use is also the order of handing out, so when the first file was handed out too recently to be
    evicted, so were all others.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._all: dict[str, CachedObject] = {}
        self._order: OrderedDict[str, CachedObject] = OrderedDict()  # those that are not pinned
        self._in_memory: OrderedDict[str, CachedObject] = OrderedDict()
        self.size_bytes = 0
        self.reserved_bytes = 0
        self.pinned_bytes = 0
        self.memory_bytes = 0

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[CachedObject]:
        """Yield all held files, pinned ones first, then from least to most recently used."""
        yield from (held for held in self._all.values() if held.pins)
        yield from self._order.values()

    def get(self, digest: str) -> CachedObject | None:
        """Return a held file; does not count as use."""
        return self._all.get(digest)

    def starting_with(self, prefix: str) -> CachedObject | None:
        """Return the held file whose digest starts so; looks at all of them."""
        return next((held for digest, held in self._all.items() if digest.startswith(prefix)), None)

    def use(self, held: CachedObject, now: float) -> None:
        """Count a handing out at monotonic second `now`."""
        held.used_at = now
        if not held.pins:
            self._order.move_to_end(held.digest)
        if held.body is not None:
            self._in_memory.move_to_end(held.digest)

    def reserve(self, size_bytes: int, now: float) -> list[CachedObject]:
        """Set bytes aside for a file to come; return what had to go for it. The caller removes those from disk first.

        Raises:
            TooLargeForEdgeError: when it can never fit.
            EdgeBusyError: when all that could go is pinned, being filled, or was handed out a moment ago.
        """
        if size_bytes > self._bounds.budget_bytes:
            raise TooLargeForEdgeError("The file is larger than all of this edge's cache.", size_bytes=size_bytes)
        victims = self._victims(self.size_bytes + self.reserved_bytes + size_bytes - self._bounds.budget_bytes, now)
        for victim in victims:
            self.drop(victim)
        self.reserved_bytes += size_bytes
        return victims

    def _victims(self, needed_bytes: int, now: float) -> list[CachedObject]:
        victims = []
        for held in self._order.values():
            if needed_bytes <= 0 or now - held.used_at < self._bounds.sending_seconds:
                break
            victims.append(held)
            needed_bytes -= held.size_bytes
        if needed_bytes > 0:
            raise EdgeBusyError("All of this edge's cache is being sent; try another edge.")
        return victims

    def unreserve(self, size_bytes: int) -> None:
        """Give back what `reserve` set aside."""
        self.reserved_bytes -= size_bytes

    def add(self, held: CachedObject) -> None:
        """Hold a file, most recently used; the caller has made room for it."""
        self._all[held.digest] = held
        self._order[held.digest] = held
        self.size_bytes += held.size_bytes

    def drop(self, held: CachedObject) -> None:
        """Forget a file; idempotent."""
        if self._all.get(held.digest) is not held:
            return
        del self._all[held.digest]
        self._order.pop(held.digest, None)
        self.size_bytes -= held.size_bytes
        if held.pins:
            self.pinned_bytes -= held.size_bytes
        self._forget_body(held)

    def remember_body(self, held: CachedObject, body: bytes) -> None:
        """Keep a file's bytes in memory too, when they fit; others go for it."""
        if held.size_bytes > self._bounds.memory_bytes or self._all.get(held.digest) is not held:
            return
        self._forget_body(held)
        held.body = body
        self._in_memory[held.digest] = held
        self.memory_bytes += held.size_bytes
        while self.memory_bytes > self._bounds.memory_bytes:
            self._forget_body(next(iter(self._in_memory.values())))

    def _forget_body(self, held: CachedObject) -> None:
        if self._in_memory.pop(held.digest, None) is not None:
            self.memory_bytes -= held.size_bytes
            held.body = None

    def pin(self, held: CachedObject) -> None:
        """Keep a file from eviction until it is unpinned as often.

        Raises:
            EdgeBusyError: when pinned files would pass their share of the budget, or the file is held no more.
        """
        if self._all.get(held.digest) is not held:
            raise EdgeBusyError("The file was evicted before it could be pinned.")
        if not held.pins:
            if self.pinned_bytes + held.size_bytes > self._bounds.pinned_bytes:
                raise EdgeBusyError("Pinned files have used up their share of this edge's cache.")
            self.pinned_bytes += held.size_bytes
            self._order.pop(held.digest, None)
        held.pins += 1

    def unpin(self, held: CachedObject) -> None:
        """Undo one `pin`; the file becomes the most recently used. Nothing happens to one that is gone."""
        if not held.pins or self._all.get(held.digest) is not held:
            return
        held.pins -= 1
        if not held.pins:
            self.pinned_bytes -= held.size_bytes
            self._order[held.digest] = held
