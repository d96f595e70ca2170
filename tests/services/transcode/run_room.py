"""Runs a room on a folder until it is killed: `python run_room.py FOLDER FILM`."""

import asyncio
import json
import sys
from pathlib import Path

from matinee.testing.transcode import transcode_bench


async def main(folder: Path, film: Path, settings: str) -> None:
    async with transcode_bench(folder, **json.loads(settings)) as room:
        await room.transcode.submit(order=await room.order(film))
        await room.ended(seconds=600)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
