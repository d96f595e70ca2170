"""Every route of the catalogue."""

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from matinee.services.catalogue.drafts import Drafts
from matinee.services.catalogue.http.artwork import ArtworkController
from matinee.services.catalogue.http.drafts import DraftController
from matinee.services.catalogue.http.studio import StudioController, WordsController
from matinee.services.catalogue.http.viewers import BrowseController
from matinee.services.catalogue.library import LibraryService
from matinee.services.catalogue.service import CatalogueService

_CONTROLLERS = [BrowseController, WordsController, StudioController, ArtworkController, DraftController]


def routes(
    service: CatalogueService, reads: LibraryService, drafts_kept: Drafts
) -> tuple[ControllerRouterHandler, ...]:
    """Return the catalogue's routes, below `/api/v1`."""

    def catalogue() -> CatalogueService:
        return service

    def library() -> LibraryService:
        return reads

    def drafts() -> Drafts:
        return drafts_kept

    provided = {
        "catalogue": Provide(catalogue, sync_to_thread=False),
        "library": Provide(library, sync_to_thread=False),
        "drafts": Provide(drafts, sync_to_thread=False),
    }
    return (Router("/", route_handlers=_CONTROLLERS, dependencies=provided),)
