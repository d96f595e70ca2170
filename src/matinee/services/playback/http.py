"""Playback over HTTP."""

from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from matinee.contracts.playback import ClearKeyLicence, ClearKeyRequest, StreamGrant
from matinee.host.problems import Problem
from matinee.kit.ids import TitleId
from matinee.kit.passport import EVERYONE, Passport
from matinee.kit.signing import TokenError
from matinee.services.playback.service import PlaybackService

Rules = NamedDependency[PlaybackService]
Caller = NamedDependency[Passport]
AnyRequest = Request[Any, Any, Any]
ANYBODY = {"roles": EVERYONE}
# Both answers hold secrets of one caller.
SECRET = {"Cache-Control": "no-store", "Vary": "Cookie, Authorization"}
_BEARER = "Bearer "
_MAX_REQUEST_BYTES = 8 * 1024


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the documentation of problem answers with these statuses."""
    return {s: ResponseSpec(Problem, description="Problem details", generate_examples=False) for s in statuses}


@get(
    "/stream",
    summary="Press play",
    operation_id="openStream",
    tags=["playback"],
    opt=ANYBODY,
    responses=problems(400, 403, 404, 409, 503),
)
async def open_stream(
    playback: Rules,
    passport: Caller,
    movie_id: Annotated[str, QueryParameter(min_length=1, max_length=64, description="a film or an episode")],
) -> Response[StreamGrant]:
    """Return where to play a title from, on every edge, with the token for its licence."""
    grant = await playback.open_stream(title_id=TitleId(movie_id), passport=passport)
    return Response(grant, headers=SECRET)


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


def routes(service: PlaybackService) -> tuple[ControllerRouterHandler, ...]:
    """Return playback's routes, below `/api/v1`."""

    def playback() -> PlaybackService:
        return service

    provided = {"playback": Provide(playback, sync_to_thread=False)}
    return (Router("/", route_handlers=[open_stream, licence], dependencies=provided),)
