"""What editors do with pictures."""

from litestar import Controller, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody

from matinee.contracts.catalogue import PictureError
from matinee.host.http import problems
from matinee.kit.ids import TitleId
from matinee.services.catalogue.http.common import FRESH, PICTURE, STUDIO, AnyRequest, PathId, PathKind, Rules
from matinee.services.catalogue.http.studio import staff_card
from matinee.services.catalogue.ports import MAX_PICTURE_BYTES
from matinee.services.catalogue.views import ArtworkChoice, CandidateList, TitleCard, candidates

_CANDIDATE_WIDTH = 480


class ArtworkController(Controller):
    """What editors do with pictures."""

    path = "/studio/titles"
    tags = ("studio",)

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
        return await staff_card(catalogue, title)

    @get(
        "/{title_id:str}/candidates",
        summary="Pictures to choose from",
        operation_id="listCandidates",
        opt=STUDIO,
        responses=problems(401, 404, 503),
    )
    async def candidates(self, catalogue: Rules, title_id: PathId) -> CandidateList:
        """Return pictures that were sent and frames of the current release: what may become artwork."""
        title = await catalogue.title(title_id=TitleId(title_id))
        return candidates(title, await catalogue.pictures(title_id=title.title_id))

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
        summary="Choose a picture",
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
        """Make a candidate the poster or the backdrop."""
        title = await catalogue.choose_artwork(
            title_id=TitleId(title_id), kind=kind, candidate_path=data.candidate_path
        )
        return await staff_card(catalogue, title)

    @get(
        "/{title_id:str}/pictures/{kind:str}/{digest:str}",
        summary="One picture that was sent",
        operation_id="readPicture",
        opt=STUDIO,
        media_type="image/webp",
        responses=problems(401, 404, 503),
    )
    async def picture(self, catalogue: Rules, title_id: PathId, kind: PathKind, digest: PathId) -> Response[bytes]:
        """Return a picture that was sent as WebP, chosen or not."""
        data = await catalogue.sent_picture(
            title_id=TitleId(title_id), kind=kind, digest=digest, width=_CANDIDATE_WIDTH
        )
        return Response(data, media_type="image/webp", headers={**PICTURE, **FRESH})

    @delete(
        "/{title_id:str}/pictures/{kind:str}/{digest:str}",
        summary="Remove a picture that was sent",
        operation_id="removePicture",
        opt=STUDIO,
        responses=problems(401, 404, 422, 503),
    )
    async def forget(self, catalogue: Rules, title_id: PathId, kind: PathKind, digest: PathId) -> None:
        """Take a picture from the candidates; the one that is shown stays."""
        await catalogue.forget_picture(title_id=TitleId(title_id), kind=kind, digest=digest)
