"""Sends a file by tus 1.0, taking up where an earlier attempt stopped."""

import asyncio
import base64
import io
from collections.abc import Callable, Mapping
from pathlib import Path

from matinee.cli.api import Api, ServiceAwayError

CHUNK_BYTES = 8 * 1024 * 1024
ATTEMPTS = 8
_VERSION = {"tus-resumable": "1.0.0"}
_OFFSET_TYPE = {"content-type": "application/offset+octet-stream"}


def _metadata(values: Mapping[str, str]) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


async def upload(api: Api, path: Path, metadata: Mapping[str, str], on_sent: Callable[[int], None]) -> str:
    """Upload a file and return its upload id.

    Args:
        metadata: tus metadata, such as `{"filename": "film.mkv"}`.
        on_sent: told of the bytes that the server has safely.

    Raises:
        ServiceAwayError: when the server stays away over several attempts with growing pauses.
        RefusedError: when the server refuses the upload.
    """
    size = path.stat().st_size
    headers = {**_VERSION, "upload-length": str(size), "upload-metadata": _metadata(metadata)}
    _, answer, _ = await api.call("POST", "/api/v1/uploads", headers=headers)
    location = answer["Location"].removeprefix(api.base_url)
    offset = 0
    failures = 0
    while offset < size:
        try:
            offset = await _send_one(api, location, path, offset)
            failures = 0
        except ServiceAwayError:
            failures += 1
            if failures == ATTEMPTS:
                raise
            await asyncio.sleep(min(2**failures / 4, 10.0))
            offset = await _offset(api, location, offset)
        on_sent(offset)
    return location.rsplit("/", 1)[-1]


async def _send_one(api: Api, location: str, path: Path, offset: int) -> int:
    chunk = await asyncio.to_thread(_read, path, offset)
    headers = {**_VERSION, **_OFFSET_TYPE, "upload-offset": str(offset)}
    _, answer, _ = await api.call("PATCH", location, headers=headers, data=io.BytesIO(chunk))
    return int(answer["Upload-Offset"])


async def _offset(api: Api, location: str, known: int) -> int:
    try:
        _, answer, _ = await api.call("HEAD", location, headers=_VERSION)
    except ServiceAwayError:
        return known
    return int(answer["Upload-Offset"])


def _read(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(CHUNK_BYTES)
