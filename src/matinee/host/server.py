"""Serves an application on a socket with Granian, inside the running event loop."""

import asyncio
import logging
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from matinee.host.leftovers import LeftoverBounds, ReadLeftovers
from matinee.kit.errors import UnavailableError

_START_SECONDS = 10.0
_STOP_SECONDS = 8.0
_POLL_SECONDS = 0.01
_FILES_FOR_EACH = 2  # a connection, and the file that is sent over it
_FILES_BESIDE = 512


class ListenError(UnavailableError):
    """The address cannot be listened on."""

    code = "listen"
    title = "The address is taken or not ours"


@dataclass(frozen=True)
class Listener:
    """Where and how to listen.

    Attributes:
        header_timeout_ms: a client that has not sent its whole request head by then is cut off.
        buffer_bytes: what a connection buffers each way: a longer request head is refused, and a file goes out in
            pieces as large as this permits, which is half of what sending large files costs.
        file_threads: threads that read files for path-send; None leaves it to Granian (up to 512).
        backpressure: requests at work at once; more wait in the kernel's queue.
        leftovers: how much is read of a body that the application did not want.
    """

    address: str
    port: int
    interface: Interfaces = Interfaces.ASGINL
    header_timeout_ms: int = 10_000
    buffer_bytes: int = 64 * 1024
    file_threads: int | None = None
    backpressure: int = 2048
    backlog: int = 2048
    leftovers: LeftoverBounds = field(default_factory=LeftoverBounds)

    @property
    def url(self) -> str:
        """The base URL that others on this machine use."""
        return f"http://{self.address}:{self.port}"


@asynccontextmanager
async def serving(app: Any, listener: Listener) -> AsyncIterator[None]:
    """Serve `app` while the block runs; open requests get a few seconds to end.

    Raises:
        ListenError: when the address cannot be listened on.
    """
    logging.getLogger("_granian").setLevel(logging.WARNING)
    _allow_open_files(_FILES_FOR_EACH * listener.backpressure + _FILES_BESIDE)
    # What speaks RSGI as well is served so: its files go from the server's own threads, parts of them too.
    by_rsgi = hasattr(app, "__rsgi__")
    server = Server(
        app if by_rsgi else ReadLeftovers(app, listener.leftovers),
        address=listener.address,
        port=listener.port,
        interface=Interfaces.RSGI if by_rsgi else listener.interface,
        # Where both versions are offered, a connection that says nothing is waited for without end.
        http=HTTPModes.http1,
        backlog=listener.backlog,
        backpressure=listener.backpressure,
        websockets=False,
        runtime_blocking_threads=listener.file_threads,
        http1_settings=HTTP1Settings(
            header_read_timeout=listener.header_timeout_ms, max_buffer_size=listener.buffer_bytes
        ),
        log_enabled=False,
    )
    task = asyncio.create_task(server.serve(), name=f"listener {listener.port}")
    try:
        await _accepting(listener, task)
        yield
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # Granian ships this method without annotations
        await asyncio.wait([task], timeout=_STOP_SECONDS)
        task.cancel()


def _allow_open_files(wanted: int) -> None:
    """Raise this process's soft limit on open files as far as needed and allowed; many systems start with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


async def _accepting(listener: Listener, task: asyncio.Task[None]) -> None:
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not await _connects(listener):
                if task.done():
                    cause = task.exception()
                    raise ListenError(f"Cannot listen on {listener.address}:{listener.port}.") from cause
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError as error:
        raise ListenError(f"Nothing listens on {listener.url} after {_START_SECONDS:.0f} s.") from error


async def _connects(listener: Listener) -> bool:
    try:
        _, writer = await asyncio.open_connection(listener.address, listener.port)
    except OSError:
        return False
    writer.close()
    return True
