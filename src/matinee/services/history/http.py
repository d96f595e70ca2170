"""History over HTTP: a profile's own, and nobody else's."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import Operation, RequestBody
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.router import Router
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from matinee.contracts.catalogue import Viewer
from matinee.contracts.history import Thumb
from matinee.contracts.playback import ProfileNeededError
from matinee.host.http import problems
from matinee.kit.errors import NotFoundError
from matinee.kit.ids import ProfileId, TitleId
from matinee.kit.passport import SIGNED_IN, Passport
from matinee.services.history.service.history import HistoryService
from matinee.services.history.service.pages import GoingItem, HistoryFile, KeptItem, Mine, Pages, WatchedPage
from matinee.services.history.service.shelves import Shelves

Rules = NamedDependency[HistoryService]
Keeping = NamedDependency[Shelves]
Showing = NamedDependency[Pages]
Caller = NamedDependency[Passport]
PROFILES = {"roles": SIGNED_IN}
# Answers are one profile's, and the same browser may be another one's a moment later.
PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Cookie, Authorization"}
_ID_CHARACTERS = 64
_MAX_BODY_BYTES = 1024


class GoingList(msgspec.Struct, frozen=True):
    """What to go on with, last watched first."""

    items: tuple[GoingItem, ...]


class MyList(msgspec.Struct, frozen=True):
    """A profile's list, in its order."""

    items: tuple[KeptItem, ...]


class Thumbs(msgspec.Struct, frozen=True):
    """What a profile thinks of titles."""

    items: dict[str, Thumb]


class ThumbGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thumb."""

    thumb: Thumb


class Placing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where in the list; before nothing means at its front."""

    before: Annotated[str, Meta(min_length=1, max_length=_ID_CHARACTERS)] | None = None


_AT_FRONT = Placing()


@dataclass
class _BodyMayBeAbsent(Operation):
    """An operation whose body may be left out; the framework describes every body as needed."""

    def __post_init__(self) -> None:
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False


def _whose(passport: Passport) -> ProfileId:
    """Return who is watching.

    Raises:
        ProfileNeededError: when nobody was chosen yet.
    """
    if not passport.profile:
        raise ProfileNeededError("Choose who is watching first.")
    return passport.profile


def _viewer(passport: Passport) -> Viewer:
    return Viewer(audience="members", maturity=passport.maturity, territory=passport.territory)


def _title(title_id: str) -> TitleId:
    """Return a title's id out of a path.

    Raises:
        NotFoundError: for what cannot be one.
    """
    if not (title_id.isascii() and title_id.isprintable() and len(title_id) <= _ID_CHARACTERS):
        raise NotFoundError("There is no such title.")
    return TitleId(title_id)


class GoingController(Controller):
    """Continue watching."""

    path = "/continue-watching"
    tags = ("history",)
    opt = PROFILES

    @get(
        "/", summary="Continue watching", operation_id="listGoing", opt=PROFILES, responses=problems(400, 401, 403, 503)
    )
    async def going(self, pages: Showing, passport: Caller, limit: FromQuery[int] = 40) -> Response[GoingList]:
        """Return what was begun and not completed, and next episodes, last watched first."""
        bound = max(1, min(limit, 100))
        return Response(GoingList(await pages.going(_whose(passport), _viewer(passport), bound)), headers=PRIVATE)

    @delete(
        "/{title_id:str}",
        summary="Offer it no more",
        operation_id="hideGoing",
        opt=PROFILES,
        responses=problems(401, 403, 404, 503),
    )
    async def hide(self, history: Rules, passport: Caller, title_id: FromPath[str]) -> None:
        """Take a film or series out of continue watching until it is played again; the history keeps it."""
        await history.hide(_whose(passport), _title(title_id))

    @post(
        "/{title_id:str}/restore",
        summary="Offer it again",
        operation_id="restoreGoing",
        opt=PROFILES,
        status_code=204,
        responses=problems(401, 403, 404, 503),
    )
    async def restore(self, history: Rules, passport: Caller, title_id: FromPath[str]) -> None:
        """Undo."""
        await history.restore(_whose(passport), _title(title_id))


class ListController(Controller):
    """My List."""

    path = "/my-list"
    tags = ("history",)
    opt = PROFILES

    @get("/", summary="My List", operation_id="readMyList", opt=PROFILES, responses=problems(401, 403, 503))
    async def read(self, pages: Showing, passport: Caller) -> Response[MyList]:
        """Return the list in its own order."""
        return Response(MyList(await pages.my_list(_whose(passport), _viewer(passport))), headers=PRIVATE)

    @put(
        "/{title_id:str}",
        summary="Keep in My List",
        operation_id="keepInMyList",
        opt=PROFILES,
        status_code=204,
        request_max_body_size=_MAX_BODY_BYTES,
        responses=problems(400, 401, 403, 404, 409, 413, 503),
        operation_class=_BodyMayBeAbsent,
    )
    async def keep(
        self, shelves: Keeping, passport: Caller, title_id: FromPath[str], data: JSONBody[Placing] = _AT_FRONT
    ) -> None:
        """Put a title to the front, or with a body `{"before": title_id}` before another one; also moves it."""
        before = None if data.before is None else _title(data.before)
        await shelves.keep(_whose(passport), _title(title_id), before, _viewer(passport))

    @delete(
        "/{title_id:str}",
        summary="Drop from My List",
        operation_id="dropFromMyList",
        opt=PROFILES,
        responses=problems(401, 403, 404, 409, 503),
    )
    async def drop(self, shelves: Keeping, passport: Caller, title_id: FromPath[str]) -> None:
        """Take a title out of the list."""
        await shelves.drop(_whose(passport), _title(title_id))


