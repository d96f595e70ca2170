"""Has films made in a child of low priority, so that the service keeps its processor."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Protocol

import msgspec

from matinee.demo.render import RenderedFilm, RenderError

_LINE_BYTES = 64 * 1024
_SAID_LINES = 10
_END_SECONDS = 5.0

OnDone = Callable[[str, float], None]


class Renderer(Protocol):
    """Makes the files of films."""

    def artwork(self, keys: list[str]) -> AsyncGenerator[tuple[str, RenderedFilm], None]:
        """Make posters and backdrops, and yield each film's files as soon as its pictures are there.

        A series' key may stand among them; its `path` has no meaning.

        Raises:
            RenderError: when one cannot be made.
        """
        ...

    async def film(self, key: str, *, on_done: OnDone) -> RenderedFilm:
        """Make all files of a film; `on_done` hears its key and the done part.

        Raises:
            RenderError: when it cannot be made, or not in time.
        """
        ...


class _Line(msgspec.Struct):
    """One line of the child's progress; the last one of a film has its paths."""

    film: str
    done: float
    path: str = ""
    poster: str = ""
    backdrop: str = ""
    side_text: tuple[str, ...] = ()

    def files(self) -> RenderedFilm:
        """Return the paths."""
        texts = tuple(Path(text) for text in self.side_text)
        return RenderedFilm(
            path=Path(self.path), side_text=texts, poster=Path(self.poster), backdrop=Path(self.backdrop)
        )


class ChildRenderer:
    """Runs `matinee.demo.render` as a child that ends when this process does.

    Args:
        folder: where films are kept.
        seed: of all films.
        deadline_seconds: for one film.
    """

    def __init__(self, *, folder: Path, seed: int, deadline_seconds: float) -> None:
        self._folder = folder
        self._seed = seed
        self._deadline_seconds = deadline_seconds

    async def artwork(self, keys: list[str]) -> AsyncGenerator[tuple[str, RenderedFilm], None]:
        """See `Renderer.artwork`."""
        async with aclosing(self._lines(["--artwork", *keys], self._deadline_seconds * len(keys))) as lines:
            async for line in lines:
                if line.poster:
                    yield line.film, line.files()

    async def film(self, key: str, *, on_done: OnDone) -> RenderedFilm:
        """See `Renderer.film`."""
        files: RenderedFilm | None = None
        async with aclosing(self._lines([key], self._deadline_seconds)) as lines:
            async for line in lines:
                on_done(line.film, line.done)
                files = line.files() if line.poster else files
        if files is None:
            raise RenderError(f"The film {key} was not finished.")
        return files

    async def _lines(self, arguments: list[str], deadline_seconds: float) -> AsyncGenerator[_Line, None]:
        """Run the child and yield what it says; it is killed when nobody listens any more or time is up."""
        command = ["-m", "matinee.demo.render", "--leashed", "--seed", str(self._seed), "--folder", str(self._folder)]
        child = await asyncio.create_subprocess_exec(
            sys.executable, *command, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=_LINE_BYTES
        )
        said: deque[str] = deque(maxlen=_SAID_LINES)
        listener = asyncio.create_task(_listen(child, said))
        try:
            async with asyncio.timeout(deadline_seconds):
                while child.stdout is not None and (raw := await child.stdout.readline()):
                    yield msgspec.json.decode(raw, type=_Line)
                code = await child.wait()
            await listener
        except TimeoutError as error:
            raise RenderError(f"A film took longer than {deadline_seconds:g} s.") from error
        finally:
            await _end(child, listener)
        if code != 0:
            raise RenderError("Making films failed: " + " ".join(said))


async def _listen(child: Process, said: deque[str]) -> None:
    """Keep the last lines of the child's complaints."""
    while child.stderr is not None and (raw := await child.stderr.readline()):
        said.append(raw.decode(errors="replace").strip())


async def _end(child: Process, listener: asyncio.Task[None]) -> None:
    """Make sure that the child is gone."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        with suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), _END_SECONDS)
    if child.stdin is not None:
        child.stdin.close()
    listener.cancel()
    with suppress(asyncio.CancelledError):
        await listener
