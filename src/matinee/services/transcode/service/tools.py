"""Starts the media tools for this room: one place for limits, and for what is kept of what they say."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from matinee.engines.media.child import OnLine, run
from matinee.engines.media.limits import ChildError, Finished, Limits
from matinee.engines.media.tools import find_tools

_SAID_CHARACTERS = 2_000
T = TypeVar("T")


async def together(work: Iterable[Awaitable[T]]) -> list[T]:
    """Do things side by side; all of them have ended when the first error is raised, as they share a folder."""
    results: list[T] = []
    for one in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(one, BaseException):
            raise one
        results.append(one)
    return results


class Toolbox:
    """Runs ffmpeg, ffprobe and the packager in confined children.

    Args:
        memory_mib: address space of one tool, MiB.
        wall_seconds: longest run.
    """

    def __init__(self, *, memory_mib: int, wall_seconds: float) -> None:
        self._memory_bytes = memory_mib << 20
        self._wall_seconds = wall_seconds
        self.peak_memory_bytes = 0

    async def ffmpeg(
        self,
        arguments: Sequence[str],
        *,
        work_dir: Path,
        source: Path | None = None,
        inputs: Mapping[int, Path] | None = None,
        readable: Sequence[Path] = (),
        on_line: OnLine | None = None,
        nice: int = 0,
    ) -> Finished:
        """Run ffmpeg; `source` is the file that descriptor 10 reads.

        Raises:
            ChildError: as `child.run`.
        """
        wanted = {10: source} if source is not None else dict(inputs or {})
        return await self._run(find_tools().ffmpeg, arguments, work_dir, wanted, readable, on_line, nice)

    async def ffprobe(self, arguments: Sequence[str], *, work_dir: Path, source: Path) -> Finished:
        """Run ffprobe on `source` as descriptor 10.

        Raises:
            ChildError: as `child.run`.
        """
        return await self._run(find_tools().ffprobe, arguments, work_dir, {10: source}, (), None, 0)

    async def packager(self, arguments: Sequence[str], *, work_dir: Path, readable: Sequence[Path]) -> Finished:
        """Run Shaka Packager inside `work_dir`.

        Raises:
            ChildError: as `child.run`.
        """
        return await self._run(find_tools().packager, arguments, work_dir, {}, readable, None, 0)

    async def _run(
        self,
        tool: Path,
        arguments: Sequence[str],
        work_dir: Path,
        inputs: Mapping[int, Path],
        readable: Sequence[Path],
        on_line: OnLine | None,
        nice: int,
    ) -> Finished:
        cpu_seconds = max(1, int(self._wall_seconds * 16))
        limits = Limits(
            wall_seconds=self._wall_seconds,
            cpu_seconds=cpu_seconds,
            memory_bytes=self._memory_bytes,
            file_bytes=1 << 40,
            open_files=1024,
            nice=nice,
        )
        finished = await run(
            [str(tool), *arguments],
            limits=limits,
            work_dir=work_dir,
            inputs=inputs,
            readable=readable,
            on_line=on_line,
        )
        self.peak_memory_bytes = max(self.peak_memory_bytes, finished.peak_memory_bytes)
        return finished


def said(error: BaseException) -> str:
    """Return the last lines of what a failed tool said, or nothing for other errors."""
    if isinstance(error, ChildError):
        return "\n".join(error.finished.said)[-_SAID_CHARACTERS:]
    return ""
