"""Sends replies over ASGI, for hosts and tests that do not speak RSGI."""

import asyncio
from pathlib import Path
from typing import Any, BinaryIO

from matinee.services.edge.http.replies import Reply

_PIECE_BYTES = 256 * 1024


async def send_over_asgi(reply: Reply, scope: Any, send: Any) -> None:
    """Send a reply. A whole file is handed to the server by path when it offers that."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.path is None or reply.body is not None:
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body or b""})
    elif reply.status == 200 and "http.response.pathsend" in scope.get("extensions", {}):  # noqa: PLR2004
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.pathsend", "path": reply.path})
    else:
        file = await asyncio.to_thread(Path(reply.path).open, "rb", buffering=0)
        with file:
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            await _send_pieces(file, reply, send)


async def _send_pieces(file: BinaryIO, reply: Reply, send: Any) -> None:
    await asyncio.to_thread(file.seek, reply.start)
    left = reply.end - reply.start
    while left > 0:
        piece = await asyncio.to_thread(file.read, min(left, _PIECE_BYTES))
        if not piece:  # somebody cut the file short; the server ends the connection on the missing bytes
            break
        left -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
