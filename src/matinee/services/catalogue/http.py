"""The catalogue over HTTP."""

import hashlib
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, Router, delete, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from matinee.contracts.catalogue import ArtworkKind, NewTitle, PictureError, Title, TitleChange, Viewer
from matinee.host.http import problems
from matinee.kit.errors import InvalidError
from matinee.kit.ids import TitleId
from matinee.kit.passport import EDITORS, EVERYONE, Passport
from matinee.services.catalogue.ports import MAX_PICTURE_BYTES
from matinee.services.catalogue.service import CatalogueService
from matinee.services.catalogue.views import (
    ArtworkChoice,
    BrowseView,
    Candidate,
    CandidateList,
    TitleCard,
    TitleDetail,
    TitleList,
    browse_view,
    card,
    detail,
)
from matinee.services.catalogue.visibility import viewer_of

Rules = NamedDependency[CatalogueService]
Caller = NamedDependency[Passport]
AnyRequest = Request[Any, Any, Any]
PathId = FromPath[str]
PathKind = FromPath[ArtworkKind]
ANYBODY = {"roles": EVERYONE}
STUDIO = {"roles": EDITORS}
# What a caller sees depends on who asks, which these two headers decide at the front door.
VARY = {"Vary": "Cookie, Authorization"}
FRESH = {"Cache-Control": "private, no-cache", **VARY}
PICTURE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
_YEAR_SECONDS = 31_536_000
_STAFF = Viewer(audience="operators")


def _tagged(request: AnyRequest, body: msgspec.Struct) -> Response[Any]:
    """Answer with a strong entity tag over the very bytes, or 304 when the client has them."""
    data = msgspec.json.encode(body)
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    if _matches(request.headers.get("if-none-match"), tag):
        return Response(None, status_code=304, headers={**FRESH, "ETag": tag})
    return Response(data, media_type="application/json", headers={**FRESH, "ETag": tag})


