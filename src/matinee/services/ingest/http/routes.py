"""All that ingest answers over HTTP."""

from litestar import Router, asgi
from litestar.di import Provide
from litestar.types import ControllerRouterHandler, Receive, Scope, Send

from matinee.services.ingest.http.live import Live
from matinee.services.ingest.http.studio import STUDIO, StudioController
from matinee.services.ingest.http.tus import TusApp
from matinee.services.ingest.service.ingest import IngestService


def routes(ingest: IngestService, live: Live, tus: TusApp) -> list[ControllerRouterHandler]:
    """Return the handlers, below `/api/v1`."""

    async def provide_ingest() -> IngestService:
        return ingest

    async def provide_live() -> Live:
        return live

    # A function, because the framework copies handlers deeply, and must not copy what serves uploads.
    @asgi("/uploads", is_mount=True, opt=STUDIO, copy_scope=False)
    async def uploads(scope: Scope, receive: Receive, send: Send) -> None:
        await tus(scope, receive, send)

    dependencies = {"ingest": Provide(provide_ingest), "live": Provide(provide_live)}
    return [
        Router("/", route_handlers=[StudioController], dependencies=dependencies),
        uploads,
    ]
