"""Keeps the processes of a local deployment running: starts, restarts with back-off, stops without leaving any."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp
import structlog

FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 30.0
HEALTHY_SECONDS = 30.0
STOP_SECONDS = 12.0
READY_POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1
_PARENT_VARIABLE = "MATINEE_SUPERVISOR"
_log = structlog.get_logger()
State = Literal["starting", "ready", "ended", "waiting", "stopped"]


@dataclass(frozen=True)
class Child:
    """One process to keep.

    Attributes:
        ready_url: answers 200 when it works; None for work that simply ends.
        restart: `always` for services; `on-failure` for work that ends with exit code 0 when done.
        log: file that receives its output; None means ours.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_url: str | None = None
    restart: Literal["always", "on-failure"] = "always"
    log: Path | None = None


def end_with_supervisor() -> None:
    """In a supervised process: make the kernel end it when its supervisor dies, however that happens."""
    parent = os.environ.pop(_PARENT_VARIABLE, "")
    if not parent or sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        # The supervisor died before the line above: nobody would tell us.
        raise SystemExit(1)


class Supervisor:
    """Runs children until told to stop.

    Args:
        children: started in order, each at once; readiness is waited for together.
        on_state: told of each change, for people to see.
    """

    def __init__(self, children: Sequence[Child], *, on_state: Callable[[str, State], None]) -> None:
        self._children = children
        self._on_state = on_state
        self._stopping = asyncio.Event()
        self._ready = {child.name: asyncio.Event() for child in children}

    def stop(self) -> None:
        """Begin to stop; `run` returns when everything has ended."""
        self._stopping.set()

    async def ready(self) -> None:
        """Wait until every child with a `ready_url` has answered."""
        await asyncio.gather(*(self._ready[child.name].wait() for child in self._children if child.ready_url))

    async def run(self) -> None:
        """Keep the children until `stop`; then end them, politely first."""
        async with asyncio.TaskGroup() as group:
            for child in self._children:
                group.create_task(self._keep(child), name=f"keep {child.name}")

    async def _keep(self, child: Child) -> None:
        backoff = FIRST_BACKOFF_SECONDS
        while not self._stopping.is_set():
            self._on_state(child.name, "starting")
            began = asyncio.get_running_loop().time()
            code = await self._once(child)
            if self._stopping.is_set() or (child.restart == "on-failure" and code == 0):
                break
            self._on_state(child.name, "ended")
            _log.warning("process_ended", name=child.name, exit_code=code)
            lived = asyncio.get_running_loop().time() - began
            backoff = FIRST_BACKOFF_SECONDS if lived > HEALTHY_SECONDS else min(backoff * 2, MAX_BACKOFF_SECONDS)
            await self._pause(backoff)
        self._on_state(child.name, "stopped")

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _once(self, child: Child) -> int:
        environment = {**os.environ, **child.environment, _PARENT_VARIABLE: str(os.getpid())}
        output = None if child.log is None else child.log.open("ab")
        try:
            process = await asyncio.create_subprocess_exec(
                *child.argv,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,  # Ctrl-C in the terminal reaches the supervisor alone
            )
        finally:
            if output is not None:
                output.close()
        watch = asyncio.create_task(self._watch_ready(child))
        stop = asyncio.create_task(self._stopping.wait())
        ended = asyncio.create_task(process.wait())
        await asyncio.wait([stop, ended], return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            await _end(process)
        watch.cancel()
        stop.cancel()
        return await ended

    async def _watch_ready(self, child: Child) -> None:
        if child.ready_url is None:
            return
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0)) as http:
            while not await _answers(http, child.ready_url):  # noqa: ASYNC110  # another process sets no event
                await asyncio.sleep(READY_POLL_SECONDS)
        self._ready[child.name].set()
        self._on_state(child.name, "ready")


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.status == 200  # noqa: PLR2004  # the readiness contract
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask the process to stop; after a while, end its whole group."""
    try:
        process.terminate()
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except ProcessLookupError:
        return
    except TimeoutError:
        _log.warning("process_killed", pid=process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
