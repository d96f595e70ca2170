"""A real edge process, started as an operator starts one, with an origin folder and a signing key beside it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from matinee.engines.keyring import Keyring
from matinee.testing.edges import Answer, Tokens

START_SECONDS = 20.0
NAME = "edge-a"


def free_port() -> int:
    """Return a port on loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class EdgeProcess:
    """One appliance on loopback.

    Attributes:
        data: the service's data folder; the origin is `blobs` in it.
        settings: extra environment, such as `{"MATINEE_EDGE__BUDGET_BYTES": "1048576"}`.
        prefix: what runs it, such as `("taskset", "-c", "0")`.
    """

    data: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def tokens(self) -> Tokens:
        """Who grants streams."""
        keyring = Keyring(self.data / "keys")
        keyring.public("delivery")
        return Tokens(keyring.signing_key("delivery"))

    @property
    def cache(self) -> Path:
        """Where it keeps files."""
        return self.data / NAME / "cache"

    @property
    def log(self) -> Path:
        """Where its standard error goes."""
        return self.data / "edge.log"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process is not None, "start it first"
        return self.process.pid

    def start(self) -> None:
        """Start and wait until it is ready."""
        _ = self.tokens  # writes the public key
        self.port = self.port or free_port()
        environment = {**os.environ, "MATINEE_SERVICE__DATA_FOLDER": str(self.data), **self.settings}
        argv = [*self.prefix, sys.executable, "-m", "matinee.cli.main", "--config", "/nonexistent.toml"]
        argv += ["serve", "edge", "--name", NAME, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log)
        ends_at = time.monotonic() + START_SECONDS
        while not self._ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < ends_at, "the edge did not become ready"
            time.sleep(0.02)

    def _ready(self) -> bool:
        try:
            return self.ask("/health/ready").status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """Kill it in mid-step, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=20)

    def ask(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def raw(self, data: bytes, *, seconds: float = 5.0) -> bytes:
        """Send bytes as they are; return what comes until the edge closes or is silent for `seconds`."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            pieces = []
            try:
                while piece := connection.recv(65_536):
                    pieces.append(piece)
            except (TimeoutError, ConnectionResetError):
                pieces.append(b"")
            return b"".join(pieces)


@contextmanager
def edge_process(
    data: Path, *, settings: Mapping[str, str] | None = None, prefix: Sequence[str] = ()
) -> Iterator[EdgeProcess]:
    """Run an edge process for the time of the block."""
    running = EdgeProcess(data, settings or {}, prefix)
    running.start()
    try:
        yield running
    finally:
        running.stop()
