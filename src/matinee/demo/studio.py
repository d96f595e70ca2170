"""The studio's HTTP interface, as far as the demo needs it, with the patience that a starting service asks for."""

import asyncio
import math
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

from matinee.contracts.catalogue import ArtworkKind, NewTitle
from matinee.contracts.ingest import ImportFile
from matinee.kit.clock import Clock
from matinee.kit.errors import InternalError, UnavailableError

_CALL_SECONDS = 30.0
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_ANSWER_BYTES = 4 * 1024 * 1024
_NOT_FOUND = 404
_TOO_MANY = 429
_SERVER_FAULT = 500
_REFUSED = 400


class StudioAwayError(UnavailableError):
    """The service did not answer within the time given."""

    code = "demo-studio-away"
    title = "The service does not answer"


class StudioRefusedError(InternalError):
    """The service refused something that the demo believes to be right."""

    code = "demo-studio-refused"
    title = "The service refused a demo title"


class Seen(msgspec.Struct, frozen=True):
    """What the demo needs of a title card."""

    title_id: str
    name: str
    kind: str
    playable: bool = False
    complete: bool | None = None


class _Page(msgspec.Struct, frozen=True):
    items: tuple[Seen, ...]


class _Order(msgspec.Struct, frozen=True):
    state: str = "queued"


class _JobView(msgspec.Struct, frozen=True):
    job_id: str
    state: str = "inspecting"
    order: _Order | None = None


class Studio:
    """Calls with the operator's key. Use as an async context manager.

    Args:
        base_url: the gateway, such as `http://127.0.0.1:8400`.
        operator_key: sent as a bearer token, never logged.
        clock: for deadlines.
        patience_seconds: how long one call keeps trying while the service is away, starting or busy.
    """

    def __init__(self, *, base_url: str, operator_key: str, clock: Clock, patience_seconds: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {operator_key}"}
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=_CALL_SECONDS)
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def create(self, new: NewTitle) -> str:
        """Create a title, or find the one of that name and kind that an earlier start has left; return its id."""
        found = await self._named(new)
        if found is not None:
            return found.title_id
        answer = await self._call("POST", "/api/v1/studio/titles", json=msgspec.to_builtins(new))
        return msgspec.json.decode(answer, type=Seen).title_id

    async def _named(self, new: NewTitle) -> Seen | None:
        answer = await self._call("GET", "/api/v1/studio/titles", query={"q": new.name, "limit": "100"})
        page = msgspec.json.decode(answer, type=_Page)
        return next((item for item in page.items if (item.name, item.kind) == (new.name, new.kind)), None)

    async def is_empty(self) -> bool:
        """Return whether the catalogue has no titles at all."""
        answer = await self._call("GET", "/api/v1/studio/titles", query={"limit": "1"})
        return not msgspec.json.decode(answer, type=_Page).items

    async def title(self, title_id: str) -> Seen | None:
        """Return a title, None when it is gone."""
        answer = await self._ask("GET", f"/api/v1/titles/{title_id}")
        return None if answer is None else msgspec.json.decode(answer, type=Seen)

    async def put_artwork(self, title_id: str, kind: ArtworkKind, path: Path) -> None:
        """Upload a picture."""
        picture = await asyncio.to_thread(path.read_bytes)
        media = "image/png" if path.suffix == ".png" else "image/jpeg"
        await self._call("PUT", f"/api/v1/studio/titles/{title_id}/artwork/{kind}", body=picture, media=media)

    async def import_file(self, request: ImportFile) -> str:
        """Have the service take a file from its disk; return the job's id."""
        answer = await self._call("POST", "/api/v1/studio/imports", json=msgspec.to_builtins(request))
        return msgspec.json.decode(answer, type=_JobView).job_id

    async def job_state(self, job_id: str) -> str | None:
        """Return the state of a job, or of its work order once it has one; None when there is no such job."""
        answer = await self._ask("GET", f"/api/v1/studio/jobs/{job_id}")
        if answer is None:
            return None
        job = msgspec.json.decode(answer, type=_JobView)
        return job.order.state if job.order else job.state

    async def retry_job(self, job_id: str) -> None:
        """Let a failed job try again."""
        await self._ask("POST", f"/api/v1/studio/jobs/{job_id}/retry")

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        json: object = None,
        body: bytes | None = None,
        media: str = "application/json",
    ) -> bytes:
        """Return the body of a good answer.

        Raises:
            StudioAwayError: when there was no answer in time.
            StudioRefusedError: for an answer that trying again cannot mend.
        """
        data = msgspec.json.encode(json) if json is not None else body
        answer = await self._ask(method, path, query=query, data=data, media=media)
        if answer is None:
            raise StudioRefusedError(f"{method} {path} was answered with 404.")
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        data: bytes | None = None,
        media: str = "application/json",
    ) -> bytes | None:
        """Try until there is an answer; None for 404. Pauses double from 0.2 to 5 seconds."""
        until = self._clock.monotonic() + self._patience_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            status, answer = await self._try(method, path, query=query, data=data, media=media)
            if status < _REFUSED:
                return answer
            if status == _NOT_FOUND:
                return None
            if status < _SERVER_FAULT and status != _TOO_MANY:
                said = answer[:400].decode(errors="replace")
                raise StudioRefusedError(f"{method} {path} was answered with {status}: {said}")
            if self._clock.monotonic() + pause > until:
                raise StudioAwayError(f"{method} {path} had no answer in {self._patience_seconds:g} s.")
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _try(
        self, method: str, path: str, *, query: dict[str, str] | None, data: bytes | None, media: str
    ) -> tuple[float, bytes]:
        """Return status and body of one attempt; infinity when nothing came back."""
        if self._session is None:
            raise StudioAwayError("The studio is used outside of its context.")
        headers = {"Content-Type": media} if data is not None else {}
        try:
            url = f"{self._base_url}{path}"
            async with self._session.request(method, url, params=query, data=data, headers=headers) as response:
                return response.status, await _bounded(response.content)
        except (aiohttp.ClientError, TimeoutError):
            return math.inf, b""


async def _bounded(stream: aiohttp.StreamReader) -> bytes:
    """Return a body whole.

    Raises:
        StudioRefusedError: when it is longer than any honest answer.
    """
    body = bytearray()
    async for piece in stream.iter_any():
        body += piece
        if len(body) > _ANSWER_BYTES:
            raise StudioRefusedError(f"An answer was longer than {_ANSWER_BYTES} bytes.")
    return bytes(body)
