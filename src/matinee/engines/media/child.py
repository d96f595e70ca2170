"""Runs a media tool as a confined child: limits, no network, no files but those given, nothing left running."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

import msgspec

from matinee.engines.media.limits import (
    CANNOT_START,
    ChildFailedError,
    ChildLimitError,
    ChildTimedOutError,
    Confinement,
    Finished,
    Limits,
)

_LAUNCHER = Path(__file__).with_name("confine.py")
_SAID_LINES = 20
_SAID_LINE_CHARACTERS = 500
_LINE_BYTES = 64 * 1024
_PIECE_BYTES = 64 * 1024
_MEMORY_SAMPLE_SECONDS = 0.25
_REAP_SECONDS = 30.0
_MEMORY_WORDS = ("cannot allocate memory", "bad_alloc", "out of memory")
_FILE_WORDS = ("file too large",)


OnLine = Callable[[str], None]


def _environment(work_dir: Path) -> dict[str, str]:
    """Return all that a tool gets to know; nothing of ours is inherited."""
    return {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": str(work_dir),
        "TMPDIR": str(work_dir),
        "AV_LOG_FORCE_NOCOLOR": "1",
        # Each arena reserves address space, which the memory limit counts.
        "MALLOC_ARENA_MAX": "4",
    }


class _Lines:
    """Cuts a stream into lines of bounded length."""

    def __init__(self, on_line: OnLine) -> None:
        self._on_line = on_line
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        # Progress reports part lines by carriage returns.
        *lines, rest = (self._rest + piece).replace(b"\r", b"\n").split(b"\n")
        self._rest = rest[-_LINE_BYTES:]
        for line in lines:
            if line:
                self._on_line(line.decode("utf-8", "replace"))

    def end(self) -> None:
        if self._rest:
            self._on_line(self._rest.decode("utf-8", "replace"))


class _Child:
    """One running process: its pipes, its death."""

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits, tool: str) -> None:
        self._process = process
        self._limits = limits
        self._tool = tool
        self._started = time.monotonic()
        self._stdout = bytearray()
        self._said: deque[str] = deque(maxlen=_SAID_LINES)
        self._usage: resource.struct_rusage | None = None
        self._peak_bytes = 0
        self._overflow = False

    def kill(self) -> None:
        """Kill the whole process group; it is still a zombie at worst, so the number is its own."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _read(self, pipe: IO[bytes], take: Callable[[bytes], None]) -> None:
        """Hand over what comes until the end; the pipe stays ours, and is closed once, by us.

        Loops that are given a pipe to own have been seen to close its number twice, and in between another thread may
        have got that number for a file of its own, which then is closed and changed under it.
        """
        loop, number = asyncio.get_running_loop(), pipe.fileno()
        ended: asyncio.Future[None] = loop.create_future()

        def ready() -> None:
            if ended.done():
                return
            try:
                piece = os.read(number, _PIECE_BYTES)
                if piece:
                    take(piece)
                else:
                    ended.set_result(None)
            except BlockingIOError:
                return
            except Exception as error:  # noqa: BLE001  # whatever it is, who waits for the end has to know
                ended.set_exception(error)

        os.set_blocking(number, False)
        loop.add_reader(number, ready)
        try:
            await ended
        finally:
            loop.remove_reader(number)
            pipe.close()

    def _keep(self, piece: bytes) -> None:
        if len(self._stdout) + len(piece) > self._limits.stdout_bytes:
            self._overflow = True
            self.kill()
            return
        self._stdout += piece

    def _say(self, on_line: OnLine | None) -> OnLine:
        def hear(line: str) -> None:
            self._said.append(line[:_SAID_LINE_CHARACTERS])
            if on_line is not None:
                on_line(line)

        return hear

    async def _sample_memory(self) -> None:
        # The kernel's own maximum (ru_maxrss) counts the parent's memory at the moment of the fork.
        status = Path(f"/proc/{self._process.pid}/status")
        while True:
            with suppress(OSError, ValueError, IndexError):
                text = status.read_text("ascii", "replace")
                peak_kib = int(text.split("VmHWM:", 1)[1].split()[0])
                self._peak_bytes = max(self._peak_bytes, peak_kib * 1024)
            await asyncio.sleep(_MEMORY_SAMPLE_SECONDS)

    async def _ended(self) -> None:
        """Wait until the process is a zombie, kill what is left of its group, then reap it."""
        loop = asyncio.get_running_loop()
        watched = os.pidfd_open(self._process.pid)
        died = asyncio.Event()
        loop.add_reader(watched, died.set)
        try:
            await died.wait()
        finally:
            loop.remove_reader(watched)
            os.close(watched)
        self.kill()
        _, status, self._usage = os.wait4(self._process.pid, 0)  # noqa: ASYNC222  # a zombie already
        self._process.returncode = os.waitstatus_to_exitcode(status)

    async def talk(self, on_line: OnLine | None, on_error_line: OnLine | None) -> None:
        """Read both pipes to their ends and reap the process."""
        pipes = (self._process.stdout, self._process.stderr)
        out = _Lines(on_line) if on_line is not None else None
        err = _Lines(self._say(on_error_line))
        sampler = asyncio.create_task(self._sample_memory())
        try:
            async with asyncio.TaskGroup() as group:
                for pipe, take in zip(pipes, (out.feed if out else self._keep, err.feed), strict=True):
                    if pipe is not None:
                        group.create_task(self._read(pipe, take))
                group.create_task(self._ended())
        except ExceptionGroup as failures:
            # A listener stops the child by raising; its caller wants that error, not a group of it.
            raise failures.exceptions[0] from None
        finally:
            sampler.cancel()
        for lines in (out, err):
            if lines is not None:
                lines.end()

    async def bury(self) -> None:
        """Make sure that the process is dead and reaped, whatever happened."""
        self.kill()
        if self._process.returncode is None:
            async with asyncio.timeout(_REAP_SECONDS):
                await self._ended()

    def finished(self) -> Finished:
        """Return how it ended."""
        usage = self._usage
        return Finished(
            returncode=self._process.returncode if self._process.returncode is not None else -signal.SIGKILL,
            stdout=bytes(self._stdout),
            said=tuple(self._said),
            wall_seconds=time.monotonic() - self._started,
            cpu_seconds=usage.ru_utime + usage.ru_stime if usage else 0.0,
            peak_memory_bytes=self._peak_bytes or (usage.ru_maxrss * 1024 if usage else 0),
        )

    def _met_limit(self, finished: Finished) -> str | None:
        said = " ".join(finished.said).lower()
        if self._overflow:
            return "output"
        if finished.returncode == -signal.SIGXCPU or finished.cpu_seconds >= self._limits.cpu_seconds:
            return "cpu"
        if finished.returncode == -signal.SIGXFSZ or any(words in said for words in _FILE_WORDS):
            return "file"
        return "memory" if any(words in said for words in _MEMORY_WORDS) else None

    def judge(self) -> Finished:
        """Return how it ended, when it ended well.

        Raises:
            ChildLimitError: when it met a limit.
            ChildFailedError: when it failed by itself.
        """
        finished = self.finished()
        if finished.returncode == 0 and not self._overflow:
            return finished
        limit = self._met_limit(finished) if finished.returncode != CANNOT_START else None
        if limit is not None:
            detail = f"{self._tool} met its limit on {limit}."
            raise ChildLimitError(detail, finished=finished, tool=self._tool, limit=limit)
        way = f"signal {-finished.returncode}" if finished.returncode < 0 else f"status {finished.returncode}"
        raise ChildFailedError(f"{self._tool} ended with {way}.", finished=finished, tool=self._tool)


