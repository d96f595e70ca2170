"""A client for the ingest room in tests, a process of it that can be killed, and films made on the spot."""

import asyncio
import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from matinee.engines.media.tools import find_tools
from matinee.host.server import Listener, serving
from matinee.testing.ingest import IngestRoom
from matinee.testing.titles import Callers

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": "application/offset+octet-stream"}


def free_port() -> int:
    """Return a port on loopback that nobody listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Client:
    """Sends requests as the operator."""

    def __init__(self, session: aiohttp.ClientSession, base: str, headers: dict[str, str]) -> None:
        self.session, self.base, self.headers = session, base, headers
        self.uploads = f"{base}/api/v1/uploads"

    async def send(
        self, method: str, url: str, *, data: Any = None, headers: dict[str, str] | None = None, json: Any = None
    ) -> tuple[int, Any, bytes]:
        """Send a request; return status, headers and body."""
        full = url if url.startswith("http") else self.base + url
        data = io.BytesIO(data) if isinstance(data, bytes) and data else data
        merged = {**self.headers, **(headers or {})}
        async with self.session.request(method, full, data=data, json=json, headers=merged) as answer:
            body = await answer.read()
            return answer.status, answer.headers, body

    async def create(self, length: int, headers: dict[str, str] | None = None, metadata: str = "") -> str:
        """Make an upload and return its URL."""
        extra = {"Upload-Metadata": metadata} if metadata else {}
        status, answer, body = await self.send(
            "POST", self.uploads, headers={**TUS, "Upload-Length": str(length), **extra, **(headers or {})}
        )
        assert status == 201, body
        return f"{self.base}{answer['Location']}"

    async def patch(self, url: str, offset: int, data: Any, **headers: str) -> tuple[int, Any, bytes]:
        """Send a chunk; further headers with underscores for dashes."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.send("PATCH", url, data=data, headers={**CHUNK, "Upload-Offset": str(offset), **more})

    async def offset(self, url: str) -> int:
        """Return where an upload ends."""
        status, answer, _ = await self.send("HEAD", url, headers=TUS)
        assert status == 200
        return int(answer["Upload-Offset"])


@asynccontextmanager
async def served(room: IngestRoom, callers: Callers) -> AsyncIterator[Client]:
    """Serve the room on a socket and give a client."""
    port = free_port()
    async with (
        serving(room.app(callers.key.public), Listener(address="127.0.0.1", port=port)),
        aiohttp.ClientSession() as session,
    ):
        yield Client(session, f"http://127.0.0.1:{port}", callers.operator)


class Killable:
    """The room in a process of its own."""

    def __init__(self, data: Path, callers: Callers, **settings: object) -> None:
        self.data, self.callers, self.settings = data, callers, settings
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        argv = [sys.executable, "-m", "matinee.testing.ingest_process", str(self.data), str(self.port)]
        argv += [self.callers.key.public.hex(), msgspec.json.encode(self.settings).decode()]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def accepting(self) -> None:
        """Return when it answers on its port."""
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                await writer.wait_closed()
                return

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)


def make_film(path: Path, *arguments: str) -> Path:
    """Run ffmpeg with these arguments to make a file, and return its path."""
    argv = [str(find_tools().ffmpeg), "-v", "error", "-nostdin", "-y", *arguments, f"file:{path}"]
    subprocess.run(argv, check=True, timeout=100)
    return path


def picture(seconds: float = 2, *, size: str = "320x180", rate: str = "25") -> list[str]:
    """Return input arguments of a moving test picture."""
    return ["-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}"]


def tone(seconds: float = 2) -> list[str]:
    """Return input arguments of a tone."""
    return ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"]


X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
