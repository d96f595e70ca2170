"""Serves the ingest room alone on a socket: `python -m matinee.testing.ingest_process DATA PORT GATEWAY_KEY`."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec

from matinee.host.server import Listener, serving
from matinee.testing.ingest import open_ingest


async def serve(data: Path, port: int, gateway_public_key: bytes, settings: dict[str, Any]) -> None:
    """Serve until the process is ended."""
    async with open_ingest(data, **settings) as room:
        app = room.app(gateway_public_key)
        async with serving(app, Listener(address="127.0.0.1", port=port)):
            await asyncio.Event().wait()


if __name__ == "__main__":
    chosen = msgspec.json.decode(sys.argv[4], type=dict[str, Any]) if len(sys.argv) > 4 else {}
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3]), chosen))
