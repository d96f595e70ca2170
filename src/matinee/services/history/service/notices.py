"""What is remembered in memory of profiles: versions for those who keep copies, and plays that were counted."""

from collections import OrderedDict

from matinee.kit.clock import Clock
from matinee.kit.ids import ProfileId
from matinee.services.history.ports import Play


class Versions:
    """A number for each profile that is another one after every change, and after every answer that was not sure.

    Numbers come from one counter that starts at a moment, so none comes back, also not after a restart. A profile that
    was forgotten has the number of the last one forgotten, which is a new one for it.

    Args:
        start: greater than every number that was given before.
        remembered: profiles.
    """

    def __init__(self, clock: Clock, *, start: int, remembered: int = 200_000) -> None:
        self._clock = clock
        self._last = start
        self._floor = start
        self._remembered = remembered
        self._of: OrderedDict[ProfileId, int] = OrderedDict()
        self._soon: OrderedDict[ProfileId, float] = OrderedDict()

    def of(self, profile_id: ProfileId) -> int:
        """Return the number that holds now."""
        due = self._soon.get(profile_id)
        if due is not None and due <= self._clock.monotonic():
            self.changed(profile_id)
        return self._of.get(profile_id, self._floor)

    def changed(self, profile_id: ProfileId) -> None:
        """Give a profile a new number."""
        self._soon.pop(profile_id, None)
        self._last += 1
        self._of[profile_id] = self._last
        self._of.move_to_end(profile_id)
        if len(self._of) > self._remembered:
            self._of.popitem(last=False)
            self._last += 1
            self._floor = self._last

    def changed_soon(self, profile_id: ProfileId, *, seconds: float) -> None:
        """Give a profile a new number in some seconds, unless it gets one earlier."""
        self._soon.setdefault(profile_id, self._clock.monotonic() + seconds)
        if len(self._soon) > self._remembered:
            self.changed(next(iter(self._soon)))


class CountedPlays:
    """Plays that the store has counted, so that one of a thousand reports asks it to count.

    Args:
        remembered: plays; a forgotten one is given to the store again, which counts it once all the same.
    """

    def __init__(self, *, remembered: int = 200_000) -> None:
        self._remembered = remembered
        self._seen: OrderedDict[Play, None] = OrderedDict()

    def is_new(self, play: Play) -> bool:
        """Return whether the store has to be told."""
        return play not in self._seen

    def counted(self, play: Play) -> None:
        """Note that the store has counted it."""
        self._seen[play] = None
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
