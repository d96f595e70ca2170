"""Films made for the occasion, and a transcode room to run them through."""

import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from matinee.engines.media.tools import find_tools
from matinee.testing.transcode import TranscodeBench, transcode_bench

QUICK: dict[str, Any] = {
    "h264_preset": "ultrafast",
    "av1_preset": 13,
    "chunk_seconds": 1.5,
    "shortest_chunk_seconds": 0.5,
    "longest_chunk_seconds": 2.5,
    "gop_seconds": 1.0,
    "segment_seconds": 1.0,
    "seam_checks": 1,
    "worker_slots": 2,
}
FilmMaker = Callable[..., Path]
OpenBench = Callable[..., AbstractAsyncContextManager[TranscodeBench]]


def ffmpeg(*arguments: str) -> None:
    subprocess.run([str(find_tools().ffmpeg), "-v", "error", "-y", *arguments], check=True, timeout=60)


@pytest.fixture
def film(tmp_path: Path) -> FilmMaker:
    """Make a film of moving bars with two beeping tracks' worth of choice; more arguments come before the output."""

    def make(
        name: str = "film.mp4",
        *,
        size: str = "320x180",
        rate: str = "25",
        seconds: float = 4.0,
        sound: bool = True,
        picture: str | None = None,
        more: Sequence[str] = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p"),
    ) -> Path:
        path = tmp_path / name
        inputs = ["-f", "lavfi", "-i", picture or f"testsrc2=size={size}:rate={rate}:duration={seconds}"]
        if sound:
            inputs += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}:sample_rate=48000"]
        ffmpeg(*inputs, *more, str(path))
        return path

    return make


@pytest.fixture
def bench(tmp_path: Path) -> OpenBench:
    """Open a transcode room on a folder of the test; the same folder when opened again."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[TranscodeBench]:
        async with transcode_bench(tmp_path / "room", **{**QUICK, **settings}) as one:
            yield one

    return opened