class ThumbController(Controller):
    """Thumbs."""

    path = "/thumbs"
    tags = ("history",)
    opt = PROFILES

    @get("/", summary="Thumbs", operation_id="listThumbs", opt=PROFILES, responses=problems(401, 403, 503))
    async def read(self, history: Rules, passport: Caller) -> Response[Thumbs]:
        """Return every thumb of the profile, by title."""
        return Response(Thumbs(await history.thumbs(profile_id=_whose(passport))), headers=PRIVATE)

    @put(
        "/{title_id:str}",
        summary="Give a thumb",
        operation_id="giveThumb",
        opt=PROFILES,
        status_code=204,
        request_max_body_size=_MAX_BODY_BYTES,
        responses=problems(400, 401, 403, 404, 413, 503),
    )
    async def give(
        self, shelves: Keeping, passport: Caller, title_id: FromPath[str], data: JSONBody[ThumbGiven]
    ) -> None:
        """Say what one thinks of a title."""
        await shelves.give_thumb(_whose(passport), _title(title_id), data.thumb, _viewer(passport))

    @delete(
        "/{title_id:str}",
        summary="Take a thumb back",
        operation_id="takeThumb",
        opt=PROFILES,
        responses=problems(401, 403, 404, 503),
    )
    async def take(self, shelves: Keeping, passport: Caller, title_id: FromPath[str]) -> None:
        """Take a thumb back."""
        await shelves.take_thumb(_whose(passport), _title(title_id))


class HistoryController(Controller):
    """The viewing history."""

    path = "/history"
    tags = ("history",)
    opt = PROFILES

    @get(
        "/", summary="Viewing history", operation_id="listHistory", opt=PROFILES, responses=problems(400, 401, 403, 503)
    )
    async def watched(
        self,
        pages: Showing,
        passport: Caller,
        limit: FromQuery[int] = 50,
        cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
    ) -> Response[WatchedPage]:
        """Return what was watched, latest first."""
        page = await pages.watched(_whose(passport), _viewer(passport), limit, cursor)
        return Response(page, headers=PRIVATE)

    @get(
        "/export",
        summary="Take the history along",
        operation_id="exportHistory",
        opt=PROFILES,
        responses=problems(401, 403, 503),
    )
    async def export(self, pages: Showing, passport: Caller) -> Response[HistoryFile]:
        """Return the whole history as a JSON file."""
        body = await pages.exported(_whose(passport), _viewer(passport))
        return Response(body, headers=PRIVATE | _file("viewing-history.json"))

    @get(
        "/export/csv",
        summary="Take the history along, as a table",
        operation_id="exportHistoryTable",
        opt=PROFILES,
        media_type="text/csv",
        responses=problems(401, 403, 503),
    )
    async def export_table(self, pages: Showing, passport: Caller) -> Response[bytes]:
        """Return the whole history as a table that spreadsheets open."""
        body = await pages.exported_table(_whose(passport), _viewer(passport))
        return Response(body, media_type="text/csv; charset=utf-8", headers=PRIVATE | _file("viewing-history.csv"))

    @delete(
        "/", summary="Forget everything", operation_id="clearHistory", opt=PROFILES, responses=problems(401, 403, 503)
    )
    async def delete_all(self, history: Rules, passport: Caller) -> None:
        """Delete everything that was watched; My List and thumbs stay."""
        await history.delete_all(_whose(passport))

    @delete(
        "/{title_id:str}",
        summary="Forget a title",
        operation_id="deleteFromHistory",
        opt=PROFILES,
        responses=problems(401, 403, 404, 503),
    )
    async def delete_one(self, history: Rules, passport: Caller, title_id: FromPath[str]) -> None:
        """Delete a film, an episode or a whole series from the history."""
        await history.delete(_whose(passport), _title(title_id))


def _file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


@get(
    "/mine/{title_id:str}",
    summary="A title and I",
    operation_id="readMine",
    tags=["history"],
    opt=PROFILES,
    responses=problems(401, 403, 404, 503),
)
async def mine(pages: Showing, passport: Caller, title_id: FromPath[str]) -> Response[Mine]:
    """Return what a title is to the profile: listed, judged, watched how far, and where a series goes on."""
    return Response(await pages.mine(_whose(passport), _title(title_id), _viewer(passport)), headers=PRIVATE)


def routes(history: HistoryService, shelves: Shelves, pages: Pages) -> tuple[ControllerRouterHandler, ...]:
    """Return history's routes, below `/api/v1`."""
    provided = {
        "history": Provide(lambda: history, sync_to_thread=False),
        "shelves": Provide(lambda: shelves, sync_to_thread=False),
        "pages": Provide(lambda: pages, sync_to_thread=False),
    }
    handlers: list[ControllerRouterHandler] = [
        GoingController,
        ListController,
        ThumbController,
        HistoryController,
        mine,
    ]
    return (Router("/", route_handlers=handlers, dependencies=provided),)
