"""Knows when a request's body has ended, and reads what an application left of it, after its answer is out.

An application that refuses early (too large, no rights, nothing there) leaves a body that its client is still writing.
Closing such a connection makes the kernel reset it, and a reset throws away what the client has not read: the answer
with the reason. So the rest is read and thrown away, within bounds of size and time; beyond them a reset is fair.

Where the length of a body was announced, its end is told with its last byte. The server has been seen to have every
byte and never say that there are no more: that is a message of its own, which now and then is lost between its threads.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from matinee.host.module import AsgiApp

_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


@dataclass(frozen=True)
class LeftoverBounds:
    """How much is read of a body that nobody wants.

    Attributes:
        size_bytes: after so many, the connection is closed, whatever the client is doing.
        idle_seconds: after so long without a byte, likewise.
        whole_seconds: after so long in all, likewise: bytes now and then do not buy more time.
    """

    size_bytes: int = 64 * 2**20
    idle_seconds: float = 2.0
    whole_seconds: float = 30.0


class ReadLeftovers:
    """An ASGI application around another one. A client gets its answer at once; only its connection stays busy."""

    def __init__(self, app: AsgiApp, bounds: LeftoverBounds) -> None:
        self._app = app
        self._bounds = bounds

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request; requests without a body pass untouched."""
        # Servers give header names in lower case.
        if scope["type"] != "http" or _BODY_HEADERS.isdisjoint([name for name, _ in scope["headers"]]):
            await self._app(scope, receive, send)
            return
        body = _Body(receive, _announced(scope))
        # An error is let through at once: then there is no whole answer that a reset could take away.
        await self._app(scope, body.receive, send)
        await body.read_rest(self._bounds)


def _announced(scope: dict[str, Any]) -> int | None:
    """Return how long the body will be, or None when it is not said or no number; the server refuses contradictions."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


class _Body:
    """A `receive` that knows whether the body has ended."""

    def __init__(self, receive: Any, announced: int | None) -> None:
        self._receive = receive
        self._left = announced
        self._ended = False

    async def receive(self) -> dict[str, Any]:
        if self._ended:
            return await self._after()
        message: dict[str, Any] = await self._receive()
        if self._left is not None:
            self._left -= len(message.get("body", b""))
            if self._left <= 0 and message["type"] == "http.request":
                message["more_body"] = False
        self._ended = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message

    async def _after(self) -> dict[str, Any]:
        """Return what comes after the body: that the client has left, and not once more that the body has ended."""
        while True:
            message: dict[str, Any] = await self._receive()
            if message["type"] != "http.request" or message.get("body"):
                return message

    def _goes_on(self) -> bool:
        return not self._ended

    async def read_rest(self, bounds: LeftoverBounds) -> None:
        """Return when the body has ended or met a bound; nothing of it is kept."""
        if not self._goes_on():
            return
        left = bounds.size_bytes
        try:
            async with asyncio.timeout(bounds.whole_seconds):
                while self._goes_on() and left > 0:
                    async with asyncio.timeout(bounds.idle_seconds):
                        left -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return
