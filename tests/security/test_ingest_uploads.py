"""Sizes that lie, bodies that never end, clients that never finish, and subtitles that are none."""

import asyncio
import base64
import gzip
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from matinee.testing.ingest import open_ingest, until
from matinee.testing.ingest_clients import CHUNK, TUS, Client, served
from matinee.testing.titles import Callers

SRT = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"


@pytest.mark.parametrize(
    "length", ["-1", "-9223372036854775808", "1e9", "0x10", " 5", "5 ", "+5", "1.5", "", "9" * 30, "٣", "5,5"]
)
async def test_attack_13_lengths_that_are_none(tmp_path: Path, length: str) -> None:
    callers = Callers()
    async with open_ingest(tmp_path / "data") as room, served(room, callers) as client:
        headers = b"".join(f"{k}: {v}\r\n".encode() for k, v in callers.operator.items())
        request = b"POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nContent-Length: 0\r\n"
        request += headers + f"Upload-Length: {length}\r\nConnection: close\r\n\r\n".encode()
        answer = await raw(client, request)
        # Blanks around a value are no part of it.
        expected = {b"201"} if length.strip() == "5" and "+" not in length else {b"400", b"413"}
        assert answer.split(b" ")[1] in expected, answer


async def raw(client: Client, request: bytes) -> bytes:
    port = int(client.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_attack_13_a_giant_promise_costs_nothing(tmp_path: Path) -> None:
    async with open_ingest(tmp_path / "data", max_upload_bytes=1 << 40) as room, served(room, Callers()) as client:
        for length in (1 << 41, 1 << 62, 10**18 - 1):
            status, _, _ = await client.send("POST", client.uploads, headers={**TUS, "Upload-Length": str(length)})
            assert status == 413
        assert room.spooled() == []


async def test_attack_13_bodies_longer_than_promised_are_cut(tmp_path: Path) -> None:
    async with open_ingest(tmp_path / "data") as room, served(room, Callers()) as client:
        url = await client.create(100_000, headers={"Upload-Concat": "partial"})

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536

        status = await stubborn(client, url, endless())
        assert status in {400, 0}
        file = room.data / "spool" / "uploads" / url.rpartition("/")[2] / "data"
        await until(lambda: file.stat().st_size <= 100_000)
        assert await client.offset(url) == 100_000


async def stubborn(client: Client, url: str, body: AsyncIterator[bytes]) -> int:
    """Send a body without a stated length; return the status, 0 when the server hung up."""
    headers = {**client.headers, **CHUNK, "Upload-Offset": "0"}
    try:
        async with asyncio.timeout(20), client.session.patch(url, data=body, headers=headers) as answer:
            return answer.status
    except (ConnectionError, OSError):
        return 0


async def test_attack_13_compressed_bodies_are_stored_as_they_are(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    async with open_ingest(tmp_path / "data") as room, served(room, Callers()) as client:
        url = await client.create(len(bomb), headers={"Upload-Concat": "partial"})
        headers = {**CHUNK, "Upload-Offset": "0", "Content-Encoding": "gzip", "Content-Length": str(len(bomb))}
        status, _, _ = await client.send("PATCH", url, data=bomb, headers=headers)
        assert status == 204
        file = room.data / "spool" / "uploads" / url.rpartition("/")[2] / "data"
        assert file.stat().st_size == len(bomb)


async def test_attack_13_uploading_takes_bounded_memory(tmp_path: Path) -> None:
    async with open_ingest(tmp_path / "data") as room, served(room, Callers()) as client:
        total = 256 << 20
        url = await client.create(total, headers={"Upload-Concat": "partial"})
        before = psutil.Process().memory_info().rss
        peak = before

        async def body() -> AsyncIterator[bytes]:
            nonlocal peak
            for _ in range(total >> 18):
                peak = max(peak, psutil.Process().memory_info().rss)
                yield b"x" * (1 << 18)

        headers = {**client.headers, **CHUNK, "Upload-Offset": "0"}
        async with client.session.patch(url, data=body(), headers=headers) as answer:
            assert answer.status == 204
        assert await client.offset(url) == total
        assert peak - before < 64 << 20


async def test_attack_13_metadata_is_bounded(tmp_path: Path) -> None:
    async with open_ingest(tmp_path / "data") as room, served(room, Callers()) as client:
        for header in (
            "filename " + base64.b64encode(b"x" * 4000).decode(),
            ",".join(f"k{n} YQ==" for n in range(800)),
        ):
            headers = {**TUS, "Upload-Length": "1", "Upload-Metadata": header}
            assert (await client.send("POST", client.uploads, headers=headers))[0] == 400
        assert room.spooled() == []


async def test_attack_30_a_client_that_stops_sending_is_let_go(tmp_path: Path) -> None:
    async with open_ingest(tmp_path / "data", read_seconds=0.3) as room, served(room, Callers()) as client:
        url = await client.create(1000, headers={"Upload-Concat": "partial"})

        async def drip() -> AsyncIterator[bytes]:
            for _ in range(1000):
                yield b"x"
                await asyncio.sleep(0.05)

        status = await stubborn(client, url, drip())
        assert status in {408, 0}
        assert 1 <= await client.offset(url) < 100


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("film.srt", SRT)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.srt", zipped()),
        ("a.vtt", zipped()),
        ("a.srt", gzip.compress(SRT)),
        ("a.srt", b"<!DOCTYPE html><html><script>alert(1)</script>" + SRT),
        ("a.srt", b"\xef\xbb\xbf  \n<html>-->" + SRT),
        ("a.vtt", b"<svg xmlns='http://www.w3.org/2000/svg'>WEBVTT"),
        ("a.ass", b'<?xml version="1.0"?>[script info]'),
        ("a.srt", b"Rar!\x1a\x07\x00-->"),
        ("a.srt", b"\0\0\0-->"),
        ("a.srt", b"nothing of a subtitle"),
        ("a.vtt", b"not first WEBVTT"),
        ("a.srt", b""),
    ],
    ids=range(12),  # archives hold the time, which must not be part of a test's name
)
async def test_attack_16_subtitles_that_are_none(tmp_path: Path, name: str, data: bytes) -> None:
    async with open_ingest(tmp_path / "data") as room, served(room, Callers()) as client:
        described = f"filename {base64.b64encode(name.encode()).decode()},role {base64.b64encode(b'text').decode()}"
        headers = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": described}
        status, answer, _ = await client.send("POST", client.uploads, headers=headers)
        if data:
            assert status == 201
            url = client.base + answer["Location"]
            status, _, body = await client.patch(url, 0, data)
            assert (await client.send("HEAD", url, headers=TUS))[0] == 404, body
        assert status == 422
        assert room.spooled() == []


@pytest.mark.parametrize("name", ["a.zip", "a.html", "a.mp4", "srt", "a.srt.exe"])
async def test_attack_16_other_kinds_of_files_are_no_subtitles(tmp_path: Path, name: str) -> None:
    async with open_ingest(tmp_path / "data") as room, served(room, Callers()) as client:
        described = f"filename {base64.b64encode(name.encode()).decode()},role {base64.b64encode(b'text').decode()}"
        headers = {**TUS, "Upload-Length": "9", "Upload-Metadata": described}
        expected = 201 if name == "srt" else 422
        assert (await client.send("POST", client.uploads, headers=headers))[0] == expected


async def test_attack_16_subtitles_are_bounded(tmp_path: Path) -> None:
    async with open_ingest(tmp_path / "data", max_text_bytes=1000) as room, served(room, Callers()) as client:
        described = f"filename {base64.b64encode(b'a.srt').decode()},role {base64.b64encode(b'text').decode()}"
        headers = {**TUS, "Upload-Length": "1001", "Upload-Metadata": described}
        assert (await client.send("POST", client.uploads, headers=headers))[0] == 413
