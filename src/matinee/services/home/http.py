"""The home page over HTTP.

`GET /home` is asked more often than everything else together, so it has a bare way beside its handler (host/hot.py).
"""

from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.router import Router
from litestar.types import ControllerRouterHandler

from matinee.contracts.library import Card
from matinee.host.http import API_PREFIX, problems
from matinee.host.module import HotAnswer, HotHandler
from matinee.kit.errors import InvalidError
from matinee.kit.passport import EVERYONE, Passport
from matinee.services.home.service.home import HomeService
from matinee.services.home.service.items import Item

Rules = NamedDependency[HomeService]
Caller = NamedDependency[Passport]
ANYBODY = {"roles": EVERYONE}
HOME = "/home"
DEFAULT_ROWS, DEFAULT_ITEMS = 10, 40
_JSON = "application/json"
# What a page holds depends on who asks, and changes with everything that they watch.
_OWN = {"Cache-Control": "private, no-store"}
_HEADERS = [(b"content-type", _JSON.encode()), (b"cache-control", b"private, no-store")]
_MAX_CURSOR = 2_048
_MAX_DIGITS = 9  # of a number that is clamped


class Because(msgspec.Struct, frozen=True):
    """The title that a row is because of."""

    title_id: str
    name: str


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        row_id: continue-watching, my-list, top-10, trending, new, hot, because-<title>, genre-<slug> or coming-soon.
        kind: continue, list, top, trending, new, hot, because, genre or coming.
        source: fresh, cached, stale (something newer cannot be had now), generic (what is popular stands in).
    """

    row_id: str
    name: str
    kind: str
    reason: str | None
    because: Because | None
    source: str
    items: tuple[Item, ...]


class HomeView(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a page. `left_out`: rows that could not be had in time; `featured`: with the first rows only."""

    featured: Card | None
    rows: tuple[RowView, ...]
    next_cursor: str | None
    left_out: tuple[str, ...]
    page_id: str


class OneRowView(msgspec.Struct, frozen=True, kw_only=True):
    """More of one row."""

    row: RowView
    next_cursor: str | None


PageCursor = Annotated[str, QueryParameter(max_length=_MAX_CURSOR, description="where the last answer ended")]


@get(HOME, summary="The home page", operation_id="readHome", tags=["home"], opt=ANYBODY, responses=problems(400, 503))
async def read_home(
    home: Rules,
    passport: Caller,
    limit: Annotated[int, QueryParameter(description="rows; clamped to 1 to 20")] = DEFAULT_ROWS,
    cursor: PageCursor = "",
) -> Response[HomeView]:
    """Return rows for whoever asks; along a cursor, rows neither move nor repeat. Parts may be missing."""
    return _answer(await home.page(passport=passport, limit=limit, cursor=cursor or None))


@get(
    "/home/rows/{row_id:str}",
    summary="More of one row",
    operation_id="readHomeRow",
    tags=["home"],
    opt=ANYBODY,
    responses=problems(400, 401, 403, 404, 503),
)
async def read_row(
    home: Rules,
    passport: Caller,
    row_id: FromPath[str],
    limit: Annotated[int, QueryParameter(description="titles; clamped to 1 to 200")] = DEFAULT_ITEMS,
    cursor: PageCursor = "",
) -> Response[OneRowView]:
    """Return titles of one row, up to 200 in all."""
    return _answer(await home.row(passport=passport, row_id=row_id, limit=limit, cursor=cursor or None))


def _answer(body: bytes) -> Response[Any]:
    return Response(body, media_type=_JSON, headers=_OWN)


def routes(service: HomeService) -> tuple[ControllerRouterHandler, ...]:
    """Return the room's routes, below `/api/v1`."""

    def home() -> HomeService:
        return service

    provided = {"home": Provide(home, sync_to_thread=False)}
    return (Router("/", route_handlers=[read_home, read_row], dependencies=provided),)


def hot_routes(service: HomeService) -> dict[str, HotHandler]:
    """Return the bare way into the page."""

    async def read(passport: Passport, scope: Any, _receive: Any) -> HotAnswer:
        limit, cursor = _asked(scope["query_string"])
        return HotAnswer(200, _HEADERS, await service.page(passport=passport, limit=limit, cursor=cursor))

    return {f"GET {API_PREFIX}{HOME}": read}


def _asked(query: bytes) -> tuple[int, str | None]:
    """Return limit and cursor of a query; InvalidError for what the handler would not take."""
    if not query:
        return DEFAULT_ROWS, None
    text = query.decode("latin-1")
    if "%" in text or "+" in text:
        fields = dict(parse_qsl(text, keep_blank_values=True))
    else:
        fields = dict([field.partition("=")[::2] for field in text.split("&")])
    limit, cursor = fields.get("limit", ""), fields.get("cursor") or None
    if cursor is not None and len(cursor) > _MAX_CURSOR:
        raise InvalidError(f"cursor: at most {_MAX_CURSOR} characters.")
    if "limit" not in fields:
        return DEFAULT_ROWS, cursor
    if not limit.removeprefix("-").isdecimal() or not limit.isascii():
        raise InvalidError("limit: a whole number.")
    return int(limit[:_MAX_DIGITS]), cursor
