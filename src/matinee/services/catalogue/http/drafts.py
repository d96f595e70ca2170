"""What editors keep aside before everybody sees it."""

from typing import Annotated

from litestar import Controller, Response, delete, get, post, put
from litestar.params import HeaderParameter, JSONBody

from matinee.contracts.catalogue import TitleChange
from matinee.host.http import problems
from matinee.kit.ids import TitleId
from matinee.services.catalogue.http.common import FRESH, STUDIO, Asides, PathId, Rules, version_of
from matinee.services.catalogue.http.studio import staff_card
from matinee.services.catalogue.ports import Draft
from matinee.services.catalogue.views import DraftView, TitleCard, draft_view

_IF_MATCH = HeaderParameter(name="If-Match", max_length=40, description="revision expected; 0 for none yet")


def _answer(draft: Draft, conflicts: tuple[str, ...]) -> Response[DraftView]:
    return Response(draft_view(draft, conflicts), headers={**FRESH, "ETag": f'"{draft.revision}"'})


class DraftController(Controller):
    """Drafts, at most one of a title."""

    path = "/studio/titles/{title_id:str}/draft"
    tags = ("studio",)

    @get(summary="A title's draft", operation_id="readDraft", opt=STUDIO, responses=problems(401, 404, 503))
    async def read(self, drafts: Asides, title_id: PathId) -> Response[DraftView]:
        """Return the change that is kept aside, and where it contradicts what was changed since."""
        return _answer(*await drafts.read(title_id=TitleId(title_id)))

    @put(
        summary="Keep a change aside", operation_id="putDraft", opt=STUDIO, responses=problems(400, 401, 404, 409, 503)
    )
    async def put(
        self,
        drafts: Asides,
        title_id: PathId,
        data: JSONBody[TitleChange],
        if_match: Annotated[str | None, _IF_MATCH] = None,
    ) -> Response[DraftView]:
        """Store the whole draft in place of the one before; viewers see nothing of it."""
        revision = version_of(if_match)
        return _answer(*await drafts.put(title_id=TitleId(title_id), change=data, if_revision=revision))

    @delete(summary="Throw a draft away", operation_id="discardDraft", opt=STUDIO, responses=problems(401, 503))
    async def discard(self, drafts: Asides, title_id: PathId) -> None:
        """Forget the draft; the title stays as it is."""
        await drafts.discard(title_id=TitleId(title_id))

    @post(
        "/publish",
        summary="Publish a draft",
        operation_id="publishDraft",
        opt=STUDIO,
        status_code=200,
        responses=problems(400, 401, 404, 409, 503),
    )
    async def publish(self, catalogue: Rules, drafts: Asides, title_id: PathId) -> TitleCard:
        """Apply the draft and forget it; refused when somebody changed one of its fields to something else since."""
        return await staff_card(catalogue, await drafts.publish(title_id=TitleId(title_id)))
