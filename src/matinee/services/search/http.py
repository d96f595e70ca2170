"""Search over HTTP."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from matinee.contracts.catalogue import Audience, Viewer
from matinee.contracts.searching import MAX_QUERY_CHARACTERS, Found, IndexState, Suggestion
from matinee.host.http import problems
from matinee.kit.passport import ADMINS, EDITORS, EVERYONE, SIGNED_IN, Passport
from matinee.services.search.service import SearchService

Rules = NamedDependency[SearchService]
Caller = NamedDependency[Passport]
Wanted = Annotated[
    str, QueryParameter(name="q", max_length=MAX_QUERY_CHARACTERS, description="what to look for, typos and all")
]
Limit = Annotated[int, QueryParameter(description="items on a page; clamped to what a page may have")]
Continued = Annotated[str | None, QueryParameter(max_length=4096, description="the next_cursor before")]
# What a caller finds depends on who asks, and stands in nobody's cache.
PRIVATE = {"Cache-Control": "private, no-store"}


class Suggestions(msgspec.Struct, frozen=True, kw_only=True):
    """Lines below the search box, best first."""

    items: tuple[Suggestion, ...]


def viewer_of(passport: Passport) -> Viewer:
    """Return how far a caller sees: editors everything, unless they look through a kids profile."""
    if passport.role in EDITORS and not passport.kids:
        return Viewer(audience="operators")
    audience: Audience = "members" if passport.role in SIGNED_IN else "everyone"
    return Viewer(audience=audience, maturity=passport.maturity, territory=passport.territory)


def _encoded(body: msgspec.Struct) -> Response[Any]:
    return Response(msgspec.json.encode(body), media_type="application/json", headers=PRIVATE)


class SearchController(Controller):
    """What viewers ask."""

    path = "/search"
    tags = ("search",)

    @get(summary="Search", operation_id="search", opt={"roles": EVERYONE}, responses=problems(400, 503))
    async def search(
        self, search: Rules, passport: Caller, wanted: Wanted = "", limit: Limit = 20, cursor: Continued = None
    ) -> Response[Found]:
        """Return titles and people that match `q`, best first; typos are forgiven, and the last word may be unfinished.

        A space after the last word says that it is finished.
        """
        return _encoded(await search.search(query=wanted, viewer=viewer_of(passport), limit=limit, cursor=cursor))

    @get(
        "/suggestions",
        summary="Lines below the search box",
        operation_id="suggest",
        opt={"roles": EVERYONE},
        responses=problems(400, 503),
    )
    async def suggestions(
        self, search: Rules, passport: Caller, wanted: Wanted = "", limit: Limit = 8
    ) -> Response[Suggestions]:
        """Return how `q` may go on; nothing for an empty one."""
        return _encoded(Suggestions(items=await search.suggest(query=wanted, viewer=viewer_of(passport), limit=limit)))


class IndexController(Controller):
    """What administrators do."""

    path = "/admin/search"
    tags = ("search",)

    @get(
        summary="How the index stands",
        operation_id="readSearchIndex",
        opt={"roles": ADMINS},
        responses=problems(401, 403),
    )
    async def state(self, search: Rules) -> Response[IndexState]:
        """Return how many titles are in it, its generation, and how far it is behind."""
        return _encoded(await search.state())

    @post(
        "/rebuild",
        summary="Build the index anew",
        operation_id="rebuildSearchIndex",
        status_code=200,
        opt={"roles": ADMINS},
        responses=problems(401, 403, 503),
    )
    async def rebuild(self, search: Rules) -> Response[IndexState]:
        """Build a fresh index beside the serving one; answers once it serves, or after ten seconds."""
        return _encoded(await search.rebuild())


def routes(service: SearchService) -> tuple[ControllerRouterHandler, ...]:
    """Return search's routes, below `/api/v1`."""

    def search() -> SearchService:
        return service

    provided = {"search": Provide(search, sync_to_thread=False)}
    return (Router("/", route_handlers=[SearchController, IndexController], dependencies=provided),)
