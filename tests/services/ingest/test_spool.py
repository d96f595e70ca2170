"""Bytes of uploads on the disk: what is given up in the middle leaves neither bytes nor open files behind."""

import asyncio
import os
import threading
from pathlib import Path

import pytest

from matinee.services.ingest.adapters.spool import DiskSpool


@pytest.fixture
def slow_disk(monkeypatch):
    """Holds back the first write until it is let go; returns what is set at its begin, and at its end."""
    began, go, ended, write = threading.Event(), threading.Event(), threading.Event(), os.pwrite

    def slow(*given):
        began.set()
        go.wait(30)
        written = write(*given)
        ended.set()
        return written

    monkeypatch.setattr(os, "pwrite", slow)
    return began, go, ended


async def send(spool, *, digest):
    if digest is None:
        async with spool.append("upload", offset=0) as writer:
            await writer.write(b"some bytes")
        return
    async with spool.append_checked("upload", offset=0, algorithm="sha256", digest=digest) as writer:
        await writer.write(b"some bytes")


@pytest.mark.parametrize(("digest", "stays"), [(b"x" * 32, 0), (None, 10)], ids=["checked", "unchecked"])
async def test_a_chunk_given_up_while_it_is_written_is_waited_for(tmp_path: Path, slow_disk, digest, stays) -> None:
    began, go, ended = slow_disk
    spool = DiskSpool(tmp_path)
    await spool.create("upload")
    sending = asyncio.create_task(send(spool, digest=digest))
    assert await asyncio.to_thread(began.wait, 30)
    sending.cancel()
    # Whoever does not wait for the write has cut and closed the file by then.
    later = threading.Timer(0.2, go.set)
    later.start()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await asyncio.to_thread(ended.wait, 30)
    later.join()
    assert await spool.size("upload") == stays
