import asyncio
import base64
import hashlib
import os
import resource
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from matinee.kit.ids import JobId
from matinee.testing.ingest import IngestRoom, open_ingest, until
from matinee.testing.ingest_clients import TUS, X264, Client, Killable, make_film, picture, served, tone
from matinee.testing.titles import Callers


def metadata(**values: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def checksum(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


async def test_options_tells_what_is_understood(client: Client) -> None:
    status, headers, _ = await client.send("OPTIONS", client.uploads)
    assert status == 204
    assert headers["Tus-Version"] == "1.0.0"
    assert {"creation", "checksum", "expiration", "termination", "concatenation"} <= set(
        headers["Tus-Extension"].split(",")
    )
    assert headers["Tus-Max-Size"] == str(64 << 30)
    assert "sha1" in headers["Tus-Checksum-Algorithm"].split(",")


async def test_bytes_arrive_in_pieces_and_the_offset_follows(client: Client, room: IngestRoom) -> None:
    data = os.urandom(3_000_000)
    url = await client.create(
        len(data), metadata=metadata(filename="a.txt", role="film"), headers={"Upload-Concat": "partial"}
    )
    status, headers, _ = await client.patch(url, 0, data[:1_000_000])
    assert (status, headers["Upload-Offset"]) == (204, "1000000")
    assert await client.offset(url) == 1_000_000
    status, headers, _ = await client.patch(url, 1_000_000, data[1_000_000:])
    assert (status, headers["Upload-Offset"]) == (204, "3000000")
    upload_id = url.rpartition("/")[2]
    assert (room.data / "spool" / "uploads" / upload_id / "data").read_bytes() == data


async def test_wrong_offsets_lengths_and_versions_are_refused(client: Client) -> None:
    url = await client.create(10)
    assert (await client.patch(url, 5, b"x"))[0] == 409
    assert (await client.patch(url, 0, b"x" * 11))[0] == 400
    assert (await client.send("PATCH", url, data=b"x", headers={**TUS, "Upload-Offset": "0"}))[0] == 415
    status, headers, _ = await client.send("HEAD", url, headers={"Tus-Resumable": "0.2.2"})
    assert (status, headers["Tus-Version"]) == (412, "1.0.0")
    assert (await client.send("PUT", url, headers=TUS))[0] == 405
    assert await client.offset(url) == 0


async def test_checksums_keep_good_chunks_and_drop_bad_ones(client: Client) -> None:
    url = await client.create(20, headers={"Upload-Concat": "partial"})
    status, _, body = await client.patch(url, 0, b"0123456789", Upload_Checksum=checksum(b"something else"))
    assert status == 460, body
    assert await client.offset(url) == 0
    assert (await client.patch(url, 0, b"0123456789", Upload_Checksum=checksum(b"0123456789")))[0] == 204
    assert (await client.patch(url, 10, b"abcdefghij", Upload_Checksum=checksum(b"abcdefghij", "sha256")))[0] == 204
    assert (await client.patch(url, 20, b"", Upload_Checksum="crc32 AAAA"))[0] == 400
    assert await client.offset(url) == 20


async def test_a_broken_off_checked_chunk_leaves_nothing(client: Client, room: IngestRoom) -> None:
    url = await client.create(5_000_000, headers={"Upload-Concat": "partial"})
    await client.patch(url, 0, b"x" * 1_000_000)
    started = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"y" * 2_000_000
        started.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(client.patch(url, 1_000_000, body(), Upload_Checksum=checksum(b"never")))
    await started.wait()
    file = room.data / "spool" / "uploads" / url.rpartition("/")[2] / "data"
    await until(lambda: file.stat().st_size > 1_000_000)
    sending.cancel()
    await asyncio.wait([sending])
    assert await client.offset(url) == 1_000_000


async def test_what_arrived_of_a_broken_off_chunk_stays(client: Client, room: IngestRoom) -> None:
    url = await client.create(5_000_000, headers={"Upload-Concat": "partial"})
    started = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"y" * 2_000_000
        started.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(client.patch(url, 0, body()))
    await started.wait()
    file = room.data / "spool" / "uploads" / url.rpartition("/")[2] / "data"
    await until(lambda: file.stat().st_size >= 1_000_000)
    # A newcomer makes the one that hangs give way.
    offset = await client.offset(url)
    assert 1_000_000 <= offset <= 2_000_000
    status, headers, _ = await client.patch(url, offset, b"z" * (5_000_000 - offset))
    assert (status, headers["Upload-Offset"]) == (204, "5000000")
    sending.cancel()
    await asyncio.wait([sending])
    data = file.read_bytes()
    assert data == b"y" * offset + b"z" * (5_000_000 - offset)


async def test_termination_frees_the_bytes(client: Client, room: IngestRoom) -> None:
    url = await client.create(10)
    await client.patch(url, 0, b"12345")
    assert (await client.send("DELETE", url, headers=TUS))[0] == 204
    assert (await client.send("HEAD", url, headers=TUS))[0] == 404
    assert room.spooled() == []


async def test_expired_uploads_go(tmp_path: Path, callers: Callers) -> None:
    async with (
        open_ingest(tmp_path / "data", upload_expiry_seconds=1, sweep_seconds=0.05) as room,
        served(room, callers) as client,
    ):
        status, headers, _ = await client.send("POST", client.uploads, headers={**TUS, "Upload-Length": "10"})
        assert status == 201
        assert headers["Upload-Expires"].endswith("GMT")
        await until(lambda: room.spooled() == [])
        assert (await client.send("HEAD", client.base + headers["Location"], headers=TUS))[0] == 404


async def test_parts_are_joined_in_the_order_given(client: Client, room: IngestRoom, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", *picture(1), *X264).read_bytes()
    cut = len(film) // 2
    parts = []
    for piece in (film[cut:], film[:cut]):
        url = await client.create(len(piece), headers={"Upload-Concat": "partial"})
        await client.patch(url, 0, piece)
        parts.append(url)
    joined = f"final;{parts[1]} {parts[0].removeprefix(client.base)}"
    status, headers, _ = await client.send(
        "POST", client.uploads, headers={**TUS, "Upload-Concat": joined, "Upload-Metadata": metadata(filename="f.mp4")}
    )
    assert status == 201
    final = client.base + headers["Location"]
    status, headers, _ = await client.send("HEAD", final, headers=TUS)
    assert headers["Upload-Length"] == headers["Upload-Offset"] == str(len(film))
    assert headers["Upload-Concat"] == joined
    assert (await client.patch(final, len(film), b""))[0] == 403
    job = await room.settled(JobId(final.rpartition("/")[2]))
    assert job.state == "ordered", job
    assert await room.blobs.get(room.transcode.orders()[0].source_key) == film
    assert (await client.send("HEAD", parts[0], headers=TUS))[0] == 404


async def test_unfinished_parts_are_not_joined(client: Client) -> None:
    part = await client.create(10, headers={"Upload-Concat": "partial"})
    for header in (f"final;{part}", "final;", "final;/elsewhere/x", "final;" + " ".join([part] * 65), "half"):
        status, _, body = await client.send("POST", client.uploads, headers={**TUS, "Upload-Concat": header})
        assert status in {400, 404}, (header, body)


async def test_a_film_becomes_a_job_and_an_order(client: Client, room: IngestRoom, tmp_path: Path) -> None:
    film = make_film(tmp_path / "f.mp4", *picture(2), *tone(2), *X264, "-shortest").read_bytes()
    srt = b"1\n00:00:00,000 --> 00:00:01,000\nHallo\n"
    text = await client.create(len(srt), metadata=metadata(filename="f.de.srt", role="text"))
    assert (await client.patch(text, 0, srt))[0] == 204
    described = metadata(filename="The_Big.Film.mp4", av1="1", early_release="0", text_uploads=text.rpartition("/")[2])
    url = await client.create(len(film), metadata=described)
    assert (await client.patch(url, 0, film))[0] == 204
    job = await room.settled(JobId(url.rpartition("/")[2]))
    assert (job.state, job.source_name, job.size_bytes) == ("ordered", "The_Big.Film.mp4", len(film))
    order = room.transcode.orders()[0]
    assert order.codecs == ("h264", "av1")
    assert not order.early_release
    assert order.source_sha256 == hashlib.sha256(film).hexdigest()
    assert order.inspection.analysis is not None
    assert order.inspection.analysis.frame_count == 50
    assert [(one.language, one.form, one.label) for one in order.side_text] == [("de", "srt", "Deutsch")]
    assert await room.blobs.get(order.side_text[0].blob_key) == srt
    assert room.catalogue.titles[order.title_id].name == "The Big Film"
    assert await client.offset(url) == len(film)


async def test_a_refused_film_takes_its_draft_title_back(client: Client, room: IngestRoom) -> None:
    url = await client.create(5, metadata=metadata(filename="x.mp4"))
    await client.patch(url, 0, b"hello")
    job = await room.settled(JobId(url.rpartition("/")[2]))
    assert job.state == "refused"
    assert job.inspection is not None
    assert [one.code for one in job.inspection.findings] == ["unreadable"]
    await until(lambda: not room.catalogue.titles and room.spooled() == [])


async def test_creation_may_carry_the_whole_film(client: Client, room: IngestRoom, tmp_path: Path) -> None:
    film = make_film(tmp_path / "f.mkv", *picture(1), *X264).read_bytes()
    status, headers, body = await client.send(
        "POST",
        client.uploads,
        data=film,
        headers={**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Length": str(len(film))},
    )
    assert (status, headers.get("Upload-Offset")) == (201, str(len(film))), body
    assert (await room.settled(JobId(headers["Location"].rpartition("/")[2]))).state == "ordered"


async def test_bounds_on_number_size_and_disk(tmp_path: Path, callers: Callers) -> None:
    async with (
        open_ingest(tmp_path / "data", open_uploads=2, max_upload_bytes=1 << 40) as room,
        served(room, callers) as client,
    ):
        head = {**TUS}
        assert (await client.send("POST", client.uploads, headers={**head, "Upload-Length": str(1 << 41)}))[0] == 413
        assert (await client.send("POST", client.uploads, headers={**head, "Upload-Length": str(1 << 40)}))[0] == 507
        await client.create(10)
        await client.create(10)
        assert (await client.send("POST", client.uploads, headers={**head, "Upload-Length": "10"}))[0] == 429


async def test_a_catalogue_that_is_away_delays_the_job_and_loses_nothing(tmp_path: Path, callers: Callers) -> None:
    film = make_film(tmp_path / "f.mp4", *picture(1), *X264).read_bytes()
    async with open_ingest(tmp_path / "data", sweep_seconds=0.1) as room, served(room, callers) as client:
        url = await client.create(len(film))
        room.catalogue.away = True
        assert (await client.patch(url, 0, film))[0] == 204
        assert (await room.ingest.jobs()).items == ()
        room.catalogue.away = False
        async with asyncio.timeout(10):
            while not (await room.ingest.jobs()).items:
                await asyncio.sleep(0.02)
        assert (await room.settled(JobId(url.rpartition("/")[2]))).state == "ordered"


async def test_strangers_may_not_upload(client: Client, callers: Callers) -> None:
    for headers in ({}, callers.stranger):
        async with client.session.post(client.uploads, headers={**TUS, "Upload-Length": "1", **headers}) as answer:
            assert answer.status == 401


@pytest.mark.parametrize(
    "header", [" ,", "a b c", "filename %%%", "filename YQ==,filename YQ==", "title_id YQ==", "av1 Mg=="]
)
async def test_malformed_metadata_is_refused(client: Client, header: str) -> None:
    status, _, body = await client.send(
        "POST", client.uploads, headers={**TUS, "Upload-Length": "1", "Upload-Metadata": header}
    )
    assert status == 400, body


async def test_a_full_disk_is_told_and_what_fitted_is_kept(killable: Callable[..., Killable], callers: Callers) -> None:
    server = killable()
    server.start()
    await server.accepting()
    assert server.process is not None
    limit = 2_000_000
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    async with aiohttp.ClientSession() as session:
        client = Client(session, server.base, callers.operator)
        url = await client.create(5_000_000, headers={"Upload-Concat": "partial"})
        status, _, body = await client.patch(url, 0, b"x" * 5_000_000)
        assert status == 507, body
        assert await client.offset(url) == limit
