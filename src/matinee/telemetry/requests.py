"""One line for each request, in the shape of all other lines, at a small part of their cost.

A front door writes a line for every request, thousands a second. Going through structlog, each of them costs as much as
half of the door's own work, and each one is written by itself. Here the line is a struct that becomes JSON in one step,
and lines that come within a moment of each other are written together: killed in that moment, a process loses them.
"""

import asyncio
import atexit
from datetime import datetime
from typing import Literal, TextIO

import msgspec

Level = Literal["debug", "info", "warning"]
_NUMBERS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_TOGETHER_SECONDS = 0.05
_TOGETHER_BYTES = 64 * 1024


class RequestLine(msgspec.Struct, kw_only=True, tag_field="event", tag="request"):
    """What is told of a request. The path alone of its address: queries and headers may hold what must not be kept.

    Attributes:
        path: short, and in characters that no terminal obeys.
        client: the client's address, after trusted proxies.
    """

    method: str
    path: str
    status: int
    answer_bytes: int
    milliseconds: float
    room: str
    role: str
    client: str
    request_id: str
    trace_id: str
    level: Level
    timestamp: datetime
    process: str = ""


class RequestLines:
    """Writes request lines as JSON. For one event loop.

    Args:
        process: the name that every line carries.
        level: the least severe one that is written.
    """

    def __init__(self, stream: TextIO, *, process: str, level: str) -> None:
        self._stream = stream
        self._process = process
        self._least = _NUMBERS[level]
        self._encoder = msgspec.json.Encoder()
        self._held = bytearray()
        self._waiting = False
        atexit.register(self.flush)

    def wants(self, level: Level) -> bool:
        """Return whether lines of this level are written."""
        return _NUMBERS[level] >= self._least

    def write(self, line: RequestLine) -> None:
        """Write a line within a moment."""
        line.process = self._process
        self._held += self._encoder.encode(line)
        self._held += b"\n"
        if len(self._held) >= _TOGETHER_BYTES:
            self.flush()
        elif not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_later(_TOGETHER_SECONDS, self._due)

    def _due(self) -> None:
        self._waiting = False
        self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            text = self._held.decode()
            self._held.clear()
            self._stream.write(text)
            self._stream.flush()
