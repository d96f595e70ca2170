"""The tus 1.0 protocol: headers in, headers out, bytes streamed straight to the disk."""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog

from matinee.host.problems import problem_headers, problem_of
from matinee.kit.errors import InternalError, InvalidError, MatineeError, NotFoundError
from matinee.kit.tracing import join_trace
from matinee.services.ingest.ports import ChecksumMismatchError, Upload
from matinee.services.ingest.service.names import MAX_METADATA_CHARACTERS, parse_metadata
from matinee.services.ingest.service.refusals import PartsError, StorageFullError, UploadLengthError
from matinee.services.ingest.service.uploads import CHECKSUM_ALGORITHMS, Checksum, Uploads

VERSION = "1.0.0"
UPLOADS_PATH = "/api/v1/uploads"
_EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination,concatenation"
_CHUNK_TYPE = "application/offset+octet-stream"
_PATIENCE_BYTES = 16 * 1024
_MAX_CONCAT_CHARACTERS = 8192
_WHOLE = re.compile(r"[0-9]{1,19}")
_METHODS = frozenset({"OPTIONS", "POST", "HEAD", "PATCH", "DELETE"})
_log = structlog.get_logger()
Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class TusVersionError(InvalidError):
    """The client speaks another version of the protocol."""

    code = "tus-version"
    title = "Another protocol version"


class ChunkTypeError(InvalidError):
    """The chunk's media type is not the one that tus asks for."""

    code = "chunk-type"
    title = "The chunk has another media type"


class MethodNotAllowedError(InvalidError):
    """Not a method of tus."""

    code = "method"
    title = "The method is not allowed here"


class SlowClientError(InvalidError):
    """The client stopped sending, or sends too slowly; what arrived is kept."""

    code = "slow-client"
    title = "The bytes come too slowly"


# The few answers that tus wants to differ from our categories.
_STATUSES: dict[type[MatineeError], int] = {
    TusVersionError: 412,
    ChunkTypeError: 415,
    MethodNotAllowedError: 405,
    SlowClientError: 408,
    ChecksumMismatchError: 460,
    StorageFullError: 507,
}


class ClientGoneError(Exception):
    """The connection ended in the middle; nobody is there to be answered."""


def _whole(text: str | None, what: str) -> int:
    if text is None or not _WHOLE.fullmatch(text):
        raise UploadLengthError(f"{what} is a whole number of bytes, 0 or more.")
    return int(text)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _checksum(header: str | None) -> Checksum | None:
    if header is None:
        return None
    algorithm, _, encoded = header.partition(" ")
    if algorithm not in CHECKSUM_ALGORITHMS:
        raise InvalidError(f"Upload-Checksum may use: {', '.join(CHECKSUM_ALGORITHMS)}.")
    try:
        return Checksum(algorithm, base64.b64decode(encoded.strip(), validate=True))
    except binascii.Error as error:
        raise InvalidError("Upload-Checksum holds the digest in Base64.") from error


def _part_ids(header: str) -> tuple[str, ...]:
    """Return the identifiers in `final;URL URL…`, absolute or relative."""
    ids = []
    for url in header.removeprefix("final;").split():
        folder, _, name = urlsplit(url).path.rpartition("/")
        if folder not in {UPLOADS_PATH, ""}:
            raise PartsError("Upload-Concat names uploads of this server.")
        ids.append(name)
    return tuple(ids)


