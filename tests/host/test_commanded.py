"""Contract calls as commands."""

from typing import Protocol

import pytest

from matinee.host.commanded import commanded
from matinee.kit.errors import NotFoundError, UnavailableError
from matinee.resilience.command import Commands
from matinee.resilience.errors import ShortCircuitedError
from matinee.resilience.settings import Tuning
from matinee.testing.clock import ManualClock


class Library(Protocol):
    async def read(self, *, name: str, length: int = 3) -> str:
        """Return the beginning of a book."""
        ...


class Books:
    def __init__(self):
        self.away, self.asked = False, 0

    async def read(self, *, name: str, length: int = 3) -> str:
        self.asked += 1
        if self.away:
            raise UnavailableError("The library is closed.")
        if name == "none":
            raise NotFoundError("There is no such book.")
        return name[:length]


async def test_calls_pass_and_a_room_that_fails_is_left_alone_for_a_while():
    clock, books = ManualClock(), Books()
    commands = Commands(Tuning(), clock.monotonic)
    library = commanded(Library, books, commands)
    assert await library.read(name="Moby Dick") == "Mob"
    assert await library.read(name="Moby Dick", length=4) == "Moby"
    for _ in range(50):
        with pytest.raises(NotFoundError):
            await library.read(name="none")
    books.away = True
    for _ in range(40):
        with pytest.raises(UnavailableError):
            await library.read(name="Moby Dick")
    clock.advance(1.0)
    asked = books.asked
    with pytest.raises(ShortCircuitedError):
        await library.read(name="Moby Dick")
    assert books.asked == asked
    books.away = False
    clock.advance(6.0)
    assert await library.read(name="Moby Dick") == "Mob"
    assert [command.name for command in commands.all()] == ["Library.read"]