def _matches(header: str | None, tag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 wants for If-None-Match."""
    offered = [part.strip().removeprefix("W/") for part in (header or "").split(",")]
    return tag in offered or offered == ["*"]


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix('"').removesuffix('"')
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004  # versions stay far below
        raise InvalidError('If-Match carries the version of the title in quotes, such as "3".')
    return int(text)


class BrowseController(Controller):
    """What viewers see."""

    tags = ("catalogue",)
    opt = ANYBODY

    @get("/browse", summary="Shelves of titles", operation_id="browse", opt=ANYBODY, responses=problems(503))
    async def browse(
        self,
        request: AnyRequest,
        catalogue: Rules,
        passport: Caller,
    ) -> Response[BrowseView]:
        """Return the page that opens the service: a title to open with, and shelves in a stable order."""
        page, series = await catalogue.shelves(viewer=viewer_of(passport))
        return _tagged(request, browse_view(page, series))

    @get(
        "/titles/{title_id:str}",
        summary="One title",
        operation_id="readTitle",
        opt=ANYBODY,
        responses=problems(404, 503),
    )
    async def read(
        self,
        request: AnyRequest,
        catalogue: Rules,
        passport: Caller,
        title_id: PathId,
    ) -> Response[TitleDetail]:
        """Return one title with its qualities, tracks and, of a series, its episodes."""
        viewer = viewer_of(passport)
        title = await catalogue.visible_title(title_id=TitleId(title_id), viewer=viewer)
        episodes = (
            () if title.kind != "series" else await catalogue.visible_episodes(series_id=title.title_id, viewer=viewer)
        )
        return _tagged(request, detail(title, episodes))

    @get(
        "/titles/{title_id:str}/artwork/{kind:str}",
        summary="A title's picture",
        operation_id="readArtwork",
        opt=ANYBODY,
        media_type="image/webp",
        responses=problems(400, 404, 503),
    )
    async def artwork(
        self,
        request: AnyRequest,
        catalogue: Rules,
        passport: Caller,
        title_id: PathId,
        kind: PathKind,
        width: Annotated[int, QueryParameter(name="w", ge=1, le=10_000, description="wished width in pixels")] = 480,
        digest: Annotated[
            str, QueryParameter(name="v", max_length=64, description="from the card; makes it immutable")
        ] = "",
    ) -> Response[bytes]:
        """Return a picture as WebP in the nearest offered width; it may be kept for ever when `v` is right."""
        title = await catalogue.visible_title(title_id=TitleId(title_id), viewer=viewer_of(passport))
        headers = {**PICTURE, **VARY, "Cache-Control": _picture_caching(title, kind, digest)}
        tag = f'"{title.artwork.get(kind, "")}-{width}"'
        if kind in title.artwork and _matches(request.headers.get("if-none-match"), tag):
            return Response(b"", status_code=304, headers={**headers, "ETag": tag})
        data = await catalogue.picture(title=title, kind=kind, width=width)
        return Response(data, media_type="image/webp", headers={**headers, "ETag": tag})


def _picture_caching(title: Title, kind: ArtworkKind, digest: str) -> str:
    if not digest or title.artwork.get(kind) != digest:
        return "private, no-cache"
    # A shared cache must not outlive a title's being taken from strangers, so only browsers keep pictures.
    return f"private, max-age={_YEAR_SECONDS}, immutable"


class StudioController(Controller):
    """What operators do."""

    path = "/studio/titles"
    tags = ("studio",)

    @get(summary="All titles, newest first", operation_id="listTitles", opt=STUDIO, responses=problems(400, 401, 503))
    async def page(
        self,
        catalogue: Rules,
        limit: Annotated[int, QueryParameter(description="items on a page; clamped to 1 to 100")] = 50,
        cursor: Annotated[str | None, QueryParameter(max_length=512, description="the next_cursor before")] = None,
        wanted: Annotated[str, QueryParameter(name="q", max_length=200, description="part of the name")] = "",
    ) -> Response[TitleList]:
        """Return titles of every audience whose name holds `q`."""
        page = await catalogue.titles(limit=limit, cursor=cursor, query=wanted)
        series = await catalogue.playable_series(titles=page.items, viewer=_STAFF)
        items = tuple(card(title, series) for title in page.items)
        return Response(TitleList(items=items, next_cursor=page.next_cursor), headers=FRESH)

    @post(summary="Create a title", operation_id="createTitle", opt=STUDIO, responses=problems(400, 401, 404, 409, 503))
    async def create(self, catalogue: Rules, data: JSONBody[NewTitle]) -> Response[TitleCard]:
        """Store a film, series or episode; a film goes in by an upload that names the title."""
        title = await catalogue.create_title(new=data)
        location = f"/api/v1/titles/{title.title_id}"
        return Response(card(title, frozenset()), status_code=201, headers={"Location": location})

    @patch(
        "/{title_id:str}",
        summary="Change a title",
        operation_id="changeTitle",
        opt=STUDIO,
        responses=problems(400, 401, 404, 409, 503),
    )
    async def change(
        self,
        catalogue: Rules,
        title_id: PathId,
        data: JSONBody[TitleChange],
        if_match: Annotated[
            str | None, HeaderParameter(name="If-Match", max_length=40, description="version expected")
        ] = None,
    ) -> TitleCard:
        """Change the fields that are sent; the others stay."""
        title = await catalogue.change_title(title_id=TitleId(title_id), change=data, if_version=_version(if_match))
        return await self._card(catalogue, title)

    @delete(
        "/{title_id:str}",
        summary="Remove a title",
        operation_id="deleteTitle",
        opt=STUDIO,
        responses=problems(401, 503),
    )
    async def remove(self, catalogue: Rules, title_id: PathId) -> None:
        """Remove a title, of a series with its episodes; files go a day later."""
        await catalogue.delete_title(title_id=TitleId(title_id))

    @put(
        "/{title_id:str}/artwork/{kind:str}",
        summary="Set a picture",
        operation_id="putArtwork",
        opt=STUDIO,
        request_max_body_size=MAX_PICTURE_BYTES,
        responses=problems(401, 404, 413, 422, 503),
    )
    async def put_artwork(
        self,
        request: AnyRequest,
        catalogue: Rules,
        title_id: PathId,
        kind: PathKind,
    ) -> TitleCard:
        """Take a JPEG, PNG or WebP picture of up to 16 MiB and 40 megapixels as the raw body."""
        if "content-encoding" in request.headers:
            raise PictureError("Send the picture itself, without Content-Encoding.")
        picture = await request.body()
        title = await catalogue.put_artwork(title_id=TitleId(title_id), kind=kind, picture=picture)
        return await self._card(catalogue, title)

    @get(
        "/{title_id:str}/candidates",
        summary="Frames to choose from",
        operation_id="listCandidates",
        opt=STUDIO,
        responses=problems(401, 404, 503),
    )
    async def candidates(self, catalogue: Rules, title_id: PathId) -> CandidateList:
        """Return the frames of the current release that may become artwork, best first."""
        title = await catalogue.title(title_id=TitleId(title_id))
        paths = () if title.release is None else title.release.artwork_paths
        base = f"/api/v1/studio/titles/{title.title_id}/candidates"
        return CandidateList(items=tuple(Candidate(path=p, url=f"{base}/{n}") for n, p in enumerate(paths)))

    @get(
        "/{title_id:str}/candidates/{number:int}",
        summary="One candidate frame",
        operation_id="readCandidate",
        opt=STUDIO,
        media_type="image/jpeg",
        responses=problems(401, 404, 422, 503),
    )
    async def candidate(self, catalogue: Rules, title_id: PathId, number: FromPath[int]) -> Response[bytes]:
        """Return a candidate frame as JPEG."""
        data = await catalogue.candidate(title_id=TitleId(title_id), number=number)
        return Response(data, media_type="image/jpeg", headers={**PICTURE, **FRESH})

    @post(
        "/{title_id:str}/artwork/{kind:str}/choice",
        summary="Choose a frame",
        operation_id="chooseArtwork",
        opt=STUDIO,
        status_code=200,
        responses=problems(401, 404, 422, 503),
    )
    async def choose(
        self,
        catalogue: Rules,
        title_id: PathId,
        kind: PathKind,
        data: JSONBody[ArtworkChoice],
    ) -> TitleCard:
        """Make a candidate frame the poster or the backdrop."""
        title = await catalogue.choose_artwork(
            title_id=TitleId(title_id), kind=kind, candidate_path=data.candidate_path
        )
        return await self._card(catalogue, title)

    async def _card(self, catalogue: CatalogueService, title: Title) -> TitleCard:
        return card(title, await catalogue.playable_series(titles=(title,), viewer=_STAFF))


def routes(service: CatalogueService) -> tuple[ControllerRouterHandler, ...]:
    """Return the catalogue's routes, below `/api/v1`."""

    def catalogue() -> CatalogueService:
        return service

    provided = {"catalogue": Provide(catalogue, sync_to_thread=False)}
    return (Router("/", route_handlers=[BrowseController, StudioController], dependencies=provided),)
