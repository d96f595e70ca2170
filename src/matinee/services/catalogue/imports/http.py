"""Imports over HTTP."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from matinee.contracts.catalogue import Audience
from matinee.host.http import problems
from matinee.kit.errors import InvalidError
from matinee.kit.ids import TitleId
from matinee.kit.passport import EDITORS
from matinee.services.catalogue.imports.ports import (
    MAX_FILE_BYTES,
    ImportFormat,
    ImportJob,
    ImportOptions,
    ImportsFullError,
    ImportState,
    Planned,
    Problem,
    SourceName,
    TmdbRef,
)
from matinee.services.catalogue.imports.service import ImportService, NewImport
from matinee.services.catalogue.imports.tmdb import Tmdb, TmdbFound

Rules = NamedDependency[ImportService]
Movies = NamedDependency[Tmdb]
AnyRequest = Request[Any, Any, Any]
STUDIO = {"roles": EDITORS}
FRESH = {"Cache-Control": "private, no-store"}
PREFIX = "/studio/catalogue/imports"
# A form's own lines around the file.
_FORM_BYTES = 64 * 1024
_UPLOADS = 2
_NAME = QueryParameter(name="name", max_length=200, description="name of the file, to be shown")


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """An import as the studio shows it.

    Attributes:
        rows: how many are done; `created`, `changed`, `unchanged` and `refused` add up to it.
        fraction: how much of the file is read, 0 to 1.
        problems: the first 200 of `problems_total`; a row that is not `refused` was used in spite of it.
        plan: the first 200 titles that were made or changed or, of a dry run, would be.
    """

    import_id: str
    state: ImportState
    format: ImportFormat
    name: str
    source: str
    audience: Audience
    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    fraction: float
    encoding: str
    problems: tuple[Problem, ...]
    problems_total: int
    plan: tuple[Planned, ...]
    failure: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class ImportLine(msgspec.Struct, frozen=True, kw_only=True):
    """An import in the list of all."""

    import_id: str
    state: ImportState
    format: ImportFormat
    name: str
    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    fraction: float
    problems_total: int
    failure: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class ImportList(msgspec.Struct, frozen=True, kw_only=True):
    """Imports, newest first, and whether TMDB can be asked."""

    items: tuple[ImportLine, ...]
    tmdb: bool


class ImportBegun(msgspec.Struct, frozen=True, kw_only=True):
    """An import that was taken."""

    import_id: str


class TmdbImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to import from TMDB: numbers of films or series, or words to search with."""

    tmdb_ids: Annotated[tuple[Annotated[int, Meta(ge=1, le=2**31 - 1)], ...], Meta(max_length=1000)] = ()
    query: Annotated[str, Meta(max_length=200)] = ""
    kind: Literal["movie", "tv"] = "movie"
    year: Annotated[int, Meta(ge=1874, le=2200)] | None = None
    audience: Audience = "members"
    dry_run: bool = False


class TmdbFoundList(msgspec.Struct, frozen=True, kw_only=True):
    """What TMDB found, best first."""

    items: tuple[TmdbFound, ...]


def _facts(job: ImportJob) -> dict[str, Any]:
    counts = {name: getattr(job.counts, name) for name in (*job.counts.__struct_fields__, "rows")}
    options = {"source": job.options.source, "audience": job.options.audience}
    return {**msgspec.structs.asdict(job), **counts, **options}


def view(job: ImportJob) -> ImportView:
    """Return an import as the studio shows it."""
    facts = _facts(job)
    return ImportView(**{name: facts[name] for name in ImportView.__struct_fields__})


def line(job: ImportJob) -> ImportLine:
    """Return an import as the list shows it."""
    facts = _facts(job)
    return ImportLine(**{name: facts[name] for name in ImportLine.__struct_fields__})


async def _sent(request: AnyRequest) -> tuple[bytes, str]:
    """Return the file that was sent, raw or as the first file of a form, and the name that a form gave it."""
    if "content-encoding" in request.headers:
        raise InvalidError("Send the file itself, without Content-Encoding.")
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form()
        for part in form.values():
            if isinstance(part, UploadFile):
                return await part.read(), part.filename
        raise InvalidError("The form holds no file.")
    return await request.body(), ""


