"""Playback over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from matinee.contracts.catalogue import SignInNeededError
from matinee.contracts.playback import ClearKeyLicence, ClearKeyRequest, StreamGrant, StreamProgress
from matinee.host.hot import whole_body
from matinee.host.http import API_PREFIX, SessionExpiredError, problems
from matinee.host.module import HotAnswer, HotHandler
from matinee.kit.errors import InvalidError
from matinee.kit.ids import AccountId, SessionId, TitleId
from matinee.kit.passport import EVERYONE, SIGNED_IN, SUPPORT, Passport
from matinee.kit.signing import TokenError
from matinee.services.playback.service import PlaybackService
from matinee.services.playback.views import StreamEnd, StreamList, member_only, stream_view

Rules = NamedDependency[PlaybackService]
Caller = NamedDependency[Passport]
AnyRequest = Request[Any, Any, Any]
ANYBODY = {"roles": EVERYONE}
MEMBERS = {"roles": SIGNED_IN}
STAFF = {"roles": SUPPORT}
# Both answers hold secrets of one caller.
SECRET = {"Cache-Control": "no-store", "Vary": "Cookie, Authorization"}
_BEARER = "Bearer "
_NOTHING = HotAnswer(204, [])
_report = msgspec.json.Decoder(StreamProgress)
_MAX_REQUEST_BYTES = 8 * 1024


@contextmanager
def _renewable(passport: Passport) -> Iterator[None]:
    """Tell who came with a session that has run out to renew it, rather than to sign in."""
    try:
        yield
    except SignInNeededError as error:
        if passport.expired:
            raise SessionExpiredError("Your session has expired or ended; renew it or sign in again.") from error
        raise


@get(
    "/stream",
    summary="Press play",
    operation_id="openStream",
    tags=["playback"],
    opt=ANYBODY,
    responses=problems(400, 401, 403, 404, 409, 503),
)
async def open_stream(
    request: AnyRequest,
    playback: Rules,
    passport: Caller,
    movie_id: Annotated[str, QueryParameter(min_length=1, max_length=64, description="a film or an episode")],
    codecs: Annotated[
        str, QueryParameter(pattern=r"^[a-z0-9,]{0,100}$", description="what the device decodes, such as h264,av1")
    ] = "",
) -> Response[StreamGrant]:
    """Return where to play a title from, on every edge, with the token for its licence."""
    with _renewable(passport):
        grant = await playback.open_stream(
            title_id=TitleId(movie_id),
            passport=passport,
            user_agent=request.headers.get("user-agent", ""),
            codecs=tuple(codec for codec in codecs.split(",") if codec),
        )
    return Response(grant, headers=SECRET)


@post(
    "/stream/progress",
    summary="Still playing",
    operation_id="reportProgress",
    tags=["playback"],
    opt=ANYBODY,
    status_code=204,
    request_max_body_size=_MAX_REQUEST_BYTES,
    responses=problems(400, 401, 410, 413, 503),
)
async def progress(playback: Rules, passport: Caller, data: JSONBody[StreamProgress]) -> None:
    """Keep a stream's place and where it is; durable when answered. Send it every `heartbeat_seconds` of the grant."""
    with _renewable(passport):
        await playback.progress(progress=data, passport=passport)


@post(
    "/stream/end",
    summary="Stopped playing",
    operation_id="endStream",
    tags=["playback"],
    opt=ANYBODY,
    status_code=204,
    responses=problems(400, 401, 503),
)
async def end(playback: Rules, passport: Caller, data: JSONBody[StreamEnd]) -> None:
    """Give the caller's own stream's place back at once."""
    await playback.end_stream(session_id=SessionId(data.session_id), passport=member_only(passport))


@get(
    "/streams",
    summary="Who is watching",
    operation_id="listStreams",
    tags=["playback"],
    opt=MEMBERS,
    responses=problems(401, 403, 503),
)
async def own_streams(playback: Rules, passport: Caller) -> Response[StreamList]:
    """Return what plays now on the caller's account, newest first."""
    found = await playback.streams(account_id=passport.account)
    items = tuple(stream_view(stream, passport) for stream in found)
    return Response(StreamList(items=items), headers=SECRET)


