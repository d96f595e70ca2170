"""How many may be inside at once. No queue: who finds it full is refused at once."""


class Bulkhead:
    """Counts who is inside. For one event loop."""

    __slots__ = ("inside",)

    def __init__(self) -> None:
        self.inside = 0

    def enter(self, limit: int) -> bool:
        """Go in, unless `limit` are inside."""
        if self.inside >= limit:
            return False
        self.inside += 1
        return True

    def leave(self) -> None:
        """Come out; exactly once for each time that `enter` said yes."""
        self.inside -= 1