class ImportController(Controller):
    """What editors do with lists of titles."""

    path = PREFIX
    tags = ("studio",)

    def __init__(self, owner: Router) -> None:
        super().__init__(owner)
        self._room = asyncio.Semaphore(_UPLOADS)

    @post(
        summary="Import titles from a file",
        operation_id="beginImport",
        opt=STUDIO,
        status_code=202,
        request_max_body_size=MAX_FILE_BYTES + _FORM_BYTES,
        responses=problems(400, 401, 413, 422, 429, 503),
    )
    async def begin(
        self,
        request: AnyRequest,
        imports: Rules,
        *,
        file_format: Annotated[Literal["csv", "nfo"], QueryParameter(name="format", description="csv or nfo")] = "csv",
        dry_run: Annotated[bool, QueryParameter(description="only tell what would happen")] = False,
        name: Annotated[str, _NAME] = "",
        source: Annotated[str, QueryParameter(max_length=40, description="the list that its keys belong to")] = "",
        audience: Annotated[Audience, QueryParameter(description="of titles that are made")] = "members",
        unrated: Annotated[
            int, QueryParameter(name="unrated_maturity", ge=0, le=18, description="age for titles without a rating")
        ] = 18,
        series_id: Annotated[
            str | None, QueryParameter(max_length=40, description="of episodes in an NFO file")
        ] = None,
    ) -> Response[ImportBegun]:
        """Take a CSV or NFO file of up to 64 MiB, as the raw body or in a form, and work it off in the background."""
        if self._room.locked():
            raise ImportsFullError("Two files are being sent already; send this one in a moment.")
        async with self._room:
            data, given = await _sent(request)
            options = {
                "source": source or file_format,
                "audience": audience,
                "unrated_maturity": unrated,
                "series_id": None if series_id is None else TitleId(series_id),
            }
            new = NewImport(
                format=file_format,
                name=name or given or f"{file_format.upper()} file",
                data=data,
                options=_options(options),
                dry_run=dry_run,
            )
            job = await imports.begin(new)
        return _begun(job)

    @post(
        "/tmdb",
        summary="Import titles from TMDB",
        operation_id="beginTmdbImport",
        opt=STUDIO,
        status_code=202,
        responses=problems(400, 401, 409, 429, 503),
    )
    async def begin_tmdb(self, imports: Rules, data: JSONBody[TmdbImport]) -> Response[ImportBegun]:
        """Ask TMDB for films or series by number, or for the one that a query names exactly."""
        wanted = [TmdbRef(kind=data.kind, tmdb_id=number) for number in data.tmdb_ids]
        if data.query.strip():
            wanted.append(TmdbRef(kind=data.kind, query=data.query.strip(), year=data.year))
        options = {"source": "tmdb", "audience": data.audience, "wanted": tuple(wanted)}
        new = NewImport(format="tmdb", name="TMDB", data=b"", options=_options(options), dry_run=data.dry_run)
        return _begun(await imports.begin(new))

    @get(
        "/tmdb",
        summary="Search TMDB",
        operation_id="searchTmdb",
        opt=STUDIO,
        responses=problems(400, 401, 409, 503),
    )
    async def search_tmdb(
        self,
        movies: Movies,
        words: Annotated[
            str, QueryParameter(name="query", min_length=1, max_length=200, description="words of the name")
        ],
        kind: Annotated[Literal["movie", "tv"], QueryParameter(description="films or series")] = "movie",
    ) -> Response[TmdbFoundList]:
        """Return up to twenty films or series that TMDB finds."""
        found = await movies.search(TmdbRef(kind=kind, query=words))
        return Response(TmdbFoundList(items=found), headers=FRESH)

    @get(summary="Imports, newest first", operation_id="listImports", opt=STUDIO, responses=problems(401, 503))
    async def page(
        self,
        imports: Rules,
        movies: Movies,
        limit: Annotated[int, QueryParameter(description="items; clamped to 1 to 100")] = 50,
    ) -> Response[ImportList]:
        """Return the newest imports."""
        items = tuple(line(job) for job in await imports.newest(limit=limit))
        return Response(ImportList(items=items, tmdb=movies.has_key), headers=FRESH)

    @get(
        "/{import_id:str}",
        summary="One import",
        operation_id="readImport",
        opt=STUDIO,
        responses=problems(401, 404, 503),
    )
    async def read(self, imports: Rules, import_id: FromPath[str]) -> Response[ImportView]:
        """Return an import with its problems and what it made and changed."""
        return Response(view(await imports.job(import_id)), headers=FRESH)

    @post(
        "/{import_id:str}/cancel",
        summary="Cancel an import",
        operation_id="cancelImport",
        opt=STUDIO,
        status_code=200,
        responses=problems(401, 404, 409, 503),
    )
    async def cancel(self, imports: Rules, import_id: FromPath[str]) -> ImportView:
        """End an import; what it took in stays."""
        return view(await imports.cancel(import_id))


def _options(fields: dict[str, Any]) -> ImportOptions:
    try:
        msgspec.convert(fields["source"], SourceName)
    except msgspec.ValidationError as error:
        raise InvalidError("A source is named by small letters, digits, - and _, 40 at most.") from error
    return ImportOptions(**fields)


def _begun(job: ImportJob) -> Response[ImportBegun]:
    location = f"/api/v1{PREFIX}/{job.import_id}"
    return Response(ImportBegun(import_id=job.import_id), status_code=202, headers={"Location": location})


def routes(service: ImportService, tmdb: Tmdb) -> tuple[ControllerRouterHandler, ...]:
    """Return the routes of imports, below `/api/v1`."""

    def imports() -> ImportService:
        return service

    def movies() -> Tmdb:
        return tmdb

    provided = {
        "imports": Provide(imports, sync_to_thread=False),
        "movies": Provide(movies, sync_to_thread=False),
    }
    return (Router("/", route_handlers=[ImportController], dependencies=provided),)
