"""A body that is hashed as it passes, and an answer that is kept as it passes."""

import asyncio
import hashlib
from collections import deque
from typing import Any

from matinee.services.gateway.exchange import Exchange, RawHeaders
from matinee.services.gateway.ports import KeptAnswer

HELD_BYTES = 2**20
# What a request says outside of its body: uploads are described by headers.
_SAID_BY = (b"upload-", b"if-match", b"if-none-match")
_Message = dict[str, Any]


class HashedBody:
    """The request's body. Up to a bound it is read ahead, so that its digest is known before anything is done."""

    def __init__(self, exchange: Exchange) -> None:
        self._receive = exchange.receive
        self._digest = hashlib.sha256(bytes(exchange.scope.get("query_string", b"")) + b"\0")
        for name, value in sorted(exchange.headers):
            if name.startswith(_SAID_BY):
                self._digest.update(name + b":" + value + b"\0")
        self._held: deque[_Message] = deque()
        self._ended = False
        self.gone = False

    @property
    def fingerprint(self) -> bytes | None:
        """The digest of query, describing headers and body; None before the body has ended."""
        return self._digest.digest() if self._ended else None

    async def read_ahead(self) -> None:
        """Hold the body, or as much of it as is held."""
        size = 0
        while not self._ended and not self.gone and size <= HELD_BYTES:
            message = await self._next()
            size += len(message.get("body", b""))
            self._held.append(message)

    async def read_away(self) -> bytes | None:
        """Read the rest for its digest alone, and return that; None when the client left before the end."""
        self._held.clear()
        while not self._ended and not self.gone:
            await self._next()
        return self.fingerprint

    async def receive(self) -> _Message:
        """Return the next message. A client that leaves after its body is not told of: the answer is kept for it."""
        if self._held:
            return self._held.popleft()
        if self._ended:
            await asyncio.Event().wait()  # until whoever waits for the client to leave is cancelled
        return await self._next()

    async def _next(self) -> _Message:
        message: _Message = await self._receive()
        self.gone = message["type"] == "http.disconnect"
        if not self.gone:
            self._digest.update(message.get("body", b""))
            self._ended = not message.get("more_body", False)
        return message


class Recorder:
    """Holds an answer back until it is whole, and lets it through when it grows over its bound."""

    def __init__(self, exchange: Exchange) -> None:
        self._send = exchange.send
        self._held: list[_Message] = []
        self._status = 0
        self._headers: RawHeaders = []
        self._size = 0
        self.whole = False
        self.too_large = False

    async def send(self, message: _Message) -> None:
        """Take the next message of the answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
        else:
            self.whole = not message.get("more_body", False)
            self._size += len(message.get("body", b""))
        self._held.append(message)
        self.too_large = self._size > HELD_BYTES
        if self.too_large and message.get("body"):
            # Its last bytes are held back until it is written down that there was an answer.
            await self._let_through(self._held[:-1])
            self._held = [message]

    async def let_through(self) -> None:
        """Send what was held."""
        held, self._held = self._held, []
        await self._let_through(held)

    async def _let_through(self, messages: list[_Message]) -> None:
        for message in messages:
            await self._send(message)

    @property
    def status(self) -> int:
        """Of the answer, 0 before it."""
        return self._status

    @property
    def sets_cookies(self) -> bool:
        """Whether the answer would sign somebody in or out."""
        return any(name == b"set-cookie" for name, _ in self._headers)

    def answer(self) -> KeptAnswer | None:
        """Return the whole answer, None when it was too large to hold."""
        if self.too_large:
            return None
        body = b"".join(message.get("body", b"") for message in self._held[1:])
        return KeptAnswer(status=self._status, headers=self._headers, body=body)