@delete(
    "/streams/{session_id:str}",
    summary="Stop a stream of the account",
    operation_id="stopStream",
    tags=["playback"],
    opt=MEMBERS,
    responses=problems(401, 403, 503),
)
async def stop_own(playback: Rules, passport: Caller, session_id: FromPath[str]) -> None:
    """End a stream on another device of the account, within seconds."""
    await playback.end_stream(session_id=SessionId(session_id), passport=member_only(passport))


@get(
    "/admin/streams",
    summary="Everybody who is watching",
    operation_id="listAllStreams",
    tags=["admin"],
    opt=STAFF,
    responses=problems(400, 401, 403, 503),
)
async def all_streams(
    playback: Rules,
    passport: Caller,
    account_id: Annotated[str, QueryParameter(max_length=64, description="of one account only")] = "",
    limit: Annotated[int, QueryParameter(description="items; clamped to 1 to 1,000")] = 100,
) -> Response[StreamList]:
    """Return what plays now, newest first."""
    found = await playback.streams(account_id=AccountId(account_id) if account_id else None, limit=limit)
    items = tuple(stream_view(stream, passport) for stream in found)
    return Response(StreamList(items=items), headers=SECRET)


@delete(
    "/admin/streams/{session_id:str}",
    summary="Stop anybody's stream",
    operation_id="stopAnyStream",
    tags=["admin"],
    opt=STAFF,
    responses=problems(401, 403, 503),
)
async def stop_any(playback: Rules, passport: Caller, session_id: FromPath[str]) -> None:
    """End a stream now; its player stops within seconds."""
    await playback.end_stream(session_id=SessionId(session_id), passport=passport)


@post(
    "/licences",
    summary="Clear Key licence",
    operation_id="readLicence",
    tags=["playback"],
    opt=ANYBODY,
    status_code=200,
    request_max_body_size=_MAX_REQUEST_BYTES,
    responses=problems(400, 403, 404, 413, 503),
)
async def licence(
    request: AnyRequest,
    playback: Rules,
    passport: Caller,
    data: JSONBody[ClearKeyRequest],
) -> Response[ClearKeyLicence]:
    """Answer a W3C Clear Key request; the grant's licence token goes into `Authorization: Bearer`."""
    header = request.headers.get("authorization", "")
    if not header.startswith(_BEARER):
        raise TokenError("Send the licence token of the stream in Authorization: Bearer.")
    answer = await playback.licence(token=header.removeprefix(_BEARER).strip(), request=data, passport=passport)
    return Response(answer, headers=SECRET)


async def hot_progress(playback: PlaybackService, passport: Passport, receive: Any) -> HotAnswer:
    """Do what `progress` does, without the framework.

    Raises:
        InvalidError: when the body is not a report.
    """
    body = await whole_body(receive, limit_bytes=_MAX_REQUEST_BYTES)
    try:
        report = _report.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidError(f"The body is no report of progress: {error}.") from error
    with _renewable(passport):
        await playback.progress(progress=report, passport=passport)
    return _NOTHING


def hot_routes(service: PlaybackService) -> dict[str, HotHandler]:
    """Return the routes that are answered without the framework."""

    async def report_progress(passport: Passport, _: Any, receive: Any) -> HotAnswer:
        return await hot_progress(service, passport, receive)

    return {f"POST {API_PREFIX}/stream/progress": report_progress}


_HANDLERS = [open_stream, progress, end, own_streams, stop_own, all_streams, stop_any, licence]


def routes(service: PlaybackService) -> tuple[ControllerRouterHandler, ...]:
    """Return playback's routes, below `/api/v1`."""

    def playback() -> PlaybackService:
        return service

    provided = {"playback": Provide(playback, sync_to_thread=False)}
    return (Router("/", route_handlers=_HANDLERS, dependencies=provided),)
