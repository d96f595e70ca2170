"""Contracts over HTTP: one generic client and one generic server for all of them, with no code per room.

A call is `POST /internal/<Contract>/<method>` with a MessagePack map of its keyword arguments. Headers carry the
remaining time, the trace, and who calls, signed. An error travels as its code and comes out as the same class.
"""

import inspect
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_type_hints

import aiohttp
import msgspec
import structlog

from matinee.host.problems import CATEGORIES, category_of
from matinee.kit.deadline import deadline, remaining_seconds
from matinee.kit.errors import (
    DeadlineError,
    InternalError,
    InvalidError,
    MatineeError,
    NotFoundError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
)
from matinee.kit.signing import SigningKey, TokenError, Verifier
from matinee.kit.tracing import join_trace, traceparent

INTERNAL_PREFIX = "/internal/"
DEFAULT_SECONDS = 30.0
MAX_CALL_BYTES = 32 * 1024 * 1024
_DEADLINE_HEADER = "x-matinee-remaining-ms"
_CALLER_HEADER = "x-matinee-caller"
_CALLER_LIFE = timedelta(seconds=60)
_log = structlog.get_logger()
C = TypeVar("C")


class RoomAwayError(UnavailableError):
    """The process that runs the room cannot be reached."""

    code = "room-away"
    title = "A part of the service is away"


class Caller(msgspec.Struct, frozen=True, tag="caller", kw_only=True):
    """Which process calls, signed with the deployment's `rooms` key."""

    process: str
    expires_at: int


class WireError(msgspec.Struct, frozen=True, kw_only=True):
    """A `MatineeError` on the wire."""

    code: str
    category: str
    detail: str
    facts: dict[str, str | int | float | bool | None]


@dataclass(frozen=True)
class Operation:
    """One method of a contract, with its argument and result types."""

    name: str
    arguments: type[msgspec.Struct]
    result: Any


def operations_of(contract: type) -> dict[str, Operation]:
    """Return the methods of a contract protocol by name; each has keyword-only, fully annotated arguments."""
    return {
        name: _operation(name, function)
        for name, function in vars(contract).items()
        if inspect.iscoroutinefunction(function) and not name.startswith("_")
    }


def _operation(name: str, function: Callable[..., Any]) -> Operation:
    hints = get_type_hints(function, include_extras=True)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.default is inspect.Parameter.empty:
            fields.append((parameter.name, hints[parameter.name]))
        else:
            fields.append((parameter.name, hints[parameter.name], parameter.default))
    arguments = msgspec.defstruct(f"{name}_arguments", fields, kw_only=True, forbid_unknown_fields=True)
    return Operation(name=name, arguments=arguments, result=hints["return"])


class CallerSigner:
    """Signs who we are, once for many calls."""

    def __init__(self, process: str, key: SigningKey) -> None:
        self._process = process
        self._key = key
        self._token = ""
        self._renew_at = datetime.min.replace(tzinfo=UTC)

    def token(self) -> str:
        """Return a token with at least half of its life left."""
        now = datetime.now(UTC)
        if now >= self._renew_at:
            expires_at = int((now + _CALLER_LIFE).timestamp())
            self._token = self._key.sign(Caller(process=self._process, expires_at=expires_at))
            self._renew_at = now + _CALLER_LIFE / 2
        return self._token


def remote(contract: type[C], base_url: str, http: aiohttp.ClientSession, signer: CallerSigner) -> C:
    """Return an implementation of `contract` that calls the process at `base_url`."""
    methods = {
        name: _caller(f"{base_url}{INTERNAL_PREFIX}{contract.__name__}/{name}", operation, http, signer)
        for name, operation in operations_of(contract).items()
    }
    proxy: C = type(f"Remote{contract.__name__}", (), methods)()
    return proxy