def _specification(limits: Limits, work_dir: Path, readable: Sequence[Path], descriptors: Mapping[int, int]) -> str:
    """Return what the launcher must know."""
    spec = {
        "parent": os.getpid(),
        "work_dir": str(work_dir),
        "readable": [str(path) for path in readable],
        "descriptors": {str(target): current for target, current in descriptors.items()},
        "cpu_seconds": limits.cpu_seconds,
        "memory_bytes": limits.memory_bytes,
        "file_bytes": limits.file_bytes,
        "open_files": limits.open_files,
        "nice": limits.nice,
    }
    return json.dumps(spec)


def _start(
    argv: Sequence[str],
    limits: Limits,
    work_dir: Path,
    inputs: Mapping[int, Path],
    readable: Sequence[Path],
    stdin: bytes | None,
) -> subprocess.Popen[bytes]:
    """Open the inputs and start the launcher, which becomes the tool."""
    with ExitStack() as stack:
        descriptors = {}
        for number, path in inputs.items():
            # A fresh description each time: children must not share a read position.
            descriptors[number] = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            stack.callback(os.close, descriptors[number])
        source: int | IO[bytes] = subprocess.DEVNULL
        if stdin is not None:
            source = stack.enter_context(tempfile.TemporaryFile())
            source.write(stdin)
            source.seek(0)
        spec = _specification(limits, work_dir, readable, descriptors)
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LAUNCHER), spec, *argv],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=tuple(descriptors.values()),
            env=_environment(work_dir),
            cwd=work_dir,
            # A group of its own, so that one signal reaches all it may start.
            start_new_session=True,
        )


async def run(
    argv: Sequence[str],
    *,
    limits: Limits,
    work_dir: Path,
    inputs: Mapping[int, Path] | None = None,
    readable: Sequence[Path] = (),
    stdin: bytes | None = None,
    on_line: OnLine | None = None,
    on_error_line: OnLine | None = None,
) -> Finished:
    """Run a tool to its end in a confined child; cancelling kills it and all it started.

    Args:
        argv: the tool's absolute path, then its arguments; never a shell.
        work_dir: the only folder it may write; also its home and current folder. Must exist.
        inputs: descriptor number (3 to 99) as the arguments name it → file opened for it, see `arguments.py`.
        readable: further files or folders that it may open by path.
        stdin: small standard input.
        on_line: called with each line of standard output, which is then not kept; raising kills the child.
        on_error_line: called with each line of standard error; the last 20 are kept anyway.

    Raises:
        ChildFailedError: when it ends with another status than 0.
        ChildTimedOutError: when `limits.wall_seconds` run out.
        ChildLimitError: when it meets another limit.
        OSError: when an input cannot be opened.
    """
    tool = Path(argv[0]).name if argv else _LAUNCHER.name
    child = _Child(_start(argv, limits, work_dir, inputs or {}, readable, stdin), limits, tool)
    try:
        async with asyncio.timeout(limits.wall_seconds):
            await child.talk(on_line, on_error_line)
    except TimeoutError as error:
        await child.bury()
        detail = f"{tool} did not end within {limits.wall_seconds:g} s."
        raise ChildTimedOutError(detail, finished=child.finished(), tool=tool) from error
    except BaseException:
        await _uncancelled(child.bury())
        raise
    return child.judge()


async def _uncancelled(work: Awaitable[None]) -> None:
    """Finish a short piece of work even while the task is being cancelled."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)


async def confinement_report() -> Confinement:
    """Start the launcher without a tool and return what this machine's kernel permitted."""
    with tempfile.TemporaryDirectory() as folder:
        finished = await run((), limits=Limits(wall_seconds=10.0), work_dir=Path(folder))
    return msgspec.json.decode(finished.stdout, type=Confinement)
