"""What viewers see."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.params import QueryParameter

from matinee.contracts.catalogue import ArtworkKind, Title
from matinee.host.http import problems
from matinee.kit.ids import TitleId
from matinee.services.catalogue.http.common import (
    ANYBODY,
    PICTURE,
    SIMILAR,
    VARY,
    AnyRequest,
    Caller,
    PathId,
    PathKind,
    Reads,
    Rules,
    matches,
    tagged,
)
from matinee.services.catalogue.library import PersonPage
from matinee.services.catalogue.views import BrowseView, GenreList, TitleDetail, browse_view, detail
from matinee.services.catalogue.visibility import viewer_of

_YEAR_SECONDS = 31_536_000


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
        return tagged(request, browse_view(page, series))

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
        library: Reads,
        passport: Caller,
        title_id: PathId,
    ) -> Response[TitleDetail]:
        """Return one title with its qualities, tracks, people, what is similar and, of a series, its episodes."""
        viewer = viewer_of(passport)
        title = await catalogue.visible_title(title_id=TitleId(title_id), viewer=viewer)
        episodes = (
            () if title.kind != "series" else await catalogue.visible_episodes(series_id=title.title_id, viewer=viewer)
        )
        similar = await library.similar(title_id=title.title_id, viewer=viewer, limit=SIMILAR)
        return tagged(request, detail(title, episodes, similar))

    @get("/genres", summary="Genres with titles", operation_id="listGenres", opt=ANYBODY, responses=problems(503))
    async def genres(self, request: AnyRequest, library: Reads, passport: Caller) -> Response[GenreList]:
        """Return the genres of which the caller can see playable titles, most titles first."""
        return tagged(request, GenreList(items=await library.genres(viewer=viewer_of(passport))))

    @get(
        "/people/{person_id:str}",
        summary="Somebody's titles",
        operation_id="readPerson",
        opt=ANYBODY,
        responses=problems(404, 503),
    )
    async def person(
        self, request: AnyRequest, library: Reads, passport: Caller, person_id: PathId
    ) -> Response[PersonPage]:
        """Return what somebody did in films and series that the caller can see, newest first."""
        return tagged(request, await library.person(person_id=person_id, viewer=viewer_of(passport)))

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
        if kind in title.artwork and matches(request.headers.get("if-none-match"), tag):
            return Response(b"", status_code=304, headers={**headers, "ETag": tag})
        data = await catalogue.picture(title=title, kind=kind, width=width)
        return Response(data, media_type="image/webp", headers={**headers, "ETag": tag})


def _picture_caching(title: Title, kind: ArtworkKind, digest: str) -> str:
    if not digest or title.artwork.get(kind) != digest:
        return "private, no-cache"
    # A shared cache must not outlive a title's being taken from strangers, so only browsers keep pictures.
    return f"private, max-age={_YEAR_SECONDS}, immutable"