def _caller(url: str, operation: Operation, http: aiohttp.ClientSession, signer: CallerSigner) -> Callable[..., Any]:
    async def call(_self: object, **arguments: Any) -> Any:
        body = msgspec.msgpack.encode(operation.arguments(**arguments))
        async with deadline(DEFAULT_SECONDS):
            headers = {
                _DEADLINE_HEADER: str(int(remaining_seconds(DEFAULT_SECONDS) * 1000)),
                _CALLER_HEADER: signer.token(),
                "traceparent": traceparent(),
                "content-type": "application/msgpack",
            }
            try:
                async with http.post(url, data=io.BytesIO(body), headers=headers) as response:
                    answer = await response.read()
                    status = response.status
            except (aiohttp.ClientError, OSError) as error:
                raise RoomAwayError(f"The process behind {operation.name} does not answer.") from error
        if status != 200:  # noqa: PLR2004  # the wire has two outcomes
            raise _error_from(answer)
        return msgspec.msgpack.decode(answer, type=operation.result)

    return call


def _known_errors(root: type[MatineeError] = MatineeError) -> dict[str, type[MatineeError]]:
    known = {root.code: root}
    for child in root.__subclasses__():
        known.update(_known_errors(child))
    return known


def _error_from(answer: bytes) -> MatineeError:
    try:
        wire = msgspec.msgpack.decode(answer, type=WireError)
    except msgspec.DecodeError:
        return RoomAwayError("The process behind the call answered with something else.")
    categories = {kind.code: kind for kind in CATEGORIES}
    kind = _known_errors().get(wire.code) or categories.get(wire.category, InternalError)
    return kind(wire.detail, **wire.facts)


class ContractServer:
    """Answers calls to the contracts that this process provides; a bare ASGI application below `/internal/`."""

    def __init__(self, provided: Mapping[type, object], rooms_public_key: bytes) -> None:
        self._verifier = Verifier(rooms_public_key, Caller, remembered=256)
        self._routes = {
            f"{INTERNAL_PREFIX}{contract.__name__}/{name}": (getattr(implementation, name), operation)
            for contract, implementation in provided.items()
            for name, operation in operations_of(contract).items()
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        join_trace(headers.get("traceparent"))
        status, body = await self._outcome(scope["path"], headers, receive)
        start = {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"application/msgpack")],
        }
        await send(start)
        await send({"type": "http.response.body", "body": body})

    async def _outcome(self, path: str, headers: Mapping[str, str], receive: Any) -> tuple[int, bytes]:
        try:
            return 200, await self._answer(path, headers, receive)
        except MatineeError as error:
            return 500, _wire(error)
        except Exception as error:  # noqa: BLE001  # the last line of defence: a defect must reach the caller as one
            _log.error("internal_call_crashed", path=path, exc_info=error)
            return 500, _wire(InternalError(f"{type(error).__name__} in {path}."))

    async def _answer(self, path: str, headers: Mapping[str, str], receive: Any) -> bytes:
        try:
            self._verifier.verify(headers.get(_CALLER_HEADER, ""), now=datetime.now(UTC))
        except TokenError as error:
            raise UnauthenticatedError("Only the service's own processes may call this.") from error
        if path not in self._routes:
            raise NotFoundError("There is no such internal call here.")
        method, operation = self._routes[path]
        try:
            arguments = msgspec.msgpack.decode(await _body(receive), type=operation.arguments)
        except msgspec.DecodeError as error:
            raise InvalidError(f"The arguments do not fit: {error}.") from error
        async with deadline(_seconds(headers)):
            result = await method(**msgspec.structs.asdict(arguments))
        return msgspec.msgpack.encode(result)


def _seconds(headers: Mapping[str, str]) -> float:
    text = headers.get(_DEADLINE_HEADER, "")
    if not text.isdecimal():
        return DEFAULT_SECONDS
    if int(text) == 0:
        raise DeadlineError("The caller's time was over before the call began.")
    return min(int(text) / 1000, DEFAULT_SECONDS)


async def _body(receive: Any) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidError("The caller went away in mid-call.")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > MAX_CALL_BYTES:
            raise TooLargeError(f"A call has at most {MAX_CALL_BYTES} bytes.")
        if not message.get("more_body"):
            return b"".join(pieces)


def _wire(error: MatineeError) -> bytes:
    category = category_of(error).code
    return msgspec.msgpack.encode(
        WireError(code=error.code, category=category, detail=error.detail, facts=dict(error.facts))
    )
