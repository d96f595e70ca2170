"""A whole deployment for tests: started as a person starts it, on free ports and a fresh data folder."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import Any, Literal

import psutil

Mode = Literal["one", "many"]
READY_SECONDS = 120.0
STOP_SECONDS = 40.0
_PORTS_TRIED = 50


# Below the numbers that the kernel gives to clients, whose closed connections would hold a block for a minute.
_LOWEST_PORT, _HIGHEST_PORT = 12_000, 32_000


def free_port_block(size: int = 24) -> int:
    """Return the first of `size` consecutive free ports on loopback, another one for each of several test processes."""
    chance = SystemRandom()  # tests beside each other share a seed
    for _ in range(_PORTS_TRIED):
        first = chance.randrange(_LOWEST_PORT, _HIGHEST_PORT - size)
        if all(_free(port) for port in range(first, first + size)):
            return first
    raise RuntimeError("no block of free ports on loopback")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: what is left of connections that have ended does not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass
class Deployment:
    """`matinee up` in a process of its own.

    Attributes:
        mode: all rooms in one process, or each in its own.
        settings: extra environment, such as `{"MATINEE_TRANSCODE__WORKERS": "1"}`.
    """

    data: Path
    mode: Mode = "one"
    demo: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    first_port: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    def environment(self) -> dict[str, str]:
        """Return the variables that put this deployment on its own ports and folder."""
        self.first_port = self.first_port or free_port_block()
        return {
            **os.environ,
            "MATINEE_SERVICE__DATA_FOLDER": str(self.data),
            "MATINEE_SERVICE__PORT": str(self.first_port),
            "MATINEE_SERVICE__EDGE_PORT": str(self.first_port + 1),
            "MATINEE_SERVICE__SANDBOX_PORT": str(self.first_port + 6),
            "MATINEE_SERVICE__ROOM_PORT": str(self.first_port + 8),
            **self.settings,
        }

    def start(self) -> "Deployment":
        """Start and wait until every part is ready; the facts that `up --json` prints are kept."""
        argv = [sys.executable, "-m", "matinee.cli.main", "--config", "/nonexistent.toml", "up", "--json"]
        argv += ["--split"] if self.mode == "many" else []
        argv += [] if self.demo else ["--no-demo"]
        self._process = subprocess.Popen(argv, env=self.environment(), stdout=subprocess.PIPE, text=True)
        self.facts = self._announcement()
        return self

    def _announcement(self) -> dict[str, Any]:
        process = self._running()
        assert process.stdout is not None
        ready = select.select([process.stdout], [], [], READY_SECONDS)[0]
        line = process.stdout.readline() if ready else ""
        if not line:
            self.kill()
            raise AssertionError(f"the service did not become ready\n{self.logs()}")
        facts: dict[str, Any] = json.loads(line)
        return facts

    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "start it first"
        return self._process

    @property
    def url(self) -> str:
        """The gateway's base URL."""
        return str(self.facts["browse"])

    @property
    def key(self) -> str:
        """The operator key."""
        return str(self.facts["operator_key"])

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._running().pid

    def processes(self) -> list[psutil.Process]:
        """Return the supervisor and everything below it."""
        try:
            root = psutil.Process(self.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def interrupt(self) -> int:
        """Send what Ctrl-C sends and return the exit code."""
        process = self._running()
        process.send_signal(signal.SIGINT)
        code = process.wait(STOP_SECONDS)
        self._close()
        return code

    def kill(self) -> None:
        """End everything at once, as a power cut would: kill -9, children first."""
        for process in reversed(self.processes()):
            if process.is_running():
                process.kill()
        self._running().wait(STOP_SECONDS)
        self._close()

    def _close(self) -> None:
        stdout = self._running().stdout
        if stdout is not None:
            stdout.close()

    def stop(self) -> None:
        """Stop if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.interrupt()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as the operator and return decoded JSON, or None for an empty answer."""
        request = urllib.request.Request(  # noqa: S310  # loopback, a URL we made
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.key}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # the same
            text = answer.read()
        return json.loads(text) if text else None

    def cli(self, *argv: str, seconds: float = 600.0) -> subprocess.CompletedProcess[str]:
        """Run a `matinee` verb against this deployment."""
        command = [sys.executable, "-m", "matinee.cli.main", "--config", "/nonexistent.toml", *argv]
        return subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, timeout=seconds, check=False
        )

    def logs(self) -> str:
        """Return the end of every log, for a failed test to show."""
        folder = self.data / "logs"
        if not folder.exists():
            return ""
        return "\n".join(f"── {log.name}\n{log.read_text()[-3000:]}" for log in sorted(folder.glob("*.log")))
