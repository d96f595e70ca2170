"""What editors do with titles."""

from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import HeaderParameter, JSONBody, QueryParameter

from matinee.contracts.catalogue import NewTitle, Title, TitleChange
from matinee.contracts.metadata import GENRES
from matinee.host.http import problems
from matinee.kit.ids import TitleId
from matinee.services.catalogue.http.common import FRESH, STAFF, STUDIO, AnyRequest, PathId, Rules, tagged, version_of
from matinee.services.catalogue.service import CatalogueService
from matinee.services.catalogue.views import GenreNames, RatingAges, TitleCard, TitleList, card, rating_ages


async def staff_card(catalogue: CatalogueService, title: Title) -> TitleCard:
    """Return a title's card as editors see it."""
    return card(title, await catalogue.playable_series(titles=(title,), viewer=STAFF))


class WordsController(Controller):
    """What editors choose from."""

    path = "/studio"
    tags = ("studio",)
    opt = STUDIO

    @get("/genres", summary="All genres", operation_id="listAllGenres", opt=STUDIO, responses=problems(401))
    async def genres(self, request: AnyRequest) -> Response[GenreNames]:
        """Return the twenty genres that have shelves; other words are tags."""
        return tagged(request, GenreNames(items=GENRES))

    @get("/ratings", summary="All ratings", operation_id="listRatings", opt=STUDIO, responses=problems(401))
    async def ratings(self, request: AnyRequest) -> Response[RatingAges]:
        """Return the labels of each board with the age in years that they stand for."""
        return tagged(request, rating_ages())


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
        series = await catalogue.playable_series(titles=page.items, viewer=STAFF)
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
        title = await catalogue.change_title(title_id=TitleId(title_id), change=data, if_version=version_of(if_match))
        return await staff_card(catalogue, title)

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