class _Body:
    """The request's bytes as they come, with a deadline that each 16 KiB push back."""

    def __init__(self, receive: Receive, read_seconds: float) -> None:
        self._receive = receive
        self._read_seconds = read_seconds

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes.

        Raises:
            SlowClientError: when the next 16 KiB do not come in time.
            ClientGoneError: when the connection ends before the body does.
        """
        loop = asyncio.get_running_loop()
        due, gathered = loop.time() + self._read_seconds, 0
        while True:
            try:
                async with asyncio.timeout_at(due):
                    message = await self._receive()
            except TimeoutError as error:
                raise SlowClientError("The next bytes did not come in time; continue where the upload ends.") from error
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            data = message.get("body", b"")
            gathered += len(data)
            if gathered >= _PATIENCE_BYTES:
                due, gathered = loop.time() + self._read_seconds, 0
            if data:
                yield data
            if not message.get("more_body", False):
                return


class TusApp:
    """Answers tus requests. A bare ASGI application, because bodies must never be gathered in memory.

    Args:
        max_size: told to clients as `Tus-Max-Size`, bytes.
        read_seconds: patience with a client that sends nothing.
    """

    def __init__(self, uploads: Uploads, *, max_size: int, read_seconds: float) -> None:
        self._uploads = uploads
        self._max_size = max_size
        self._read_seconds = read_seconds

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        join_trace(headers.get("traceparent"))
        try:
            status, answer = await self._answer(scope, headers, _Body(receive, self._read_seconds))
        except ClientGoneError:
            return
        except MatineeError as error:
            await _refuse(send, error, scope["method"])
            return
        except Exception as error:  # noqa: BLE001  # the edge of the room: anything else is our defect, told as such
            _log.error("upload_crashed", exc_info=error)
            await _refuse(send, InternalError("Something broke on our side; it has been recorded."), scope["method"])
            return
        await _send(send, status, answer, b"")

    async def _answer(self, scope: Any, headers: Mapping[str, str], body: _Body) -> tuple[int, Headers]:
        method = headers.get("x-http-method-override", scope["method"]).upper()
        upload_id = scope["path"].rstrip("/").removeprefix(UPLOADS_PATH).strip("/")
        if method not in _METHODS:
            raise MethodNotAllowedError(f"Uploads know: {', '.join(sorted(_METHODS))}.")
        if method == "OPTIONS":
            return 204, self._abilities()
        if headers.get("tus-resumable") != VERSION:
            raise TusVersionError(f"Send Tus-Resumable: {VERSION}.")
        if method == "POST":
            if upload_id:
                raise NotFoundError("Uploads are made at the address without an identifier.")
            return await self._create(headers, body)
        handlers = {"HEAD": self._head, "PATCH": self._patch, "DELETE": self._delete}
        return await handlers[method](upload_id, headers, body)

    def _abilities(self) -> Headers:
        return [
            (b"tus-version", VERSION.encode()),
            (b"tus-extension", _EXTENSIONS.encode()),
            (b"tus-max-size", str(self._max_size).encode()),
            (b"tus-checksum-algorithm", ",".join(CHECKSUM_ALGORITHMS).encode()),
        ]

    async def _create(self, headers: Mapping[str, str], body: _Body) -> tuple[int, Headers]:
        raw, concat = headers.get("upload-metadata", ""), headers.get("upload-concat", "")
        if len(raw) > MAX_METADATA_CHARACTERS or len(concat) > _MAX_CONCAT_CHARACTERS:
            raise InvalidError("Upload-Metadata or Upload-Concat is too long.")
        metadata = parse_metadata(raw)
        if concat.startswith("final;"):
            upload = await self._uploads.join(part_ids=_part_ids(concat), metadata=metadata, concat=concat)
            return 201, _created(upload)
        if concat not in {"", "partial"}:
            raise PartsError("Upload-Concat is `partial`, or `final;` and a list of uploads.")
        length = _whole(headers.get("upload-length"), "Upload-Length")
        upload = await self._uploads.create(length=length, metadata=metadata, concat=concat)
        answer = _created(upload)
        if headers.get("content-type") == _CHUNK_TYPE:
            progress = await self._append(upload.upload_id, 0, headers, body)
            answer.append((b"upload-offset", str(progress).encode()))
        return 201, answer

    async def _append(self, upload_id: str, offset: int, headers: Mapping[str, str], body: _Body) -> int:
        stated = headers.get("content-length")
        progress = await self._uploads.append(
            upload_id,
            offset=offset,
            length=None if stated is None else _whole(stated, "Content-Length"),
            checksum=_checksum(headers.get("upload-checksum")),
            chunks=body.chunks(),
        )
        return progress.offset

    async def _head(self, upload_id: str, _headers: Mapping[str, str], _body: _Body) -> tuple[int, Headers]:
        progress = await self._uploads.progress(upload_id)
        upload = progress.upload
        answer: Headers = [(b"cache-control", b"no-store"), (b"upload-length", str(upload.length_bytes).encode())]
        if upload.kind != "final" or upload.complete:
            answer.append((b"upload-offset", str(progress.offset).encode()))
        if upload.metadata:
            answer.append((b"upload-metadata", upload.metadata.encode("latin-1")))
        if upload.concat:
            answer.append((b"upload-concat", upload.concat.encode("latin-1")))
        if not upload.complete:
            answer.append((b"upload-expires", _http_date(upload.expires_at).encode()))
        return 200, answer

    async def _patch(self, upload_id: str, headers: Mapping[str, str], body: _Body) -> tuple[int, Headers]:
        if headers.get("content-type") != _CHUNK_TYPE:
            raise ChunkTypeError(f"A chunk has Content-Type: {_CHUNK_TYPE}.")
        offset = _whole(headers.get("upload-offset"), "Upload-Offset")
        reached = await self._append(upload_id, offset, headers, body)
        return 204, [(b"upload-offset", str(reached).encode())]

    async def _delete(self, upload_id: str, _headers: Mapping[str, str], _body: _Body) -> tuple[int, Headers]:
        await self._uploads.terminate(upload_id)
        return 204, []


def _created(upload: Upload) -> Headers:
    answer: Headers = [(b"location", f"{UPLOADS_PATH}/{upload.upload_id}".encode())]
    if not upload.complete:
        answer.append((b"upload-expires", _http_date(upload.expires_at).encode()))
    return answer


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    every = [(b"tus-resumable", VERSION.encode()), (b"x-content-type-options", b"nosniff")]
    length = [(b"content-length", str(len(body)).encode())] if status != 204 else []  # noqa: PLR2004  # has no body
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *every, *length]})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, error: MatineeError, method: str) -> None:
    problem = problem_of(error)
    status = _STATUSES.get(type(error), problem.status)
    problem = msgspec.structs.replace(problem, status=status)
    headers: Headers = problem_headers(problem)
    if isinstance(error, TusVersionError):
        headers.append((b"tus-version", VERSION.encode()))
    await _send(send, status, headers, b"" if method == "HEAD" else msgspec.json.encode(problem))
