"""Identifiers that a test can foretell."""

_WIDTH = 22


class CountingIds:
    """Gives `…001`, `…002` and so on, in the form that `kit.ids.Ids` promises."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        """Return the next number, in 22 characters."""
        self._count += 1
        return f"{self._count:0{_WIDTH}d}"
