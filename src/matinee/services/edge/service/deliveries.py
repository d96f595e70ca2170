"""What was sent to whom: short records, kept within a bound until somebody reports them."""

from collections import deque
from typing import NamedTuple

from matinee.kit.ids import SessionId


class Delivery(NamedTuple):
    """One answered request. `size_bytes` is what the answer's body holds; `cache` is `hit`, `miss` or the like."""

    session: SessionId
    size_bytes: int
    status: int
    cache: str


class Deliveries:
    """A bounded queue of deliveries; when it is full the oldest goes, and is counted.

    Args:
        limit: records kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: deque[Delivery] = deque(maxlen=limit)
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._queue)

    def record(self, delivery: Delivery) -> None:
        """Keep a record."""
        if len(self._queue) == self._limit:
            self.dropped += 1
        self._queue.append(delivery)

    def drain(self) -> list[Delivery]:
        """Return all records, oldest first, and forget them."""
        taken = list(self._queue)
        self._queue.clear()
        return taken
