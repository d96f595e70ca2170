"""What failed a moment ago is not tried again at once: a bounded memory of refusals."""

from collections import OrderedDict
from collections.abc import Hashable

from matinee.kit.errors import MatineeError


class Failures:
    """Remembers errors by key for a short time; the oldest go first.

    Args:
        entries: how many are kept.
        seconds: for how long.
    """

    def __init__(self, *, entries: int, seconds: float) -> None:
        self._entries = entries
        self._seconds = seconds
        self._kept: OrderedDict[Hashable, tuple[float, MatineeError]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def remember(self, key: Hashable, error: MatineeError, now: float) -> None:
        """Keep an error from monotonic second `now` on."""
        self._kept[key] = (now + self._seconds, error)
        self._kept.move_to_end(key)
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)

    def check(self, key: Hashable, now: float) -> None:
        """Do nothing for a key that did not fail of late.

        Raises:
            MatineeError: the like of the one remembered.
        """
        kept = self._kept.get(key)
        if kept is None:
            return
        until, error = kept
        if now >= until:
            del self._kept[key]
            return
        raise type(error)(error.detail, **error.facts)
