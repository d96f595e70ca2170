"""Players for the bench of progress: each reports where it is, waits for the answer, and reports again."""

import asyncio
import time
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Player:
    """Who plays what.

    Attributes:
        headers: raw header lines that say who asks, each with its end.
        path: of the route; body: text around position and moment.
    """

    profile_id: str
    session_id: str
    title_id: str
    headers: bytes
    path: str = "/api/v1/stream/progress"


@dataclass
class Outcome:
    """What the players saw.

    Attributes:
        answered: last position that was answered with 204, by profile and title.
        statuses: how often each status came.
        seconds: of each answered report.
    """

    answered: dict[tuple[str, str], float] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    broken: int = 0


class _Connection(asyncio.Protocol):
    """One player on one connection that stays open."""

    def __init__(self, player: Player, host: bytes, outcome: Outcome, until: float, every: float) -> None:
        self._player = player
        self._outcome = outcome
        self._until = until
        self._every = every
        self._position = outcome.answered.get((player.profile_id, player.title_id), 0.0)
        self._began = 0.0
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._head = (
            f"POST {player.path} HTTP/1.1\r\n".encode()
            + b"host: "
            + host
            + b"\r\ncontent-type: application/json\r\n"
            + player.headers
            + b"content-length: "
        )
        self._start = (
            f'{{"session_id":"{player.session_id}","movie_id":"{player.title_id}","state":"playing","position_seconds":'
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]  # a TCP connection can be written to
        self._report()

    def _report(self) -> None:
        if self._transport is None:
            return
        self._began = time.perf_counter()
        self._position += 0.25
        body = f'{self._start}{self._position},"event_ms":{time.time_ns() // 1_000_000}}}'.encode()
        self._transport.write(self._head + str(len(body)).encode() + _HEAD_END + body)

    def data_received(self, data: bytes) -> None:
        """Take an answer and go on."""
        self._received += data
        head, end, rest = self._received.partition(_HEAD_END)
        if not end:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return
        self._received = b""
        self._note(int(head[9:12]))
        if self._every:
            asyncio.get_running_loop().call_later(max(0.0, self._every - (time.perf_counter() - self._began)), self._go)
        else:
            self._go()

    def _note(self, status: int) -> None:
        outcome = self._outcome
        outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
        if status == 204:
            outcome.seconds.append(time.perf_counter() - self._began)
            outcome.answered[self._player.profile_id, self._player.title_id] = self._position

    def _go(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if time.perf_counter() >= self._until:
            self._transport.close()
        else:
            self._report()

    def connection_lost(self, _: Exception | None) -> None:
        """End."""
        if time.perf_counter() < self._until:
            self._outcome.broken += 1
        if not self.done.done():
            self.done.set_result(None)


async def play(
    players: list[Player], port: int, *, seconds: float, outcome: Outcome | None = None, rate: float = 0.0
) -> tuple[Outcome, float]:
    """Let all players report for a while; return what they saw, and how long it took.

    Args:
        rate: reports a second over all players; 0 for as many as are answered.
    """
    seen = outcome or Outcome()
    host = f"127.0.0.1:{port}".encode()
    started = time.perf_counter()
    until = started + seconds
    every = len(players) / rate if rate else 0.0
    loop = asyncio.get_running_loop()
    connections = []
    for player in players:
        if every:
            await asyncio.sleep(every / len(players) * 0.5)
        _, connection = await loop.create_connection(
            lambda player=player: _Connection(player, host, seen, until, every), "127.0.0.1", port
        )
        connections.append(connection.done)
    await asyncio.wait(connections, timeout=seconds + 20)
    return seen, time.perf_counter() - started
