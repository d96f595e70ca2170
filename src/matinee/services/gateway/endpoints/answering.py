"""Short answers that the door gives itself."""

from collections.abc import Sequence
from typing import Any

import msgspec

from matinee.services.gateway.exchange import Exchange

NO_STORE = (b"cache-control", b"no-store")


async def send_bytes(exchange: Exchange, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Send a whole answer; its body is left out for HEAD."""
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]  # noqa: PLR2004  # RFC 9110 §8.6
    await exchange.send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await exchange.send({"type": "http.response.body", "body": b"" if exchange.method == "HEAD" else body})


async def send_json(exchange: Exchange, status: int, value: Any, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Send a JSON answer that is not kept."""
    await send_bytes(exchange, status, msgspec.json.encode(value), [JSON, NO_STORE, *headers])


async def read_body(exchange: Exchange) -> bytes:
    """Return the whole body; the body limits keep it small."""
    pieces: list[bytes] = []
    while True:
        message = await exchange.receive()
        pieces.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(pieces)


JSON = (b"content-type", b"application/json")
